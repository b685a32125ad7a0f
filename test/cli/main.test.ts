import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES } from '../../cli/exit-codes';
import { run } from '../../cli/main';
import { bin, version } from '../../package.json';
import { capturedIo } from './captured-io';

const program = resolve(__dirname, '..', '..', bin['gloo-vault']);

async function ran(...args: string[]) {
  const io = capturedIo();
  const code = await run(args, io);
  return { code, ...io.written };
}

test('--help says what there is, with every exit code', async () => {
  const { code, stdout, stderr } = await ran('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Usage: gloo-vault');
  for (const option of ['--environment', '--environments', '--kubeconfig', '--context', '--profile', '--json']) expect(stdout).toContain(option);
  for (const [exitCode, meaning] of Object.entries(EXIT_CODES)) expect(stdout).toMatch(new RegExp(`^  ${exitCode} +${meaning.replace(/[()]/g, '\\$&')}$`, 'm'));
});

test.each([
  [['--nope'], "error: unknown option '--nope'"],
  [['--enviroment', 'dev'], 'Did you mean --environment?'],
  [['--kubeconfig'], "error: option '--kubeconfig <file>' argument missing"],
])('wrong use ends with 2: %j', async (args, said) => {
  const { code, stdout, stderr } = await ran(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
});

test.each([
  [['put', 'header', 'x', '--from-literal=authorization=hunter2secret'], "error: unknown option '--from-literal=…'"],
  [['put', 'basic-auth', 'x', "--passwd=hunter2'sec\nret"], "error: unknown option '--passwd=…'"],
  [['put', 'password=hunter2secret'], "error: unknown command 'password=…'"],
  [['put', 'header', 'x', '--label'], "error: option '--label <key=value>' argument missing"],
])('no value is repeated by an error: %j', async (args, said) => {
  const { code, stdout, stderr } = await ran('secret', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/hunter2|ret'/);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it with 130, though the command of the kubeconfig hangs', async (signal) => {
  const directory = mkdtempSync(join(tmpdir(), 'interrupted-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const environments = join(directory, 'environments.json');
  // It tells that it was started, so that the signal comes while it is waited for.
  const hanging = `require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'started'))}, ''); setTimeout(() => undefined, 60_000);`;
  const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: process.execPath, args: ['-e', hanging] } };
  writeFileSync(kubeconfig, JSON.stringify({ clusters: [{ name: 'c.us-east-1.eksctl.io', cluster: { server: 'https://127.0.0.1:1' } }], users: [{ name: 'u', user }], contexts: [{ name: 'x', context: { cluster: 'c.us-east-1.eksctl.io', user: 'u' } }], 'current-context': 'x' }));
  writeFileSync(environments, JSON.stringify({ guide: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'c' } } } }));
  const child = spawn(process.execPath, [program, 'login', '--environments', environments, '--kubeconfig', kubeconfig], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  try {
    const [stderr, ended] = [text(child.stderr), once(child, 'exit')];
    for (let tries = 0; tries < 100 && !existsSync(join(directory, 'started')); tries++) await sleep(200);
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    process.kill(-Number(child.pid), 'SIGKILL');
    expect(await stderr).toBe('interrupted\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('is the bin of the package, and runs from any directory', async () => {
  expect(program).toBe(join(__dirname, '..', '..', 'bin', 'gloo-vault.js'));
  const ended = await new Promise((done) => execFile(program, ['--version'], { cwd: tmpdir() }, (error, stdout, stderr) => done({ error, stdout, stderr })));
  expect(ended).toEqual({ error: null, stdout: `${version}\n`, stderr: '' });
});
