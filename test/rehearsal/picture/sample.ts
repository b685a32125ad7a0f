import { guideRows } from '../../../rehearsal/guide';
import type { Exchange } from '../../../rehearsal/picture/exchange';
import { pictureOf } from '../../../rehearsal/picture/model';
import { renderPage } from '../../../rehearsal/picture/page';
import { reportOf, type StepResult } from '../../../rehearsal/report';
import { exchange } from './exchanges';

const began = Date.parse('2026-11-24T10:00:00Z');
const rows = Object.keys(guideRows).map(Number);
const evidence = Object.fromEntries(rows.filter((row) => row !== 11).map((row) => [row, `declared, and shown in ${row} ways: role dev-role-iam-gloo-ee-vault-integration, bound to its ARN`]));

const steps = (isWell: boolean): readonly StepResult[] => [
  { title: 'Templates carried out, Vault started', began, ms: 1300, evidence: {} },
  { title: 'The function from cdk.out configures Vault', began: began + 1300, ms: 880, evidence },
  { title: 'Gloo logs in and reads a secret', began: began + 2180, ms: 4000, ...(isWell ? { evidence: { 11: 'login, renewal, list and read with these values' } } : { evidence: {}, error: `Gloo's PUT auth/aws/login was answered with 403: <b>permission denied</b> for arn:aws:iam::111122223333:role/${'a-very-long-name-'.repeat(6)} [AWS refused AssumeRoleWithWebIdentity: AccessDenied]` }) },
  ...(isWell ? [{ title: 'The leader killed', began: began + 6180, ms: 90_000, evidence: { beyond: 'longest gap in Gloo’s lists 3.9 s, 0 failed; a new login works' } }] : []),
];

const proxied = { from: 'function', who: 'Vault-ConfigurationFunction', proxied: true } as const;
const exchanges: readonly Exchange[] = [
  exchange(began + 1400, { ...proxied, request: 'GET sys/seal-status' }),
  exchange(began + 1450, { from: 'api-server', who: 'API server', to: 'aws', request: 'sts:GetCallerIdentity' }),
  exchange(began + 1500, { ...proxied, request: 'PUT auth/aws/login', status: 403 }),
  exchange(began + 1600, { from: 'function', who: 'Vault-ConfigurationFunction', to: 'aws', request: 'iam:GetRole' }),
  exchange(began + 1700, { ...proxied, request: 'PUT sys/policies/acl/vault-config-gloo-ee-vault-integration', status: 204 }),
  exchange(began + 1800, { from: 'operator', who: 'operator', to: 'api-server', request: 'GET /api/v1/namespaces/gloo-system/secrets?labelSelector=owner=helm,name=gloo' }),
  exchange(began + 2200, { to: 'aws', request: 'sts:AssumeRoleWithWebIdentity', status: 400, code: 'InvalidIdentityToken' }),
  exchange(began + 2300, { request: 'PUT auth/aws/login' }),
  exchange(began + 2310, { from: 'vault', who: 'Vault', to: 'aws', request: 'sts:GetCallerIdentity' }),
  ...Array.from({ length: 120 }, (_, index) => exchange(began + 2400 + index * 20, { request: index % 3 === 0 ? 'LIST prod/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system/' : 'GET prod/data/gloo/gloo.solo.io/v1/Secret/gloo-system/upstream-tls' })),
  exchange(began + 5000, { request: 'GET prod/data/gloo/gloo.solo.io/v1/Secret/gloo-system/upstream-tls', status: undefined, ms: undefined }),
];

/** A page with all that pages have: an environment that went well, and one in which a step failed. */
export function samplePage(): string {
  const environments = [pictureOf(reportOf('dev', steps(true)), exchanges), pictureOf(reportOf('prod', steps(false)), exchanges)];
  return renderPage({ began: new Date(began).toISOString(), vault: 'vault 1.21.1 from PATH (/usr/bin/vault)', apiServer: 'kube-apiserver 1.35.4 and etcd 3.6.6', environments, outstanding: ['existing'] });
}
