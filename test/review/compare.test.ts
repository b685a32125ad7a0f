import { compareStack, notCompared } from '../../review/compare';
import type { AppStack, Change, DeployedStack, StackReview, Template } from '../../review/model';
import { environments } from '../environments';
import { synthesize } from '../synthesize';

jest.spyOn(console, 'error').mockImplementation(() => undefined);
const { stacks, template } = synthesize(environments, { diffRoles: [{ account: '111122223333', region: 'us-east-1', repository: 'acme/gateway' }] });

/** A template to change at will. */
interface Draft {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string; UpdateReplacePolicy?: string }>;
  Outputs: Record<string, unknown>;
}

const draft = (name: string) => structuredClone(template(name).toJSON()) as Draft;

function stackOf(name: string, own: Template, terminationProtection = false): AppStack {
  return { environment: 'prod', name, account: '111122223333', region: 'us-east-1', terminationProtection, template: own };
}

const deployedAs = (own: Template, settings: Partial<DeployedStack> = {}): DeployedStack => ({ status: 'UPDATE_COMPLETE', terminationProtection: false, template: own, ...settings });

/** What a change of the app's template changes of the one that is deployed. */
function changing(name: string, change: (template: Draft) => void): StackReview {
  const now = draft(name);
  change(now);
  return compareStack(stackOf(name, now as unknown as Template), deployedAs(draft(name) as unknown as Template));
}

function idOf({ Resources }: Draft, type: string, matches: (properties: Record<string, unknown>) => boolean = () => true): string {
  const [id] = Object.entries(Resources).find(([, { Type, Properties }]) => Type === type && matches(Properties)) ?? [];
  if (id === undefined) throw new Error(`There is no such ${type}.`);
  return id;
}

const resource = (of: Draft, type: string, matches?: (properties: Record<string, unknown>) => boolean) => of.Resources[idOf(of, type, matches)]!;
const manifest = (kind: string) => (properties: Record<string, unknown>) => String(properties.Manifest).includes(`"kind":"${kind}"`);
const isKubernetes = 'Custom::AWSCDK-EKS-KubernetesResource';
const brief = ({ changes }: StackReview) => changes.map(({ type, impact, warnings }) => [type, impact, ...warnings]);
const only = ({ changes }: StackReview): Change => {
  expect(changes).toHaveLength(1);
  return changes[0]!;
};

test('templates that are deployed as they are change nothing', () => {
  for (const name of stacks.keys()) {
    const own = template(name).toJSON() as Template;
    expect(compareStack(stackOf(name, own), deployedAs(own))).toEqual({ name, state: 'unchanged', warnings: [], changes: [], grants: [], rules: [] });
  }
});

test('a stack that is not deployed is new, all of it', () => {
  const review = compareStack(stackOf('prod-Vault', template('prod-Vault').toJSON()), undefined);
  expect(review.state).toBe('new');
  expect(new Set(review.changes.map(({ impact }) => impact))).toEqual(new Set(['create']));
  expect(review.changes.filter(({ type }) => type !== 'Output')).toHaveLength(Object.keys(draft('prod-Vault').Resources).length);
});

test("of a new stack as the app makes it, CDK's own administrator of a cluster is to be looked at", () => {
  const marked = [...stacks.keys()].flatMap((name) => compareStack(stackOf(name, template(name).toJSON() as Template), undefined).changes.filter(({ warnings }) => warnings.length > 0));
  expect(new Set(marked.map(({ type, warnings }) => [type, ...warnings].join(': ')))).toEqual(new Set(['AWS::EKS::AccessEntry: AmazonEKSClusterAdminPolicy lets it do or read nearly everything in the cluster']));
});

test("metadata, dependencies' order and what CDK adds for itself are no change", () => {
  const now = draft('prod-Vault') as unknown as { Resources: Record<string, { Metadata?: unknown; DependsOn?: string | string[] }>; Parameters: Record<string, unknown> };
  for (const each of Object.values(now.Resources)) {
    each.Metadata = { 'aws:cdk:path': 'elsewhere', 'aws:asset:path': 'asset.1' };
    if (Array.isArray(each.DependsOn)) each.DependsOn.reverse();
  }
  now.Parameters.BootstrapVersion = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/other/version' };
  expect(compareStack(stackOf('prod-Vault', now as unknown as Template), deployedAs(draft('prod-Vault') as unknown as Template)).state).toBe('unchanged');
});

test('characters that CloudFormation answers as question marks are no change; others are', () => {
  const own = (text: string): Template => ({ Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: text } } } });
  expect(compareStack(stackOf('S', own('naïve → ✓')), deployedAs(own('na?ve ? ?'))).state).toBe('unchanged');
  expect(only(compareStack(stackOf('S', own('naïve → no')), deployedAs(own('na?ve ? ?')))).differences).toEqual([{ path: 'DisplayName', before: 'na?ve ? ?', after: 'na?ve ? no' }]);
  expect(only(compareStack(stackOf('S', own('naïve')), deployedAs(own('naíve')))).differences).toEqual([{ path: 'DisplayName', before: 'naíve', after: 'naïve' }]);
});

test("a function's code is one line of hashes", () => {
  const change = only(changing('prod-Vault', (now) => Object.assign(resource(now, 'AWS::Lambda::Function', ({ Description }) => String(Description).startsWith('Configures')).Properties.Code as object, { S3Key: `${'0123456789abcdef'.repeat(4)}.zip` })));
  expect(change).toMatchObject({ impact: 'update', topic: 'rest', warnings: [], differences: [{ path: 'Code.S3Key', after: '01234567….zip' }] });
});

describe('what is lost', () => {
  test('the key of the seal, deleted, replaced or left behind', () => {
    const isKey = (own: Draft) => idOf(own, 'AWS::KMS::Key');
    const loss = "without this key nothing that it encrypted can be read: Vault's seal and snapshots, or the cluster's Secrets";
    const removed = changing('prod-Vault', (now) => delete now.Resources[isKey(now)]);
    expect(brief(removed)).toContainEqual(['AWS::KMS::Key', 'leave', 'nothing deletes it, and no stack knows it any more']);
    const before = draft('prod-Vault');
    const now = draft('prod-Vault');
    before.Resources[isKey(before)]!.DeletionPolicy = 'Delete';
    delete now.Resources[isKey(now)];
    expect(brief(compareStack(stackOf('prod-Vault', now as unknown as Template), deployedAs(before as unknown as Template)))).toContainEqual(['AWS::KMS::Key', 'remove', loss]);
    expect(brief(changing('prod-Vault', (own) => (own.Resources[isKey(own)]!.DeletionPolicy = 'Delete')))).toEqual([
      ['AWS::KMS::Key', 'update', 'it was kept when it left the stack, and would be deleted from now on (DeletionPolicy Retain → Delete)'],
    ]);
  });

  test('a cluster of another name is another cluster, and so are those that refer to it', () => {
    const review = changing('prod-Cluster', (now) => (resource(now, 'AWS::EKS::Cluster').Properties.Name = 'other'));
    expect(brief(review)).toContainEqual(['AWS::EKS::Cluster', 'replace', 'the new cluster is an empty one: Vault, Gloo and all else in the old one go with it']);
    expect(brief(review)).toContainEqual(['AWS::EKS::Nodegroup', 'replace', expect.stringContaining('all of its nodes go')]);
  });

  test('a role of another name', () => {
    const review = changing('prod-Identity', (now) => (resource(now, 'AWS::IAM::Role', ({ RoleName }) => RoleName === 'dev-role-iam-gloo-prod').Properties.RoleName = 'other'));
    expect(brief(review)).toEqual(expect.arrayContaining([['AWS::IAM::Role', 'replace', expect.stringContaining('refused until Vault is configured anew')]]));
  });

  test.each([
    ['prod-Vault', 'NetworkPolicy', 'remove', 'NetworkPolicy vault/vault: without it every pod of the cluster reaches Vault'],
    ['prod-Vault', 'Namespace', 'leave', 'nothing deletes it, and no stack knows it any more'],
    ['dev-Vault', 'Namespace', 'remove', 'Namespace vault: with a namespace goes all that is in it, claims of volumes too'],
  ])('%s without its %s', (name, kind, impact, warning) => {
    const review = changing(name, (now) => delete now.Resources[idOf(now, isKubernetes, manifest(kind))]);
    expect(brief(review)).toContainEqual([isKubernetes, impact, warning]);
  });

  test("an output that another stack may read, and Vault's configuration", () => {
    const output = Object.keys(draft('prod-Cluster').Outputs)[0]!;
    expect(brief(changing('prod-Cluster', (now) => delete now.Outputs[output]))).toEqual([['Output', 'remove', 'a stack that still reads it fails at its next deployment']]);
    expect(brief(changing('prod-Vault', (now) => delete now.Resources[idOf(now, 'Custom::VaultConfiguration')]))).toEqual([['Custom::VaultConfiguration', 'remove', expect.stringContaining('Gloo cannot log in')]]);
  });
});

describe('what is to be looked at', () => {
  test('another KV mount, and more that Gloo may do in Vault', () => {
    const { topic, warnings, differences } = only(
      changing('prod-Vault', (now) => {
        const { Properties } = resource(now, 'Custom::VaultConfiguration');
        Object.assign(Properties.secretsEngine as object, { mountPath: 'other' });
        Object.assign((Properties.policy as { paths: object }).paths, { 'prod/data/gloo/gloo.solo.io/v1/Secret/*': ['read', 'delete'] });
      }),
    );
    expect(topic).toBe('access');
    expect(warnings).toEqual(['the secrets stay under the old mount, and Gloo reads the new one, which is empty', 'Gloo may delete prod/data/gloo/gloo.solo.io/v1/Secret/* in Vault from now on']);
    expect(differences).toContainEqual({ path: 'secretsEngine.mountPath', before: 'prod', after: 'other' });
  });

  test('a StorageClass, which Kubernetes refuses to change', () => {
    const { warnings, differences } = only(
      changing('prod-Vault', (now) => {
        const { Properties } = resource(now, isKubernetes, manifest('StorageClass'));
        Properties.Manifest = String(Properties.Manifest).replace('"reclaimPolicy":"Retain"', '"reclaimPolicy":"Delete"');
      }),
    );
    expect(warnings).toEqual(['StorageClass vault-gp3: Kubernetes refuses to change a StorageClass; volumes that there are stay as they are']);
    expect(differences).toEqual([{ path: 'Manifest.StorageClass vault-gp3.reclaimPolicy', before: 'Retain', after: 'Delete' }]);
  });

  test("Vault's chart: what restarts nothing, and fewer replicas", () => {
    const review = changing('prod-Vault', (now) => {
      const { Properties } = resource(now, 'Custom::AWSCDK-EKS-HelmChart');
      Properties.Values = JSON.parse(JSON.stringify(Properties.Values).replace('\\"replicas\\":3', '\\"replicas\\":1')) as unknown;
    });
    expect(only(review)).toMatchObject({ warnings: ['fewer replicas: those that go still count in Raft until they are removed from it', 'Helm restarts no pod of Vault: see `npx gloo-vault roll`'], differences: [{ path: 'Values.server.ha.replicas', before: '3', after: '1' }] });
  });

  test('another seal of Vault', () => {
    const review = changing('prod-Vault', (now) => {
      const { Properties } = resource(now, 'Custom::AWSCDK-EKS-HelmChart');
      Properties.Values = JSON.parse(JSON.stringify(Properties.Values).replace('awskms', 'transit')) as unknown;
    });
    expect(only(review)).toMatchObject({
      warnings: ['another seal, or none: a pod that starts with it stays sealed until the seal is migrated', 'Helm restarts no pod of Vault: see `npx gloo-vault roll`'],
      differences: [{ before: 'seal "awskms" {', after: 'seal "transit" {' }],
    });
  });

  test('who reaches the API server, and a version that cannot be taken back', () => {
    const review = changing('prod-Cluster', (now) => {
      const { Properties } = resource(now, 'AWS::EKS::Cluster');
      Properties.Version = '1.36';
    });
    expect(brief(review)).toContainEqual(['AWS::EKS::Cluster', 'update', 'EKS takes no version of Kubernetes back']);
    const narrow = draft('prod-Cluster');
    Object.assign(resource(narrow, 'AWS::EKS::Cluster').Properties.ResourcesVpcConfig as object, { EndpointPublicAccess: true, PublicAccessCidrs: ['203.0.113.0/24'] });
    const wide = structuredClone(narrow);
    Object.assign(resource(wide, 'AWS::EKS::Cluster').Properties.ResourcesVpcConfig as object, { PublicAccessCidrs: ['203.0.113.0/24', '198.51.100.0/24'] });
    const compared = (now: Draft, before: Draft) => brief(compareStack(stackOf('prod-Cluster', now as unknown as Template), deployedAs(before as unknown as Template)));
    expect(compared(wide, narrow)).toEqual([['AWS::EKS::Cluster', 'update', 'the API server lets in more: 198.51.100.0/24']]);
    expect(compared(narrow, wide)).toEqual([['AWS::EKS::Cluster', 'update']]);
  });

  test('termination protection, and a stack that is changing or stuck', () => {
    const own = template('prod-Vault').toJSON() as Template;
    const warnings = (settings: Partial<DeployedStack>) => compareStack(stackOf('prod-Vault', own), deployedAs(own, settings)).warnings;
    expect(warnings({ terminationProtection: true })).toEqual(['termination protection goes: `cdk destroy` would no longer be refused']);
    expect(warnings({ status: 'UPDATE_IN_PROGRESS' })).toEqual([expect.stringContaining('it is changing right now')]);
    expect(warnings({ status: 'UPDATE_ROLLBACK_FAILED' })).toEqual([expect.stringContaining('takes no update until that is mended')]);
    expect(warnings({ status: 'UPDATE_ROLLBACK_COMPLETE' })).toEqual([]);
  });
});

describe('who may do what', () => {
  const authRole = (own: Draft) => resource(own, 'AWS::IAM::Role', ({ RoleName }) => RoleName === 'dev-role-iam-platform');
  const condition = (own: Draft) => ((authRole(own).Properties.AssumeRolePolicyDocument as { Statement: { Condition: Record<string, Record<string, unknown>> }[] }).Statement[0]!).Condition;
  const granted = ({ grants }: StackReview) => grants.map(({ sign, warnings }) => [sign, ...warnings]);
  const WIDER = 'this trust policy lets in more than the one before';

  test.each<readonly [string, (own: Draft) => void]>([
    ['a pattern in place of a name', (own) => Object.assign(condition(own), { StringLike: condition(own).StringEquals, StringEquals: undefined })],
    ['a token that has no such claim', (own) => Object.assign(condition(own), { StringEqualsIfExists: condition(own).StringEquals, StringEquals: undefined })],
    ['another account of the cluster', (own) => Object.assign(condition(own).StringEquals!, Object.fromEntries(Object.entries(condition(own).StringEquals!).map(([key, value]) => [key, key.endsWith(':sub') ? [value, 'system:serviceaccount:default:default'].flat() : value])))],
    ['no condition', (own) => delete (authRole(own).Properties.AssumeRolePolicyDocument as { Statement: { Condition?: unknown }[] }).Statement[0]!.Condition],
  ])('a trust policy that lets in more: %s', (_, change) => {
    expect(granted(changing('existing-Identity', change))).toEqual([['+', WIDER], ['-']]);
  });

  test('one that lets in less needs no warning', () => {
    const wide = draft('existing-Identity');
    Object.assign(condition(wide).StringEquals!, Object.fromEntries(Object.entries(condition(wide).StringEquals!).map(([key, value]) => [key, key.endsWith(':sub') ? [value, 'system:serviceaccount:default:default'].flat() : value])));
    const review = compareStack(stackOf('existing-Identity', template('existing-Identity').toJSON()), deployedAs(wide as unknown as Template));
    expect(granted(review)).toEqual([['+'], ['-']]);
  });

  test('a star that was not there, first', () => {
    const review = changing('prod-Vault', (now) => {
      for (const { Type, Properties } of Object.values(now.Resources)) {
        if (Type !== 'AWS::IAM::Policy') continue;
        for (const statement of (Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] }).Statement) {
          if ([statement.Action].flat().includes('kms:Encrypt')) statement.Resource = '*';
        }
      }
    });
    expect(granted(review)[0]).toEqual(['+', '`*` as its resource']);
  });

  test("the conditions of a created cluster's trust, which a CfnJson holds", () => {
    const { topic, warnings, differences } = only(
      changing('prod-Identity', (now) => {
        const { Properties } = resource(now, 'Custom::AWSCDKCfnJson');
        Properties.Value = JSON.parse(JSON.stringify(Properties.Value).replace('system:serviceaccount:gloo-system:gloo', 'system:serviceaccount:default:default')) as unknown;
      }),
    );
    expect(topic).toBe('access');
    expect(warnings).toEqual(['this condition of a trust policy lets in more than the one before']);
    expect(differences).toMatchObject([{ before: 'system:serviceaccount:gloo-system:gloo', after: 'system:serviceaccount:default:default' }]);
  });

  test('they are part of the statement that is shown, and so is one that says the same in another way', () => {
    const review = changing('prod-Identity', (now) => {
      const { Properties } = resource(now, 'Custom::AWSCDKCfnJson');
      Properties.Value = JSON.parse(JSON.stringify(Properties.Value).replace('"system:serviceaccount:gloo-system:gloo', '"${Any "quoted"}').replace(/\$\{Any "quoted"\}/, 'system:serviceaccount:other:other')) as unknown;
    });
    expect(granted(review)).toEqual([['+', WIDER], ['-']]);
    expect(review.grants[0]?.condition).toContain(':sub":"system:serviceaccount:other:other"');
    expect(review.grants[1]?.condition).toContain(':sub":"system:serviceaccount:gloo-system:gloo"');
  });

  test("a trust statement that is appended, and another account's root in it", () => {
    const role = (own: Draft) => resource(own, 'AWS::IAM::Role', ({ RoleName }) => RoleName === 'dev-role-iam-gloo-prod').Properties.AssumeRolePolicyDocument as { Statement: unknown[] };
    const appended = (account: string) => changing('prod-Identity', (now) => role(now).Statement.push({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${account}:root` } }));
    expect(granted(appended('999999999999'))).toEqual([['+', 'it lets in the account 999999999999, which no environment is in', WIDER]]);
    expect(granted(appended('111122223333'))).toEqual([['+', WIDER]]);
    // Another environment's account is no stranger.
    const own = (statement: readonly unknown[]): Template => ({ Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: statement } } } } });
    const other = own([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: 'arn:aws:iam::444455556666:root' } }]);
    expect(granted(compareStack(stackOf('S', other), deployedAs(own([])), new Set(['111122223333', '444455556666'])))).toEqual([['+']]);
    expect(granted(compareStack(stackOf('S', other), deployedAs(own([]))))).toEqual([['+', 'it lets in the account 444455556666, which no environment is in']]);
  });

  test("a resource's policy for another account", () => {
    const policy = { Type: 'AWS::SecretsManager::ResourcePolicy', Properties: { SecretId: 'keys', ResourcePolicy: { Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*', Principal: { AWS: 'arn:aws:iam::999999999999:role/x' } }] } } };
    const review = changing('prod-Vault', (now) => (now.Resources.Leak = policy));
    expect(granted(review)).toEqual([['+', 'it lets in the account 999999999999, which no environment is in']]);
    expect(only(review).topic).toBe('access');
  });

  test('a managed policy that is attached by its ARN, and a role without its boundary, are access', () => {
    const own = (action: string, boundary?: string): Template => ({
      Resources: {
        Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: action === '*' ? '*' : 'arn:aws:s3:::one' }] } } },
        Role: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [{ Ref: 'Policy' }], AssumeRolePolicyDocument: { Statement: [] }, ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }) } },
      },
    });
    const { changes } = compareStack(stackOf('S', own('*')), deployedAs(own('s3:GetObject', 'arn:aws:iam::111122223333:policy/boundary')));
    expect(changes.map(({ logicalId, topic, warnings }) => [logicalId, topic, ...warnings])).toEqual([
      ['Policy', 'access', '`*` among its actions', '`*` as its resource'],
      ['Role', 'access', 'its permissions boundary is another one, or none'],
    ]);
  });

  test('a function that runs as another role is no change of the rest', () => {
    const { topic, warnings } = only(changing('prod-Vault', (now) => (resource(now, 'AWS::Lambda::Function').Properties.Role = 'arn:aws:iam::111122223333:role/other')));
    expect([topic, ...warnings]).toEqual(['access', 'it runs as another role']);
  });

  test('a rule of RBAC and a NetworkPolicy are found among manifests', () => {
    const edited = (kind: string, from: string, to: string) =>
      only(
        changing('prod-Vault', (now) => {
          const { Properties } = resource(now, isKubernetes, (own) => manifest(kind)(own) && String(own.Manifest).includes(from));
          Properties.Manifest = String(Properties.Manifest).replace(from, to);
        }),
      ).topic;
    expect(edited('RoleBinding', '"verbs":["get","update","delete"]', '"verbs":["get","update","delete","patch"]')).toBe('access');
    expect(edited('NetworkPolicy', '"port":8200', '"port":8300')).toBe('network');
  });
});

test('a load balancer: whom it lets in that it did not before, and whether it looks to the internet', () => {
  const service = (scheme: string, ranges?: readonly string[]): Template => {
    const object = { kind: 'Service', metadata: { name: 'vault-shared', namespace: 'vault', annotations: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': scheme } }, spec: { type: 'LoadBalancer', loadBalancerSourceRanges: ranges } };
    return { Resources: { Shared: { Type: isKubernetes, Properties: { Manifest: JSON.stringify([object]) } } } };
  };
  const warnings = (now: Template, before: Template) => compareStack(stackOf('S', now), deployedAs(before)).changes.map((change) => [change.topic, ...change.warnings]);
  const [one, two] = [service('internal', ['10.1.0.0/16']), service('internal', ['10.1.0.0/16', '10.2.0.0/16'])];
  expect(warnings(one, { Resources: {} })).toEqual([['network', 'Service vault/vault-shared: its load balancer lets in 10.1.0.0/16']]);
  expect(warnings(two, one)).toEqual([['network', 'Service vault/vault-shared: its load balancer lets in 10.2.0.0/16']]);
  expect(warnings(one, two)).toEqual([['network']]);
  expect(warnings(service('internet-facing'), one)).toEqual([['network', 'Service vault/vault-shared: its load balancer is no internal one', 'Service vault/vault-shared: its load balancer lets in 0.0.0.0/0']]);
});

test('a security group that opens to everybody', () => {
  const group = (cidr: string): Template => ({ Resources: { Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'x', SecurityGroupIngress: [{ CidrIp: cidr, FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }] } } } });
  const { rules } = compareStack(stackOf('S', group('0.0.0.0/0')), deployedAs(group('10.0.0.0/8')));
  expect(rules.map(({ sign, direction, protocol, peer, warnings }) => [sign, direction, protocol, peer, ...warnings])).toEqual([
    ['+', 'in', 'TCP 443', 'Everyone (IPv4)', 'open to everybody'],
    ['-', 'in', 'TCP 443', '10.0.0.0/8'],
  ]);
});

test('a stack that was not compared says why', () => {
  expect(notCompared('S', 'no role')).toEqual({ name: 'S', state: 'not compared', problem: 'no role', warnings: [], changes: [], grants: [], rules: [] });
});

test('of what is made, what lets somebody do or reach something is shown', () => {
  const before = draft('prod-Vault');
  const id = idOf(before, isKubernetes, manifest('RoleBinding'));
  delete before.Resources[id];
  const [made] = compareStack(stackOf('prod-Vault', template('prod-Vault').toJSON() as Template), deployedAs(before as unknown as Template)).changes.filter(({ logicalId }) => logicalId === id);
  expect(made).toMatchObject({ impact: 'create', topic: 'access' });
  expect(JSON.stringify(made?.differences)).toContain('services/proxy');
});
