import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readAssembly } from '../../review/assembly';
import { environments } from '../environments';
import { synthesize } from '../synthesize';

const directory = mkdtempSync(join(tmpdir(), 'assembly-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

test("an assembly's JSON without its assets, as the workflow hands it on, has all stacks", () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const { app, outdir } = synthesize({ existing: environments.existing! }, { diffRoles: [{ account: '111122223333', region: 'us-east-1', repository: 'acme/gateway' }] });
  app.synth();
  const isHandedOn = (source: string) => !basename(source).startsWith('asset.') && (statSync(source).isDirectory() || source.endsWith('.json'));
  cpSync(outdir, directory, { recursive: true, filter: (source) => source === outdir || isHandedOn(source) });
  const stacks = readAssembly(directory);
  expect(stacks.map(({ environment, name }) => [environment, name])).toEqual([
    ['existing', 'existing-Identity'],
    ['existing', 'existing-Vault'],
    ['existing', 'existing-Gloo'],
    ['DiffRole-111122223333', 'DiffRole-111122223333'],
  ]);
  expect(stacks).toEqual(readAssembly(outdir));
});
