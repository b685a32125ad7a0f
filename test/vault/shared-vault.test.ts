import { RESOURCE_TYPE as DRAIN } from '../../lib/gloo/drain/properties';
import { RESOURCE_TYPE as CONFIGURATION } from '../../lib/vault/configuration/properties';
import { clientCidrs } from '../../lib/vault/shared-vault';
import { owner, sharing } from '../environment/sharing';
import { withValue } from '../environment/inputs';
import { manifest, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';
import type { EnvironmentInput } from '../../lib/environment/input';

const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const inputs = withValue(withValue(sharing(), 'payments.identity', { generation: [1, 2] }), 'orders.account', '444455556666') as unknown as Record<string, EnvironmentInput>;
const { template } = synthesize(inputs);
const alone = synthesize({ prod: withValue(owner(), 'vault.shared.caCertificate', undefined) }).template;
const vault = template('prod-Vault');

test('the load balancer is for the blocks of its guests', () => {
  const [service] = manifest(vault, 'SharedService') as [{ spec: { loadBalancerSourceRanges: string[] } }];
  expect(service.spec.loadBalancerSourceRanges).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
});

test('blocks that guests have in common stand once', () => {
  const from = (...blocks: string[]) => ({ vault: { clientCidrs: blocks } });
  expect(clientCidrs({ guests: [from('10.2.0.0/16', '10.1.0.0/16'), from('10.1.0.0/16')] as never })).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
});

test('the NetworkPolicy admits the same, on the port of Vault and no other', () => {
  const [policy] = manifest(vault, 'NetworkPolicy') as [{ spec: { ingress: { from: { ipBlock?: { cidr: string } }[]; ports: unknown[] }[] } }];
  const fromGuests = policy.spec.ingress.filter(({ from }) => /^10\.[12]\./.test(from[0]?.ipBlock?.cidr ?? ''));
  expect(fromGuests).toEqual(['10.1.0.0/16', '10.2.0.0/16'].map((cidr) => ({ from: [{ ipBlock: { cidr } }], ports: [{ port: 8200, protocol: 'TCP' }] })));
});

test("the certificate has the name by which guests come", () => {
  const names = (of: typeof vault) => {
    const charted = resources(of, MANIFEST, 'Certificate').flatMap(({ Properties }) => JSON.parse(Properties.Manifest as string) as { kind: string; metadata: { name: string }; spec: { dnsNames: string[] } }[]);
    return charted.find(({ kind, metadata }) => kind === 'Certificate' && metadata.name === 'vault-tls')?.spec.dnsNames ?? [];
  };
  expect(names(vault).at(-1)).toBe('vault.internal.example.com');
  // Before there is a guest too: it needs the authority's certificate, and that name in the first one that it sees.
  expect(names(alone('prod-Vault'))).toEqual(names(vault));
});

test('the Service goes before the wait for its load balancer, and that before all that the wait needs', () => {
  const [service, drain] = [resource(vault, MANIFEST, 'SharedService'), resource(vault, DRAIN)];
  const needed = [resource(vault, 'AWS::IAM::Policy', 'SharedDrainRights'), resource(vault, 'AWS::EKS::AccessEntry', 'SharedDrainAccessEntry'), resource(vault, MANIFEST, 'SharedDrainAccess')];
  expect(service.DependsOn).toContain(drain.logicalId);
  expect(drain.DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
  expect(resource(vault, MANIFEST, 'SharedDrainAccess').DependsOn).toContain(resource(vault, MANIFEST, 'Namespace').logicalId);
});

test('the wait may read that one Service, under a role of its own', () => {
  const role = manifest(vault, 'SharedDrainAccess').find(({ kind }) => kind === 'Role');
  expect(role).toMatchObject({ metadata: { namespace: 'vault', name: 'vault-drain' }, rules: [{ apiGroups: [''], resources: ['services'], resourceNames: ['vault-shared'], verbs: ['get'] }] });
  expect(resource(vault, DRAIN).Properties).toMatchObject({ namespace: 'vault', services: ['vault-shared'], of: 'vault' });
  expect(resources(vault, 'AWS::IAM::Role', 'SharedDrain').map(({ Properties }) => Properties.RoleName)).toContain('vault-drain-gloo-prod');
});

describe('iam:GetRole is for the roles that Vault binds by their unique ids: its own, and of guests in its account each generation', () => {
  const roles = ['gloo-prod', 'payments', 'payments-2'].map((name) => `arn:aws:iam::111122223333:role/dev-role-iam-${name}`);

  test("for Vault's pods", () => {
    const { PolicyDocument } = resource(template('prod-Identity'), 'AWS::IAM::ManagedPolicy', 'ServerRole').Properties as { PolicyDocument: { Statement: unknown[] } };
    expect(PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'iam:GetRole', Resource: roles }]);
  });

  test('and for the function', () => {
    const { PolicyDocument } = resource(vault, 'AWS::IAM::Policy', 'ConfigurationRights').Properties as { PolicyDocument: { Statement: { Sid?: string; Resource: unknown }[] } };
    expect(PolicyDocument.Statement.find(({ Sid }) => Sid === 'CompareUniqueIdOfAuthRole')?.Resource).toEqual(roles);
  });
});

test('what Vault shall hold has its guests', () => {
  expect(resource(vault, CONFIGURATION).Properties.guests).toEqual([
    { cluster: 'payments', account: '111122223333', mountPath: 'payments', maxVersions: '0', policy: 'payments', roles: ['dev-role-iam-payments', 'dev-role-iam-payments-2'], session: { maxTtl: '900', period: '0' } },
    { cluster: 'orders', account: '444455556666', mountPath: 'orders', maxVersions: '0', policy: 'orders', roles: ['dev-role-iam-orders'], session: { maxTtl: '900', period: '0' } },
  ]);
});

test('without guests nothing of it is there, but the name', () => {
  expect(resources(alone('prod-Vault'), DRAIN)).toEqual([]);
  expect(JSON.stringify(alone('prod-Vault').toJSON())).not.toMatch(/LoadBalancer"|load-balancer|vault-shared|"guests"/);
});
