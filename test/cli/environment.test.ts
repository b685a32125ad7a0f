import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenEnvironment } from '../../cli/environment';
import { environments } from '../environments';

const cwd = mkdtempSync(join(tmpdir(), 'cli-environment-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'all.json'), JSON.stringify(environments));
writeFileSync(join(cwd, 'one.json'), JSON.stringify({ existing: environments.existing }));
writeFileSync(join(cwd, 'faulty.json'), JSON.stringify({ existing: { ...environments.existing, region: 'mars-1' } }));

test('the one that is named, of a file relative to the working directory', async () => {
  await expect(chosenEnvironment({ cwd }, { environments: 'all.json', environment: 'prod' })).resolves.toMatchObject({ name: 'prod', cluster: { name: 'gloo-prod' } });
});

test('without a name the only one', async () => {
  await expect(chosenEnvironment({ cwd }, { environments: 'one.json' })).resolves.toMatchObject({ name: 'existing' });
});

test.each([
  [{ environments: 'all.json' }, 'There are 3 environments: say which one is meant, --environment dev, existing or prod.'],
  [{ environments: 'all.json', environment: 'prd' }, '--environment "prd": there is no such environment; there are dev, existing, prod. Did you mean "prod"?'],
  [{ environments: 'faulty.json' }, 'is not an AWS region'],
  [{ environments: 'nowhere.json' }, 'cannot be read (ENOENT)'],
])('%j is refused', async (options, said) => {
  await expect(chosenEnvironment({ cwd }, options)).rejects.toThrow(said);
});
