import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosen, chosenEnvironment } from '../../cli/environment';
import { sharing } from '../environment/sharing';
import { environments } from '../environments';

const cwd = mkdtempSync(join(tmpdir(), 'cli-environment-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'all.json'), JSON.stringify(environments));
writeFileSync(join(cwd, 'shared.json'), JSON.stringify(sharing()));
writeFileSync(join(cwd, 'one.json'), JSON.stringify({ existing: environments.existing }));
writeFileSync(join(cwd, 'faulty.json'), JSON.stringify({ existing: { ...environments.existing, region: 'mars-1' } }));

test('the one that is named, of a file relative to the working directory', async () => {
  await expect(chosenEnvironment({ cwd }, { environments: 'all.json', environment: 'prod' })).resolves.toMatchObject({ name: 'prod', cluster: { name: 'gloo-prod' } });
});

test('without a name the only one', async () => {
  await expect(chosenEnvironment({ cwd }, { environments: 'one.json' })).resolves.toMatchObject({ name: 'existing' });
});

test('a guest comes with the owner of its Vault, and only where a command asks for that', async () => {
  const options = { environments: 'shared.json', environment: 'payments' };
  await expect(chosen({ cwd }, options)).resolves.toMatchObject({ owner: { name: 'prod' }, guest: { name: 'payments', vault: { kv: { mountPath: 'payments' } } } });
  expect(await chosen({ cwd }, { ...options, environment: 'prod' })).not.toHaveProperty('guest');
  await expect(chosenEnvironment({ cwd }, options)).rejects.toThrow('"payments" has no Vault of its own: it reads from that of "prod". This command is for -e prod; secret and login take payments too');
  await expect(chosenEnvironment({ cwd }, { environments: 'shared.json' })).rejects.toThrow('--environment prod, payments or orders.');
});

test.each([
  [{ environments: 'all.json' }, 'There are 3 environments: say which one is meant, --environment dev, existing or prod.'],
  [{ environments: 'all.json', environment: 'prd' }, '--environment "prd": there is no such environment; there are dev, existing, prod. Did you mean "prod"?'],
  [{ environments: 'faulty.json' }, 'is not an AWS region'],
  [{ environments: 'nowhere.json' }, 'cannot be read (ENOENT)'],
])('%j is refused', async (options, said) => {
  await expect(chosenEnvironment({ cwd }, options)).rejects.toThrow(said);
});
