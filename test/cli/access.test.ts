import { withAccess, type Access } from '../../cli/access';
import { principalOf } from '../../cli/aws-identity';
import { Mask } from '../../lib/vault/client/errors';
import { operatorWorld, PERSON, TOKEN } from './operator-world';

const world = operatorWorld();
const NAMED = { environments: 'environments/named.json' };
const REVOKED = ['PUT auth/aws/login', 'PUT auth/token/revoke-self'];

const work = <T>(action: (access: Access) => Promise<T>, io = world.io(), mask = new Mask()) => withAccess(io, mask, NAMED, action);

test('logs in once, and revokes its token at its end', async () => {
  const mask = new Mask();
  const sessions = await work(async (access) => Promise.all([access.logIn(), access.logIn()]), world.io(), mask);
  expect(sessions[0]).toMatchObject({ token: TOKEN, accessor: 'accessor-1', ttl: 1800, arn: PERSON });
  expect(sessions[1]).toBe(sessions[0]);
  expect(mask.apply(`${TOKEN} kubernetes-token session-token-of-this-test`)).toBe('*** *** ***');
  expect(world.asked).toEqual(REVOKED);
});

test('revokes it when the work fails', async () => {
  const failing = work(async (access) => {
    await access.logIn();
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  expect(world.asked).toEqual(REVOKED);
});

test('revokes it at Ctrl-C, while the work hangs', async () => {
  const io = world.io();
  const hanging = work(
    async (access) => {
      await access.logIn();
      setImmediate(io.interrupt);
      await new Promise(() => undefined);
    },
    io,
  );
  await expect(hanging).rejects.toMatchObject({ name: 'Interrupted' });
  expect(world.asked).toEqual(REVOKED);
});

test('revokes one that it is given while Ctrl-C is pressed', async () => {
  const io = world.io();
  world.onLogin = io.interrupt;
  await expect(work((access) => access.logIn(), io)).rejects.toMatchObject({ name: 'Interrupted' });
  expect(world.asked).toEqual(REVOKED);
});

test.each([
  [400, 'not now'],
  [403, 'permission denied'],
])('says of a token that it could not revoke until when it stays valid (%d)', async (status, reason) => {
  world.answers.set('auth/token/revoke-self', [status, { errors: [reason] }]);
  const io = world.io();
  const { endsAt } = await work((access) => access.logIn(), io);
  expect(io.written.stderr).toBe(`The token of this command was not revoked (${status} ${reason}); it stays valid until ${endsAt.toISOString()}.\n`);
});

test('asks nothing of Vault where nobody logs in', async () => {
  expect(await work((access) => Promise.resolve(access.environment.name))).toBe('dev');
  expect(world.asked).toEqual([]);
});

test.each([
  ['arn:aws:sts::111122223333:assumed-role/Admin/me', 'arn:aws:iam::111122223333:role/Admin'],
  ['arn:aws-cn:sts::111122223333:assumed-role/AWSReservedSSO_A_1/me@example.org', 'arn:aws-cn:iam::111122223333:role/AWSReservedSSO_A_1'],
  ['arn:aws:iam::111122223333:user/people/me', 'arn:aws:iam::111122223333:user/people/me'],
])('%s is named as %s', (arn, principal) => expect(principalOf(arn)).toBe(principal));
