import { EventBus, type BusEvent } from '../../../lib/vault/client/event-bus';
import { Http } from '../../../lib/vault/client/http';
import { allow, REGION, role, startFixture, type Fixture } from '../../rehearsal/aws/fixture';
import { listening } from './listening';

let fixture: Fixture;
const http = new Http(undefined, 2000);
beforeEach(async () => {
  fixture = await startFixture({
    Teller: role('teller', allow('events:PutEvents', '*', { StringEquals: { 'events:source': 'app' } })),
    Bare: role('bare'),
  });
});
afterEach(() => fixture.aws.close());
afterAll(() => http.close());

const events = (count: number): BusEvent[] => Array.from({ length: count }, (_, number) => ({ detailType: 'Counted', detail: { number } }));
const bus = (url = fixture.aws.eventsUrl, as = 'teller', source = 'app') => new EventBus(http, fixture.credentials(as), source, { AWS_REGION: REGION, AWS_ENDPOINT_URL_EVENTBRIDGE: url });
const calls = () => fixture.aws.requests.filter(({ action }) => action === 'PutEvents').length;

test('as many events as there are, ten at a time', async () => {
  expect(await bus().publish(events(23))).toEqual({ taken: 23, refusals: [] });
  expect(fixture.aws.events.received.map(({ detail }) => detail.number)).toEqual(Array.from({ length: 23 }, (_, number) => number));
  expect(calls()).toBe(3);
});

test('none is no call', async () => {
  expect(await bus().publish([])).toEqual({ taken: 0, refusals: [] });
  expect(calls()).toBe(0);
});

test.each(['InternalFailure', 'ThrottlingException'])('what fails by %s is sent again, and nothing twice', async (code) => {
  fixture.aws.events.failNext(code, 2);
  expect(await bus().publish(events(3))).toEqual({ taken: 3, refusals: [] });
  expect(fixture.aws.events.received.map(({ detail }) => detail.number)).toEqual([2, 0, 1]);
  expect(calls()).toBe(2);
});

test('a throttled call is made again, three times at most', async () => {
  fixture.aws.throttleNext('events', 2);
  expect(await bus().publish(events(1))).toEqual({ taken: 1, refusals: [] });
  fixture.aws.throttleNext('events', 3);
  expect(await bus().publish(events(1))).toEqual({ taken: 0, refusals: ['ThrottlingException: Rate exceeded'] });
});

test('what is refused is said once, in the words of AWS', async () => {
  expect(await bus(undefined, 'bare').publish(events(12))).toEqual({
    taken: 0,
    refusals: [expect.stringMatching(/^AccessDeniedException: User: .*bare.* is not authorized to perform: events:PutEvents on resource: .*event-bus\/default because no identity-based policy allows the events:PutEvents action$/)],
  });
  expect(await bus(undefined, 'teller', 'other').publish(events(1))).toMatchObject({ taken: 0, refusals: [expect.stringContaining('AccessDeniedException')] });
  expect(calls()).toBe(3);
});

test('nobody there, or somebody else, is no failure of the caller', async () => {
  expect(await bus('http://127.0.0.1:1').publish(events(1))).toMatchObject({ taken: 0, refusals: [expect.stringContaining('no answer from 127.0.0.1:1')] });
  const other = await listening((_, response) => response.end('{}'));
  expect(await bus(other).publish(events(1))).toEqual({ taken: 0, refusals: ['something else answers for EventBridge'] });
});

test("the region's own endpoint, in its partition", async () => {
  const asked: string[] = [];
  const spied = { send: ({ url }: { url: string }) => (asked.push(url), Promise.resolve({ status: 503, contentType: '', body: '' })) } as unknown as Http;
  for (const region of ['eu-central-1', 'cn-north-1']) await new EventBus(spied, fixture.credentials('teller'), 'app', { AWS_REGION: region }).publish(events(1));
  expect([...new Set(asked)]).toEqual(['https://events.eu-central-1.amazonaws.com/', 'https://events.cn-north-1.amazonaws.com.cn/']);
});
