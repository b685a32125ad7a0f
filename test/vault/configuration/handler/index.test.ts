import { handler } from '../../../../lib/vault/configuration/handler/index';
import type { ConfigurationEvent } from '../../../../lib/vault/configuration/handler/respond';
import type { Run } from '../../../../lib/vault/client/attempts';
import { configure, unconfigure } from '../../../../lib/vault/configuration/handler/lifecycle';
import { onSchedule } from '../../../../lib/vault/configuration/handler/schedule';
import { properties } from '../example';

jest.mock('../../../../lib/vault/configuration/handler/lifecycle', () => ({ configure: jest.fn(), unconfigure: jest.fn() }));
jest.mock('../../../../lib/vault/configuration/handler/schedule', () => ({ onSchedule: jest.fn() }));
const configured = jest.mocked(configure);
const scheduled = jest.mocked(onSchedule);
const unconfigured = jest.mocked(unconfigure);

const ENV = { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENG', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ' };
let log: string[];
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = process.env;
  process.env = { ...ENV };
  log = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
  jest.resetAllMocks();
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

const invoke = (event: ConfigurationEvent, remaining = 900_000) => handler(event, { getRemainingTimeInMillis: () => remaining });
const run = (call: readonly unknown[] | undefined) => call?.[0] as Run;

test('names the resource by cluster and namespace: another one is another Vault, all else stays in place', async () => {
  const other = { ...properties, vault: { ...properties.vault, namespace: 'secrets' } };
  expect(await invoke({ RequestType: 'Create', ResourceProperties: properties })).toEqual({ PhysicalResourceId: 'trial/vault' });
  const renamed = { ...properties, roles: properties.roles.map((role) => ({ ...role, name: 'gateway' })) };
  expect(await invoke({ RequestType: 'Update', ResourceProperties: renamed, OldResourceProperties: properties, PhysicalResourceId: 'trial/vault' })).toEqual({ PhysicalResourceId: 'trial/vault' });
  expect(await invoke({ RequestType: 'Update', ResourceProperties: other, OldResourceProperties: properties, PhysicalResourceId: 'trial/vault' })).toEqual({ PhysicalResourceId: 'trial/secrets' });
  const elsewhere = { ...properties, cluster: { ...properties.cluster, name: 'prod' } };
  expect(await invoke({ RequestType: 'Update', ResourceProperties: elsewhere, OldResourceProperties: properties })).toEqual({ PhysicalResourceId: 'prod/vault' });
  expect(configured.mock.calls.map(([, props, previous]) => [props, previous])).toEqual([
    [properties, undefined],
    [renamed, properties],
    [other, undefined],
    [elsewhere, undefined],
  ]);
});

test('what an earlier version wrote is known still: its way in may be the only one, and its role one that goes', async () => {
  const { roles, session, ...rest } = properties;
  await invoke({ RequestType: 'Update', ResourceProperties: properties, OldResourceProperties: { ...rest, role: { ...roles[0], ...session } } });
  expect(configured.mock.lastCall?.slice(1)).toEqual([properties, properties]);
});

test('a Create has no earlier properties, whatever the event says', async () => {
  await invoke({ RequestType: 'Create', ResourceProperties: properties, OldResourceProperties: properties });
  expect(configured.mock.calls[0]?.[2]).toBeUndefined();
});

test('a Delete keeps the id that it was given', async () => {
  expect(await invoke({ RequestType: 'Delete', ResourceProperties: properties, PhysicalResourceId: 'of/old' })).toEqual({ PhysicalResourceId: 'of/old' });
  expect(unconfigured).toHaveBeenCalledWith(expect.anything(), properties);
  expect(await invoke({ RequestType: 'Delete', ResourceProperties: { from: 'long ago' } })).toEqual({ PhysicalResourceId: 'never-created' });
  expect(unconfigured).toHaveBeenCalledTimes(1);
});

test.each(['Check', 'Repair'] as const)('a %s is the schedule\'s, which waits for no Vault that is away', async (RequestType) => {
  expect(await invoke({ RequestType, ResourceProperties: properties })).toEqual({ PhysicalResourceId: 'trial/vault' });
  expect(scheduled).toHaveBeenCalledWith(expect.objectContaining({ patience: expect.objectContaining({ starting: 0, settling: 20_000, passing: 20_000 }) as unknown }), properties, RequestType, expect.any(Function));
  expect(configured).not.toHaveBeenCalled();
});

test('waits within the time that the function has', async () => {
  const now = Date.now();
  await invoke({ RequestType: 'Create', ResourceProperties: properties });
  expect(run(configured.mock.lastCall)).toMatchObject({ requestTimeout: 10_000, patience: { starting: 880_000, settling: 120_000, passing: 60_000 } });
  expect(run(configured.mock.lastCall).patience.deadline).toBeGreaterThanOrEqual(now + 880_000);
  await invoke({ RequestType: 'Create', ResourceProperties: properties }, 3000);
  expect(run(configured.mock.lastCall)).toMatchObject({ requestTimeout: 1000, patience: { starting: 0 } });
  await invoke({ RequestType: 'Delete', ResourceProperties: properties });
  expect(run(unconfigured.mock.lastCall)).toMatchObject({ patience: { starting: 0, settling: 20_000, passing: 20_000 } });
});

test('an error leaves one masked line in the log and in the answer, and no stack', async () => {
  configured.mockImplementation((each: Run) => {
    each.mask.add('a-token-of-vault');
    each.log('logged with a-token-of-vault');
    return Promise.reject(new Error(`refused\na-token-of-vault and ${ENV.AWS_SESSION_TOKEN}`));
  });
  const error: unknown = await invoke({ RequestType: 'Create', ResourceProperties: properties }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'refused *** and ***', stack: '' });
  expect(log).toEqual(['logged with ***', 'refused *** and ***']);
});

test('without credentials it says so', async () => {
  process.env = {};
  await expect(invoke({ RequestType: 'Create', ResourceProperties: properties })).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
});
