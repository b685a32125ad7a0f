import type { LoginToProve } from '../../../lib/gloo/proof/properties';
import { capabilitiesMissing, listRefused, loginRefused, renewalRefused } from '../../../lib/gloo/proof/vault-refusals';

/* What a real Vault was not made to say in hops.test.ts. */

const login: LoginToProve = {
  namespace: 'gloo-system',
  serviceAccount: 'gloo',
  roleArn: 'arn:aws:iam::111122223333:role/dev-role',
  podRegion: 'eu-central-1',
  dnsSuffix: 'amazonaws.com',
  mountPath: 'aws',
  serverIdHeader: 'vault.example.org',
  region: 'eu-central-1',
  pathPrefix: 'dev',
};
const refused = (status: number, reason: string) => loginRefused({ ok: false, status, reason }, login, 'dev-role');

test.each([
  ['auth method iam not allowed for role dev-role', 'auth/aws/role/dev-role is no role of type iam: vault delete auth/aws/role/dev-role. Deploy with another vault.revision, which writes it again.'],
  ['error making upstream request: error making request: dial tcp 10.0.0.1:443: i/o timeout', "Vault's own request to STS failed: its pods need a way out to 443 (vault.networkPolicy, NAT, an endpoint)."],
  ['words of a later Vault', 'Compare auth/aws/role/dev-role and auth/aws/config/client with the environment. Deploy with another vault.revision, which writes it again.'],
])('a login that is refused: %s', (reason, mend) => {
  expect(refused(400, reason)).toMatchObject({ said: `PUT auth/aws/login was answered by Vault with 400 (${reason})`, mend, awaiting: undefined });
});

test('what IAM may not have spread yet is worth waiting for', () => {
  expect(refused(400, 'error looking up full ARN of entity: AccessDenied: User: x is not authorized to perform: iam:GetRole').awaiting).toBe('settling');
  expect(listRefused({ ok: false, status: 400, reason: 'Upgrading from non-versioned to versioned data' }, 'dev/metadata/x/', login, ['dev'])).toMatchObject({ awaiting: 'settling', mend: 'A fresh mount takes some seconds.' });
});

test('a refusal without a word', () => {
  expect(refused(403, '').said).toBe('PUT auth/aws/login was answered by Vault with 403');
});

describe('where another environment configures the Vault', () => {
  const shared = { ...login, owner: 'prod' };
  const no = (reason: string) => ({ ok: false, status: 403, reason }) as const;

  test.each([
    ['entry for role dev-role not found', 'prod/Vault makes it, deployed from the same environments as this one, after the Identity stack. Deploy prod with another vault.revision, which writes it again.'],
    ['permission denied', 'Deploy prod/Vault, then this one.'],
    ['does not belong to the role', 'Deploy prod with another vault.revision, which writes it again.'],
  ])('it is that one which mends a login: %s', (reason, words) => {
    expect(loginRefused(no(reason), shared, 'dev-role').mend).toMatch(new RegExp(`${words.replaceAll('.', '[.]')}$`));
  });

  test('and what the token may not do', () => {
    const mend = 'Deploy prod with another vault.revision, which writes it again.';
    for (const refused of [renewalRefused(no('permission denied'), shared, 'dev-role', []), listRefused(no('permission denied'), 'p/metadata/x/', shared, []), capabilitiesMissing(['list p/'], shared, [])]) expect(refused.mend).toContain(mend);
  });
});
