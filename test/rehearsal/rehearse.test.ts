import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseEnvironments } from '../../lib/environment/parse';
import { rehearse } from '../../rehearsal/rehearse';
import { synthesize } from '../synthesize';
import { rehearsed } from './breakages';

const [environment] = parseEnvironments({ rehearsed });
const { app, outdir } = synthesize({ rehearsed });
app.synth();
const missing = { kind: 'binary', path: '/nowhere/vault', version: '1.21.1', description: 'the Vault of this test' } as const;

async function attempt(assemblyDir: string, name = 'rehearsed') {
  const told: string[] = [];
  const report = await rehearse({
    environment: { ...environment!, name },
    assemblyDir,
    projectDir: assemblyDir,
    vault: missing,
    onStep: (title, result) => told.push(`${title}: ${result ? (result.error ?? 'done') : 'begins'}`),
  });
  return { report, told };
}

test('an environment that is not in the assembly ends it at its first step, with the names of those that are', async () => {
  const { report, told } = await attempt(outdir, 'qa');
  expect(report).toMatchObject({ environment: 'qa', passed: false, steps: [{ title: 'Templates carried out, Vault started' }] });
  expect(report.rows.some(({ shown }) => shown)).toBe(false);
  expect(told).toEqual([
    'Templates carried out, Vault started: begins',
    `Templates carried out, Vault started: ${outdir}: there is no stage "qa"; there are rehearsed: synthesize again`,
  ]);
});

test('a Vault that does not start ends it so too, and leaves nothing behind', async () => {
  const before = process.env.TMPDIR;
  const directory = mkdtempSync(`${tmpdir()}/rehearse-test-`);
  process.env.TMPDIR = directory;
  try {
    const { report } = await attempt(outdir);
    expect(report.steps).toHaveLength(1);
    expect(report.steps[0]?.error).toMatch(/^the Vault of this test does not start: .*ENOENT/);
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(directory, { recursive: true });
  }
});
