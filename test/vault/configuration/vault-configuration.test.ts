import { buildSync } from 'esbuild';
import { Match } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { environments } from '../../environments';
import type { EnvironmentInput, ImportedClusterInput } from '../../../lib/environment/input';
import { bundleHandler, bundleOptions } from '../../../lib/vault/handler-asset';
import { decodeProperties } from '../../../lib/vault/configuration/properties';
import { manifest, resource, resources } from '../../manifests';
import { synthesize } from '../../synthesize';

const existing = (environments.existing?.cluster as { import: ImportedClusterInput }).import;
const SUBNETS = ['subnet-0a1b2c3d4e5f60718'];
const imported = { ...existing, name: 'imported', endpointAccess: 'private' as const, vpc: { id: 'vpc-0a1b2c3d4e5f60718', availabilityZones: ['us-east-1a'], privateSubnetIds: SUBNETS } };
const environment = (cluster: EnvironmentInput['cluster'], more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster, ...more });
const { template } = synthesize({
  open: environment({ create: { name: 'open' } }),
  listed: environment({ create: { name: 'listed', endpointAccess: { publicFrom: ['203.0.113.0/24'] } } }, { vault: { drift: { action: 'report', every: '24h' } } }),
  closed: environment({ create: { name: 'closed', endpointAccess: 'private' } }, { vault: { drift: { action: 'off' } } }),
  imported: environment(
    { import: imported },
    {
      region: 'us-east-1',
      vault: { namespace: 'secrets', audit: false, auth: { mountPath: 'aws-iam', serverIdHeader: 'vault.example.org', session: { period: '1h' } }, kv: { mountPath: 'team/a' }, policy: { name: 'gloo', form: 'smallest' } },
    },
  ),
  prod: environments.prod as EnvironmentInput,
});
const open = template('open-Vault');
const FUNCTION = 'AWS::Lambda::Function';
const configurationOf = (stack: typeof open) => resource(stack, 'Custom::VaultConfiguration');

describe('the custom resource', () => {
  test('waits for all without which its function is refused, and for Vault', () => {
    expect(configurationOf(open).DependsOn).toEqual(
      expect.arrayContaining([
        resource(open, 'AWS::EKS::AccessEntry').logicalId,
        resource(open, 'Custom::AWSCDK-EKS-KubernetesResource', 'ConfigurationAccess').logicalId,
        resource(open, 'AWS::IAM::Policy', 'ConfigurationRights').logicalId,
        resource(open, 'Custom::AWSCDK-EKS-HelmChart').logicalId,
      ]),
    );
  });

  test.each(['listed', 'closed', 'imported'])('in a VPC, also for the rules of its security group, so that they leave after it: %s', (name) => {
    const stack = template(`${name}-Vault`);
    const rules = [...resources(stack, 'AWS::EC2::SecurityGroupIngress'), ...resources(stack, 'AWS::EC2::SecurityGroupEgress')];
    expect(rules.length).toBeGreaterThan(0);
    expect(configurationOf(stack).DependsOn).toEqual(expect.arrayContaining(rules.map(({ logicalId }) => logicalId)));
  });

  test('gives up soon after its function has to, and not after an hour', () => {
    expect(configurationOf(open).Properties.ServiceTimeout).toBe('960');
    expect(resource(open, FUNCTION, 'ConfigurationFunction').Properties.Timeout).toBe(900);
  });

  test('says what the handler reads: texts alone, from one region', () => {
    const { Properties } = configurationOf(template('imported-Vault'));
    const atDeployment = JSON.parse(JSON.stringify(Properties).replace(/\{"Fn::GetAtt":\[[^\]]*\]\}/g, '"arn:aws:iam::111122223333:role/vault-config-imported"')) as unknown;
    expect(decodeProperties(atDeployment)).toEqual({
      cluster: { name: 'imported', endpoint: existing.endpoint, certificateAuthority: existing.certificateAuthority },
      vault: { namespace: 'secrets', service: 'http:vault:8200', mode: 'dev' },
      auditDevice: 'none',
      authMethod: { mountPath: 'aws-iam', serverIdHeader: 'vault.example.org', stsEndpoint: 'https://sts.us-east-1.amazonaws.com', stsRegion: 'us-east-1' },
      secretsEngine: { mountPath: 'team/a', maxVersions: '0' },
      policy: {
        name: 'gloo',
        paths: { 'team/a/metadata/gloo/gloo.solo.io/v1/Secret/*': ['list'], 'team/a/data/gloo/gloo.solo.io/v1/Secret/*': ['read'] },
      },
      roles: [{ name: 'dev-role-iam-imported', principalArn: 'arn:aws:iam::111122223333:role/dev-role-iam-imported' }],
      session: { maxTtl: '0', period: '3600' },
      provisioner: { name: 'vault-config-imported', principalArn: 'arn:aws:iam::111122223333:role/vault-config-imported' },
    });
  });

  test("the guide's session, audit device and policy by default", () => {
    expect(configurationOf(open).Properties).toMatchObject({
      auditDevice: 'stdout',
      session: { maxTtl: '900', period: '0' },
      policy: { name: 'dev', paths: { 'dev/*': ['create', 'read', 'update', 'delete', 'list'], 'dev/': ['list'], 'sys/mounts': ['read', 'list'] } },
    });
  });
});

describe('its way into the cluster', () => {
  test('is one access entry with one group and no access policy', () => {
    expect(resource(open, 'AWS::EKS::AccessEntry').Properties).toEqual({
      ClusterName: expect.anything() as unknown,
      PrincipalArn: { 'Fn::GetAtt': [resource(open, 'AWS::IAM::Role', 'ConfigurationRole').logicalId, 'Arn'] },
      KubernetesGroups: ['vault-configuration'],
    });
  });

  test.each([['open', 'vault'], ['imported', 'secrets']])("is RBAC for requests to Vault's Service, and nothing else: %s", (name, namespace) => {
    expect(manifest(template(`${name}-Vault`), 'ConfigurationAccess')).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'vault-configuration', namespace },
        rules: [{ apiGroups: [''], resources: ['services/proxy'], resourceNames: ['http:vault:8200'], verbs: ['get', 'update', 'delete'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'vault-configuration', namespace },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'vault-configuration' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'vault-configuration' }],
      },
    ]);
  });
});

describe('its function', () => {
  test("may write its own log and read the one role that it compares, and is nobody else's role", () => {
    const role = resource(open, 'AWS::IAM::Role', 'ConfigurationRole');
    expect(role.Properties).toMatchObject({ RoleName: 'vault-config-open', AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] } });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    const { PolicyDocument } = resource(open, 'AWS::IAM::Policy', 'ConfigurationRights').Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
    expect(PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [resource(open, 'AWS::Logs::LogGroup', 'ConfigurationLogs').logicalId, 'Arn'] }],
      ['iam:GetRole', 'arn:aws:iam::111122223333:role/dev-role-iam-open'],
      ['events:PutEvents', 'arn:aws:events:us-east-1:111122223333:event-bus/default'],
    ]);
  });

  test('has no variable: nothing secret has a place there', () => {
    expect(resource(open, FUNCTION, 'ConfigurationFunction').Properties.Environment).toBeUndefined();
  });

  test('runs outside the VPC where the endpoint is open to all', () => {
    expect(resource(open, FUNCTION, 'ConfigurationFunction').Properties.VpcConfig).toBeUndefined();
    open.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    open.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test.each(['listed', 'closed'])('runs in the node subnets where it is not, and the way to the API server is open: %s', (name) => {
    const stack = template(`${name}-Vault`);
    const group = resource(stack, 'AWS::EC2::SecurityGroup');
    const { VpcConfig } = resource(stack, FUNCTION, 'ConfigurationFunction').Properties as { VpcConfig: { SubnetIds: unknown[]; SecurityGroupIds: unknown[] } };
    expect(VpcConfig.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': [group.logicalId, 'GroupId'] }]);
    expect(VpcConfig.SubnetIds.map((subnet) => /VpcNodesSubnet\d/.exec(JSON.stringify(subnet))?.[0])).toEqual(['VpcNodesSubnet1', 'VpcNodesSubnet2']);
    const ingress = resources(stack, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties);
    for (const rule of ingress) expect(rule).toMatchObject({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, SourceSecurityGroupId: VpcConfig.SecurityGroupIds[0] });
    // What Lambda wants for a function in a VPC, without which it is not even made.
    stack.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Sid: 'JoinTheVpc', Action: Match.arrayWith(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces']) })]) },
    });
    // EKS's own group and the one that the control plane's interfaces have besides.
    expect(ingress.map(({ GroupId }) => /ClusterSecurityGroupId|ControlPlaneSecurityGroup/.exec(JSON.stringify(GroupId))?.[0])).toEqual(['ClusterSecurityGroupId', 'ControlPlaneSecurityGroup']);
    expect(group.Properties.SecurityGroupEgress).toEqual([expect.objectContaining({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 })]);
  });

  test('in an imported cluster runs in the subnets given, and the way to its group is open', () => {
    const stack = template('imported-Vault');
    expect(resource(stack, FUNCTION, 'ConfigurationFunction').Properties).toMatchObject({ VpcConfig: { SubnetIds: SUBNETS } });
    stack.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: existing.securityGroupId, FromPort: 443, ToPort: 443 });
  });

  test('is one file, of the same bytes in any folder, alone and beside the others', () => {
    const entry = resolve(__dirname, '..', '..', '..', 'lib', 'vault', 'configuration', 'handler', 'index.ts');
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    bundleHandler(entry, directory);
    const bundle = readFileSync(join(directory, 'index.js'), 'utf8');
    const { outputFiles: [alone] } = buildSync({ ...bundleOptions, absWorkingDir: directory, entryPoints: [entry], outfile: 'alone.js', write: false });
    rmSync(directory, { recursive: true });
    expect(bundle === alone?.text).toBe(true);
    expect(bundle).not.toContain('@aws-sdk/client-');
    expect(bundle).not.toContain(tmpdir());
    expect(Buffer.byteLength(bundle)).toBeLessThan(250_000);
  });
});

/** Properties with what CloudFormation will put in the place of each of its functions. */
function deployed(properties: unknown, value: (of: string) => string): Record<string, unknown> {
  return JSON.parse(JSON.stringify(properties), (_, each: unknown) => {
    const [name = '', ...others] = typeof each === 'object' && each !== null ? Object.keys(each) : [];
    return others.length === 0 && /^(Ref|Fn::.*)$/.test(name) ? value(JSON.stringify(each)) : each;
  }) as Record<string, unknown>;
}

describe('of a Vault with replicas', () => {
  const prod = template('prod-Vault');
  const { Properties, logicalId } = configurationOf(prod);
  const secret = { Ref: resource(prod, 'AWS::SecretsManager::Secret').logicalId };
  const rights = (resource(prod, 'AWS::IAM::Policy', 'ConfigurationRights').Properties as { PolicyDocument: { Statement: { Sid: string; Action: unknown; Resource: unknown; Condition?: unknown }[] } }).PolicyDocument.Statement;

  test('the handler is told which pod to initialise, where the keys go, and how many there are', () => {
    const { initialisation, vault, snapshots } = Properties as { initialisation: unknown; vault: unknown; snapshots: unknown };
    expect(vault).toEqual({ namespace: 'vault', service: 'https:vault-active:8200', mode: 'raft' });
    expect(initialisation).toEqual({ pod: 'https:vault-0:8200', replicas: '3', secretArn: secret, recoveryShares: '5', recoveryThreshold: '3' });
    expect(snapshots).toEqual({ name: 'vault-backup-gloo-prod', principalArn: 'arn:aws:iam::111122223333:role/vault-backup-gloo-prod' });
  });

  test('all of it are texts that the handler reads', () => {
    const atDeployment = deployed(Properties, (of) => (of.includes('Endpoint') ? 'https://eks.example.com' : 'arn:aws:of:its:own'));
    expect(decodeProperties(atDeployment)).toMatchObject({ auditDevice: 'stdout', initialisation: { secretArn: 'arn:aws:of:its:own' } });
  });

  test('a session that renews without end and the smallest policy, in the mount of its own', () => {
    expect(Properties).toMatchObject({
      secretsEngine: { mountPath: 'prod' },
      session: { maxTtl: '0', period: '900' },
      policy: { name: 'prod', paths: { 'prod/metadata/gloo/gloo.solo.io/v1/Secret/*': ['list'], 'prod/data/gloo/gloo.solo.io/v1/Secret/*': ['read'] } },
    });
  });

  test("in the cluster it reaches the leader's Service, and of the pods the first alone, which it may not delete from", () => {
    const [role] = manifest(prod, 'ConfigurationAccess') as { rules?: unknown }[];
    expect(role?.rules).toEqual([
      { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['https:vault-active:8200'], verbs: ['get', 'update', 'delete'] },
      { apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['https:vault-0:8200'], verbs: ['get', 'update'] },
    ]);
    expect(manifest(prod, 'ConfigurationAccess').map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding']);
  });

  test('in AWS it may keep the recovery keys in their secret, by their key, besides what it may with a dev-mode Vault', () => {
    expect(rights.map(({ Sid }) => Sid)).toEqual(['WriteOwnLogs', 'CompareUniqueIdOfAuthRole', 'TellOfDrift', 'KeepRecoveryKeys', 'EncryptRecoveryKeys']);
    expect(rights[3]).toMatchObject({ Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'], Resource: secret });
    expect(rights[4]).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: { 'Fn::GetAtt': [resource(prod, 'AWS::KMS::Key', 'RaftBackupKey').logicalId, 'Arn'] },
      Condition: { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['secretsmanager.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } } },
    });
    expect(JSON.stringify(rights)).not.toContain(resource(prod, 'AWS::KMS::Key', 'RaftSeal').logicalId);
  });

  test('no other role may read the secret', () => {
    const readers = [...resources(prod, 'AWS::IAM::Policy'), ...resources(prod, 'AWS::IAM::ManagedPolicy')].filter(({ Properties: { PolicyDocument } }) => /secretsmanager:|"Action":"\*"/.test(JSON.stringify(PolicyDocument)));
    expect(readers.map(({ logicalId: id }) => id)).toEqual([resource(prod, 'AWS::IAM::Policy', 'ConfigurationRights').logicalId]);
    expect(resources(prod, 'AWS::SecretsManager::ResourcePolicy')).toEqual([]);
  });

  describe('drift', () => {
    const rule = resource(prod, 'AWS::Events::Rule', 'ConfigurationDriftCheck');
    const [target] = rule.Properties.Targets as { Arn: unknown; Input: { 'Fn::Join': [string, unknown[]] }; RetryPolicy: unknown }[];

    test('is looked for every hour once Vault is configured, by the very function', () => {
      expect(rule.Properties).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
      expect(rule.DependsOn).toEqual([logicalId]);
      expect(target).toMatchObject({ Arn: { 'Fn::GetAtt': [resource(prod, FUNCTION, 'ConfigurationFunction').logicalId, 'Arn'] }, RetryPolicy: { MaximumRetryAttempts: 0 } });
    });

    test('is what differs from the very properties of the resource', () => {
      const event = JSON.parse(target?.Input['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'TOKEN')).join('') ?? '') as unknown;
      const { ServiceToken, ServiceTimeout, revision, contents, ...properties } = deployed(Properties, () => 'TOKEN');
      expect([ServiceToken, ServiceTimeout, revision, contents]).toEqual(['TOKEN', '960', '1', expect.stringMatching(/^[0-9a-f]{12}$/)]);
      expect(event).toEqual({ RequestType: 'Check', ResourceProperties: properties });
    });

    test('may be looked for by that rule alone', () => {
      const permissions = resources(prod, 'AWS::Lambda::Permission', 'ConfigurationDriftCheck');
      expect(permissions.map((each) => each.Properties)).toEqual([
        expect.objectContaining({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [rule.logicalId, 'Arn'] } }),
      ]);
    });

    test('is repaired in a dev-mode Vault every 5 minutes, and as the environment wants it', () => {
      const scheduled = (stack: typeof open) => resources(stack, 'AWS::Events::Rule', 'ConfigurationDriftCheck').map((each) => [each.Properties.ScheduleExpression, /\{\\?"RequestType\\?":\\?"(\w+)/.exec(JSON.stringify(each.Properties.Targets))?.[1]]);
      expect(scheduled(open)).toEqual([['rate(5 minutes)', 'Repair']]);
      expect(scheduled(template('listed-Vault'))).toEqual([['rate(1 day)', 'Check']]);
      expect(scheduled(template('closed-Vault'))).toEqual([]);
    });

    test('is told of by no other word than the function\'s own, and by none where it is not looked for', () => {
      const [statement] = rights.filter(({ Sid }) => Sid === 'TellOfDrift');
      expect(statement).toMatchObject({ Resource: 'arn:aws:events:us-east-1:111122223333:event-bus/default', Condition: { StringEquals: { 'events:source': 'gloo-vault-irsa' } } });
      expect(JSON.stringify(resource(template('closed-Vault'), 'AWS::IAM::Policy', 'ConfigurationRights').Properties)).not.toContain('events:');
    });

    test('is looked for once an interval: what failed is not tried again by Lambda, which would find a later state', () => {
      expect(resource(prod, 'AWS::Lambda::EventInvokeConfig', 'ConfigurationFunction').Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 });
    });
  });
});
