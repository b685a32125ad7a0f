import { handler, type DrainEvent } from '../../../../lib/gloo/drain/handler';
import * as drains from '../../../../lib/gloo/drain/drain';
import type { Run } from '../../../../lib/vault/client/attempts';
import { ConfigurationError } from '../../../../lib/vault/client/errors';

jest.mock('../../../../lib/gloo/drain/drain');
const drain = jest.mocked(drains.drain);

const ENV = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ/abc+def==' };
const properties = { cluster: { name: 'c', endpoint: 'https://c.example', certificateAuthority: 'Y2E=' }, namespace: 'gloo-system', services: ['gateway-proxy'] };

const { env } = process;
let log: string[];
beforeEach(() => {
  log = [];
  process.env = { ...ENV };
  drain.mockReset().mockResolvedValue(undefined);
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});
const STACK = 'arn:aws:cloudformation:us-east-1:111122223333:stack/c-Gloo/1';
const invoke = (event: Omit<DrainEvent, 'StackId'>, remaining = 720_000) => handler({ StackId: STACK, ...event }, { getRemainingTimeInMillis: () => remaining });

test.each(['Create', 'Update'] as const)('%s does nothing', async (RequestType) => {
  process.env = {};
  expect(await invoke({ RequestType, ResourceProperties: properties })).toBeUndefined();
  expect(drain).not.toHaveBeenCalled();
});

test('a Delete waits for as long as the function may run, less the time to answer, and a minute for what is not on its way out', async () => {
  const now = Date.now();
  expect(await invoke({ RequestType: 'Delete', ResourceProperties: { ServiceToken: 'arn', ...properties } })).toBeUndefined();
  const [run, stack, told] = drain.mock.calls[0] as [Run, string, unknown];
  expect(stack).toBe(STACK);
  expect(told).toEqual(properties);
  expect(run.patience).toMatchObject({ starting: 700_000, settling: 20_000, passing: 60_000 });
  expect(run.patience.deadline).toBeGreaterThanOrEqual(now + 700_000);
});

test.each([{}, { ...properties, services: [] }, undefined])('properties of another version block no deletion: %#', async (ResourceProperties) => {
  await invoke({ RequestType: 'Delete', ResourceProperties });
  expect(drain).not.toHaveBeenCalled();
  expect(log).toEqual(['waited for no load balancer: the properties, of another version, name no Services']);
});

test('an error leaves one masked line in the log and in the answer, and no stack', async () => {
  drain.mockRejectedValue(new ConfigurationError(`still there\n${ENV.AWS_SESSION_TOKEN}`));
  const error: unknown = await invoke({ RequestType: 'Delete', ResourceProperties: properties }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'still there ***', stack: '' });
  expect(log).toEqual(['still there ***']);
});
