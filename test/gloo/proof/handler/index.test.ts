import type { Run } from '../../../../lib/vault/client/attempts';
import * as attempts from '../../../../lib/vault/client/attempts';
import { ConfigurationError } from '../../../../lib/vault/client/errors';
import { handler, type ProofEvent } from '../../../../lib/gloo/proof/handler';
import type { LoginToProve } from '../../../../lib/gloo/proof/properties';

jest.mock('../../../../lib/vault/client/attempts');
const attempted = jest.mocked(attempts.attempts);

const ENV = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ/abc+def==' };
const login: LoginToProve = { namespace: 'gloo-system', serviceAccount: 'gloo', roleArn: 'arn:aws:iam::111122223333:role/r', podRegion: 'us-east-1', dnsSuffix: 'amazonaws.com', mountPath: 'aws', serverIdHeader: 'vault.example.org', region: 'us-east-1', pathPrefix: 'dev' };
const properties = {
  cluster: { name: 'c', endpoint: 'https://c.example', certificateAuthority: 'Y2E=' },
  vault: { namespace: 'vault', service: 'http:vault:8200' },
  logins: [login, { ...login, serviceAccount: 'discovery' }],
};

const { env } = process;
let log: string[];
beforeEach(() => {
  log = [];
  process.env = { ...ENV };
  attempted.mockReset().mockResolvedValue(undefined);
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});
const invoke = (event: ProofEvent, remaining = 300_000) => handler(event, { getRemainingTimeInMillis: () => remaining });

test.each(['Create', 'Update'] as const)('%s proves each login by itself, with patience for what settles', async (RequestType) => {
  const now = Date.now();
  // Nothing that the framework could take for a physical id: it gives one, and keeps it.
  expect(await invoke({ RequestType, ResourceProperties: properties })).toBeUndefined();
  expect(attempted).toHaveBeenCalledTimes(2);
  const [run, cluster] = attempted.mock.calls[0] as [Run, unknown, unknown];
  expect(cluster).toEqual(properties.cluster);
  expect(run).toMatchObject({ requestTimeout: 10_000, patience: { starting: 120_000, settling: 120_000, passing: 60_000 } });
  expect(run.patience.deadline).toBeGreaterThanOrEqual(now + 280_000);
});

test('the second login is not tried where the first fails', async () => {
  attempted.mockRejectedValueOnce(new ConfigurationError('no'));
  await expect(invoke({ RequestType: 'Create', ResourceProperties: properties })).rejects.toThrow('no');
  expect(attempted).toHaveBeenCalledTimes(1);
});

test.each([properties, { from: 'long ago' }, undefined])('a Delete asks nobody, whatever it is of: %#', async (ResourceProperties) => {
  process.env = {};
  expect(await invoke({ RequestType: 'Delete', ResourceProperties }, 0)).toBeUndefined();
  expect(attempted).not.toHaveBeenCalled();
  expect(log).toEqual([]);
});

test('an error leaves one masked line in the log and in the answer, and no stack', async () => {
  attempted.mockImplementation((run: Run) => {
    run.mask.add('a-token-of-vault');
    run.log('logged with a-token-of-vault');
    return Promise.reject(new ConfigurationError(`refused\na-token-of-vault and ${ENV.AWS_SESSION_TOKEN}`));
  });
  const error: unknown = await invoke({ RequestType: 'Create', ResourceProperties: properties }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'refused *** and ***', stack: '' });
  expect(log).toEqual(['logged with ***', 'refused *** and ***']);
});

test('properties of another commit, and no credentials', async () => {
  await expect(invoke({ RequestType: 'Create', ResourceProperties: {} })).rejects.toThrow("The event's properties do not say which logins to prove: cluster (invalid type)");
  process.env = {};
  await expect(invoke({ RequestType: 'Create', ResourceProperties: properties })).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
});
