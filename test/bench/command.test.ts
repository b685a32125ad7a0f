import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childSeconds, lastLine, runCommand } from '../../bench/command';

const BURN = 'const t = process.cpuUsage(); while (process.cpuUsage(t).user < 300000);';

test("reads the children's line of what a shell's times prints", () => {
  expect(childSeconds('0m0.000000s 0m0.010000s\n1m1.250000s 0m0.500000s\n')).toBeCloseTo(61.75);
  expect(childSeconds('0m0.00s 0m0.00s\n0m0.10s 0m0.20s\n')).toBeCloseTo(0.3);
  expect(childSeconds('')).toBe(0);
});

test('counts the CPU of a process that the command starts and waits for', async () => {
  const nested = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(BURN)}])`;
  const result = await runCommand(`"$NODE" -e "$NESTED"`, { cwd: tmpdir(), env: { NODE: process.execPath, NESTED: nested }, timeout: 20_000 });
  expect(result.ok).toBe(true);
  expect(result.cpuSeconds).toBeGreaterThan(0.29);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the probe counts the CPU of a process that is left running, as esbuild leaves its service', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cpu-probe-'));
  try {
    const child = `${BURN} console.log('done'); process.stdin.resume();`;
    const parent = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); c.stdout.once('data', () => process.exit());`;
    const probe = join(__dirname, '..', '..', 'bench', 'cpu-probe.js');
    const file = join(directory, 'seconds');
    const result = await runCommand(`"$NODE" --require "$PROBE" -e "$PARENT"`, { cwd: directory, env: { NODE: process.execPath, PROBE: probe, PARENT: parent, CPU_PROBE: file }, timeout: 20_000 });
    expect(result.ok).toBe(true);
    expect(Number(readFileSync(file, 'utf8'))).toBeGreaterThan(0.29);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a command that fails is a result, with what it said', async () => {
  const result = await runCommand('echo one; echo two >&2; exit 3', { cwd: tmpdir(), timeout: 20_000 });
  expect(result).toMatchObject({ ok: false, output: 'one\ntwo\n' });
  expect(lastLine(result.output)).toBe('two');
});

test('a command that takes too long ends, with all that it started', async () => {
  const result = await runCommand('sleep 60 & wait', { cwd: tmpdir(), timeout: 100 });
  expect(result.ok).toBe(false);
});
