import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { handler } from '../../../lib/monitoring/handler/index';
import { watch } from '../../../lib/monitoring/handler/watch';
import { decodeWatchInput } from '../../../lib/monitoring/watch-input';
import { bundleHandler } from '../../../lib/vault/handler-asset';

jest.mock('../../../lib/monitoring/handler/watch', () => ({ watch: jest.fn() }));
const watched = jest.mocked(watch);

const ENV = { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENG', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ' };
const input = {
  cluster: { name: 'gloo-prod', endpoint: 'https://ABC.gr7.us-east-1.eks.amazonaws.com', certificateAuthority: 'LS0t' },
  vault: { namespace: 'vault', service: 'https:vault-active:8200', pods: ['https:vault-0:8200'] },
  gloo: { namespace: 'gloo-system', service: 'http:gloo:9091' },
  sealKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d',
};

let log: string[];
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = process.env;
  process.env = { ...ENV };
  log = [];
  jest.resetAllMocks();
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

test('looks once, and at each thing for less time than the function has', async () => {
  await handler(input);
  const [[run, seen] = []] = watched.mock.calls;
  expect(seen).toEqual(input);
  expect(run).toMatchObject({ requestTimeout: 5000, patience: { starting: 0, settling: 0, passing: 0 } });
});

test('an error is one masked line without a stack, and so is the log', async () => {
  watched.mockImplementation((run) => {
    run.mask.add('k8s-aws-v1-like-token');
    run.log(`saw ${ENV.AWS_SESSION_TOKEN}`);
    return Promise.reject(new Error('no answer\nto k8s-aws-v1-like-token'));
  });
  const error: unknown = await handler(input).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'no answer to ***', stack: '' });
  expect(log).toEqual(['saw ***']);
});

test('without credentials it says so', async () => {
  process.env = {};
  await expect(handler(input)).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
});

test.each<[unknown, string]>([
  [undefined, 'the event'],
  [{ ...input, sealKeyArn: 'alias/seal' }, 'sealKeyArn'],
  [{ ...input, cluster: { ...input.cluster, endpoint: 'http://plain' }, vault: { ...input.vault, pods: [] } }, 'cluster.endpoint, vault.pods'],
  [{ ...input, gloo: undefined }, 'gloo'],
  [{ ...input, vault: { ...input.vault, pods: ['https:vault-0:8200', ''] } }, 'vault.pods.1'],
])('an event that does not say what to watch: %j', async (event, faults) => {
  await expect(handler(event)).rejects.toThrow(
    `The event does not say what to watch; missing or malformed: ${faults}. The rule of VaultWatch writes it: deploy the construct and its handler from one commit.`,
  );
  expect(watched).not.toHaveBeenCalled();
});

test('more than is asked for is passed over', () => {
  expect(decodeWatchInput({ ...input, more: 1 })).toEqual(input);
});

test('the bundle is one small file without an SDK', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    bundleHandler(resolve(__dirname, '..', '..', '..', 'lib', 'monitoring', 'handler', 'index.ts'), directory);
    const bundle = readFileSync(join(directory, 'index.js'), 'utf8');
    expect(bundle).not.toContain('@aws-sdk/client-');
    expect(Buffer.byteLength(bundle)).toBeLessThan(250_000);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
