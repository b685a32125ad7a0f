import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AUTHORITY } from '../../cdk8s/certificates';
import { HEALING_GROUP } from '../../lib/gloo/healing/input';
import { KubernetesRefusal } from '../control-plane/kubernetes-client';
import type { RealApiServer } from '../control-plane/real-api-server';
import type { KubernetesObject } from '../kubernetes-objects';
import type { World } from '../world';
import { demand, demandEqual, type Step } from './step';

/** Until the API server has read an admission policy that was just made. */
const POLICY_LIMIT = 20_000;

const review = z.object({ status: z.object({ allowed: z.boolean().default(false) }) });

/** What nobody needs who only speaks to Vault, in any namespace of ours. */
const MORE_THAN_VAULT: readonly Readonly<Record<string, string>>[] = [
  { verb: 'get', resource: 'secrets' },
  { verb: 'list', resource: 'secrets' },
  { verb: 'create', resource: 'pods' },
  { verb: 'create', resource: 'pods', subresource: 'exec' },
  { verb: 'get', resource: 'services', subresource: 'proxy', name: 'http:other:80' },
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token', name: 'default' },
  { verb: 'update', group: 'rbac.authorization.k8s.io', resource: 'roles' },
];

/** What only a real API server shows: its schemas, its authorizer. */
export const manifestsStep: Step = {
  title: 'A real API server took every manifest, and its RBAC decides',
  run: async ({ world }) => {
    const server = controlPlane(world);
    const { objects } = world;
    const groups = functionGroups(world);
    for (const group of groups) {
      for (const namespace of objects.all.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)) {
        for (const attributes of MORE_THAN_VAULT) {
          demand(!(await mayDo(server, group, { namespace, ...attributes })), `RBAC lets the group ${group} ${Object.values(attributes).join(' ')} in the namespace ${namespace}`);
        }
      }
    }
    const kinds = [...new Set(objects.all.map(({ kind }) => kind))];
    const custom = objects.all.some(({ apiVersion }) => apiVersion.startsWith('cert-manager.io/')) ? '; kinds of cert-manager by definitions that take any field' : '';
    return {
      beyond: `kube-apiserver ${server.version}: ${objects.all.length} objects of ${kinds.length} kinds applied, unknown fields refused; refused to ${groups.join(', ')}: secrets, pods, other services and tokens, RBAC; NetworkPolicies are stored, and not enforced${custom}`,
    };
  },
};

/** The admission policy that keeps Vault's name from everybody else: its CEL, evaluated. */
export const admissionStep: Step = {
  title: "No other namespace gets a certificate in Vault's name",
  run: async ({ world }) => {
    const server = controlPlane(world);
    const certificates = world.objects.all.filter(({ apiVersion, kind }) => apiVersion === 'cert-manager.io/v1' && kind === 'Certificate');
    const policy = admissionPolicy(world, AUTHORITY);
    demand(certificates.length > 0, 'The templates have no Certificate');
    const guarded = certificates.filter(({ spec }) => (spec as { issuerRef: { kind: string } }).issuerRef.kind === 'ClusterIssuer');
    let words = '';
    for (const certificate of guarded) {
      words = await refusal(server, requestOf(certificate, 'default'));
      demand(words.includes(`ValidatingAdmissionPolicy '${policy.metadata.name}'`), `A CertificateRequest in the namespace default was refused otherwise: ${words}`);
    }
    for (const certificate of certificates) {
      await server.client.tryCreating(requestOf(certificate, certificate.metadata.namespace ?? 'default'));
    }
    return { beyond: `${guarded.length} requests from the namespace default refused by ${policy.metadata.name}, those of the templates' ${certificates.length} certificates taken` };
  },
};

/** The admission policy that leaves the function that restarts Gloo no more than that. */
export const healingGuardStep: Step = {
  title: 'Who may restart Gloo has nothing else run in its place',
  run: async ({ world }) => {
    const server = controlPlane(world);
    const policy = admissionPolicy(world, HEALING_GROUP);
    const { namespace } = world.environment.gloo;
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/gloo?dryRun=All`;
    const patch = (body: unknown) => server.client.as(HEALING_GROUP).request('PATCH', path, 'Deployment gloo', body, 'application/strategic-merge-patch+json');
    const changes = {
      image: { template: { spec: { containers: [{ name: 'gloo', image: 'example.com/other' }] } } },
      'service account': { template: { spec: { serviceAccountName: 'other' } } },
      labels: { template: { metadata: { labels: { other: 'one' } } } },
      replicas: { replicas: 0 },
    };
    for (const [what, spec] of Object.entries(changes)) {
      const words = await refused(() => patch({ spec }), `The group ${HEALING_GROUP} may change the ${what} of Gloo's pods`);
      demand(words.includes(`ValidatingAdmissionPolicy '${policy.metadata.name}'`), `The ${what} of Gloo's pods: refused otherwise: ${words}`);
    }
    await patch({ spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } } } });
    return { beyond: `${HEALING_GROUP} may annotate the Deployment; ${Object.keys(changes).join(', ')} refused by the ValidatingAdmissionPolicy ${policy.metadata.name}` };
  },
};

function admissionPolicy({ objects }: World, beginning: string): KubernetesObject {
  const policy = objects.all.find(({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name.startsWith(beginning));
  demand(policy, `The templates have no ValidatingAdmissionPolicy ${beginning}`);
  return policy;
}

function controlPlane({ controlPlane: server }: World): RealApiServer {
  demand(server, 'This API server is the stand-in');
  return server;
}

/** Groups of the access entries: those of the functions. */
function functionGroups({ deployment }: World): string[] {
  return deployment.ofType('AWS::EKS::AccessEntry').flatMap(({ properties }) => z.array(z.string()).default([]).parse(properties.KubernetesGroups));
}

async function mayDo({ client }: RealApiServer, group: string, resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'somebody', groups: [group, 'system:authenticated'], resourceAttributes } };
  return review.parse(await client.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', 'SubjectAccessReview', body)).status.allowed;
}

/** What cert-manager makes of a Certificate, as if it stood in that namespace. */
function requestOf({ metadata, spec }: KubernetesObject, namespace: string): KubernetesObject {
  const { issuerRef, usages } = spec as { issuerRef: unknown; usages: unknown };
  const request = Buffer.from('a certificate signing request').toString('base64');
  return { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', metadata: { name: `${metadata.name}-1`, namespace }, spec: { issuerRef, usages, request } };
}

async function refusal({ client }: RealApiServer, object: KubernetesObject): Promise<string> {
  return refused(
    () => client.tryCreating(object),
    `The API server takes a CertificateRequest for ${object.metadata.name} in the namespace ${object.metadata.namespace}: whoever may edit it gets a certificate in Vault's name`,
  );
}

/** The words in which admission refuses something; a policy takes a moment to be known. @throws when it is taken for good. */
async function refused(trying: () => Promise<unknown>, taken: string): Promise<string> {
  for (const deadline = Date.now() + POLICY_LIMIT; ; await sleep(200)) {
    try {
      await trying();
    } catch (error) {
      if (!(error instanceof KubernetesRefusal)) throw error;
      demandEqual('The reason of the refusal', error.reason, 'Invalid');
      return error.said;
    }
    demand(Date.now() < deadline, taken);
  }
}
