import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { KmsKeys } from '../../../rehearsal/aws/kms-keys';
import { sendThroughProxy } from './client';
import { allow, askJson, REGION, role, ROOT, sessionArn, startFixture, type Fixture, type JsonAnswer } from './fixture';

const keyPolicy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const toAccount = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' };
const key = (properties: object = {}) => ({ Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy(toAccount), ...properties } });
const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'];
const NO_SUCH_RESOURCE =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

const RESOURCES = {
  Seal: key({ Description: 'Unseals Vault', EnableKeyRotation: true }),
  SealAlias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/seal', TargetKeyId: { Ref: 'Seal' } } },
  Other: key(),
  Direct: key({ KeyPolicy: keyPolicy({ Effect: 'Allow', Principal: { AWS: arn('Bare') }, Action: USE, Resource: '*' }) }),
  Denying: key({ KeyPolicy: keyPolicy(toAccount, { Effect: 'Deny', Principal: { AWS: ROOT }, Action: 'kms:Decrypt', Resource: '*' }) }),
  Bound: key({ KeyPolicy: keyPolicy({ ...toAccount, Condition: { StringEquals: { 'kms:EncryptionContext:app': 'vault' } } }) }),
  Off: key({ Enabled: false }),
  Vault: role('vault', allow(USE, arn('Seal'))),
  Admin: role('admin', allow('kms:*', '*')),
  Bare: role('bare'),
  ByAlias: role('by-alias', allow('kms:Encrypt', '*', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/seal' } })),
  OnlyVia: role('only-via', allow('kms:*', '*', { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } })),
};

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture(RESOURCES);
});
afterEach(() => fixture.aws.close());

const PLAINTEXT = Buffer.from('the barrier key').toString('base64');
const ask = (operation: string, input: object, as = 'vault'): Promise<JsonAnswer> => fixture.ask('kms', operation, input, as);
const idOf = (logicalId: string) => fixture.deployment.resources.find((resource) => resource.logicalId === logicalId)?.physicalId ?? '';
const arnOf = (logicalId: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${idOf(logicalId)}`;
const encrypted = async (KeyId: string, context: object = {}, as = 'vault') => {
  const { status, body } = await ask('Encrypt', { KeyId, Plaintext: PLAINTEXT, EncryptionContext: context }, as);
  expect(status).toBe(200);
  return String(body.CiphertextBlob);
};
const error = ({ status, body }: JsonAnswer) => [status, body.__type, body.message ?? body.Message];

test.each([
  ['id', () => idOf('Seal')],
  ['ARN', () => arnOf('Seal')],
  ['alias', () => 'alias/seal'],
  ['alias ARN', () => `arn:aws:kms:${REGION}:${ACCOUNT}:alias/seal`],
])('encrypts under a key named by its %s, and decrypts without being told which', async (_, name) => {
  const { body } = await ask('Encrypt', { KeyId: name(), Plaintext: PLAINTEXT });
  expect(body).toEqual({ CiphertextBlob: expect.any(String) as string, KeyId: arnOf('Seal'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });

  const answer = await ask('Decrypt', { CiphertextBlob: body.CiphertextBlob });
  expect(answer).toEqual({ status: 200, body: { Plaintext: PLAINTEXT, KeyId: arnOf('Seal'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' } });
});

test('a ciphertext does not show its plaintext, and is another one each time', async () => {
  const [first, second] = [await encrypted('alias/seal'), await encrypted('alias/seal')];

  expect(first).not.toBe(second);
  expect(Buffer.from(first, 'base64').includes(Buffer.from(PLAINTEXT, 'base64'))).toBe(false);
});

test('refuses a changed ciphertext, another context and what is no ciphertext, without words as KMS does', async () => {
  const blob = Buffer.from(await encrypted('alias/seal', { a: '1', b: '2' }), 'base64');
  const decrypt = (content: Buffer, EncryptionContext: object) => ask('Decrypt', { CiphertextBlob: content.toString('base64'), EncryptionContext });
  const changed = Buffer.from(blob);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;

  expect((await decrypt(blob, { b: '2', a: '1' })).status).toBe(200);
  for (const answer of [await decrypt(changed, { a: '1', b: '2' }), await decrypt(blob, { a: '1' }), await decrypt(blob, {}), await decrypt(Buffer.from('nothing'), {})]) {
    expect(answer).toEqual({ status: 400, body: { __type: 'InvalidCiphertextException' } });
  }
  expect(fixture.aws.requests.at(-1)?.error).toBe('InvalidCiphertextException (no ciphertext of KMS)');
});

test('a key that is given has to be the key of the ciphertext', async () => {
  const CiphertextBlob = await encrypted('alias/seal');

  expect((await ask('Decrypt', { CiphertextBlob, KeyId: arnOf('Seal') })).status).toBe(200);
  expect(error(await ask('Decrypt', { CiphertextBlob, KeyId: idOf('Other') }, 'admin'))).toEqual([
    400,
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ]);
});

test('a data key can be decrypted again', async () => {
  const { body } = await ask('GenerateDataKey', { KeyId: 'alias/seal', KeySpec: 'AES_256' }, 'admin');
  expect(Buffer.from(String(body.Plaintext), 'base64')).toHaveLength(32);
  expect((await ask('Decrypt', { CiphertextBlob: body.CiphertextBlob })).body.Plaintext).toBe(body.Plaintext);

  const short = await ask('GenerateDataKey', { KeyId: 'alias/seal', NumberOfBytes: 5 }, 'admin');
  expect(Buffer.from(String(short.body.Plaintext), 'base64')).toHaveLength(5);
});

test('describes a key', async () => {
  expect((await ask('DescribeKey', { KeyId: 'alias/seal' })).body.KeyMetadata).toMatchObject({
    AWSAccountId: ACCOUNT,
    KeyId: idOf('Seal'),
    Arn: arnOf('Seal'),
    Description: 'Unseals Vault',
    Enabled: true,
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyManager: 'CUSTOMER',
    CreationDate: expect.any(Number) as number,
  });
});

describe('who may', () => {
  const denied = (who: string, action: string, logicalId: string, because: string) => [
    400,
    'AccessDeniedException',
    `User: ${sessionArn(who)} is not authorized to perform: kms:${action} on resource: ${arnOf(logicalId)} ${because}`,
  ];

  test('IAM policies decide where the key policy delegates to the account', async () => {
    expect(error(await ask('Encrypt', { KeyId: 'alias/seal', Plaintext: PLAINTEXT }, 'bare'))).toEqual(
      denied('bare', 'Encrypt', 'Seal', 'because no identity-based policy allows the kms:Encrypt action'),
    );
    expect(error(await ask('GenerateDataKey', { KeyId: 'alias/seal', KeySpec: 'AES_256' }))).toEqual(
      denied('vault', 'GenerateDataKey', 'Seal', 'because no identity-based policy allows the kms:GenerateDataKey action'),
    );
    expect(error(await ask('DescribeKey', { KeyId: idOf('Other') }))).toEqual(
      denied('vault', 'DescribeKey', 'Other', 'because no identity-based policy allows the kms:DescribeKey action'),
    );
  });

  test('they are worth nothing where it does not', async () => {
    expect(error(await ask('Encrypt', { KeyId: idOf('Direct'), Plaintext: PLAINTEXT }, 'admin'))).toEqual(
      denied('admin', 'Encrypt', 'Direct', 'because no resource-based policy allows the kms:Encrypt action'),
    );
  });

  test('the key policy alone is enough for whom it names', async () => {
    const blob = await encrypted(idOf('Direct'), {}, 'bare');

    expect((await ask('Decrypt', { CiphertextBlob: blob }, 'bare')).status).toBe(200);
  });

  test('a deny in the key policy wins', async () => {
    const CiphertextBlob = await encrypted(idOf('Denying'), {}, 'admin');

    expect(error(await ask('Decrypt', { CiphertextBlob, KeyId: idOf('Denying') }, 'admin'))).toEqual(
      denied('admin', 'Decrypt', 'Denying', 'with an explicit deny in a resource-based policy'),
    );
  });

  test('a Decrypt that names no key is refused in other words', async () => {
    const perform = (who: string) => `User: ${sessionArn(who)} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext`;

    expect(error(await ask('Decrypt', { CiphertextBlob: await encrypted(idOf('Denying'), {}, 'admin') }, 'admin'))).toEqual([400, 'AccessDeniedException', `${perform('admin')} ${NO_SUCH_RESOURCE}`]);
    expect(error(await ask('Decrypt', { CiphertextBlob: await encrypted('alias/seal') }, 'bare'))).toEqual([
      400,
      'AccessDeniedException',
      `${perform('bare')} because no identity-based policy allows the kms:Decrypt action`,
    ]);
  });

  test.each([
    ['the encryption context', 'Encrypt', 'admin', () => ({ KeyId: idOf('Bound'), Plaintext: PLAINTEXT, EncryptionContext: { app: 'vault' } }), 200],
    ['another encryption context', 'Encrypt', 'admin', () => ({ KeyId: idOf('Bound'), Plaintext: PLAINTEXT, EncryptionContext: { app: 'gloo' } }), 400],
    ['the alias of the key', 'Encrypt', 'by-alias', () => ({ KeyId: idOf('Seal'), Plaintext: PLAINTEXT }), 200],
    ['no alias of the key', 'Encrypt', 'by-alias', () => ({ KeyId: idOf('Other'), Plaintext: PLAINTEXT }), 400],
    ['a service that is not between', 'Encrypt', 'only-via', () => ({ KeyId: 'alias/seal', Plaintext: PLAINTEXT }), 400],
    ["AWS's own key, by hand", 'Encrypt', 'admin', () => ({ KeyId: 'alias/aws/secretsmanager', Plaintext: PLAINTEXT }), 400],
  ])('conditions see %s', async (_, operation, who, input, status) => {
    expect((await ask(operation, input(), who)).status).toBe(status);
  });
});

describe('what can happen to a key', () => {
  test('a disabled key says so until it is enabled again', async () => {
    const CiphertextBlob = await encrypted('alias/seal');
    fixture.aws.keys.disableKey('alias/seal');
    const disabled = [400, 'DisabledException', `${arnOf('Seal')} is disabled.`];

    expect(error(await ask('Decrypt', { CiphertextBlob }))).toEqual(disabled);
    expect(error(await ask('Encrypt', { KeyId: 'alias/seal', Plaintext: PLAINTEXT }))).toEqual(disabled);
    expect((await ask('DescribeKey', { KeyId: 'alias/seal' })).body.KeyMetadata).toMatchObject({ Enabled: false, KeyState: 'Disabled' });
    fixture.aws.keys.enableKey('alias/seal');
    expect((await ask('Decrypt', { CiphertextBlob })).status).toBe(200);
  });

  test('so does one that the template disables', async () => {
    expect(error(await ask('Encrypt', { KeyId: idOf('Off'), Plaintext: PLAINTEXT }, 'admin'))).toEqual([400, 'DisabledException', `${arnOf('Off')} is disabled.`]);
  });

  test('a key that is pending deletion cannot be used', async () => {
    const CiphertextBlob = await encrypted('alias/seal');
    fixture.aws.keys.scheduleDeletion(arnOf('Seal'), 7);

    expect(error(await ask('Decrypt', { CiphertextBlob }))).toEqual([400, 'KMSInvalidStateException', `${arnOf('Seal')} is pending deletion.`]);
    expect((await ask('DescribeKey', { KeyId: 'alias/seal' })).body.KeyMetadata).toMatchObject({
      KeyState: 'PendingDeletion',
      DeletionDate: expect.any(Number) as number,
    });
    fixture.aws.keys.enableKey('alias/seal');
    expect((await ask('DescribeKey', { KeyId: 'alias/seal' })).body.KeyMetadata).not.toHaveProperty('DeletionDate');
  });

  test('a lost key is gone, and its ciphertexts with it', async () => {
    const CiphertextBlob = await encrypted('alias/seal');
    const lost = { id: idOf('Seal'), arn: arnOf('Seal') };
    fixture.aws.keys.loseKey('alias/seal');

    expect(error(await ask('Decrypt', { CiphertextBlob }, 'admin'))).toEqual([
      400,
      'AccessDeniedException',
      `User: ${sessionArn('admin')} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext ${NO_SUCH_RESOURCE}`,
    ]);
    expect(error(await ask('DescribeKey', { KeyId: lost.id }))).toEqual([400, 'NotFoundException', `Key '${lost.arn}' does not exist`]);
    expect(error(await ask('DescribeKey', { KeyId: 'alias/seal' }))).toEqual([400, 'NotFoundException', `Alias arn:aws:kms:${REGION}:${ACCOUNT}:alias/seal is not found.`]);
  });
});

test.each([
  ['a name that is none', 'DescribeKey', { KeyId: 'seal' }, 'NotFoundException', "Invalid keyId 'seal'"],
  ['a key of another region', 'DescribeKey', { KeyId: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/x` }, 'NotFoundException', 'Invalid arn eu-west-1'],
  ['no key', 'DescribeKey', {}, 'ValidationException', "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"],
  ['no Base64', 'Encrypt', { KeyId: 'alias/seal', Plaintext: '*' }, 'ValidationException', "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must be Base64"],
  ['too long a plaintext', 'Encrypt', { KeyId: 'alias/seal', Plaintext: Buffer.alloc(4097).toString('base64') }, 'ValidationException', expect.stringContaining('Member must have 1 to 4096 bytes')],
  ['a parameter that is not modelled', 'Encrypt', { KeyId: 'alias/seal', Plaintext: PLAINTEXT, DryRun: true }, 'ValidationException', expect.stringContaining('Unrecognized key: "DryRun"')],
  ['no length', 'GenerateDataKey', { KeyId: 'alias/seal' }, 'ValidationException', expect.stringContaining('give either KeySpec or NumberOfBytes')],
  ['an operation that is not modelled', 'CreateGrant', {}, 'UnknownOperationException', undefined],
])('%s is refused', async (_, operation, input, code, message) => {
  expect(error(await ask(operation, input))).toEqual([400, code, message]);
});

test('a wrong signature has the names of the JSON protocol', async () => {
  const { aws } = fixture;
  const good = fixture.credentials('vault');
  const refusal = async (changes: Partial<typeof good>, headers: Record<string, string> = {}) => {
    const { status, body } = await askJson(aws.kmsUrl, 'kms', 'DescribeKey', '{"KeyId":"alias/seal"}', { ...good, ...changes }, headers);
    return [status, (JSON.parse(body) as { __type: string }).__type];
  };

  expect(await refusal({ secretAccessKey: 'wrong' })).toEqual([400, 'InvalidSignatureException']);
  expect(await refusal({ accessKeyId: 'ASIAUNKNOWN' })).toEqual([400, 'UnrecognizedClientException']);
  expect(await refusal({}, { 'content-type': 'application/json' })).toEqual([404, 'UnknownOperationException']);
  aws.throttleNext('kms', 1);
  expect(await refusal({})).toEqual([400, 'ThrottlingException']);
});

test("answers on its own host name too, and the log has neither plaintext nor ciphertext", async () => {
  const blob = await encrypted('alias/seal');
  const unsigned = await sendThroughProxy(fixture.aws.proxyUrl, fixture.ca.caPem, { host: `kms.${REGION}.amazonaws.com`, parameters: {} });

  expect(fixture.aws.hosts).toContain(`kms.${REGION}.amazonaws.com`);
  expect(JSON.parse(unsigned.body)).toEqual({ __type: 'UnknownOperationException' });
  expect(fixture.aws.requests[0]).toMatchObject({ action: 'Encrypt', caller: sessionArn('vault'), status: 200, error: undefined });
  expect(JSON.stringify(fixture.aws.requests)).not.toContain(blob);
  expect(JSON.stringify(fixture.aws.requests)).not.toContain(PLAINTEXT);
});

test.each([
  [{ KeySpec: 'RSA_2048' }, 'KeySpec: only symmetric keys are modelled here'],
  [{ KeyUsage: 'SIGN_VERIFY' }, 'KeyUsage: only keys that encrypt are modelled here'],
  [{ KeyPolicy: { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] } }, 'MalformedPolicyDocument at Statement.0: a resource policy has a Principal and a Resource'],
])('a key with %j is not made', (properties, words) => {
  const deployment = deployTemplates({ S: { Resources: { K: { Type: 'AWS::KMS::Key', Properties: properties } } } });

  expect(() => new KmsKeys(deployment)).toThrow(`stack S, AWS::KMS::Key K: ${words}`);
});

test('an alias needs a key of the deployment; a key without a policy leaves it to IAM', () => {
  const alias = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: 'elsewhere' } };

  expect(() => new KmsKeys(deployTemplates({ S: { Resources: { A: alias } } }))).toThrow('TargetKeyId "elsewhere" is no key of the deployment');
  const own = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: { Ref: 'K' } } };
  expect(() => new KmsKeys(deployTemplates({ S: { Resources: { K: { Type: 'AWS::KMS::Key' }, A: own, B: own } } }))).toThrow('stack S, AWS::KMS::Alias B: AliasName "alias/a" is another key\'s already');
  const deployment = deployTemplates({ S: { Resources: { K: { Type: 'AWS::KMS::Key' } } } });
  const made = new KmsKeys(deployment).key(deployment.resources[0]?.physicalId ?? '');
  expect(made.policy.Statement).toEqual([{ Effect: 'Allow', Principal: { AWS: [ROOT] }, Action: ['kms:*'], Resource: ['*'] }]);
});
