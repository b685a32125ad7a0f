import { parseEnvironments, withGuests } from '../../lib/environment/parse';
import { importedRaft, faults, input, withValue } from './inputs';
import { authority, guest, owner, sharing } from './sharing';

const imported = () => ({ ...importedRaft(), vault: guest('it', '10.1.0.0/16').vault });

describe('what a guest is', () => {
  const [prod] = parseEnvironments(sharing());
  const [payments, orders] = prod?.guests ?? [];

  test('what is about the Vault, it has of its owner', () => {
    expect(prod?.vault.shared).toEqual({ hostname: 'vault.internal.example.com' });
    expect(payments?.vault).toEqual({
      owner: 'prod',
      url: 'https://vault.internal.example.com:8200',
      caCertificate: authority,
      region: 'us-east-1',
      auth: { mountPath: 'aws', serverIdHeader: 'vault.gloo.example.com', session: { maxTtl: 900 } },
      kv: { mountPath: 'payments', maxVersions: 0 },
      policy: { name: 'payments', form: 'smallest' },
      revision: 1,
      clientCidrs: ['10.1.0.0/16'],
    });
    expect(orders?.vault.kv.mountPath).toBe('orders');
  });

  test('it comes behind its owner, wherever it stands in the file', () => {
    const { prod: last, ...guests } = sharing();
    const environments = parseEnvironments({ ...guests, dev: input('dev'), prod: last });
    expect(environments.map(({ name }) => name)).toEqual(['dev', 'prod']);
    expect(withGuests(environments).map(({ name }) => name)).toEqual(['dev', 'prod', 'payments', 'orders']);
  });

  test('its login is signed for the region of the Vault, and its session is its own', () => {
    const far = { ...guest('far', '10.1.0.0/16'), region: 'eu-central-1', production: true, account: '444455556666' };
    const [environment] = parseEnvironments({ prod: withValue(owner(), 'vault.auth', { mountPath: 'aws-gloo', serverIdHeader: 'id' }), far })[0]?.guests ?? [];
    expect(environment).toMatchObject({ region: 'eu-central-1', account: '444455556666', vault: { region: 'us-east-1', auth: { mountPath: 'aws-gloo', serverIdHeader: 'id', session: { period: 900 } } } });
  });

  test('on a cluster that exists, it says where its requests come from', () => {
    const there = withValue(withValue(imported(), 'vault.clientCidrs', ['10.20.0.0/16', '100.64.0.0/10']), 'gloo', { loginProof: false, healing: false });
    expect(parseEnvironments({ prod: owner(), it: there })[0]?.guests[0]?.vault.clientCidrs).toEqual(['10.20.0.0/16', '100.64.0.0/10']);
  });

  test('authorities that change stand one after another, in one form', () => {
    const messy = `\n${authority.replaceAll('\n', '\r\n')}\n\n${authority}`;
    expect(parseEnvironments({ ...sharing(), prod: withValue(owner(), 'vault.shared.caCertificate', messy) })[0]?.guests[0]?.vault.caCertificate).toBe(`${authority}${authority}`);
  });
});

/** What is changed of owner and guest, and the one fault of it. */
const refusals: readonly (readonly [what: string, path: string, value: unknown, line: string])[] = [
  ['an owner that there is not', 'payments.vault.sharedFrom', 'prdo', 'environments.payments.vault.sharedFrom: "prdo" is no environment here. Did you mean "prod"?'],
  ['an owner of another name', 'payments.vault.sharedFrom', 'elsewhere', 'environments.payments.vault.sharedFrom: "elsewhere" is no environment here. Allowed: prod.'],
  ['itself', 'payments.vault.sharedFrom', 'payments', 'environments.payments.vault.sharedFrom: "payments" is this environment itself; name the one whose Vault it is, or leave sharedFrom out.'],
  ['a guest', 'payments.vault.sharedFrom', 'orders', 'environments.payments.vault.sharedFrom: "orders" has no Vault of its own; name its owner, "prod".'],
  ['no name', 'payments.vault.sharedFrom', 5, 'environments.payments.vault.sharedFrom: 5 is not the key of the environment whose Vault it is: put it in quotes.'],
  ['one KV mount', 'orders.vault.kv.mountPath', 'payments', "environments.orders.vault.kv.mountPath: \"payments\" is the KV mount of environment \"payments\" too, in the same Vault, so that each would read the other's secrets; give each its own."],
  ["the owner's KV mount", 'orders.vault.kv.mountPath', 'prod', "environments.orders.vault.kv.mountPath: \"prod\" is the KV mount of environment \"prod\" too, in the same Vault, so that each would read the other's secrets; give each its own."],
  ['a mount below another', 'orders.vault.kv.mountPath', 'prod/orders', 'environments.orders.vault.kv.mountPath: "prod/orders" and "prod", the KV mount of environment "prod" in the same Vault, lie one in the other, which Vault refuses; give each its own.'],
  ['a mount above another', 'payments.vault.kv.mountPath', 'orders/eu', 'environments.orders.vault.kv.mountPath: "orders" and "orders/eu", the KV mount of environment "payments" in the same Vault, lie one in the other, which Vault refuses; give each its own.'],
  ['one policy', 'orders.vault.policy.name', 'payments', 'environments.orders.vault.policy.name: "payments" is the policy of environment "payments" too, in the same Vault; give each its own.'],
  ['a policy of the app', 'orders.vault.policy.name', 'vault-config-x', 'environments.orders.vault.policy.name: "vault-config-x" begins with vault-config-, as the policy by which this app configures Vault; choose another name.'],
  ['no mount', 'orders.vault.kv', undefined, 'environments.orders.vault.kv: missing; give a mapping with keys of mountPath, maxVersions.'],
  ['a network that reaches everywhere', 'orders.vault.clientCidrs', ['0.0.0.0/0'], 'environments.orders.vault.clientCidrs[0]: "0.0.0.0/0" is wider than any network; allowed: /8 to /32, the blocks of the VPC, say.'],
  ['no network', 'orders.vault.clientCidrs', [], 'environments.orders.vault.clientCidrs: has 0 entries; allowed: 1 to 10.'],
  ['another partition', 'orders.region', 'cn-north-1', 'environments.orders.vault.sharedFrom: "prod" lies in partition aws, and this environment in aws-cn, whose roles STS does not know there; allowed: an owner in aws-cn.'],
  ["the owner's VPC block", 'orders.cluster.create.vpcCidr', '10.0.128.0/17', 'environments.orders.cluster.create.vpcCidr: "10.0.128.0/17" overlaps with the VPC of "prod", 10.0.0.0/16, so that no route leads from the one to the other; give each its own block.'],
  ['an owner of mode dev', 'prod.vault', { mode: 'dev' }, 'environments.prod.vault.mode: "dev" keeps every secret in memory and loses it with a restart, and production is true; set mode: \'raft\', or production: false.'],
  ['an owner that nobody reaches', 'prod.vault.shared', undefined, "environments.prod.vault.shared: missing, and payments, orders shall reach this Vault; give the name that leads to it: { hostname: 'vault.internal.example.com' }."],
  ['an owner whom nobody trusts', 'prod.vault.shared', { hostname: 'vault.example.com' }, "environments.prod.vault.shared.caCertificate: missing, and without it payments, orders would trust no certificate of this Vault. Deploy prod without guests first; then this prints it: kubectl get secret -n vault vault-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d"],
  ['a name that AWS gives', 'prod.vault.shared.hostname', 'a.elb.us-east-1.amazonaws.com', 'environments.prod.vault.shared.hostname: "a.elb.us-east-1.amazonaws.com" is a name that AWS or a cluster gives; choose one of a zone of yours, such as vault.internal.example.com.'],
  ['an address', 'prod.vault.shared.hostname', '10.0.0.1', "environments.prod.vault.shared.hostname: \"10.0.0.1\" is not a host name; allowed: lower-case letters, digits and '-', with a dot inside, such as vault.internal.example.com."],
];

test.each(refusals)('%s', (_, path, value, line) => {
  const changed = withValue(sharing(), path, value);
  const lines = faults(changed);
  expect(lines).toContain(line);
  // Nothing else is said of the same setting.
  expect(lines.filter((each) => each.split(': ')[0] === line.split(': ')[0])).toEqual([line]);
});

test.each(['mode', 'raft', 'namespace', 'chartVersion', 'audit', 'networkPolicy', 'operators', 'drift', 'shared'])('vault.%s is of the Vault itself', (key) => {
  expect(faults(withValue(sharing(), `payments.vault.${key}`, {}))).toEqual([`environments.payments.vault.${key}: is a setting of the Vault itself, which is another environment's here; say it there.`]);
});

test.each(['mountPath', 'serverIdHeader'])('vault.auth.%s is of the Vault itself', (key) => {
  expect(faults(withValue(sharing(), `payments.vault.auth.${key}`, 'x'))).toEqual([`environments.payments.vault.auth.${key}: is a setting of the Vault itself, which is another environment's here; say it there.`]);
});

test('a policy that does more is none of a guest', () => {
  expect(faults(withValue(sharing(), 'payments.vault.policy.form', 'guide'))).toEqual(["environments.payments.vault.policy.form: is 'smallest' for whoever is a guest in a Vault; leave it out."]);
});

test('one role in two accounts is one role in Vault', () => {
  const other = { ...guest('orders', '10.2.0.0/16'), account: '444455556666', cluster: { create: { name: 'payments', vpcCidr: '10.2.0.0/16' } } };
  expect(faults({ ...sharing(), orders: other })).toEqual(["environments.orders.cluster.create.name: makes the role \"dev-role-iam-payments\", which is that of environment \"payments\" too, in the same Vault, where Gloo logs in by its role's name; give each cluster its own name."]);
  expect(faults({ ...sharing(), orders: withValue(other, 'identity.generation', 2) })).toEqual([]);
});

test('a Vault without TLS is not shared', () => {
  const dev = withValue(input('dev'), 'vault', { shared: { hostname: 'vault.example.com' } });
  expect(faults({ dev })).toEqual(["environments.dev.vault.shared: stands beside mode 'dev', which has no TLS and loses its secrets with a restart; set vault.mode: 'raft', or leave it out."]);
  const clear = withValue(withValue(owner(), 'production', false), 'vault.mode', 'raft');
  expect(faults({ prod: withValue(clear, 'vault.raft', { tls: false }) })).toEqual(['environments.prod.vault.shared: stands beside vault.raft.tls: false, by which tokens and secrets would cross the network in the clear; leave out one of the two.']);
  const guestOf = (name: string) => withValue(guest('it', '10.1.0.0/16'), 'vault.sharedFrom', name);
  expect(faults({ dev: input('dev'), it: guestOf('dev') })).toEqual(["environments.dev.vault.mode: \"dev\" has no TLS, so that tokens of it would cross the network in the clear, and loses every secret with a restart; set mode: 'raft'."]);
  const open = withValue(withValue(withValue(input('prod'), 'production', false), 'vault.mode', 'raft'), 'vault.raft', { tls: false });
  expect(faults({ open, it: guestOf('open') })).toEqual(['environments.open.vault.raft.tls: is false, so that tokens and secrets of it would cross the network in the clear; leave it out.']);
});

test.each([
  ['a key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----', 'holds a private key, which belongs in no file: take it out, and give'],
  ['text', 'hunter2', 'is not the PEM of a certificate authority; give'],
  ['a certificate that is cut off', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'has a certificate that cannot be read ('],
  ['many', authority.repeat(6), 'has 6 certificates; allowed: 1 to 5.'],
])('%s is no authority, and is not repeated', (_, value, words) => {
  const [line, ...more] = faults({ prod: withValue(owner(), 'vault.shared.caCertificate', value) });
  expect(more).toEqual([]);
  expect(line).toContain(`environments.prod.vault.shared.caCertificate: ${words}`);
  expect(line).not.toMatch(/c2VjcmV0|hunter2|AAAA/);
});

test('on a cluster that exists, what it lacks is asked for', () => {
  const lines = faults({ prod: owner(), it: imported() });
  expect(lines.map((each) => each.split('; give')[0])).toEqual([
    'environments.it.cluster.import.vpc: missing while gloo.loginProof and gloo.healing is on beside vault.sharedFrom, for its function reaches Vault from inside the VPC',
    "environments.it.vault.clientCidrs: missing beside cluster.import, and Vault's load balancer is open to nobody else",
  ]);
});

test('more certificates than the event of a schedule has room for are too many', () => {
  const padded = authority.replace('-----END', `${'\n'.repeat(4096)}-----END`);
  expect(faults({ prod: withValue(owner(), 'vault.shared.caCertificate', padded) })).toEqual([expect.stringMatching(/^environments\.prod\.vault\.shared\.caCertificate: has \d+ characters, which a guest's schedule has no room for; allowed: 4096\. /)]);
});

test.each([
  ['af-south-1', '444455556666', 1],
  ['af-south-1', '111122223333', 0],
  ['us-east-1', '444455556666', 0],
])('a Vault in %s, and a guest of account %s: %i warnings', (region, account, warnings) => {
  const prod = withValue(withValue(owner(), 'region', region), 'vault.kv.mountPath', 'prod');
  const [far] = parseEnvironments({ prod, far: { ...guest('far', '10.1.0.0/16'), account } })[0]?.guests ?? [];
  expect(far?.warnings).toEqual(warnings === 0 ? [] : ['Gloo of far signs its login for STS in af-south-1, which knows account 444455556666 only once that has enabled the region: aws account enable-region --region-name af-south-1']);
});

test('several faults show at once, of both sides', () => {
  const lines = faults({ prod: withValue(withValue(owner(), 'region', 'x'), 'vault.shared', undefined), payments: withValue(guest('payments', '10.1.0.0/16'), 'vault.kv.mountPath', 'prod'), orders: withValue(guest('orders', '10.1.0.0/16'), 'vault.sharedFrom', 'nobody') });
  expect(lines.map((each) => each.split(':')[0])).toEqual(['environments.prod.region', 'environments.orders.vault.sharedFrom', 'environments.prod.vault.shared', 'environments.payments.vault.kv.mountPath']);
});

test('a schedule has room for so many guests, and without one there may be more', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`g${index}`, guest(`team-${index + 100}`, `10.${index + 1}.0.0/16`)]));
  expect(faults({ prod: owner(), ...many(20) })).toEqual([]);
  const [line, ...more] = faults({ prod: owner(), ...many(40) });
  expect(more).toEqual([]);
  expect(line).toMatch(/^environments\.prod\.vault\.drift: compares Vault by an event of \d+ characters with 40 guests and 1 operators, and EventBridge takes 8192; have fewer of them, another owner for some, or action: 'off'\.$/);
  expect(faults({ prod: withValue(owner(), 'vault.drift', { action: 'off' }), ...many(40) })).toEqual([]);
});
