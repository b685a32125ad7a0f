import { run } from '../../../cli/main';
import { operatorWorld } from '../operator-world';

const world = operatorWorld();

async function roll(...args: string[]) {
  const io = world.io();
  const code = await run(['roll', '--environments', 'environments/named.json', ...args], io);
  return { code, ...io.written };
}

test('a dev-mode Vault is not restarted, for it would lose everything', async () => {
  expect(await roll()).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'Vault of "dev" is in dev mode and keeps everything in memory: a restart loses its secrets and its configuration. If that is meant: kubectl delete pod -n vault vault-0, and then deploy with another vault.revision.\n',
  });
  expect(world.asked).toEqual([]);
});

test('says what it needs, and takes nothing else', async () => {
  const { code, stdout } = await roll('--help');
  expect(code).toBe(0);
  for (const words of ['create on pods/eviction', 'get on pods/proxy', 'standbys first and the leader last', '--dry-run']) expect(stdout.replace(/\s+/g, ' ')).toContain(words);
  expect(await roll('vault-0')).toMatchObject({ code: 2, stderr: expect.stringContaining('too many arguments') as string });
});
