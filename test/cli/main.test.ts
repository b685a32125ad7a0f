import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EXIT_CODES } from '../../cli/exit-codes';
import { run } from '../../cli/main';
import { bin, version } from '../../package.json';
import { capturedIo } from './captured-io';

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

test('is the bin of the package, and runs from any directory', async () => {
  const program = resolve(__dirname, '..', '..', bin['gloo-vault']);
  expect(program).toBe(join(__dirname, '..', '..', 'bin', 'gloo-vault.js'));
  const ended = await new Promise((done) => execFile(program, ['--version'], { cwd: tmpdir() }, (error, stdout, stderr) => done({ error, stdout, stderr })));
  expect(ended).toEqual({ error: null, stdout: `${version}\n`, stderr: '' });
});
