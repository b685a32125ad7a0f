import { decodeEarlierProperties, decodeProperties, RESOURCE_TYPE } from '../../../lib/vault/configuration/properties';
import { properties } from './example';
import { guests } from './guests';

test('decodes what CloudFormation hands over, and passes over what the framework adds', () => {
  expect(decodeProperties({ ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:framework', ...properties })).toEqual(properties);
  expect(RESOURCE_TYPE).toBe('Custom::VaultConfiguration');
});

test('knows the earlier shape of what is over: one role of Gloo\'s', () => {
  const { roles, session, ...rest } = properties;
  const earlier = { ...rest, role: { ...roles[0], ...session } };
  expect(decodeEarlierProperties(earlier)).toEqual(properties);
  expect(decodeEarlierProperties(properties)).toEqual(properties);
  expect(() => decodeProperties(earlier)).toThrow('roles (expected array), session (expected object)');
  expect(() => decodeEarlierProperties({ ...rest, role: 'x' })).toThrow('roles.0 (expected object), session (expected object)');
  expect(() => decodeEarlierProperties(undefined)).toThrow('ResourceProperties (expected object)');
});

test('has guests or none, as before there were any', () => {
  expect(decodeProperties({ ...properties, guests })).toEqual({ ...properties, guests });
  expect(decodeEarlierProperties(properties)).not.toHaveProperty('guests');
  const [guest] = guests;
  expect(() => decodeProperties({ ...properties, guests: [{ ...guest, cluster: '', account: '1', roles: [], session: {} }] })).toThrow('guests.0.cluster (empty), guests.0.account (expected /^\\d{12}$/), guests.0.roles (empty), guests.0.session.maxTtl (expected string), guests.0.session.period (expected string).');
});

test('refuses a Gloo that may log in as nobody', () => {
  expect(() => decodeProperties({ ...properties, roles: [] })).toThrow('roles (empty)');
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
    roles: [{ ...properties.roles[0], principalArn: 'role/x' }],
    session: { maxTtl: '15m', period: '0' },
    provisioner: undefined,
  };
  expect(() => decodeProperties(wrong)).toThrow(
    'cluster.name (empty), cluster.endpoint (expected https://…), cluster.certificateAuthority (expected string), vault.mode (expected dev or raft), ' +
      'policy.paths.dev/* (expected array), roles.0.principalArn (expected arn:…), session.maxTtl (expected /^\\d+$/), provisioner (expected object).',
  );
  expect(() => decodeProperties(wrong)).not.toThrow('secret.example');
});
