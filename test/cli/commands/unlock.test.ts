import { run } from '../../../cli/main';
import { recordsPath } from '../../../cli/helm/records';
import { secret } from '../helm/helm-secrets';
import { operatorWorld } from '../operator-world';

const world = operatorWorld();
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const SECRET = '/api/v1/namespaces/gloo-system/secrets/sh.helm.release.v1.gloo.v4';

/** Gloo's latest record, and those of the others deployed. */
function given(status: string, minutes: number, ...before: ReturnType<typeof secret>[]) {
  const lists = { vault: [secret('vault', 1, 'deployed')], gloo: [...before, secret('gloo', 4, status, minutesAgo(minutes))] };
  for (const [name, namespace] of [['vault', 'vault'], ['gloo', 'gloo-system']] as const) {
    world.answers.set(recordsPath({ name, namespace }), [200, { kind: 'PartialObjectMetadataList', items: lists[name] }]);
  }
  world.answers.set(SECRET, [200, { kind: 'Status' }]);
}

async function unlock(...args: string[]) {
  const io = world.io();
  const code = await run(['unlock', '--environments', 'environments/named.json', ...args], io);
  return { code, ...io.written, asked: world.asked.filter((request) => !request.startsWith('GET')) };
}

test('removes the record of a killed upgrade, and says what Helm goes on from', async () => {
  given('pending-upgrade', 32, secret('gloo', 3, 'deployed'));
  expect(await unlock('--yes')).toEqual({
    code: 0,
    stdout: 'unchanged: vault/vault, revision 1, deployed\nremoved: gloo-system/gloo, revision 4, pending-upgrade\n',
    stderr:
      'gloo-system/gloo, revision 4, pending-upgrade for 32 minutes: removes the Secret gloo-system/sh.helm.release.v1.gloo.v4, and nothing else. Helm goes on from revision 3, deployed.\n' +
      "Deploy again: npx cdk deploy 'dev/*'\n",
    asked: [`DELETE ${SECRET}`],
  });
});

test('a killed first install leaves nothing to go on from', async () => {
  given('pending-install', 16);
  const { code, stdout, stderr } = await unlock('gloo', '--yes', '--json');
  expect(stderr).toContain('Helm installs it anew, and takes over what is there of it.\n');
  expect([code, JSON.parse(stdout)]).toEqual([0, [{ name: 'gloo', namespace: 'gloo-system', revision: 4, status: 'pending-install', change: 'removed' }]]);
});

test('with nothing stuck there is nothing to do', async () => {
  given('deployed', 1);
  expect(await unlock('gloo')).toEqual({ code: 0, stdout: 'unchanged: gloo-system/gloo, revision 4, deployed\n', stderr: 'Nothing is stuck.\n', asked: [] });
});

test('refuses what may still run, unless it is said that it does not', async () => {
  given('pending-upgrade', 3);
  expect(await unlock('--yes')).toEqual({
    code: 3,
    stdout: '',
    stderr:
      'gloo-system/gloo, revision 4, pending-upgrade for 3 minutes: the kubectl function has 15 minutes and may still be at it, and what it installs without its record is lost to Helm. Wait for the deployment to end; if it surely has, give --now.\n',
    asked: [],
  });
  expect(await unlock('--yes', '--now')).toMatchObject({ code: 0, asked: [`DELETE ${SECRET}`] });
});

test('does nothing that nobody has agreed to', async () => {
  given('pending-upgrade', 32);
  expect(await unlock()).toMatchObject({ code: 2, stderr: expect.stringContaining('Nobody is there to confirm that the record is removed: give --yes.\n') as string, asked: [] });
});

test.each([
  [404, {}, 0, "unchanged: gloo-system/gloo, revision 4, pending-upgrade\n", 'and nothing else'],
  [409, { kind: 'Status', message: 'Precondition failed' }, 3, '', 'The Secret gloo-system/sh.helm.release.v1.gloo.v4 was written by somebody just now, so a deployment is under way. Nothing was removed; look again when it has ended: npx gloo-vault doctor\n'],
  [403, { kind: 'Status', message: 'secrets is forbidden' }, 3, '', 'Your Kubernetes user may not do it (secrets is forbidden). Have the right that the message names, or cluster-admin.\n'],
] as const)('where the deletion is answered with %i', async (status, body, code, stdout, words) => {
  given('pending-upgrade', 32);
  world.answers.set(SECRET, [status, body]);
  const ended = await unlock('gloo', '--yes');
  expect(ended).toMatchObject({ code, stdout });
  expect(ended.stderr).toContain(words);
});

test('who may not list secrets is told so', async () => {
  given('deployed', 1);
  world.answers.set(recordsPath({ name: 'gloo', namespace: 'gloo-system' }), [403, { kind: 'Status', message: 'secrets is forbidden: User "me" cannot list' }]);
  expect(await unlock('gloo')).toMatchObject({ code: 3, stderr: 'your Kubernetes user may not read it (secrets is forbidden: User "me" cannot list). Have the read rights of cluster-admin, or of what the message names.\n' });
});

test('there are two releases', async () => {
  expect(await unlock('glo')).toMatchObject({ code: 2, stderr: expect.stringContaining("command-argument value 'glo' is invalid for argument 'release'. Allowed choices are vault, gloo.") as string });
});
