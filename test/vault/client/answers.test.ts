import { interpret, isSettling, tokenOf } from '../../../lib/vault/client/answers';
import { Setback } from '../../../lib/vault/client/errors';

const WHAT = 'GET sys/mounts';
const answer = (status: number, body: unknown, contentType = 'application/json') => interpret({ status, contentType, body: typeof body === 'string' ? body : JSON.stringify(body) }, WHAT);
const setback = (status: number, body: unknown, contentType?: string): Setback => {
  try {
    answer(status, body, contentType);
  } catch (error) {
    if (error instanceof Setback) return error;
    throw error;
  }
  throw new Error('It was taken for an answer.');
};
const status = (code: number, message?: string) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...(message ? { message } : {}), code });

test('data, and the empty answer of a write', () => {
  expect(answer(200, { data: { a: 1 } })).toEqual({ ok: true, body: { data: { a: 1 } } });
  expect(answer(204, '')).toEqual({ ok: true, body: {} });
});

test.each([400, 403, 404, 405])('a refusal of %i comes back with its reason on one line', (code) => {
  expect(answer(code, { errors: ['1 error occurred:\n\t* permission denied\n\n', 'and more', 7] })).toEqual({ ok: false, status: code, reason: '1 error occurred: * permission denied ; and more' });
  expect(answer(code, { errors: [] })).toEqual({ ok: false, status: code, reason: '' });
});

test("AWS's XML in a reason becomes its code and words", () => {
  const xml = '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>\n<Message>Credential should be scoped to a valid region.</Message></Error><RequestId>1</RequestId></ErrorResponse>';
  expect(answer(400, { errors: [`error making upstream request: received error code 403 from STS: ${xml}`] })).toMatchObject({
    reason: 'error making upstream request: received error code 403 from STS: SignatureDoesNotMatch: Credential should be scoped to a valid region',
  });
});

test('a long reason is cut between two words: no part of a token is left that a mask does not know', () => {
  expect(answer(400, { errors: [`no access ${'x'.repeat(5000)}`] })).toMatchObject({ reason: 'no access …' });
  expect(answer(400, { errors: ['word '.repeat(500)] })).toMatchObject({ reason: `${'word '.repeat(140)}…` });
  expect(setback(500, `<p>Bad gateway: x-vault-token: ${'x'.repeat(80)} x-request-id: 1</p>`, 'text/html').message).toContain('("Bad gateway: x-vault-token: …")');
});

test('nothing at all is an answer only where Vault says that it has nothing to say', () => {
  expect(setback(200, '').message).toContain(`${WHAT} was answered with HTTP 200 and application/json instead of Vault's JSON ("").`);
});

test.each([
  [401, 'settling', 'Unauthorized', "It does not know the caller's IAM identity"],
  [403, 'settling', 'services "x" is forbidden', 'The API server refused, not Vault'],
  [404, 'starting', 'services "vault" not found', 'The Service does not exist (yet)'],
  [503, 'starting', 'no endpoints available', 'No pod of Vault is reachable'],
  [500, 'passing', 'internal', '(internal).'],
  [429, 'passing', undefined, '(no message).'],
])('a Status of %i is the API server\'s word', (code, awaiting, message, words) => {
  const error = setback(code, status(code, message));
  expect(error.awaiting).toBe(awaiting);
  expect(error.message).toContain(`${WHAT}: the API server answered ${code} (`);
  expect(error.message).toContain(words);
});

test('an object of Vault\'s that merely has a kind is no Status', () => {
  expect(answer(200, { kind: 'Status', data: {} })).toMatchObject({ ok: true });
});

test.each([
  [503, { errors: ['Vault is sealed'] }, 'starting', `${WHAT} was answered with 503 (Vault is sealed): Vault is sealed or not initialised.`],
  [501, { errors: [] }, 'passing', `${WHAT} was answered with 501.`],
  [500, { errors: ['local node not active but active cluster node not found'] }, 'passing', `${WHAT} was answered with 500 (local node not active but active cluster node not found).`],
  [307, '', 'starting', `${WHAT} was answered by a standby`],
  [307, '<a href="http://10.0.0.7:8200/v1/sys/mounts">Temporary Redirect</a>.', 'starting', `${WHAT} was answered by a standby`],
  [472, {}, 'starting', `${WHAT} was answered by a standby`],
  [473, {}, 'starting', `${WHAT} was answered by a standby`],
  [429, { standby: true, errors: ['Vault is in standby mode'] }, 'starting', `${WHAT} was answered by a standby`],
  [429, { errors: ['request path "sys/mounts": rate limit quota exceeded'] }, 'passing', `${WHAT} was answered with 429 (request path "sys/mounts": rate limit quota exceeded).`],
  [412, { errors: ['required index state not present'] }, 'passing', `${WHAT} was answered with 412`],
  [400, { errors: ['path is already in use at aws/'] }, 'passing', 'something else mounted it at the same moment'],
  [400, { errors: ['path already in use: invalid configuration'] }, 'passing', 'something else mounted it at the same moment'],
  [400, { errors: ['Throttling: Rate exceeded\n\tstatus code: 400'] }, 'passing', "AWS throttles Vault's calls to STS or IAM"],
  [403, { errors: ['received error code 503 from STS: SlowDown'] }, 'passing', "AWS throttles Vault's calls to STS or IAM"],
])('a %i of %j waits', (code, body, awaiting, words) => {
  const error = setback(code, body);
  expect([error.awaiting, error.message]).toEqual([awaiting, expect.stringContaining(words)]);
});

test.each([200, 403, 404, 502])('a page with %i is not Vault\'s', (code) => {
  const error = setback(code, '<html>\n<head><title>502 Bad Gateway</title></head><body>nginx</body></html>', 'text/html');
  expect(error.awaiting).toBe('passing');
  expect(error.message).toBe(
    `${WHAT} was answered with HTTP ${code} and text/html instead of Vault's JSON ("502 Bad Gateway"). Something else answers for Vault: check which pods its Service selects, and any proxy in front of the API server.`,
  );
});

test('so is plain text, cut short, and a list', () => {
  expect(setback(400, 'Client sent an HTTP request to an HTTPS server.\n', '').message).toContain('HTTP 400 and a body without a type instead of Vault\'s JSON ("Client sent an HTTP request to an HTTPS server.")');
  expect(setback(200, `<p>${'word '.repeat(100)}`, 'text/html').message.length).toBeLessThan(400);
  expect(setback(200, '[]').message).toContain('("[]")');
});

test.each([
  ['Upgrading from non-versioned to versioned data. This backend will be unavailable', true],
  ['User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: iam:GetRole', true],
  ['NoCredentialProviders: no valid providers in chain', true],
  ['InvalidClientTokenId: The security token included in the request is invalid', true],
  ['SignatureDoesNotMatch: Credential should be scoped to a valid region', false],
  ['permission denied', false],
])('%s settles: %s', (reason, settles) => {
  expect(isSettling(reason)).toBe(settles);
});

test.each([{}, { auth: null }, { auth: 7 }, { auth: {} }, { auth: { client_token: 7 } }, { auth: { client_token: '' } }, { auth: { client_token: 'a\nb' } }])('%j has no token that a header can carry', (body) => {
  expect(tokenOf(body)).toBeUndefined();
});

test('the token of a login', () => {
  expect(tokenOf({ auth: { client_token: 'hvb.x' } })).toBe('hvb.x');
});
