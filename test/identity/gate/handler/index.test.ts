import { handler, type GateEvent } from '../../../../lib/identity/gate/handler';
import { describeStack, type Stack } from '../../../../lib/vault/client/cloudformation';

jest.mock('../../../../lib/vault/client/cloudformation');

const STACK_ID = 'arn:aws:cloudformation:us-east-1:111122223333:stack/dev-Identity/1';
const described = jest.mocked(describeStack);
let log: string[];
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = process.env;
  process.env = { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENG' };
  log = [];
  described.mockReset();
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
});
afterEach(() => {
  process.env = before;
  jest.spyOn(process.stdout, 'write').mockRestore();
});

const of = (...generations: string[]) => ({ glooStack: 'dev-Gloo', generations });
const invoke = (event: Partial<GateEvent>) => handler({ RequestType: 'Update', StackId: STACK_ID, ...event }, { getRemainingTimeInMillis: () => 180_000 });
/** What the two stacks are: Gloo's, and the one of the gate itself. */
const stacks = (gloo: Stack | undefined, own = 'UPDATE_IN_PROGRESS') => described.mockImplementation((_http, _credentials, asked) => Promise.resolve(asked === STACK_ID ? { status: own, outputs: {} } : gloo));
const asked = () => described.mock.calls.map(([, , stack]) => stack);
const gloo = (generation: string, status = 'UPDATE_COMPLETE') => ({ status, outputs: { AuthRoleGeneration: generation } });

test('a Delete asks nobody, whatever the event says', async () => {
  await invoke({ RequestType: 'Delete' });
  expect(asked()).toEqual([]);
});

test("a Create beside the guide's role asks nobody", async () => {
  await invoke({ RequestType: 'Create', ResourceProperties: of('1', '2') });
  expect(asked()).toEqual([]);
});

test('a Create with another generation alone goes on where there is no Gloo, and fails where one still has the role of a template without generations', async () => {
  stacks(undefined);
  await invoke({ RequestType: 'Create', ResourceProperties: of('2') });
  stacks({ status: 'UPDATE_COMPLETE', outputs: {} });
  await expect(invoke({ RequestType: 'Create', ResourceProperties: of('2') })).rejects.toThrow("Gloo logs in to Vault by generation 1 of its auth role (the stack dev-Gloo: its template knows no generations yet), and identity.generation 2 drops it: its pods would lose their way in. No role was deleted. Deploy identity.generation [1, 2] first");
});

test('an update that drops nothing asks nobody', async () => {
  await invoke({ ResourceProperties: of('1', '2'), OldResourceProperties: of('1') });
  expect(asked()).toEqual([]);
  expect(log).toEqual(['takes no generation away']);
});

test('an update that drops what Gloo has left goes on', async () => {
  stacks(gloo('2'));
  await invoke({ ResourceProperties: of('2'), OldResourceProperties: of('1', '2') });
  expect(asked()).toEqual(['dev-Gloo']);
  expect(log).toEqual(['Gloo of dev-Gloo does not log in by generation 1']);
});

test('an update that drops what Gloo has fails, in one line and without a stack trace', async () => {
  stacks(gloo('1'));
  const error: unknown = await invoke({ ResourceProperties: of('2'), OldResourceProperties: of('1') }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ stack: '', message: expect.stringMatching(/^Gloo logs in to Vault by generation 1 .* After that, deploy 2\.$/) as string });
  expect(log).toEqual([(error as Error).message]);
});

test('a rollback goes back, whatever Gloo has and whether it can be told', async () => {
  stacks(gloo('2', 'UPDATE_IN_PROGRESS'), 'UPDATE_ROLLBACK_IN_PROGRESS');
  await invoke({ ResourceProperties: of('1'), OldResourceProperties: of('1', '2') });
  expect(log[0]).toMatch(/^let through, for the stack goes back to what it was: identity\.generation 1 drops generation 2 /);
});
