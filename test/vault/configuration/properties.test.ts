import { decodeProperties, RESOURCE_TYPE } from '../../../lib/vault/configuration/properties';
import { properties } from './example';

test('decodes what CloudFormation hands over, and passes over what the framework adds', () => {
  expect(decodeProperties({ ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:framework', ...properties })).toEqual(properties);
  expect(RESOURCE_TYPE).toBe('Custom::VaultConfiguration');
});

test.each([undefined, null, 'text', []])('refuses %j', (raw) => {
  expect(() => decodeProperties(raw)).toThrow(
    "The event's properties do not describe a Vault configuration: ResourceProperties (expected object). They are written by the VaultConfiguration construct: deploy the construct and its handler from one commit.",
  );
});

test('names every fault at once, by its path, without its value', () => {
  const wrong = {
    ...properties,
    cluster: { name: '', endpoint: 'http://secret.example', certificateAuthority: 1 },
    vault: { ...properties.vault, mode: 'prod' },
    policy: { name: 'dev', paths: { 'dev/*': 'read' } },
    role: { ...properties.role, principalArn: 'role/x', maxTtl: '15m' },
    provisioner: undefined,
  };
  expect(() => decodeProperties(wrong)).toThrow(
    'cluster.name (empty), cluster.endpoint (expected https://…), cluster.certificateAuthority (expected string), vault.mode (expected dev or raft), ' +
      'policy.paths.dev/* (expected array), role.principalArn (expected arn:…), role.maxTtl (expected /^\\d+$/), provisioner (expected object).',
  );
  expect(() => decodeProperties(wrong)).not.toThrow('secret.example');
});
