import { handler as crds } from '../lib/gloo/crds/handler';
import { handler as drain } from '../lib/gloo/drain/handler';
import { handler as healing } from '../lib/gloo/healing/handler';
import { handler as proof } from '../lib/gloo/proof/handler';
import { handler as gate } from '../lib/identity/gate/handler';
import { handler as watch } from '../lib/monitoring/handler';
import { LONGEST_MESSAGE } from '../lib/vault/client/errors';
import { handler as configuration } from '../lib/vault/configuration/handler';
import { handler as snapshots } from '../lib/vault/snapshots/handler';
import { properties } from './vault/configuration/example';
import { fc } from './property';

type Handler = (event: never, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

const handlers: Readonly<Record<string, Handler>> = { configuration, proof, crds, drain, gate, healing, watch, snapshots };

/** In every value of every event: none of them may be repeated. */
const MARK = 'Zx9qV7wLpR2t';
/** What a function must not be kept busy with: nobody answers there, and it has no time to wait. */
const context = { getRemainingTimeInMillis: () => 0 };
const RUNS = 150;

const value = fc.oneof(
  { depthSize: 'small' },
  fc.string({ unit: 'binary' }).map((text) => `${MARK}${text}`),
  fc.constantFrom(`${MARK}\n\u2028second line`, MARK.repeat(20_000), `https://${MARK}.invalid`, `arn:${MARK}`, null, 7, true, [], {}),
  fc.array(fc.constant(MARK), { maxLength: 3 }),
  fc.array(fc.constant(MARK), { minLength: 400, maxLength: 500 }),
  fc.object({ maxDepth: 3, maxKeys: 5, values: [fc.constant(MARK), fc.constant(null), fc.integer()] }),
);
const request = fc.constantFrom('Create', 'Update', 'Delete', 'Check', 'Repair', MARK, 7, null);
/** Properties as this app writes them, of which some are something else, or gone. */
const nearlyRight = fc.tuple(fc.dictionary(fc.constantFrom(...Object.keys(properties), 'generations', 'services', 'logins', 'digest'), value, { maxKeys: 4 }), fc.subarray(Object.keys(properties), { maxLength: 3 })).map(([others, gone]) => {
  const mixed: Record<string, unknown> = { ...properties, cluster: { ...properties.cluster, endpoint: 'https://127.0.0.1:1' }, ...others };
  for (const key of gone) delete mixed[key];
  return mixed;
});
const event = fc.oneof(
  value,
  fc.record({ RequestType: request, ResourceProperties: fc.oneof(value, nearlyRight), OldResourceProperties: fc.oneof(value, nearlyRight), PhysicalResourceId: value, StackId: value }, { requiredKeys: [] }),
  nearlyRight,
);

let said: string[];
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  ({ env } = process);
  process.env = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENG', AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEHQ' };
  // Nobody answers there either.
  for (const service of ['IAM', 'STS', 'KMS', 'S3', 'SECRETS_MANAGER', 'CLOUDFORMATION', 'EVENTBRIDGE']) process.env[`AWS_ENDPOINT_URL_${service}`] = 'http://127.0.0.1:1';
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => said.push(String(line)) > 0);
});
afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});

describe.each(Object.keys(handlers))('the function %s', (name) => {
  let refused = 0;
  test('answers any event, or refuses it on one line that repeats none of its values', async () => {
    const handle = handlers[name] as Handler;
    await fc.assert(
      fc.asyncProperty(event, async (each) => {
        said = [];
        const error: unknown = await handle(each as never, context).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) return;
        refused += 1;
        expect(error).toBeInstanceOf(Error);
        const { message, stack, name: kind } = error as Error;
        expect([kind, stack]).toEqual(['Error', '']);
        expect(message).toMatch(/^[^\n\r\u2028\u2029]{20,}$/);
        // JavaScript's own words are about the code, and of no use to who reads them.
        expect(message).not.toMatch(/undefined|is not (a function|iterable)|Cannot (read|use|convert|destructure)|\[object|Invalid (URL|character)|Unexpected token/);
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LONGEST_MESSAGE);
        if (/properties|RequestType|input/i.test(message)) expect([message, ...said].join('')).not.toContain(MARK);
        for (const line of said) expect(line).toMatch(/^[^\n\r]*\n$/);
      }),
      { numRuns: RUNS },
    );
    expect(refused).toBeGreaterThan(RUNS / 4);
  });
});
