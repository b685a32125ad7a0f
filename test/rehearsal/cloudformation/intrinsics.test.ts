import { deployTemplates } from './assembly-on-disk';

const ELSEWHERE = {
  Parameters: {
    Name: { Type: 'String', Default: 'vault' },
    List: { Type: 'CommaDelimitedList', Default: 'a,b' },
    Bare: { Type: 'String' },
    Ami: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/aws/service/ami' },
    BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
  },
  Mappings: { Regions: { 'eu-central-1': { Name: 'Frankfurt' } } },
  Conditions: { Yes: { 'Fn::Equals': ['1', 1] } },
};

function resolved(value: unknown): unknown {
  const resources = { Other: { Type: 'A::B::C' }, R: { Type: 'A::B::C', Properties: { Value: value } } };
  return deployTemplates({ S: { ...ELSEWHERE, Resources: resources } }, { attributes: { parameters: { Bare: 'given' } } }).resources[1]?.properties.Value;
}

test.each<[unknown, unknown]>([
  [{ Ref: 'Other' }, 'Other'],
  [{ Ref: 'Name' }, 'vault'],
  [{ Ref: 'Bare' }, 'given'],
  [{ Ref: 'List' }, ['a', 'b']],
  [{ Ref: 'BootstrapVersion' }, '30'],
  [{ Ref: 'AWS::AccountId' }, '111122223333'],
  [{ Ref: 'AWS::Partition' }, 'aws'],
  [{ Ref: 'AWS::StackName' }, 'S'],
  [{ 'Fn::GetAtt': ['Other', 'Some.Thing'] }, 'Other.Some.Thing'],
  [{ 'Fn::GetAtt': 'Other.Some.Thing' }, 'Other.Some.Thing'],
  [{ 'Fn::Join': ['-', ['a', 1, { Ref: 'Name' }]] }, 'a-1-vault'],
  [{ 'Fn::Join': ['-', { Ref: 'List' }] }, 'a-b'],
  [{ 'Fn::Sub': '${Name} ${Other.Arn} ${AWS::Region} ${!Literal}' }, 'vault Other.Arn eu-central-1 ${Literal}'],
  [{ 'Fn::Sub': ['${Name}/${Own}', { Own: { Ref: 'Other' }, Name: 'mine' }] }, 'mine/Other'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': ['://', 'https://host/id'] }] }, 'host/id'],
  [{ 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
  [{ 'Fn::Base64': 'text' }, 'dGV4dA=='],
  [{ 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Name'] }, 'Frankfurt'],
  [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'eu-central-1a'],
  [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1], c: { 'Fn::If': ['Yes', { Ref: 'AWS::NoValue' }, 1] } }, { b: [1] }],
  [{ Condition: { Bool: { 'aws:SecureTransport': false } }, Ref: 'an ordinary key' }, { Condition: { Bool: { 'aws:SecureTransport': false } }, Ref: 'an ordinary key' }],
])('%j gives %j', (value, expected) => {
  expect(resolved(value)).toEqual(expected);
});

test.each<[unknown, string]>([
  [{ Ref: 'Nobody' }, 'Ref: "Nobody" is no parameter and no resource that this stack makes'],
  [{ Ref: 'Ami' }, 'Ref: parameter Ami comes from SSM (/aws/service/ami): give it in attributes.parameters'],
  [{ 'Fn::GetAtt': ['Nobody', 'Arn'] }, 'Fn::GetAtt: "Nobody" is no parameter and no resource that this stack makes'],
  [{ 'Fn::Sub': '${Nobody.Arn}' }, 'Fn::GetAtt: "Nobody" is no parameter and no resource that this stack makes'],
  [{ 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }, 'Fn::Cidr: it is not known here; known are Ref, Fn::GetAtt, Fn::Join'],
  [{ 'Fn::Base64': 'a', Other: 1 }, 'Fn::Base64: it stands beside Other'],
  [{ 'Fn::Join': ['-', [{ a: 1 }]] }, 'Fn::Join: {"a":1} is not a text'],
  [{ 'Fn::Select': [2, ['a', 'b']] }, 'Fn::Select: index 2 of a list of 2'],
  [{ 'Fn::FindInMap': ['Regions', 'us-east-1', 'Name'] }, 'Fn::FindInMap: there is no Regions.us-east-1.Name'],
  [{ 'Fn::If': ['No', 'a', 'b'] }, 'Condition: there is no condition "No"'],
  [{ 'Fn::GetStackOutput': { StackName: 'Later', OutputName: 'A' } }, 'Fn::GetStackOutput: stack "Later" is not deployed before'],
  [{ 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'A', Region: 'us-east-1' } }, 'Fn::GetStackOutput: only StackName, OutputName and Region eu-central-1 are known here'],
  ['{{resolve:secretsmanager:a}}', 'dynamic reference: "{{resolve:secretsmanager:a}}" cannot be resolved here'],
])('%j is refused with the place and the reason', (value, words) => {
  expect(() => resolved(value)).toThrow(`stack S, resource R: ${words}`);
});

test('refuses an attribute that the type does not have', () => {
  const resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r' } },
    R: { Type: 'X', Properties: { A: { 'Fn::GetAtt': ['Role', 'Name'] } } },
  };

  expect(() => deployTemplates({ S: { Resources: resources } })).toThrow(
    'stack S, resource R: Fn::GetAtt: Role: AWS::IAM::Role has no attribute Name here; it has Arn, RoleId',
  );
});

test('refuses an unknown condition function', () => {
  const template = { Conditions: { C: { 'Fn::Contains': [['a'], 'a'] } }, Resources: { R: { Type: 'X', Condition: 'C' } } };

  expect(() => deployTemplates({ S: template })).toThrow('stack S: Fn::Contains: it is not known here; known are Condition, Fn::Equals');
});
