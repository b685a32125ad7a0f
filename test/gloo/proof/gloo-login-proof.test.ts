import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeProperties } from '../../../lib/gloo/proof/properties';
import type { EnvironmentInput } from '../../../lib/environment/input';
import { bundleHandler } from '../../../lib/vault/handler-asset';
import { environments } from '../../environments';
import { helmRelease, manifest, resource, resources } from '../../manifests';
import { synthesize } from '../../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template } = synthesize({
  plain: environment('plain'),
  // The same cluster, an environment each: what another setting makes of its templates.
  off: environment('off', { gloo: { loginProof: false, discovery: true } }),
  closed: environment('closed', { cluster: { create: { name: 'closed', endpointAccess: 'private' } }, gloo: { discovery: true, namespace: 'gateway' }, vault: { namespace: 'secrets' } }),
  prod: environments.prod as EnvironmentInput,
});
const { template: later } = synthesize({ plain: environment('plain', { vault: { revision: 2 } }) });
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const PROOF = 'Custom::GlooLoginProof';
const FUNCTION = 'AWS::Lambda::Function';
const plain = template('plain-Gloo');
const closed = template('closed-Gloo');

describe('the order', () => {
  test.each(['plain', 'closed', 'prod'])("Gloo's chart comes after the proof: %s", (name) => {
    const stack = template(`${name}-Gloo`);
    expect(helmRelease(stack).DependsOn).toContain(resource(stack, PROOF).logicalId);
  });

  test.each(['plain', 'closed'])('the proof comes after all without which it is refused, and after the service accounts: %s', (name) => {
    const stack = template(`${name}-Gloo`);
    const needed = [
      resource(stack, 'AWS::IAM::Policy', 'LoginProofRights'),
      resource(stack, 'AWS::EKS::AccessEntry', 'LoginProof'),
      resource(stack, MANIFEST, 'LoginProofAccess'),
      ...resources(stack, MANIFEST, 'ServiceAccount'),
      ...resources(stack, 'AWS::EC2::SecurityGroupIngress', 'LoginProof'),
    ];
    expect(resource(stack, PROOF).DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
  });

  test('its Roles come after the namespace that one of them lives in', () => {
    expect(resource(plain, MANIFEST, 'LoginProofAccess').DependsOn).toContain(resource(plain, MANIFEST, 'Namespace').logicalId);
  });
});

describe('what it is told', () => {
  /** Endpoint and authority are the cluster's, known at its deployment. */
  const told = (stack: typeof plain) => {
    const { Properties } = resource(stack, PROOF);
    return decodeProperties({ ...Properties, cluster: { ...(Properties.cluster as object), endpoint: 'https://cluster.example', certificateAuthority: 'an authority' } });
  };
  const login = (cluster: string, serviceAccount: string, namespace = 'gloo-system') => ({
    namespace,
    serviceAccount,
    roleArn: `arn:aws:iam::111122223333:role/dev-role-iam-${cluster}`,
    podRegion: 'us-east-1',
    dnsSuffix: 'amazonaws.com',
    mountPath: 'aws',
    serverIdHeader: 'vault.gloo.example.com',
    region: 'us-east-1',
    pathPrefix: 'dev',
  });

  test('is what Gloo’s chart is told', () => {
    expect(told(plain)).toEqual({
      cluster: { name: 'plain', endpoint: 'https://cluster.example', certificateAuthority: 'an authority' },
      vault: { namespace: 'vault', service: 'http:vault:8200' },
      logins: [login('plain', 'gloo')],
    });
    expect(told(closed)).toMatchObject({ vault: { namespace: 'secrets' }, logins: [login('closed', 'gloo', 'gateway'), login('closed', 'discovery', 'gateway')] });
    expect(told(template('prod-Gloo')).vault).toEqual({ namespace: 'vault', service: 'https:vault-active:8200' });
  });

  test('it gives up soon after its function has to', () => {
    expect(resource(plain, PROOF).Properties.ServiceTimeout).toBe('360');
    expect(resource(plain, FUNCTION, 'LoginProofFunction').Properties.Timeout).toBe(300);
  });
});

test('another setting that bears on the login makes another proof beside the same function', () => {
  const [before, after] = [resource(plain, PROOF), resource(later('plain-Gloo'), PROOF)];
  expect(after.logicalId).not.toBe(before.logicalId);
  expect(after.Properties).toEqual(before.Properties);
  expect(resource(later('plain-Gloo'), FUNCTION, 'LoginProofFunction').logicalId).toBe(resource(plain, FUNCTION, 'LoginProofFunction').logicalId);
});

describe('its way into the cluster', () => {
  test('is one access entry with one group and no access policy', () => {
    expect(resource(plain, 'AWS::EKS::AccessEntry', 'LoginProof').Properties).toEqual({
      ClusterName: expect.anything() as unknown,
      PrincipalArn: { 'Fn::GetAtt': [resource(plain, 'AWS::IAM::Role', 'LoginProofRole').logicalId, 'Arn'] },
      KubernetesGroups: ['gloo-login-proof'],
    });
  });

  test('is a token of Gloo’s service accounts, reads and PUTs at Vault’s Service, and nothing else', () => {
    const rules = (stack: typeof plain) =>
      manifest(stack, 'LoginProofAccess')
        .filter(({ kind }) => kind === 'Role')
        .map(({ metadata, rules: of }) => [(metadata as { namespace: string }).namespace, of]);
    const tokenOf = (name: string) => ({ apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [name], verbs: ['create'] });
    const proxy = (service: string) => ({ apiGroups: [''], resources: ['services/proxy'], resourceNames: [service], verbs: ['get', 'update'] });
    expect(rules(plain)).toEqual([['gloo-system', [tokenOf('gloo')]], ['vault', [proxy('http:vault:8200')]]]);
    expect(rules(closed)).toEqual([['gateway', [tokenOf('gloo'), tokenOf('discovery')]], ['secrets', [proxy('http:vault:8200')]]]);
    expect(rules(template('prod-Gloo'))).toEqual([['gloo-system', [tokenOf('gloo')]], ['vault', [proxy('https:vault-active:8200')]]]);
  });
});

describe('its function', () => {
  test('may write its own log and read the one role whose trust it explains', () => {
    const role = resource(plain, 'AWS::IAM::Role', 'LoginProofRole');
    expect(role.Properties).toMatchObject({ RoleName: 'gloo-proof-plain', AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] } });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    const { PolicyDocument } = resource(plain, 'AWS::IAM::Policy', 'LoginProofRights').Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
    expect(PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [resource(plain, 'AWS::Logs::LogGroup', 'LoginProofLogs').logicalId, 'Arn'] }],
      ['iam:GetRole', 'arn:aws:iam::111122223333:role/dev-role-iam-plain'],
    ]);
  });

  test('runs in the node subnets where the endpoint is not open to all', () => {
    expect(resource(closed, FUNCTION, 'LoginProofFunction').Properties.VpcConfig).toBeDefined();
    expect(resource(plain, FUNCTION, 'LoginProofFunction').Properties.VpcConfig).toBeUndefined();
  });

  test('has no variable: nothing secret has a place there', () => {
    expect(resource(plain, FUNCTION, 'LoginProofFunction').Properties.Environment).toBeUndefined();
  });

  test('is small, for nothing of an AWS SDK or of CDK is in it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      bundleHandler(resolve(__dirname, '..', '..', '..', 'lib', 'gloo', 'proof', 'handler', 'index.ts'), directory);
      expect(readFileSync(join(directory, 'index.js')).byteLength).toBeLessThan(250_000);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('turned off', () => {
  const off = template('off-Gloo');

  test('there is no function, no role and no right in the cluster', () => {
    off.resourceCountIs(PROOF, 0);
    for (const type of [FUNCTION, 'AWS::IAM::Role', 'AWS::EKS::AccessEntry', MANIFEST]) expect(resources(off, type, 'LoginProof')).toEqual([]);
  });

  test('the service accounts are made all the same: for the chart nothing changes', () => {
    expect(resources(off, MANIFEST, 'ServiceAccount')).toHaveLength(2);
    expect(helmRelease(off).values).toMatchObject({ gloo: { serviceAccount: { extraAnnotations: { 'helm.sh/resource-policy': 'keep' } } } });
  });
});

describe("Gloo's service accounts", () => {
  test('are there before the chart, each in a manifest of its own, and outlive whatever takes that away: a rollback of the update that took them over', () => {
    expect(manifest(closed, 'ServiceAccountgloo')).toMatchObject([{ kind: 'ServiceAccount', metadata: { name: 'gloo', namespace: 'gateway' } }]);
    expect(manifest(closed, 'ServiceAccountdiscovery')).toMatchObject([{ kind: 'ServiceAccount', metadata: { name: 'discovery', namespace: 'gateway' } }]);
    const accounts = resources(closed, MANIFEST, 'ServiceAccount');
    expect(helmRelease(closed).DependsOn).toEqual(expect.arrayContaining(accounts.map(({ logicalId }) => logicalId)));
    for (const { DependsOn, DeletionPolicy, Properties } of accounts) {
      expect(DeletionPolicy).toBe('Retain');
      expect(DependsOn).toContain(resource(closed, MANIFEST, 'Namespace').logicalId);
      expect(Properties.Overwrite).toBe(true);
      expect(Properties.PruneLabel).toBeUndefined();
    }
    expect(resources(plain, MANIFEST, 'ServiceAccount')).toHaveLength(1);
  });

  test("are the release's, which Helm takes over and keeps; what the chart sets is not set here", () => {
    const { Release, Namespace } = helmRelease(plain).Properties;
    expect(manifest(plain, 'ServiceAccount')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: {
          name: 'gloo',
          namespace: Namespace,
          labels: { 'app.kubernetes.io/managed-by': 'Helm' },
          annotations: { 'meta.helm.sh/release-name': Release, 'meta.helm.sh/release-namespace': Namespace },
        },
      },
    ]);
    expect(helmRelease(plain).values).toMatchObject({ gloo: { serviceAccount: { extraAnnotations: { 'helm.sh/resource-policy': 'keep' } } } });
  });
});
