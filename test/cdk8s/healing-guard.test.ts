import { Testing } from 'cdk8s';
import { HealingGuardChart } from '../../cdk8s/healing-guard';

const [policy, binding, ...others] = Testing.synth(new HealingGuardChart(Testing.app(), 'guard', { group: 'gloo-healing' })) as Record<string, unknown>[];

test('looks at every change of a Deployment by that group, and fails closed', () => {
  expect(policy).toMatchObject({
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['deployments'] }] },
      matchConditions: [{ name: 'of-this-group', expression: "'gloo-healing' in request.userInfo.groups" }],
    },
  });
});

test('leaves it nothing of what runs, as whom and how often', () => {
  const { validations } = policy?.spec as { validations: unknown };
  const same = (field: string) => `object.${field} == oldObject.${field}`;
  expect(validations).toEqual([
    {
      expression: [same('spec.template.spec'), same('spec.template.metadata.labels'), same('spec.selector'), same('spec.replicas')].join(' && '),
      message: 'The group gloo-healing restarts Deployments by an annotation, and leaves their pods, labels, selector and replicas as they are.',
    },
  ]);
});

test('does nothing without its binding, which denies', () => {
  const { name } = policy?.metadata as { name: string };
  expect(binding).toMatchObject({ kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } });
  expect(others).toEqual([]);
});
