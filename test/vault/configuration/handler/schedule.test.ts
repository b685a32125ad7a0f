import type { Run } from '../../../../lib/vault/client/attempts';
import { inspect, repair, type Outcome } from '../../../../lib/vault/configuration/handler/drift';
import { eventsOf, onSchedule } from '../../../../lib/vault/configuration/handler/schedule';
import { allow, REGION, role, startFixture, type Fixture } from '../../../rehearsal/aws/fixture';
import { properties } from '../example';
import { trialRun } from './trial-run';

jest.mock('../../../../lib/vault/configuration/handler/drift', () => ({ inspect: jest.fn(), repair: jest.fn() }));
const [inspected, repaired] = [jest.mocked(inspect), jest.mocked(repair)];

let fixture: Fixture;
let written: string[];
beforeEach(async () => {
  written = [];
  jest.resetAllMocks();
  fixture = await startFixture({
    Teller: role('teller', allow('events:PutEvents', '*', { StringEquals: { 'events:source': 'gloo-vault-irsa' } })),
    Bare: role('bare'),
  });
});
afterEach(() => fixture.aws.close());

const finding = (number: number, fixed = true): Outcome['findings'][number] => ({
  object: `policy p${number}`,
  path: `sys/policies/acl/p${number}`,
  differences: [{ key: 'dev/*', wanted: ['read'], found: ['very-secret-value'] }],
  words: 'dev/* changed',
  repaired: fixed,
});

async function scheduled(outcome: Outcome, action: 'Check' | 'Repair' = 'Repair', as = 'teller'): Promise<{ log: string[]; metric: Record<string, unknown> | undefined }> {
  (action === 'Repair' ? repaired : inspected).mockResolvedValue(outcome);
  const { run, log } = trialRun();
  const here: Run = { ...run, aws: fixture.credentials(as), env: { AWS_REGION: REGION, AWS_ENDPOINT_URL_EVENTBRIDGE: fixture.aws.eventsUrl } };
  await onSchedule(here, properties, action, (line) => written.push(line));
  return { log, metric: written[0] === undefined ? undefined : (JSON.parse(written[0]) as Record<string, unknown>) };
}

test('each finding is a line, an event of keys without values, and counts', async () => {
  const { log, metric } = await scheduled({ findings: [finding(1), finding(2, false)] });
  expect(log).toEqual(['drift: policy p1: dev/* changed (written again)', 'drift: policy p2: dev/* changed']);
  expect(metric).toMatchObject({ Cluster: 'trial', Drift: 2, DriftRepaired: 1 });
  expect(fixture.aws.events.received).toMatchObject([
    {
      source: 'gloo-vault-irsa',
      detailType: 'Vault drift',
      detail: { cluster: 'trial', object: 'policy p1', path: 'sys/policies/acl/p1', differences: ['dev/*'], found: 'dev/* changed', action: 'repaired' },
    },
    { detail: { object: 'policy p2', action: 'reported' } },
  ]);
  expect(JSON.stringify([log, written, fixture.aws.events.received])).not.toContain('very-secret-value');
});

test('a check asks for no repair', async () => {
  await scheduled({ findings: [] }, 'Check');
  expect([inspected.mock.calls.length, repaired.mock.calls.length]).toEqual([1, 0]);
});

test('nothing found is a zero and no event', async () => {
  const { log, metric } = await scheduled({ findings: [] });
  expect([log, metric?.Drift, metric?.DriftRepaired]).toEqual([[], 0, 0]);
  expect(fixture.aws.requests).toEqual([]);
});

test('what was not compared is one line, and no number', async () => {
  expect(await scheduled({ findings: [], unfinished: 'Vault is away: nobody answers.' })).toEqual({ log: ['not compared: Vault is away: nobody answers. The next run looks again.'], metric: undefined });
  const half = await scheduled({ findings: [finding(1)], unfinished: 'a deployment goes on.' });
  expect([half.log[1], half.metric?.Drift]).toEqual(['not compared to the end: a deployment goes on. The next run looks again.', 1]);
});

test('an event that gets lost is a line, and no failure', async () => {
  const { log, metric } = await scheduled({ findings: [finding(1)] }, 'Repair', 'bare');
  expect(metric?.DriftRepaired).toBe(1);
  expect(log[1]).toMatch(/^1 of 1 events did not reach EventBridge: AccessDeniedException: .* is not authorized to perform: events:PutEvents on resource: .*\. What they say stands above\. The function needs events:PutEvents/);
  await fixture.aws.close();
  expect((await scheduled({ findings: [finding(1)] })).log[1]).toContain('1 of 1 events did not reach EventBridge: no answer from 127.0.0.1');
});

test('an event is small, whatever was found', () => {
  const differences = Array.from({ length: 40 }, (_, number) => ({ key: `secret/${'x'.repeat(100)}/${number}`, wanted: undefined, found: ['read'] }));
  const [event] = eventsOf({ findings: [{ ...finding(1), differences }] }, properties);
  expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(16 * 1024);
});
