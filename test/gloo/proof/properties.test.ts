import { decodeProperties, placeOf } from '../../../lib/gloo/proof/properties';

const login = {
  namespace: 'gloo-system',
  serviceAccount: 'gloo',
  roleArn: 'arn:aws:iam::111122223333:role/dev-role',
  podRegion: 'us-east-1',
  dnsSuffix: 'amazonaws.com',
  mountPath: 'aws',
  serverIdHeader: 'vault.example.org',
  region: 'us-east-1',
  pathPrefix: 'dev',
};
const properties = { cluster: { name: 'c', endpoint: 'https://c.example', certificateAuthority: 'Y2E=' }, vault: { namespace: 'vault', service: 'http:vault:8200' }, logins: [login] };

test('properties as CloudFormation hands them over, and its service token beside them', () => {
  expect(decodeProperties({ ServiceToken: 'arn:aws:lambda:…', ...properties })).toEqual(properties);
});

test.each<[unknown, string]>([
  [{ ...properties, logins: [] }, 'logins (too small)'],
  [{ ...properties, logins: [{ ...login, roleArn: 'dev-role', region: '' }] }, 'logins.0.roleArn (invalid format), logins.0.region (too small)'],
  [{ ...properties, vault: undefined }, 'vault (invalid union)'],
  [{ ...properties, vault: { address: 'http://vault.example:8200', authority: 'PEM' } }, 'vault.address (invalid format)'],
  [undefined, 'ResourceProperties (invalid type)'],
])('says all that is wrong by its path, and no value: %#', (raw, faults) => {
  expect(() => decodeProperties(raw)).toThrow(
    `The event's properties do not say which logins to prove: ${faults}. They are written by the GlooLoginProof construct: deploy the construct and its handler from one commit.`,
  );
});

test('a Vault is a Service of the cluster, or elsewhere and then by TLS alone', () => {
  expect(placeOf(decodeProperties(properties).vault)).toEqual({ kind: 'services', namespace: 'vault', name: 'http:vault:8200' });
  const vault = { address: 'https://vault.example:8200', authority: 'PEM' };
  expect(placeOf(decodeProperties({ ...properties, vault }).vault)).toEqual({ kind: 'direct', ...vault });
});
