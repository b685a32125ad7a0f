import { randomUUID } from 'node:crypto';
import { KmsKeys } from '../../../rehearsal/aws/kms-keys';
import { SecretStore } from '../../../rehearsal/aws/secret-store';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { allow, askJson, REGION, role, ROOT, sessionArn, startFixture, type Fixture, type JsonAnswer } from './fixture';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const secret = (properties: object) => ({ Type: 'AWS::SecretsManager::Secret', Properties: properties });
const VIA = { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } };
const READ_WRITE = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:DescribeSecret', 'secretsmanager:UpdateSecretVersionStage'];
const policyOf = (secretId: string, ...Statement: object[]) => ({
  Type: 'AWS::SecretsManager::ResourcePolicy',
  Properties: { SecretId: { Ref: secretId }, ResourcePolicy: { Statement } },
});

const RESOURCES = {
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Recovery: secret({ Name: 'vault/recovery', Description: 'Recovery keys', KmsKeyId: arn('Key') }),
  Plain: secret({ Name: 'plain' }),
  Generated: secret({ Name: 'generated', GenerateSecretString: { SecretStringTemplate: '{"user":"a"}', GenerateStringKey: 'password', PasswordLength: 20, ExcludePunctuation: true } }),
  Given: secret({ Name: 'given', SecretString: 'from the template' }),
  Guarded: secret({ Name: 'guarded', SecretString: 'guarded' }),
  Guard: policyOf(
    'Guarded',
    { Effect: 'Allow', Principal: { AWS: arn('Bare') }, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*', Condition: { StringNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/bare` } } },
  ),
  Function: role('function', allow(READ_WRITE, { Ref: 'Recovery' }), allow(['kms:GenerateDataKey', 'kms:Decrypt'], arn('Key'), VIA), allow(READ_WRITE, { Ref: 'Plain' })),
  Reader: role('reader', allow('secretsmanager:*', '*')),
  WriterOnly: role('writer-only', allow('secretsmanager:*', '*'), allow('kms:GenerateDataKey', arn('Key'))),
  Bare: role('bare'),
};

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture(RESOURCES);
});
afterEach(() => fixture.aws.close());

const NAME = 'vault/recovery';
const ask = (operation: string, input: object, as = 'function'): Promise<JsonAnswer> => fixture.ask('secretsmanager', operation, input, as);
const put = async (SecretString: string, more: object = {}, as = 'function') => {
  const answer = await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: randomUUID(), SecretString, ...more }, as);
  expect(answer.status).toBe(200);
  return String(answer.body.VersionId);
};
const get = (more: object = {}, as = 'function') => ask('GetSecretValue', { SecretId: NAME, ...more }, as);
const stages = async () => (await ask('DescribeSecret', { SecretId: NAME })).body.VersionIdsToStages;
const error = ({ status, body }: JsonAnswer) => [status, body.__type, body.Message];
const secretArn = () => fixture.deployment.resources.find(({ logicalId }) => logicalId === 'Recovery')?.arn ?? '';

describe('a value', () => {
  test('is kept and given back, by name, ARN, and ARN without its last characters', async () => {
    const versionId = await put('{"keys":["a"]}');

    for (const SecretId of [NAME, secretArn(), secretArn().slice(0, -7)]) {
      const { status, body } = await get({ SecretId });
      expect([status, body]).toEqual([
        200,
        { ARN: secretArn(), Name: NAME, VersionId: versionId, SecretString: '{"keys":["a"]}', VersionStages: ['AWSCURRENT'], CreatedDate: expect.any(Number) as number },
      ]);
    }
    expect(secretArn()).toMatch(new RegExp(`^arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:vault/recovery-[A-Z2-7]{6}$`));
  });

  test('may be binary', async () => {
    const SecretBinary = Buffer.from([0, 255, 1]).toString('base64');
    await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: randomUUID(), SecretBinary });

    const { body } = await get();
    expect(body.SecretBinary).toBe(SecretBinary);
    expect(body).not.toHaveProperty('SecretString');
  });

  test('is not there before it is put', async () => {
    expect(error(await get())).toEqual([400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"]);
    expect(await stages()).toBeUndefined();
    await put('a');
    expect(error(await get({ VersionStage: 'AWSPREVIOUS' }))).toEqual([400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS"]);
    const VersionId = randomUUID();
    expect(error(await get({ VersionId }))).toEqual([400, 'ResourceNotFoundException', `Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`]);
  });

  test('comes from the template when the template has one', async () => {
    const read = async (SecretId: string) => String((await ask('GetSecretValue', { SecretId }, 'reader')).body.SecretString);

    expect(await read('given')).toBe('from the template');
    expect(JSON.parse(await read('generated'))).toEqual({ user: 'a', password: expect.stringMatching(/^[A-Za-z0-9]{20}$/) as string });
  });
});

describe('versions', () => {
  test('a new value is the current one, the last one the previous, and older ones are deprecated', async () => {
    const [first, second, third] = [await put('1'), await put('2'), await put('3')];

    expect(await stages()).toEqual({ [second]: ['AWSPREVIOUS'], [third]: ['AWSCURRENT'] });
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).body.SecretString).toBe('2');
    expect((await get({ VersionId: first })).body).toMatchObject({ SecretString: '1', VersionStages: [] });
    expect(error(await get({ VersionId: second, VersionStage: 'AWSCURRENT' }))).toEqual([
      400,
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ]);
  });

  test('a token that was used with the same value changes nothing; with another value it is refused', async () => {
    const ClientRequestToken = randomUUID();
    await put('1', { ClientRequestToken });
    const second = await put('2');
    const before = await stages();

    expect(await put('1', { ClientRequestToken })).toBe(ClientRequestToken);
    expect(await stages()).toEqual(before);
    expect((await get()).body).toMatchObject({ VersionId: second, SecretString: '2' });
    expect(error(await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken, SecretString: 'other' }))).toEqual([
      400,
      'ResourceExistsException',
      `You can't use ClientRequestToken ${ClientRequestToken} because that value is already in use for a version of secret ${secretArn()}.`,
    ]);
  });

  test('a label of its own leaves the current version, but the first version is current whatever it is called', async () => {
    const first = await put('1', { VersionStages: ['pending'] });
    expect(await stages()).toEqual({ [first]: ['pending', 'AWSCURRENT'] });

    const second = await put('2', { VersionStages: ['pending'] });
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [second]: ['pending'] });
  });

  test('labels are moved by hand, and the previous version can be deprecated', async () => {
    const [first, second] = [await put('1'), await put('2')];
    const move = (input: object) => ask('UpdateSecretVersionStage', { SecretId: NAME, ...input });

    expect(error(await move({ VersionStage: 'AWSCURRENT', MoveToVersionId: first }))).toEqual([
      400,
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${second}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ]);
    expect((await move({ VersionStage: 'AWSPREVIOUS', RemoveFromVersionId: first })).status).toBe(200);
    expect(await stages()).toEqual({ [second]: ['AWSCURRENT'] });
    expect((await move({ VersionStage: 'AWSCURRENT', MoveToVersionId: first, RemoveFromVersionId: second })).status).toBe(200);
    expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [second]: ['AWSPREVIOUS'] });
    expect((await move({ VersionStage: 'AWSCURRENT', RemoveFromVersionId: first })).body.__type).toBe('InvalidParameterException');
    expect((await move({ VersionStage: 'x', MoveToVersionId: randomUUID() })).body.__type).toBe('ResourceNotFoundException');
  });
});

test.each([
  ['no token', { SecretString: 'a', ClientRequestToken: undefined }, 'InvalidRequestException', 'You must provide a ClientRequestToken value. We recommend a UUID-type value.'],
  ['a token that is too short', { SecretString: 'a', ClientRequestToken: 'a' }, 'ValidationException', expect.stringContaining("Value at 'clientRequestToken' failed")],
  ['no value', {}, 'InvalidRequestException', 'You must provide either SecretString or SecretBinary.'],
  ['two values', { SecretString: 'a', SecretBinary: 'YQ==' }, 'InvalidParameterException', "You can't specify both a binary secret value and a string secret value in the same secret."],
  ['a value that is too long', { SecretString: 'a'.repeat(65_537) }, 'ValidationException', expect.stringContaining('less than or equal to 65536')],
  ['a parameter that is not modelled', { SecretString: 'a', RotationToken: 'b' }, 'ValidationException', expect.stringContaining('Unrecognized key: "RotationToken"')],
])('PutSecretValue with %s is refused', async (_, input, code, message) => {
  expect(error(await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: randomUUID(), ...input }))).toEqual([400, code, message]);
});

describe('who may', () => {
  test('IAM policies, before existence', async () => {
    const denied = (who: string, action: string, on: string) => [
      400,
      'AccessDeniedException',
      `User: ${sessionArn(who)} is not authorized to perform: secretsmanager:${action} on resource: ${on} because no identity-based policy allows the secretsmanager:${action} action`,
    ];

    expect(error(await get({}, 'bare'))).toEqual(denied('bare', 'GetSecretValue', NAME));
    expect(error(await get({ SecretId: 'nobody' }))).toEqual(denied('function', 'GetSecretValue', 'nobody'));
    expect(error(await get({ SecretId: 'nobody' }, 'reader'))).toEqual([400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret."]);
  });

  test("the secret's own policy lets in and keeps out", async () => {
    const read = (as: string) => ask('GetSecretValue', { SecretId: 'guarded' }, as);

    expect((await read('bare')).body.SecretString).toBe('guarded');
    expect(error(await read('reader'))).toEqual([
      400,
      'AccessDeniedException',
      `User: ${sessionArn('reader')} is not authorized to perform: secretsmanager:GetSecretValue on resource: guarded with an explicit deny in a resource-based policy`,
    ]);
  });

  test('who may not use the key may not use the secret', async () => {
    const kms = [400, 'AccessDeniedException', 'Access to KMS is not allowed'];
    await put('1');

    expect(error(await get({}, 'reader'))).toEqual(kms);
    expect(fixture.aws.requests.at(-1)?.error).toContain('(KMS: AccessDeniedException: User: ');
    expect(error(await get({}, 'writer-only'))).toEqual(kms);
    expect(error(await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: randomUUID(), SecretString: 'a' }, 'reader'))).toEqual(kms);
    const ClientRequestToken = await put('2', {}, 'writer-only');
    expect(error(await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken, SecretString: '2' }, 'writer-only'))).toEqual(kms);
  });

  test('the key is used through Secrets Manager alone', async () => {
    expect((await fixture.ask('kms', 'GenerateDataKey', { KeyId: fixture.deployment.ofType('AWS::KMS::Key')[0]?.arn, KeySpec: 'AES_256' }, 'function')).body.__type).toBe(
      'AccessDeniedException',
    );
    await put('1');
  });

  test("AWS's own key needs no permission", async () => {
    expect((await ask('PutSecretValue', { SecretId: 'plain', ClientRequestToken: randomUUID(), SecretString: 'a' })).status).toBe(200);
    expect((await ask('GetSecretValue', { SecretId: 'plain' })).body.SecretString).toBe('a');
  });
});

test('a key that cannot be used takes the values with it', async () => {
  await put('1');
  const keyId = fixture.deployment.ofType('AWS::KMS::Key')[0]?.physicalId ?? '';
  fixture.aws.keys.disableKey(keyId);

  expect(error(await get())).toEqual([400, 'DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key."]);
  expect(error(await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: randomUUID(), SecretString: 'a' }))).toEqual([
    400,
    'EncryptionFailure',
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
  ]);
  fixture.aws.keys.enableKey(keyId);
  expect((await get()).status).toBe(200);
  fixture.aws.keys.loseKey(keyId);
  expect(error(await get())).toEqual([400, 'AccessDeniedException', 'Access to KMS is not allowed']);
});

test('the log has no value, whether it was taken or not', async () => {
  await put('very secret');
  await get();
  await ask('PutSecretValue', { SecretId: NAME, ClientRequestToken: 'short', SecretString: 'very secret' });
  await askJson(fixture.aws.secretsManagerUrl, 'secretsmanager', 'PutSecretValue', '"very secret', fixture.credentials('function'));

  expect(fixture.aws.requests.map(({ action, status }) => `${action} ${status}`)).toEqual(['PutSecretValue 200', 'GetSecretValue 200', 'PutSecretValue 400', 'PutSecretValue 400']);
  expect(JSON.stringify(fixture.aws.requests)).not.toContain('very secret');
});

test('a policy on a secret that is not in the deployment is refused, and a name that is taken', () => {
  const statement = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: '*', Resource: '*' };
  const store = (resources: object) => {
    const deployment = deployTemplates({ S: { Resources: resources } });
    const keys = new KmsKeys(deployment);
    return new SecretStore(deployment, (keyId, context) => keys.dataKey(keyId ?? '', context));
  };

  expect(() => store({ P: { Type: 'AWS::SecretsManager::ResourcePolicy', Properties: { SecretId: 'elsewhere', ResourcePolicy: { Statement: [statement] } } } })).toThrow(
    'a resource policy is put on "elsewhere", which is no secret of the deployment',
  );
  expect(() => store({ A: secret({ Name: 'same' }), B: secret({ Name: 'same' }) })).toThrow('stack S, AWS::SecretsManager::Secret B: a secret "same" exists already');
});
