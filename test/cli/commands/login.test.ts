import { run } from '../../../cli/main';
import { operatorWorld, PERSON, TOKEN } from '../operator-world';

const world = operatorWorld();

async function login(...args: string[]) {
  const io = world.io();
  const code = await run(['login', '--environments', 'environments/named.json', ...args], io);
  return { code, ...io.written };
}

test('prints the token, and nothing else, on stdout, and leaves it valid', async () => {
  const { code, stdout, stderr } = await login();
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TOKEN}\n` });
  expect(stderr).toMatch(/^Logged in to Vault of "dev" as arn:aws:sts::111122223333:assumed-role\/Admin\/me@example\.org, until \d{4}-\d\d-\d\dT[\d:.]+Z\.\n$/);
  expect(world.asked).toEqual(['PUT auth/aws/login']);
});

test('--json has all that there is to know of it', async () => {
  const { stdout } = await login('--json');
  expect(JSON.parse(stdout)).toEqual({ token: TOKEN, accessor: 'accessor-1', policies: ['default', 'vault-operator-gloo-ee-vault-integration'], ttl: 1800, endsAt: expect.stringMatching(/Z$/) as string });
});

const stranger = { errors: [`IAM Principal "${PERSON}" does not belong to the role "vault-operator-gloo-ee-vault-integration"`] };
const status = (code: number, message: string) => [code, { kind: 'Status', apiVersion: 'v1', message, code }] as const;

test.each([
  ['a person whom the environment does not name', () => (world.login = [400, stranger]), ['--environments', 'environments/nobody.json'], 'vault.operators of "dev" has no entry: add "arn:aws:iam::111122223333:role/Admin" (with its path, if the role has one) and deploy it (npx cdk deploy \'dev/Vault\').'],
  ['one of another role', () => ((world.login = [400, stranger]), (world.caller = 'arn:aws:sts::111122223333:assumed-role/Guest/me')), [], 'vault.operators of "dev" has arn:aws:iam::111122223333:role/Admin: add "arn:aws:iam::111122223333:role/Guest"'],
  ['one who was named since the last deployment', () => (world.login = [400, stranger]), [], 'vault.operators of "dev" names this identity: was it deployed since (npx cdk deploy \'dev/Vault\')'],
  ['an API server that does not know the person', () => (world.login = status(401, 'Unauthorized')), [], "It does not know the caller's IAM identity: its access entry is missing (the app makes those of its functions; a person's comes from cluster.create.adminArns or aws eks create-access-entry)"],
  ['RBAC', () => (world.login = status(403, 'services "http:vault:8200" is forbidden')), [], 'a person needs the like, with get, update and delete, or cluster-admin.'],
  ['a sealed Vault', () => (world.login = [503, { errors: ['Vault is sealed'] }]), [], 'Vault is sealed or not initialised'],
  ['an expired session of AWS', () => (world.caller = 'ExpiredToken'), [], 'The AWS credentials have expired (sts:GetCallerIdentity); log in again, aws sso login say.'],
  ['a profile that there is none of', () => undefined, ['--profile', 'nowhere'], 'There are no AWS credentials'],
])('%s: exit code 3 and one line on stderr', async (_, refuse, args, said) => {
  refuse();
  const { code, stdout, stderr } = await login(...args);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr.trim()).not.toContain('\n');
  expect(stderr).not.toMatch(/hvs\.C|kubernetes-token|session-token-of-this-test/);
});
