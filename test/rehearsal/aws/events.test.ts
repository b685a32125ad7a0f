import { ACCOUNT } from '../cloudformation/small-app';
import { allow, REGION, role, sessionArn, startFixture, type Fixture, type JsonAnswer } from './fixture';

const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;
const SOURCE = { StringEquals: { 'events:source': 'app' } };

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture({
    Teller: role('teller', allow('events:PutEvents', BUS, SOURCE)),
    Elsewhere: role('elsewhere', allow('events:PutEvents', `${BUS}-other`, SOURCE)),
    Anything: role('anything', allow('events:*', '*')),
    Bare: role('bare'),
  });
});
afterEach(() => fixture.aws.close());

const entry = (more: object = {}) => ({ Source: 'app', DetailType: 'Something', Detail: '{"a":1}', ...more });
const put = (entries: readonly object[], as = 'teller') => fixture.ask('events', 'PutEvents', { Entries: entries }, as);
const error = ({ status, body }: JsonAnswer) => [status, body.__type, body.message];

test('an event is on the bus, with an id', async () => {
  const { status, body } = await put([entry(), entry({ Detail: '{}' })]);
  expect([status, body]).toEqual([200, { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) as string }, { EventId: expect.any(String) as string }] }]);
  expect(fixture.aws.events.received).toMatchObject([{ source: 'app', detailType: 'Something', detail: { a: 1 } }, { detail: {} }]);
});

test.each([
  ['another source', 'teller', entry({ Source: 'other' })],
  ['no source', 'teller', entry({ Source: undefined })],
  ['another bus', 'teller', entry({ EventBusName: 'other' })],
  ['a role with another bus', 'elsewhere', entry()],
  ['a role without the right', 'bare', entry()],
])('refuses a call with %s, and takes none of it', async (_, as, refused) => {
  const answer = await put([entry(), refused], as);
  const bus = `event-bus/${'EventBusName' in refused ? 'other' : 'default'}`;
  expect(error(answer)).toEqual([
    400,
    'AccessDeniedException',
    `User: ${sessionArn(as)} is not authorized to perform: events:PutEvents on resource: ${BUS.replace('event-bus/default', bus)} because no identity-based policy allows the events:PutEvents action`,
  ]);
  expect(fixture.aws.events.received).toEqual([]);
});

test.each([
  ['no entry', [], 'ValidationException', 'Member must have length greater than or equal to 1'],
  ['eleven entries', Array.from({ length: 11 }, () => entry()), 'ValidationException', 'Member must have length less than or equal to 10'],
  ['over 256 KiB', [entry({ Detail: JSON.stringify({ a: 'x'.repeat(256 * 1024) }) })], 'ValidationException', 'Total size of the entries in the request is over the limit.'],
  ['over 256 KiB together', Array.from({ length: 3 }, () => entry({ Detail: JSON.stringify({ a: 'x'.repeat(100 * 1024) }) })), 'ValidationException', 'over the limit'],
  ['a bus that is not there', [entry({ EventBusName: 'other' })], 'ResourceNotFoundException', 'Event bus other does not exist.'],
])('refuses %s', async (_, entries, type, words) => {
  const answer = await put(entries, 'anything');
  expect([answer.status, answer.body.__type]).toEqual([400, type]);
  expect(answer.body.message).toContain(words);
  expect(fixture.aws.events.received).toEqual([]);
});

test.each([
  ['no detail', { Detail: undefined }, 'InvalidArgument'],
  ['no type', { DetailType: '' }, 'InvalidArgument'],
  ['a detail that is no JSON', { Detail: '{' }, 'MalformedDetail'],
  ['a detail that is no object', { Detail: '[]' }, 'MalformedDetail'],
  ["AWS's own source", { Source: 'aws.vault' }, 'NotAuthorizedForSource'],
])('an entry with %s fails alone', async (_, more, code) => {
  const { status, body } = await put([entry(more), entry()], 'anything');
  expect(status).toBe(200);
  expect(body).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: code, ErrorMessage: expect.stringMatching(/\w/) as string }, { EventId: expect.any(String) as string }] });
  expect(fixture.aws.events.received).toHaveLength(1);
});

test('entries may be made to fail on the way', async () => {
  fixture.aws.events.failNext('InternalFailure', 1);
  expect((await put([entry(), entry()])).body).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, {}] });
  expect((await put([entry()])).body).toMatchObject({ FailedEntryCount: 0 });
});
