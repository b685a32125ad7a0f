import * as applies from '../../../../lib/gloo/crds/apply';
import * as folders from '../../../../lib/gloo/crds/crds';
import { handler, type CrdsEvent } from '../../../../lib/gloo/crds/handler';
import type { Run } from '../../../../lib/vault/client/attempts';
import { ConfigurationError } from '../../../../lib/vault/client/errors';

jest.mock('../../../../lib/gloo/crds/apply');
jest.mock('../../../../lib/gloo/crds/crds', () => ({ ...jest.requireActual<typeof folders>('../../../../lib/gloo/crds/crds'), readCrds: jest.fn() }));
const apply = jest.mocked(applies.applyCrds);

const ENV = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ/abc+def==' };
const crds = [{ name: 'a.solo.io', text: 'a' }];
const cluster = { name: 'c', endpoint: 'https://c.example', certificateAuthority: 'Y2E=' };
const properties = { cluster, chartVersion: '1.22.1', digest: folders.digestOf(crds) };

const { env } = process;
let log: string[];
beforeEach(() => {
  log = [];
  process.env = { ...ENV };
  apply.mockReset().mockResolvedValue(undefined);
  jest.mocked(folders.readCrds).mockReturnValue(crds);
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});
const invoke = (event: CrdsEvent, remaining = 300_000) => handler(event, { getRemainingTimeInMillis: () => remaining });
const failure = (event: CrdsEvent) => invoke(event).catch((error: unknown) => error);

test.each([properties, {}, undefined])('Delete does nothing, whatever it is told', async (ResourceProperties) => {
  process.env = {};
  expect(await invoke({ RequestType: 'Delete', ResourceProperties })).toBeUndefined();
  expect(apply).not.toHaveBeenCalled();
});

test.each(['Create', 'Update'] as const)('%s applies the CRDs beside it, as long as the function may run, less the time to answer', async (RequestType) => {
  const now = Date.now();
  expect(await invoke({ RequestType, ResourceProperties: { ServiceToken: 'arn', ...properties } })).toBeUndefined();
  const [run, told] = apply.mock.calls[0] as [Run, unknown];
  expect(told).toEqual({ cluster, crds, chartVersion: '1.22.1', earlierVersion: undefined });
  expect(run.patience).toMatchObject({ starting: 120_000, settling: 90_000, passing: 60_000 });
  expect(run.patience.deadline).toBeGreaterThanOrEqual(now + 280_000);
});

test('it is told of the chart before', async () => {
  await invoke({ RequestType: 'Update', ResourceProperties: properties, OldResourceProperties: { ...properties, chartVersion: '1.23.0' } });
  expect(apply.mock.calls[0]?.[1]).toMatchObject({ chartVersion: '1.22.1', earlierVersion: '1.23.0' });
});

test('other CRDs than it is asked for are an error before anything is asked', async () => {
  expect(await failure({ RequestType: 'Update', ResourceProperties: { ...properties, digest: 'another' } })).toMatchObject({
    message: `The function holds other CRDs (${properties.digest}) than those of Gloo's chart 1.22.1 that it is asked for (another): deploy the construct and its handler from one commit.`,
  });
  expect(await failure({ RequestType: 'Create', ResourceProperties: { cluster, digest: '' } })).toMatchObject({
    message: "The event's properties do not say which CRDs to apply: chartVersion (invalid type), digest (too small). They are written by the GlooCrds construct: deploy the construct and its handler from one commit.",
  });
  expect(apply).not.toHaveBeenCalled();
});

test('an error leaves one masked line in the log and in the answer, and no stack', async () => {
  apply.mockRejectedValue(new ConfigurationError(`refused\n${ENV.AWS_SESSION_TOKEN}`));
  expect(await failure({ RequestType: 'Create', ResourceProperties: properties })).toMatchObject({ message: 'refused ***', stack: '' });
  expect(log).toEqual(['refused ***']);
});
