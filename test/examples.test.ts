import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironments } from '../lib/environment/load';
import { withGuests } from '../lib/environment/parse';

const folder = join(__dirname, '..', 'examples');
const read = (file: string) => loadEnvironments(join(folder, file), {});

test('each example is a file of environments that can be synthesized', () => {
  const files = readdirSync(folder);
  expect(files).toContain('shared-vault.yaml');
  for (const file of files) expect(read(file).length).toBeGreaterThan(0);
});

test('one Vault for three clusters: an owner and two guests, each with a mount and a policy of its own', () => {
  const [platform] = read('shared-vault.yaml');
  expect(platform?.guests.map(({ name }) => name)).toEqual(['payments', 'orders']);
  const all = withGuests(platform ? [platform] : []);
  for (const values of [all.map(({ vault }) => vault.kv.mountPath), all.map(({ vault }) => vault.policy.name), all.map(({ cluster }) => cluster.name)]) expect(new Set(values).size).toBe(3);
});
