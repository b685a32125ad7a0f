import { contentsDigest, desiredState, obsoleteObjects, provisionerPolicy, reachDiffers, removableObjects } from '../../../../lib/vault/configuration/handler/desired';
import type { VaultObject } from '../../../../lib/vault/configuration/handler/vault-object';
import type { VaultConfigurationProperties } from '../../../../lib/vault/configuration/properties';
import { properties } from '../example';
import { guests } from '../guests';

type GlooRole = VaultConfigurationProperties['roles'][number];

const paths = (objects: readonly VaultObject[]) => objects.map(({ path }) => path);
const [glooRole] = properties.roles as [GlooRole];
const { phases, last } = desiredState(properties, { [glooRole.principalArn]: 'AROAEXAMPLE' });
const objects = new Map([...phases.flat(), ...last].map((object) => [object.path, object]));
const at = (path: string): VaultObject => {
  const object = objects.get(path);
  if (!object) throw new Error(`nothing at ${path}`);
  return object;
};
const rules = (object: VaultObject) => JSON.parse(String(object.payload.policy)) as { path: Record<string, { capabilities: string[] }> };

const keys = (object: VaultObject) => (current: Parameters<VaultObject['differences']>[0]) => object.differences(current).map(({ key }) => key);

test('each phase needs the ones before it, and Gloo\'s role comes last', () => {
  expect(phases.map(paths)).toEqual([
    ['sys/policies/acl/vault-config-trial'],
    ['sys/audit/stdout'],
    ['sys/auth/aws', 'sys/mounts/dev', 'sys/policies/acl/dev'],
    ['auth/aws/config/client', 'dev/config', 'auth/aws/role/vault-config-trial'],
  ]);
  expect(paths(last)).toEqual(['auth/aws/role/dev-role-iam-trial']);
  expect(desiredState({ ...properties, auditDevice: 'none' }, {}).phases[1]).toEqual([]);
});

test('what is written is the guide\'s', () => {
  expect([...objects].map(([path, { payload }]) => [path, payload])).toEqual([
    ['sys/policies/acl/vault-config-trial', { policy: expect.any(String) as string }],
    ['sys/audit/stdout', { type: 'file', options: { file_path: 'stdout' } }],
    ['sys/auth/aws', { type: 'aws' }],
    ['sys/mounts/dev', { type: 'kv', options: { version: '2' } }],
    ['sys/policies/acl/dev', { policy: '{"path":{"dev/*":{"capabilities":["create","read","update","delete","list"]},"dev/":{"capabilities":["list"]},"sys/mounts":{"capabilities":["read","list"]}}}' }],
    [
      'auth/aws/config/client',
      { iam_server_id_header_value: 'vault.gloo.example.com', sts_endpoint: 'https://sts.us-east-1.amazonaws.com', sts_region: 'us-east-1', access_key: '', secret_key: '' },
    ],
    ['dev/config', { max_versions: 0 }],
    [
      'auth/aws/role/vault-config-trial',
      {
        auth_type: 'iam',
        bound_iam_principal_arn: ['arn:aws:iam::111122223333:role/vault-config-trial'],
        resolve_aws_unique_ids: false,
        token_policies: ['vault-config-trial'],
        token_no_default_policy: true,
        token_type: 'batch',
        token_max_ttl: 900,
      },
    ],
    [
      'auth/aws/role/dev-role-iam-trial',
      {
        auth_type: 'iam',
        bound_iam_principal_arn: ['arn:aws:iam::111122223333:role/dev-role-iam-trial'],
        resolve_aws_unique_ids: true,
        token_policies: ['dev'],
        token_max_ttl: 900,
        token_period: 0,
      },
    ],
  ]);
});

test('the provisioner reaches just what is written, and no secret', () => {
  const reach = rules(at('sys/policies/acl/vault-config-trial')).path;
  for (const [path, object] of objects) {
    expect(reach).toHaveProperty([object.read.path]);
    expect(reach[path]?.capabilities).toContain('update');
  }
  expect(Object.keys(reach).filter((path) => path.includes('*') || path.startsWith('dev'))).toEqual(['dev/config']);
  expect(Object.keys(rules(provisionerPolicy('p', { ...properties, auditDevice: 'none' })).path).filter((path) => path.includes('audit'))).toEqual([]);
  expect(reach['sys/audit/stdout']?.capabilities).not.toContain('delete');
});

describe('two roles of Gloo\'s, while it moves', () => {
  const second = { ...glooRole, name: 'second', principalArn: 'arn:aws:iam::111122223333:role/second' };
  const moving = { ...properties, roles: [glooRole, second] };
  const wanted = desiredState(moving, { [second.principalArn]: 'AROASECOND' });

  test('are written last, each bound to its own IAM role, with one policy', () => {
    expect(wanted.last.map(({ payload }) => [payload.bound_iam_principal_arn, payload.token_policies])).toEqual([[[glooRole.principalArn], ['dev']], [[second.principalArn], ['dev']]]);
    const current = { ...wanted.last[1]?.payload, bound_iam_principal_id: ['AROAEXAMPLE'] };
    expect(wanted.last.map((each) => keys(each)({ data: { ...current, bound_iam_principal_arn: each.payload.bound_iam_principal_arn } }))).toEqual([[], ['bound_iam_principal_id']]);
  });

  test('and one whose IAM role is gone is not written', () => {
    expect(paths(desiredState(moving, { [glooRole.principalArn]: 'gone' }).last)).toEqual(['auth/aws/role/second']);
  });

  test('are within reach of the provisioner, and one that is dropped goes', () => {
    expect(Object.keys(rules(wanted.phases[0]?.[0] as VaultObject).path)).toEqual(expect.arrayContaining(['auth/aws/role/dev-role-iam-trial', 'auth/aws/role/second']));
    expect(paths(obsoleteObjects({ ...properties, roles: [second] }, moving))).toEqual(['auth/aws/role/dev-role-iam-trial']);
    expect(paths(obsoleteObjects(moving, properties))).toEqual([]);
    expect(paths(removableObjects(moving)).slice(0, 2)).toEqual(['auth/aws/role/dev-role-iam-trial', 'auth/aws/role/second']);
  });
});

describe('guests', () => {
  const shared = { ...properties, guests };
  const wanted = desiredState(shared, {});
  const added = [...wanted.phases.flat(), ...wanted.last].filter(({ path }) => /payments|orders/.test(path));

  test('have a mount, a policy and roles each, in the order of the own ones', () => {
    expect(wanted.phases.map(paths).slice(2)).toEqual([
      ['sys/auth/aws', 'sys/mounts/dev', 'sys/policies/acl/dev', 'sys/mounts/payments', 'sys/policies/acl/payments', 'sys/mounts/orders', 'sys/policies/acl/orders'],
      ['auth/aws/config/client', 'dev/config', 'payments/config', 'orders/config', 'auth/aws/role/vault-config-trial'],
    ]);
    expect(paths(wanted.last)).toEqual(['auth/aws/role/dev-role-iam-trial', 'auth/aws/role/dev-role-iam-payments', 'auth/aws/role/dev-role-iam-payments-2', 'auth/aws/role/dev-role-iam-orders']);
  });

  test('log in by their own roles for their own policies, by unique id where Vault may read the role', () => {
    expect(wanted.last.map(({ payload }) => [payload.bound_iam_principal_arn, payload.token_policies, payload.resolve_aws_unique_ids, payload.token_max_ttl, payload.token_period])).toEqual([
      [[glooRole.principalArn], ['dev'], true, 900, 0],
      [['arn:aws:iam::111122223333:role/dev-role-iam-payments'], ['payments'], true, 900, 0],
      [['arn:aws:iam::111122223333:role/dev-role-iam-payments-2'], ['payments'], true, 900, 0],
      [['arn:aws:iam::444455556666:role/dev-role-iam-orders'], ['orders'], false, 0, 900],
    ]);
  });

  test('reach nothing of each other, nor of the owner', () => {
    for (const object of added.filter(({ path }) => path.startsWith('sys/policies/'))) {
      const name = object.path.split('/').pop() ?? '';
      expect(Object.keys(rules(object).path).every((path) => path.startsWith(`${name}/`))).toBe(true);
    }
    expect(Object.keys(rules(at('sys/policies/acl/dev')).path).filter((path) => /payments|orders/.test(path))).toEqual([]);
  });

  test('are within reach of the provisioner, but no secret of theirs', () => {
    const reach = rules(wanted.phases[0]?.[0] as VaultObject).path;
    for (const object of added) expect(reach[object.path]?.capabilities).toContain('update');
    expect(Object.keys(reach).filter((path) => /^(payments|orders)/.test(path))).toEqual(['payments/config', 'orders/config']);
  });

  test('whose role is not there are left out, and no other is', () => {
    const [payments] = guests;
    const without = desiredState({ ...shared, guests: payments ? [payments] : [] }, { 'arn:aws:iam::111122223333:role/dev-role-iam-payments': 'gone' });
    expect(paths(without.last)).toEqual(['auth/aws/role/dev-role-iam-trial', 'auth/aws/role/dev-role-iam-payments-2']);
  });

  test('that leave take roles and policy along, and leave their mount', () => {
    expect(paths(obsoleteObjects({ ...shared, guests: guests.slice(0, 1) }, shared))).toEqual(['auth/aws/role/dev-role-iam-orders', 'sys/policies/acl/orders']);
    expect(paths(obsoleteObjects(properties, shared)).filter((path) => /mounts|config/.test(path))).toEqual([]);
    expect(paths(removableObjects(shared))).toEqual(expect.arrayContaining(paths(obsoleteObjects(properties, shared))));
    expect(paths(obsoleteObjects(shared, properties))).toEqual([]);
    expect(reachDiffers(shared, properties)).toBe(true);
  });

  test("their secrets are the operators' to write, and how they are set up is theirs to read", () => {
    const operators = { name: 'vault-operator-trial', principalArns: ['arn:aws:iam::111122223333:role/Admin'] };
    const all = desiredState({ ...shared, operators }, {});
    const policy = [...all.phases.flat()].find(({ path }) => path === 'sys/policies/acl/vault-operator-trial') as VaultObject;
    const reach = rules(policy).path;
    for (const object of [...all.phases.flat(), ...all.last]) expect(reach[object.read.path]?.capabilities).toContain('read');
    expect(Object.keys(reach).filter((path) => reach[path]?.capabilities.includes('create'))).toEqual(['dev', 'payments', 'orders'].map((mount) => `${mount}/data/gloo/gloo.solo.io/v1/Secret/*`));
  });
});

test('the digest of the contents changes with what is written', () => {
  expect(contentsDigest({ ...properties })).toBe(contentsDigest(properties));
  expect(contentsDigest(properties)).toMatch(/^[0-9a-f]{12}$/);
  expect(contentsDigest({ ...properties, session: { ...properties.session, maxTtl: '60' } })).not.toBe(contentsDigest(properties));
});

describe('operators', () => {
  const operators = { name: 'vault-operator-trial', principalArns: ['arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123', 'arn:aws:iam::999999999999:user/me'] };
  const withOperators = { ...properties, operators };
  const wanted = desiredState(withOperators, {}).phases;
  const added = wanted.flat().filter(({ path }) => path.endsWith(operators.name));

  test('have a policy, written before their role', () => {
    expect(wanted.map((phase) => paths(phase).filter((path) => path.endsWith(operators.name)))).toEqual([[], [], ['sys/policies/acl/vault-operator-trial'], ['auth/aws/role/vault-operator-trial']]);
  });

  test('are bound by ARN alone, for half an hour and an hour at most', () => {
    expect(added[1]?.payload).toEqual({
      auth_type: 'iam',
      bound_iam_principal_arn: ['arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123', 'arn:aws:iam::999999999999:user/me'],
      resolve_aws_unique_ids: false,
      token_policies: ['vault-operator-trial'],
      token_ttl: 1800,
      token_max_ttl: 3600,
    });
  });

  test('write no more than Gloo\'s secrets, and read what is configured and nothing else', () => {
    const reach = rules(added[0] as VaultObject).path;
    const may = (...capabilities: string[]) => Object.keys(reach).filter((path) => reach[path]?.capabilities.some((each) => capabilities.includes(each)));
    expect(may('create', 'update', 'delete', 'patch')).toEqual(['dev/data/gloo/gloo.solo.io/v1/Secret/*', 'dev/metadata/gloo/gloo.solo.io/v1/Secret/*', 'auth/token/lookup-accessor', 'auth/token/revoke-self']);
    expect(may('sudo')).toEqual(['sys/audit', 'auth/token/accessors/']);
    for (const object of wanted.flat()) expect(may('read')).toContain(object.read.path);
    expect(may('read').filter((path) => !wanted.flat().some((object) => object.read.path === path) && !path.startsWith('dev/'))).toEqual(['auth/aws/role/dev-role-iam-trial']);
  });

  test('and the provisioner reaches both, which go with the setting or the resource', () => {
    expect(rules(provisionerPolicy('p', withOperators)).path).toMatchObject({ 'sys/policies/acl/vault-operator-trial': {}, 'auth/aws/role/vault-operator-trial': {} });
    expect(paths(obsoleteObjects(properties, withOperators))).toEqual(['auth/aws/role/vault-operator-trial', 'sys/policies/acl/vault-operator-trial']);
    expect(paths(removableObjects(withOperators))).toEqual(expect.arrayContaining(['auth/aws/role/vault-operator-trial', 'sys/policies/acl/vault-operator-trial']));
    expect(reachDiffers(withOperators, properties)).toBe(true);
  });

  test('are nowhere where none is named', () => {
    expect(JSON.stringify([phases, last, removableObjects(properties)])).not.toContain('operator');
  });
});

describe('differences', () => {
  const role = at('auth/aws/role/dev-role-iam-trial');
  const current = { auth_type: 'iam', bound_iam_principal_arn: [glooRole.principalArn], bound_iam_principal_id: ['AROAEXAMPLE'], resolve_aws_unique_ids: true, token_policies: ['dev'], token_max_ttl: 900, token_period: 0 };

  test('are of the keys that are managed alone', () => {
    expect(keys(role)({ data: { ...current, token_bound_cidrs: ['10.0.0.0/8'] } })).toEqual([]);
    expect(keys(role)({ data: { ...current, token_policies: ['dev', 'root'], token_max_ttl: 0 } })).toEqual(['token_policies', 'token_max_ttl']);
    expect(keys(role)({ data: { ...current, bound_iam_principal_id: ['AROAOTHER'] } })).toEqual(['bound_iam_principal_id']);
    expect(keys(role)({ data: { ...current, bound_iam_principal_id: null } })).toEqual(['bound_iam_principal_id']);
  });

  test('of a policy are of what it says, not of how', () => {
    const policy = at('sys/policies/acl/dev');
    const reordered = JSON.stringify({ path: Object.fromEntries(Object.entries(rules(policy).path).reverse()) }, undefined, 2);
    expect(keys(policy)({ data: { policy: reordered } })).toEqual([]);
    expect(keys(policy)({ data: { policy: 'path "dev/*" { capabilities = ["read"] }' } })).toEqual(['policy']);
    expect(keys(policy)({ data: {} })).toEqual(['policy']);
    const { 'dev/': list, ...rest } = rules(policy).path;
    const changed = { ...rest, 'dev/*': { capabilities: ['read'] }, 'secret/*': { capabilities: ['read'], min_wrapping_ttl: '1s' } };
    expect(policy.differences({ data: { policy: JSON.stringify({ path: changed }) } })).toEqual([
      { key: 'dev/*', wanted: ['create', 'read', 'update', 'delete', 'list'], found: ['read'] },
      { key: 'dev/', wanted: list?.capabilities, found: undefined },
      { key: 'secret/*', wanted: undefined, found: { capabilities: ['read'], min_wrapping_ttl: '1s' } },
    ]);
  });

  test('of the AWS client are static keys too', () => {
    const client = at('auth/aws/config/client');
    const read = { ...client.payload, secret_key: undefined };
    expect(keys(client)({ data: { ...read, max_retries: 5 } })).toEqual([]);
    expect(keys(client)({ data: { ...read, access_key: 'AKIA' } })).toEqual(['access_key']);
  });
});

test.each([
  ['sys/mounts/dev', { type: 'kv', options: { version: '2' } }, undefined],
  ['sys/mounts/dev', { type: 'kv', options: null }, 'the mount "dev/" holds KV version "1", and Gloo reads version 2; vault kv enable-versioning dev converts it, or choose another vault.kv.mountPath'],
  ['sys/mounts/dev', { type: 'transit', options: null }, 'the mount "dev/" exists with type "transit", not "kv"; choose another vault.kv.mountPath'],
  ['sys/auth/aws', { type: 'userpass' }, 'the auth mount "aws/" exists with type "userpass", not "aws"; choose another vault.auth.mountPath, or vault auth disable aws'],
  ['sys/audit/stdout', { type: 'file', options: { file_path: 'stdout', format: 'json' } }, undefined],
  ['sys/audit/stdout', { type: 'socket', options: null }, 'the audit device "stdout/" exists with type "socket" and other options; an audit device can\'t be changed: vault audit disable stdout, then deploy again'],
  ['auth/aws/role/dev-role-iam-trial', { data: { auth_type: 'ec2' } }, 'the role "dev-role-iam-trial" exists with auth_type "ec2", which can\'t be changed to "iam"; vault delete auth/aws/role/dev-role-iam-trial, then deploy again'],
])('%s of %j is in the way: %s', (path, current, conflict) => {
  expect(at(path).conflict?.(current)).toBe(conflict);
});

describe('what goes away', () => {
  test('with the resource: roles and policies, the provisioner\'s last', () => {
    expect(paths(removableObjects(properties))).toEqual(['auth/aws/role/dev-role-iam-trial', 'sys/policies/acl/dev', 'auth/aws/role/vault-config-trial', 'sys/policies/acl/vault-config-trial']);
  });

  test.each([
    [{}, []],
    [{ secretsEngine: { ...properties.secretsEngine, mountPath: 'kv' } }, []],
    [{ roles: [{ ...glooRole, name: 'gateway' }] }, ['auth/aws/role/dev-role-iam-trial']],
    [{ policy: { ...properties.policy, name: 'gloo' } }, ['sys/policies/acl/dev']],
    [{ auditDevice: 'none' as const }, ['sys/audit/stdout']],
    [{ authMethod: { ...properties.authMethod, mountPath: 'iam' } }, ['auth/aws/role/dev-role-iam-trial', 'auth/aws/role/vault-config-trial']],
    [{ provisioner: { ...properties.provisioner, name: 'p' } }, ['auth/aws/role/vault-config-trial', 'sys/policies/acl/vault-config-trial']],
  ])('with an update to %j', (change, gone) => {
    expect(paths(obsoleteObjects({ ...properties, ...change }, properties))).toEqual(gone);
  });

  test('is within reach of the provisioner until it is gone', () => {
    const to = { ...properties, auditDevice: 'none' as const, roles: [{ ...glooRole, name: 'gateway' }], secretsEngine: { ...properties.secretsEngine, mountPath: 'kv' } };
    expect(reachDiffers(to, properties)).toBe(true);
    const reach = rules(provisionerPolicy('p', to, properties)).path;
    expect(reach).toMatchObject({ 'sys/audit/stdout': { capabilities: ['delete', 'sudo'] }, 'auth/aws/role/dev-role-iam-trial': {}, 'auth/aws/role/gateway': {}, 'sys/mounts/kv': {}, 'sys/mounts/dev': {} });
    expect(reachDiffers({ ...properties, session: { ...properties.session, maxTtl: '60' } }, properties)).toBe(false);
  });
});
