import type { ApiServerOptions } from '../../../rehearsal/api-server/api-server';
import type { CertificateAuthority } from '../../../rehearsal/certificate-authority';

const RBAC = 'rbac.authorization.k8s.io';
export const ROLE = 'arn:aws:iam::111122223333:role/configurator';
export const USER = 'arn:aws:sts::111122223333:assumed-role/configurator/session';
const GOOD_URL = 'https://sts.eu-central-1.amazonaws.com/?X-Amz-Signature=good';
export const PROXY = '/api/v1/namespaces/vault/services/http:vault:8200/proxy';

/** The header with the EKS token of a presigned URL. */
export const bearer = (url: string) => ({ authorization: `Bearer k8s-aws-v1.${Buffer.from(url).toString('base64url')}` });
export const GOOD = bearer(GOOD_URL);

export const manifests = [
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name: 'configurator', namespace: 'vault' },
    rules: [
      { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['http:vault:8200', 'http:none:8200', 'http:down:8200'], verbs: ['get', 'update', 'delete'] },
      { apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['http:vault-0:8200'], verbs: ['get'] },
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['gloo', 'gone'], verbs: ['create', 'get'] },
    ],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'configurator', namespace: 'vault' },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'configurator' },
    subjects: [{ kind: 'Group', apiGroup: RBAC, name: 'vault-configurators' }],
  },
];

/** A cluster with one role that may use the proxy of a few services and one pod, all of which `target` stands behind. */
export function apiServerOptions(ca: CertificateAuthority, target: () => string | undefined): ApiServerOptions {
  const service = { namespace: 'vault', port: 8200, portName: 'http', scheme: 'http' as const };
  return {
    ca,
    clusterName: 'dev-cluster',
    authenticate: (url, headers) => {
      if (url === GOOD_URL && headers['x-k8s-aws-id'] === 'dev-cluster') {
        return Promise.resolve({ roleArn: ROLE });
      }
      return url.endsWith('broken') ? Promise.reject(new Error('STS is away')) : Promise.resolve(undefined);
    },
    accessEntries: [{ principalArn: ROLE, kubernetesGroups: ['vault-configurators'] }],
    manifests,
    services: [
      { ...service, name: 'vault', target },
      { ...service, name: 'down', target: () => 'http://127.0.0.1:1' },
    ],
    pods: [{ namespace: 'vault', name: 'vault-0', port: 8200, scheme: 'http', target }],
  };
}
