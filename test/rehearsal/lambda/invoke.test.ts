import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { invokeLambda, type Invocation } from '../../../rehearsal/lambda/invoke';

const directory = mkdtempSync(join(tmpdir(), 'lambda-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

function invoke(body: string, event: unknown = {}, timeoutMs = 10_000, signal?: AbortSignal): Promise<Invocation> {
  writeFileSync(join(directory, 'index.js'), `exports.handler = async (event, context) => { ${body} };`);
  return invokeLambda({ assetDirectory: directory, handler: 'index.handler', environment: { ONLY: 'this' } }, event, timeoutMs, signal);
}

test('what the handler returns, and what it logged on its way', async () => {
  const ended = await invoke("console.log('looking'); console.error('twice'); return { echo: event.word };", { word: 'hello' });
  expect(ended).toMatchObject({ result: { echo: 'hello' }, log: ['looking', 'twice'] });
  expect(ended.error).toBeUndefined();
});

test('what it threw', async () => {
  const { error, result } = await invoke("throw new TypeError('no such Vault');");
  expect(error).toMatchObject({ name: 'TypeError', message: 'no such Vault' });
  expect(result).toBeUndefined();
});

test('a name of the network leads where the rehearsal says, and TLS still asks for that name', async () => {
  const ca = await createCertificateAuthority('of the network');
  const server = createServer(await ca.issue(['vault.example.com']), (_, response) => response.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const to = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const get = (host: string) => ({ pem: ca.caPem, host });
  const body = `
    return new Promise((resolve, reject) => require('node:https').get({ host: event.host, port: 8200, ca: event.pem }, (answer) => {
      answer.on('data', (chunk) => resolve({ said: String(chunk), known: process.env.REHEARSAL_HOSTS ?? 'nothing' }));
    }).on('error', reject));`;
  const hosts = { 'vault.example.com:8200': to, 'other.example.com:8200': to };
  try {
    writeFileSync(join(directory, 'index.js'), `exports.handler = async (event) => { ${body} };`);
    const ask = (host: string) => invokeLambda({ assetDirectory: directory, handler: 'index.handler', environment: {}, hosts }, get(host), 10_000);
    expect((await ask('vault.example.com')).result).toEqual({ said: 'here', known: 'nothing' });
    expect((await ask('other.example.com')).error?.message).toContain("Host: other.example.com. is not in the cert's altnames");
  } finally {
    server.close();
  }
});

test('it inherits nothing but PATH, and knows its limit', async () => {
  process.env.LEAK = 'leaked';
  const { result } = await invoke('return { names: Object.keys(process.env), left: context.getRemainingTimeInMillis() };', {}, 7000);
  delete process.env.LEAK;
  const { names, left } = result as { names: string[]; left: number };
  expect(names).toEqual(expect.arrayContaining(['ONLY', 'PATH']));
  expect(names).not.toContain('LEAK');
  expect(left).toBeLessThanOrEqual(7000);
});

test('a process that ends without an answer', async () => {
  expect((await invoke('process.exit(3);')).error).toMatchObject({ name: 'Runtime.ExitError', message: 'The function ended without an answer (exit code 3).' });
});

test('a bundle that does not load', async () => {
  writeFileSync(join(directory, 'broken.js'), 'throw new Error("cannot load");');
  const { error, log } = await invokeLambda({ assetDirectory: directory, handler: 'broken.handler', environment: {} }, {}, 10_000);
  expect(error?.message).toBe('The function ended without an answer (exit code 1).');
  expect(log.join('\n')).toContain('cannot load');
});

test('a signal cuts it off', async () => {
  const cut = new AbortController();
  const ended = invoke('await new Promise((resolve) => setTimeout(resolve, 20_000));', {}, 30_000, cut.signal);
  cut.abort();
  expect((await ended).error?.message).toMatch(/^The function ended without an answer \(/);
});
