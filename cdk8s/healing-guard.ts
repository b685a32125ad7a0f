import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

export interface HealingGuardProps {
  /** Kubernetes group of the function that restarts Gloo. */
  readonly group: string;
}

/** What a restart leaves as it is: all by which a Deployment decides what runs, as whom and how often. */
const UNTOUCHED = ['spec.template.spec', 'spec.template.metadata.labels', 'spec.selector', 'spec.replicas'];

/**
 * Lets a function that may patch Deployments restart them, which is an annotation, and have nothing else run in them: RBAC knows no
 * fields. What is left beside annotations is how a rollout goes, pausing it included. Source: Kubernetes, "Validating Admission Policy", since 1.30.
 */
export class HealingGuardChart extends Chart {
  constructor(scope: Construct, id: string, { group }: HealingGuardProps) {
    super(scope, id);
    const metadata = { name: group };
    new ApiObject(this, 'Policy', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['deployments'] }] },
        matchConditions: [{ name: 'of-this-group', expression: `'${group}' in request.userInfo.groups` }],
        validations: [
          {
            expression: UNTOUCHED.map((field) => `object.${field} == oldObject.${field}`).join(' && '),
            message: `The group ${group} restarts Deployments by an annotation, and leaves their pods, labels, selector and replicas as they are.`,
          },
        ],
      },
    });
    new ApiObject(this, 'Binding', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    });
  }
}
