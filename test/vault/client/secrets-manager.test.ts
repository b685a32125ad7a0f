import { randomUUID } from 'node:crypto';
import { Setback } from '../../../lib/vault/client/errors';
import { sessionArn } from '../../rehearsal/aws/fixture';
import { startKeptSecret, type KeptSecret } from './kept-secret';
import { listening } from './listening';

let kept: KeptSecret;
beforeEach(async () => {
  kept = await startKeptSecret();
});
afterEach(() => kept.close());

const setback = async (asked: Promise<unknown>): Promise<[string, string]> => {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Setback);
  const { awaiting, message } = error as Setback;
  return [awaiting, message];
};
const write = (text: string) => kept.as('keeper').write(text, randomUUID());
const RIGHTS =
  "The function's execution role needs secretsmanager:GetSecretValue, PutSecretValue and UpdateSecretVersionStage on it and kms:Decrypt and GenerateDataKey on its key: check both policies, and that no permission boundary or SCP takes them away.";
const RESTORE = 'The stack makes it, or vault.raft.recovery.secret names it: has somebody deleted it? aws secretsmanager restore-secret brings it back for some days.';
const KEY = 'Its KMS key has to be enabled: has somebody disabled it, or scheduled its deletion? aws kms describe-key shows its state.';
const couldNot = (done: string) => `The secret for Vault's recovery keys could not be ${done} (${kept.arn}): `;

describe('a value', () => {
  test('is absent, then current, then previous, then forgotten', async () => {
    const secret = kept.as('keeper');
    expect(await secret.read()).toBeUndefined();
    await write('first');
    expect(await secret.read()).toEqual({ id: expect.any(String) as string, text: 'first' });
    expect(await secret.read('AWSPREVIOUS')).toBeUndefined();
    await write('second');
    const previous = await secret.read('AWSPREVIOUS');
    expect([(await secret.read())?.text, previous?.text]).toEqual(['second', 'first']);
    await secret.forget(previous?.id ?? '');
    expect(await secret.read('AWSPREVIOUS')).toBeUndefined();
    expect(await kept.versions()).toEqual({ AWSCURRENT: 'second' });
  });

  test('is written once by any number of writes with one token, even after another', async () => {
    const token = randomUUID();
    await kept.as('keeper').write('first', token);
    await kept.as('keeper').write('first', token);
    await write('second');
    await kept.as('keeper').write('first', token);
    expect(await kept.versions()).toEqual({ AWSCURRENT: 'second', AWSPREVIOUS: 'first' });
  });

  test('with a label of its own leaves the current one, but for the first of all', async () => {
    const secret = kept.as('keeper');
    await secret.write('mark', randomUUID(), 'MARK');
    expect(await kept.versions()).toEqual({ 'AWSCURRENT MARK': 'mark' });
    await write('first');
    await secret.write('another mark', randomUUID(), 'MARK');
    expect(await kept.versions()).toEqual({ AWSCURRENT: 'first', AWSPREVIOUS: 'mark', MARK: 'another mark' });
  });

  test('that is no text has none', async () => {
    await kept.fixture.ask('secretsmanager', 'PutSecretValue', { SecretId: 'kept', ClientRequestToken: randomUUID(), SecretBinary: 'AAEC' }, 'anything');
    expect((await kept.as('keeper').read())?.text).toBe('');
  });
});

describe('what is said of', () => {
  test.each([
    ['a write that IAM does not allow', 'reader', () => kept.as('reader').write('very-secret-value', randomUUID()), 'written', 'secretsmanager:PutSecretValue on resource: '],
    ['a last version that IAM does not let go', 'reader', () => kept.as('reader').forget(randomUUID()), 'rid of its last version', 'secretsmanager:UpdateSecretVersionStage on resource: '],
  ])('%s', async (_, who, ask, done, action) => {
    const [awaiting, message] = await setback(ask());
    expect(awaiting).toBe('settling');
    expect(message).toContain(`${couldNot(done)}AccessDeniedException User: ${sessionArn(who)} is not authorized to perform: ${action}`);
    expect(message).toContain(RIGHTS);
    expect(message).not.toContain('very-secret-value');
  });

  test('a key that the role may not use, in either direction', async () => {
    await write('first');
    const denied = (done: string) => ['settling', `${couldNot(done)}AccessDeniedException Access to KMS is not allowed. ${RIGHTS}`];
    expect(await setback(kept.as('keyless').read())).toEqual(denied('read'));
    expect(await setback(kept.as('keyless').write('second', randomUUID()))).toEqual(denied('written'));
  });

  test('a key that is disabled, in either direction', async () => {
    await write('first');
    kept.fixture.aws.keys.disableKey(kept.fixture.deployment.ofType('AWS::KMS::Key')[0]?.physicalId ?? '');
    expect(await setback(kept.as('keeper').read())).toEqual(['settling', expect.stringMatching(/could not be read .*: DecryptionFailure /)]);
    const [, message] = await setback(kept.as('keeper').write('second', randomUUID()));
    expect(message).toBe(`${couldNot('written')}EncryptionFailure Secrets Manager can't encrypt the protected secret text using the provided KMS key. ${KEY}`);
  });

  test('a secret that is not there', async () => {
    const gone = kept.arn.replace('kept-', 'gone-');
    const [awaiting, message] = await setback(kept.as('anything', gone).read());
    expect([awaiting, message]).toEqual(['settling', `The secret for Vault's recovery keys could not be read (${gone}): ResourceNotFoundException Secrets Manager can't find the specified secret. ${RESTORE}`]);
  });

  test('a version that is not the previous one any more, for another run was faster', async () => {
    await write('first');
    await write('second');
    const first = await kept.as('keeper').read('AWSPREVIOUS');
    await write('third');
    expect(await setback(kept.as('keeper').forget(first?.id ?? ''))).toEqual(['passing', expect.stringContaining('was changed by somebody else at the same time: InvalidParameterException ')]);
  });

  test('a throttle, which passes', async () => {
    kept.fixture.aws.throttleNext('secretsmanager', 1);
    expect(await setback(kept.as('keeper').read())).toEqual(['passing', `${couldNot('read')}ThrottlingException Rate exceeded. Deploy again when Secrets Manager is quieter.`]);
    expect(await kept.as('keeper').read()).toBeUndefined();
  });
});

describe('where something else answers', () => {
  const answering = async (status: number, body: string) => kept.at(await listening((_, response) => void response.writeHead(status).end(body)));

  test.each([
    ['a secret that waits for its deletion', 400, '{"__type":"InvalidRequestException","Message":"You can\'t perform this operation on the secret because it was marked for deletion."}', 'settling', RESTORE],
    ['a fault of the service', 500, '{"__type":"InternalServiceError","message":"Try again"}', 'passing', 'Deploy again when Secrets Manager is quieter.'],
    ['a load balancer', 503, '<html>503</html>', 'passing', 'HTTP 503'],
    ['nothing of its own', 503, 'null', 'passing', 'HTTP 503'],
    ['a page', 200, '<html>Log in</html>', 'passing', 'something else answers for Secrets Manager'],
    ['a namespace before the error', 400, '{"__type":"com.amazonaws.secretsmanager#ThrottlingException","message":"Rate exceeded"}', 'passing', 'ThrottlingException Rate exceeded'],
  ])('%s', async (_, status, body, awaiting, words) => {
    const [found, message] = await setback((await answering(status, body)).read());
    expect([found, message]).toEqual([awaiting, expect.stringContaining(words)]);
  });

  test('nobody, who may be behind a wall', async () => {
    const url = await listening((request) => request.socket.destroy());
    const [awaiting, message] = await setback(kept.at(url).write('very-secret-value', randomUUID()));
    expect(awaiting).toBe('passing');
    expect(message).toMatch(/^secretsmanager:PutSecretValue had no answer from 127\.0\.0\.1:\d+: .*\. If the function runs in a VPC, its subnets need a way to Secrets Manager \(NAT or an endpoint\)\.$/);
    expect(message).not.toContain('very-secret-value');
  });

  test('and repeats what nobody may see, that is blotted out', async () => {
    kept.mask.add('very-secret-value');
    const [, message] = await setback((await answering(400, '{"__type":"ValidationException","message":"bad very-secret-value"}')).read());
    expect(message).toContain('ValidationException bad ***');
  });
});
