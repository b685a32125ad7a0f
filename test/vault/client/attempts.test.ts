import { attempts, type Reach } from '../../../lib/vault/client/attempts';
import { ConfigurationError, Forbidden, Setback } from '../../../lib/vault/client/errors';
import { trialRun } from '../configuration/handler/trial-run';
import { listening } from './listening';

const vault = { kind: 'services', namespace: 'vault', name: 'http:vault:8200' } as const;
const cluster = async (answer: (bearer: string) => { status: number; body: string }) => {
  const bearers: string[] = [];
  const endpoint = await listening((request, response) => {
    const bearer = request.headers.authorization ?? '';
    bearers.push(bearer);
    const { status, body } = answer(bearer);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  return { bearers, props: { name: 'trial', endpoint, certificateAuthority: '' } };
};
const status = (reach: Reach) => reach.vault(vault).get('sys/seal-status');

test('an attempt that ends is the only one, with a token of EKS that is blotted out of texts', async () => {
  const { bearers, props } = await cluster(() => ({ status: 200, body: '{"sealed":false}' }));
  const { run } = trialRun();
  expect(await attempts(run, props, status)).toEqual({ ok: true, body: { sealed: false } });
  expect(bearers).toEqual([expect.stringMatching(/^Bearer k8s-aws-v1\.[\w-]+$/)]);
  expect(run.mask.apply(bearers[0] ?? '')).toBe('Bearer ***');
});

test('what passes is tried again', async () => {
  let count = 0;
  const { bearers, props } = await cluster(() => ({ status: count++ < 2 ? 500 : 200, body: '{}' }));
  const { run, log } = trialRun({ passing: 5000 });
  await attempts(run, props, status);
  expect(bearers).toHaveLength(3);
  expect(log).toEqual([expect.stringMatching(/^waiting: GET sys\/seal-status was answered with 500\. /)]);
});

test('what cannot pass ends it at once', async () => {
  const { run } = trialRun({ starting: 5000, settling: 5000, passing: 5000 });
  let count = 0;
  const attempt = () => {
    count += 1;
    return Promise.reject(new ConfigurationError('no'));
  };
  await expect(attempts(run, (await cluster(() => ({ status: 200, body: '{}' }))).props, attempt)).rejects.toThrow('no');
  expect(count).toBe(1);
});

test('what Vault forbids is looked at twice, and no third time', async () => {
  const { run } = trialRun({ passing: 5000 });
  let count = 0;
  const attempt = () => {
    count += 1;
    return Promise.reject(new Forbidden('refused'));
  };
  await expect(attempts(run, (await cluster(() => ({ status: 200, body: '{}' }))).props, attempt)).rejects.toBeInstanceOf(Forbidden);
  expect(count).toBe(2);
});

test('a request may have a limit of its own', async () => {
  const endpoint = await listening((_, response) => void setTimeout(() => response.end('{}'), 400));
  const props = { name: 'trial', endpoint, certificateAuthority: '' };
  const run = { ...trialRun().run, requestTimeout: 100 };
  expect(await attempts(run, props, (reach) => reach.vault(vault, 5000).get('sys/init'))).toEqual({ ok: true, body: {} });
  await expect(attempts(run, props, status)).rejects.toBeInstanceOf(Setback);
});

test('no connection outlives its attempt', async () => {
  let open = 0;
  const endpoint = await listening((request, response) => {
    open += 1;
    request.socket.once('close', () => (open -= 1));
    response.end('{}');
  });
  await attempts(trialRun().run, { name: 'trial', endpoint, certificateAuthority: '' }, status);
  for (let look = 0; open > 0 && look < 50; look++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(open).toBe(0);
});
