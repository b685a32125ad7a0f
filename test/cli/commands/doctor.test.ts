import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../cli/main';
import { environments } from '../../environments';
import { capturedIo } from '../captured-io';

const before = { ...process.env };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'doctor-test-'));
  writeFileSync(join(directory, 'environments.json'), JSON.stringify({ dev: environments.dev }));
});
afterEach(() => {
  process.env = { ...before };
  rmSync(directory, { recursive: true });
});

test('where nothing can be found out it says why, check by check, and ends with 3', async () => {
  const env = { HOME: directory, AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  process.env = { ...env };
  const io = capturedIo({ env, cwd: directory });
  const code = await run(['doctor', '--environments', 'environments.json'], io);

  const lines = io.written.stdout.split('\n');
  expect(lines.filter((line) => line.startsWith('? '))).toHaveLength(17);
  expect(lines[0]).toMatch(/^\? AWS identity: not known, There are no AWS credentials: /);
  expect(lines[1]).toMatch(/^\? Kubeconfig leads to the cluster: not known, There is no kubeconfig at \S+; this makes one: aws eks update-kubeconfig --name gloo-ee-vault-integration --region us-east-1$/);
  expect(io.written.stdout).toContain('dev: 17 not known.');
  expect({ code, stderr: io.written.stderr }).toEqual({ code: 3, stderr: 'Nothing could be found out about dev.\n' });
});

test('--help says what it reads, what it needs and how it ends', async () => {
  const io = capturedIo();
  expect(await run(['doctor', '--help'], io)).toBe(0);
  expect(io.written.stdout).toContain('Reads only.');
  expect(io.written.stdout).toContain('create on serviceaccounts/token');
});
