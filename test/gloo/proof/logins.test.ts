import type { Environment } from '../../../lib/environment/environment';
import { parseEnvironments } from '../../../lib/environment/parse';
import { loginsToProve, proofDigest, vaultBehind } from '../../../lib/gloo/proof/logins';
import { environments } from '../../environments';
import { withValue } from '../../environment/inputs';

const ROLE = 'arn:aws:iam::111122223333:role/dev-role-iam-c';
const input = (): Record<string, unknown> => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'c' } } });
const environmentOf = (written: unknown): Environment => parseEnvironments({ dev: written })[0] as Environment;
const changed = (path: string, value: unknown) => environmentOf(withValue(input(), path, value));

const gloo = {
  namespace: 'gloo-system',
  serviceAccount: 'gloo',
  roleArn: ROLE,
  podRegion: 'us-east-1',
  dnsSuffix: 'amazonaws.com',
  mountPath: 'aws',
  serverIdHeader: 'vault.gloo.example.com',
  region: 'us-east-1',
  pathPrefix: 'dev',
};

test('one login a service account, by what Gloo’s own values say', () => {
  expect(loginsToProve(environmentOf(input()), ROLE)).toEqual([gloo]);
  expect(loginsToProve(changed('gloo.discovery', true), ROLE)).toEqual([gloo, { ...gloo, serviceAccount: 'discovery' }]);
  const moved = environmentOf({ ...input(), region: 'cn-north-1', gloo: { namespace: 'gateway' }, vault: { auth: { mountPath: 'team/aws', serverIdHeader: 'vault.example.org' }, kv: { mountPath: 'team/a' } } });
  expect(loginsToProve(moved, ROLE)).toEqual([
    { ...gloo, namespace: 'gateway', podRegion: 'cn-north-1', region: 'cn-north-1', dnsSuffix: 'amazonaws.com.cn', mountPath: 'team/aws', serverIdHeader: 'vault.example.org', pathPrefix: 'team/a' },
  ]);
});

test('the Service is the one in Gloo’s address, as the API server’s proxy spells it', () => {
  const [dev, , prod] = parseEnvironments(environments);
  expect(vaultBehind(dev as Environment)).toEqual({ namespace: 'vault', service: 'http:vault:8200' });
  expect(vaultBehind(prod as Environment)).toEqual({ namespace: 'vault', service: 'https:vault-active:8200' });
  expect(vaultBehind(changed('vault.namespace', 'secrets'))).toEqual({ namespace: 'secrets', service: 'http:vault:8200' });
});

describe('the digest of all that bears on the logins', () => {
  const digest = proofDigest(environmentOf(input()));

  test('is short, and the same for the same settings', () => {
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    expect(proofDigest(environmentOf(structuredClone(input())))).toBe(digest);
  });

  test.each<[string, unknown]>([
    ['account', '444455556666'],
    ['region', 'eu-central-1'],
    ['cluster.create.name', 'another'],
    ['vault.namespace', 'secrets'],
    ['vault.chartVersion', '0.33.0'],
    ['vault.revision', 2],
    ['vault.auth.mountPath', 'aws-iam'],
    ['vault.auth.serverIdHeader', 'vault.example.org'],
    ['vault.auth.session', { period: '15m' }],
    ['vault.kv.mountPath', 'qa'],
    ['vault.policy.name', 'gloo'],
    ['vault.policy.form', 'smallest'],
    ['gloo.namespace', 'gateway'],
    ['gloo.chartVersion', '1.21.3'],
    ['gloo.discovery', true],
  ])('is another one with another %s', (path, value) => {
    expect(proofDigest(changed(path, value))).not.toBe(digest);
  });

  test.each<[string, unknown]>([
    ['tags', { team: 'gateway' }],
    ['cluster.create.nodes', { maxSize: 5 }],
    ['cluster.create.adminArns', ['arn:aws:iam::111122223333:role/Admin']],
    ['identity.authPolicy', 'narrow'],
    ['vault.audit', false],
    ['vault.networkPolicy', false],
    ['gloo.values', { gloo: { logLevel: 'debug' } }],
  ])('is the same with another %s, by which no login changes', (path, value) => {
    expect(proofDigest(changed(path, value))).toBe(digest);
  });

  test('is another one for a Vault with replicas, or on a cluster with another issuer', () => {
    const [, existing, prod] = parseEnvironments(environments) as [Environment, Environment, Environment];
    expect(proofDigest({ ...prod, vault: { ...prod.vault, raft: { ...(prod.vault.raft as NonNullable<Environment['vault']['raft']>), tls: false } } })).not.toBe(proofDigest(prod));
    if (existing.cluster.kind !== 'imported') throw new Error('"existing" imports its cluster');
    expect(proofDigest({ ...existing, cluster: { ...existing.cluster, issuerHost: 'oidc.example' } })).not.toBe(proofDigest(existing));
  });
});
