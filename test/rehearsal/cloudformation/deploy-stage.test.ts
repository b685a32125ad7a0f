import { deployStage } from '../../../rehearsal/cloudformation/deploy-stage';
import { deployTemplates } from './assembly-on-disk';
import { ACCOUNT, synthesizeSmallApp, type SmallApp } from './small-app';

describe('a synthesized app', () => {
  let app: SmallApp;
  beforeAll(() => {
    app = synthesizeSmallApp();
  });
  afterAll(() => app.remove());

  test('takes the stacks in dependency order and carries a weak reference across', () => {
    const deployment = app.deploy();

    expect(deployment.stacks.map(({ name }) => name)).toEqual(['dev-Identity', 'dev-Vault']);
    const [configurator] = deployment.ofType('AWS::Lambda::Function').filter(({ stack }) => stack === 'dev-Vault');
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/dev-role`;
    expect(configurator?.properties.Environment).toEqual({ Variables: { ROLE_ARN: roleArn } });
    expect(deployment.outputs['dev-Vault']).toEqual({ RoleArn: roleArn });
  });

  test('puts the object of a CfnJson where the trust policy asks for it', () => {
    const devRole = app.deploy().resources.find(({ physicalId }) => physicalId === 'dev-role');

    expect(devRole).toMatchObject({ stack: 'dev-Identity', type: 'AWS::IAM::Role', arn: `arn:aws:iam::${ACCOUNT}:role/dev-role` });
    expect(devRole?.properties.AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC` },
          Condition: {
            StringEquals: {
              'oidc.eks.eu-central-1.amazonaws.com/id/ABC:aud': 'sts.amazonaws.com',
              'oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub': 'system:serviceaccount:gloo-system:gloo',
            },
          },
        },
      ],
    });
  });

  test('gives names of its own, the same each time, where the template gives none', () => {
    const names = () => app.deploy().ofType('AWS::Lambda::Function').map(({ physicalId }) => physicalId);

    expect(names()).toEqual(names());
    expect(names()).toContainEqual(expect.stringMatching(/^dev-Vault-Configurator[0-9A-F]{8}-[A-Z2-7]{12}$/));
  });

  test('refuses a stage that is not there and one synthesized for another account', () => {
    const options = { assemblyDir: app.assemblyDir, stageName: 'dev', account: ACCOUNT, region: 'eu-central-1', attributes: {} };

    expect(() => deployStage({ ...options, stageName: 'prod' })).toThrow('there is no stage "prod"; there are dev: synthesize again');
    expect(() => deployStage({ ...options, account: '999999999999' })).toThrow(
      'stack dev-Identity: it is synthesized for 111122223333/eu-central-1, not for 999999999999/eu-central-1',
    );
  });
});

test('makes a resource after those that it refers to or depends on', () => {
  const deployment = deployTemplates({
    S: {
      Resources: {
        Last: { Type: 'X::Y::Z', Properties: { Text: { 'Fn::Sub': 'a ${Second.Arn}' } } },
        Second: { Type: 'X::Y::Z', DependsOn: 'First' },
        First: { Type: 'X::Y::Z' },
      },
    },
  });

  expect(deployment.resources.map(({ logicalId }) => logicalId)).toEqual(['First', 'Second', 'Last']);
  expect(deployment.resources[2]?.properties).toEqual({ Text: 'a Second.Arn' });
});

test('refuses a cycle and shows the way round', () => {
  const resources = { A: { Type: 'X', Properties: { B: { Ref: 'B' } } }, B: { Type: 'X', Properties: { A: { 'Fn::GetAtt': ['A', 'Arn'] } } } };

  expect(() => deployTemplates({ S: { Resources: resources } })).toThrow('stack S: circular dependency between resources: A → B → A');
});

test('leaves out what a condition leaves out', () => {
  const deployment = deployTemplates({
    S: {
      Parameters: { Size: { Type: 'String', Default: 'small' } },
      Conditions: {
        Large: { 'Fn::Equals': [{ Ref: 'Size' }, 'large'] },
        Small: { 'Fn::Not': [{ Condition: 'Large' }] },
        SmallHere: { 'Fn::And': [{ Condition: 'Small' }, { 'Fn::Or': [{ Condition: 'Large' }, { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }] }] },
      },
      Resources: {
        Big: { Type: 'X', Condition: 'Large' },
        Little: { Type: 'X', Condition: 'SmallHere', DependsOn: ['Big'], Properties: { Which: { 'Fn::If': ['Large', { Ref: 'Big' }, 'none'] } } },
      },
      Outputs: { Big: { Condition: 'Large', Value: { Ref: 'Big' } }, Little: { Value: { Ref: 'Little' } } },
    },
  });

  expect(deployment.resources).toEqual([expect.objectContaining({ logicalId: 'Little', properties: { Which: 'none' } })]);
  expect(deployment.outputs).toEqual({ S: { Little: 'Little' } });
});

test('gives the cluster what the caller says of it', () => {
  const cluster = {
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthorityData: 'Q0E=',
    openIdConnectIssuerUrl: 'https://issuer.example/id/1',
    clusterSecurityGroupId: 'sg-1',
  };
  const template = {
    Resources: {
      Cluster: { Type: 'AWS::EKS::Cluster', Properties: { Name: 'prod-1' } },
      Use: {
        Type: 'X',
        Properties: Object.fromEntries(
          ['Arn', 'Endpoint', 'CertificateAuthorityData', 'OpenIdConnectIssuerUrl', 'ClusterSecurityGroupId'].map((name) => [name, { 'Fn::GetAtt': ['Cluster', name] }]),
        ),
      },
    },
  };

  const [, use] = deployTemplates({ S: template }, { attributes: { cluster } }).resources;
  expect(use?.properties).toEqual({
    Arn: 'arn:aws:eks:eu-central-1:111122223333:cluster/prod-1',
    Endpoint: cluster.endpoint,
    CertificateAuthorityData: 'Q0E=',
    OpenIdConnectIssuerUrl: cluster.openIdConnectIssuerUrl,
    ClusterSecurityGroupId: 'sg-1',
  });
  expect(() => deployTemplates({ S: template })).toThrow(
    'stack S, resource Cluster: the stack makes a cluster: give its endpoint, CA, issuer and security group as attributes.cluster',
  );
});

test('knows the partition of a region', () => {
  const template = { Resources: { R: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r', Path: '/a/', AssumeRolePolicyDocument: {} } } }, Outputs: { Host: { Value: { 'Fn::Sub': 'sts.${AWS::Region}.${AWS::URLSuffix}' } } } };

  const deployment = deployTemplates({ S: template }, { region: 'cn-north-1' });
  expect(deployment.resources[0]?.arn).toBe('arn:aws-cn:iam::111122223333:role/a/r');
  expect(deployment.outputs.S).toEqual({ Host: 'sts.cn-north-1.amazonaws.com.cn' });
  expect(() => deployTemplates({ S: template }, { region: 'mars-1' })).toThrow(
    'region "mars-1": not in one of the partitions aws, aws-cn, aws-us-gov; give a region such as eu-central-1',
  );
});

test('imports what an earlier stack exports, and nothing else', () => {
  const first = { Resources: {}, Outputs: { A: { Value: 'the value', Export: { Name: { 'Fn::Sub': '${AWS::StackName}:A' } } } } };
  const using = (name: string) => ({ Resources: { R: { Type: 'X', Properties: { V: { 'Fn::ImportValue': name } } } } });

  expect(deployTemplates({ First: first, Second: using('First:A') }).resources[0]?.properties).toEqual({ V: 'the value' });
  expect(() => deployTemplates({ First: first, Second: using('First:B') })).toThrow(
    'stack Second, resource R: Fn::ImportValue: no stack deployed before exports "First:B"',
  );
  expect(() => deployTemplates({ Second: using('First:A'), First: first })).toThrow('no stack deployed before exports "First:A"');
});

test('refuses a name that is taken', () => {
  const role = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'same', AssumeRolePolicyDocument: {} } };

  expect(() => deployTemplates({ One: { Resources: { A: role } }, Two: { Resources: { B: role } } })).toThrow(
    'stack Two, resource B: AWS::IAM::Role same exists already, made by stack One, resource A',
  );
});

test.each([
  ['a name that is too long', { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r'.repeat(65) } }, 'RoleName "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" has 65 characters, 1 to 64 are allowed'],
  ['a nested stack', { Type: 'AWS::CloudFormation::Stack' }, 'nested stacks are not deployed here'],
  ['a provider that is not HTTPS', { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: 'http://a' } }, 'Url "http://a" has to begin with https://'],
  ['a CfnJson that is no JSON', { Type: 'Custom::AWSCDKCfnJson', Properties: { Value: '{' } }, 'Value is not JSON'],
])('refuses %s', (_, resource, words) => {
  expect(() => deployTemplates({ S: { Resources: { R: resource } } })).toThrow(`stack S, resource R: ${words}`);
});

test('refuses a template that needs a transform', () => {
  expect(() => deployTemplates({ S: { Transform: 'AWS::LanguageExtensions', Resources: {} } })).toThrow(
    'stack S: the template is not valid at Transform: transforms are not expanded here',
  );
});
