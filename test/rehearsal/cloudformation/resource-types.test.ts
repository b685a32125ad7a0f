import { deployTemplates } from './assembly-on-disk';

const attributes = (logicalId: string, ...names: string[]) => ({ Type: 'X', Properties: Object.fromEntries(names.map((name) => [name, { 'Fn::GetAtt': [logicalId, name] }])) });

function deploy(resources: object) {
  const { resources: made } = deployTemplates({ S: { Resources: resources } });
  return Object.fromEntries(made.map((resource) => [resource.logicalId, resource]));
}

test('a key has a UUID that stays the same, and an ARN with it', () => {
  const resources = { Key: { Type: 'AWS::KMS::Key' }, Wide: { Type: 'AWS::KMS::Key', Properties: { MultiRegion: true } }, Use: attributes('Key', 'Arn', 'KeyId') };
  const { Key, Wide, Use } = deploy(resources);

  expect(Key?.physicalId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Use?.properties).toEqual({ KeyId: Key?.physicalId, Arn: `arn:aws:kms:eu-central-1:111122223333:key/${Key?.physicalId}` });
  expect(deploy(resources).Key?.physicalId).toBe(Key?.physicalId);
  expect(Wide?.physicalId).toMatch(/^mrk-[0-9a-f]{32}$/);
});

test("an alias is its name, and AWS's own are not for anybody", () => {
  const alias = (AliasName: string) => ({ Type: 'AWS::KMS::Alias', Properties: { AliasName, TargetKeyId: 'k' } });

  expect(deploy({ A: alias('alias/vault-seal') }).A).toMatchObject({ physicalId: 'alias/vault-seal', arn: 'arn:aws:kms:eu-central-1:111122223333:alias/vault-seal' });
  expect(() => deploy({ A: alias('alias/aws/s3') })).toThrow('stack S, resource A: AliasName "alias/aws/s3" has to be alias/ and a name');
  expect(() => deploy({ A: alias('seal') })).toThrow('AliasName "seal" has to be alias/ and a name');
});

test("a secret's Ref and Id are its ARN, which ends with six characters of AWS's own", () => {
  const { Named, Unnamed, Use } = deploy({
    Named: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'prod/recovery' } },
    Unnamed: { Type: 'AWS::SecretsManager::Secret' },
    Use: { Type: 'X', Properties: { Ref: { Ref: 'Named' }, Id: { 'Fn::GetAtt': ['Named', 'Id'] } } },
  });

  expect(Named?.physicalId).toMatch(/^arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod\/recovery-[A-Z2-7]{6}$/);
  expect(Use?.properties).toEqual({ Ref: Named?.arn, Id: Named?.arn });
  expect(Unnamed?.physicalId).toMatch(/:secret:S-Unnamed-[A-Z2-7]{12}-[A-Z2-7]{6}$/);
});

test('a bucket has a name in small letters and an ARN without account', () => {
  const { Snapshots, Named, Use } = deploy({
    Snapshots: { Type: 'AWS::S3::Bucket' },
    Named: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'raft.snapshots' } },
    Use: attributes('Named', 'Arn', 'DomainName', 'RegionalDomainName'),
  });

  expect(Snapshots?.physicalId).toMatch(/^s-snapshots-[a-z2-7]{12}$/);
  expect(Named?.arn).toBe('arn:aws:s3:::raft.snapshots');
  expect(Use?.properties).toEqual({
    Arn: 'arn:aws:s3:::raft.snapshots',
    DomainName: 'raft.snapshots.s3.amazonaws.com',
    RegionalDomainName: 'raft.snapshots.s3.eu-central-1.amazonaws.com',
  });
  expect(() => deploy({ B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'Snapshots' } } })).toThrow(
    'stack S, resource B: BucketName "Snapshots" has to be 3 to 63 lower-case letters, digits, "." and "-"',
  );
});
