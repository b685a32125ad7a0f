import { createServer as createPlainServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { LONGEST_MESSAGE } from '../../../../lib/vault/client/errors';
import { respond } from '../../../../lib/vault/configuration/handler/respond';
import { createCertificateAuthority } from '../../../../rehearsal/certificate-authority';
import { runFunction, type Outcome } from '../../../../rehearsal/hostility/function-run';
import { Secrets } from '../../../../rehearsal/hostility/secrets';
import { properties } from '../example';
import { fc } from '../../../property';

/** What one request is answered: an echo has all that it said in its body. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly echo: boolean;
}

/** The truth, of which values, or all that stands below its top, are something else. */
interface Bent {
  readonly bent: unknown;
  readonly deep: boolean;
}

type Given = Answer | Bent | 'as Vault would';

const word = fc.constantFrom('data', 'auth', 'client_token', 'errors', 'initialized', 'sealed', 'policy', 'keys', 'config', 'servers', 'root_token', 'recovery_keys_base64', 'dev/', 'aws/', 'type', 'options', 'kind', 'apiVersion', 'message');
const leaf = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1e308, '', 'aws', 'kv', 'v1', 'Status', 'iam', 'hvs.CAESIJpXqz3vVnB0tq8yLk2mN5rS7uWxYzAb', 'a\nb', '\u0000', 'permission denied', 'invalid token', 'upgrading from non-versioned', 'Throttling', 'x'.repeat(3000), '{"path":7}', '[]'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const { json } = fc.letrec((tie) => ({ json: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, fc.array(tie('json'), { maxLength: 3 }), fc.dictionary(word, tie('json'), { maxKeys: 5 })) }));
const body = fc.oneof(json.map((each) => JSON.stringify(each)), fc.string({ unit: 'binary' }), fc.constantFrom('', '[', '<html>', `<Code>${'x'.repeat(5000)}</Code>`, '{"a":'.repeat(20_000)));
const headers = fc.dictionary(fc.constantFrom('content-type', 'location', 'retry-after', 'x-vault-token', 'warning'), fc.string({ maxLength: 200 }).map((text) => text.replace(/[^\x20-\x7e]/g, '?')), { maxKeys: 3 });
const status = fc.oneof(fc.constantFrom(200, 200, 200, 204, 400, 403, 404), fc.integer({ min: 200, max: 599 }));
/** Mostly what lets a run go on, so that it comes to its later requests. */
const answer: fc.Arbitrary<Given> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('as Vault would' as const) },
  { weight: 1, arbitrary: fc.record({ bent: json, deep: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ status, headers, body, echo: fc.boolean() }) },
);

/** Of a Vault that nobody has configured. */
function truth(asked: string): Answer {
  const answers: readonly [RegExp, number, unknown][] = [
    [/seal-status$/, 200, { initialized: true, sealed: false, version: '1' }],
    [/login$/, 200, { auth: { client_token: 'hvb.CAESIJpXqz3vVnB0tq8yLk2mN5rS7uWxYzAb' } }],
    [/^GET .*(sys[/](auth|mounts|audit)|lookup-self)$/, 200, { data: {} }],
    [/raft[/]configuration$/, 200, { data: { config: { servers: [{ node_id: 'vault-0', voter: true }] } } }],
    [/^(PUT|DELETE) /, 204, ''],
    [/^POST /, 200, '<RoleId>AROAEXAMPLEAROAEXAMP</RoleId>'],
  ];
  const [, code, content] = answers.find(([pattern]) => pattern.test(asked)) ?? [/./, 404, { errors: [] }];
  return { status: code, headers: {}, body: typeof content === 'string' ? content : JSON.stringify(content), echo: false };
}

const RUNS = 150;
function answerTo(what: string, given: Given): Answer {
  if (given !== 'as Vault would' && 'status' in given) return given;
  const right = truth(what);
  if (given === 'as Vault would' || !right.body.startsWith('{')) return right;
  const bend = (key: string, value: unknown): unknown => (key !== '' && (given.deep ? typeof value !== 'object' : true) ? given.bent : value);
  return { ...right, body: JSON.stringify(JSON.parse(right.body, bend)) };
}

let open: Server[];
let answers: readonly Given[];
let asked: number;
let secrets: Secrets;

/** The answers one after the other, and then the truth. */
const listener: RequestListener = (request: IncomingMessage, response: ServerResponse) =>
  void buffer(request).then((sent) => {
    const given = answers[asked++] ?? 'as Vault would';
    const next = answerTo(`${request.method} ${request.url}`, given);
    secrets.learn('an EKS token', request.headers.authorization?.replace('Bearer ', ''), 'end');
    secrets.learn('a Vault token', request.headers['x-vault-token'] as string | undefined);
    secrets.learn('signed headers', /"iam_request_headers":"([^"]+)"/.exec(sent.toString())?.[1], 'end');
    const text = next.echo ? `${next.body} ${JSON.stringify(request.headers)} ${Object.entries(request.headers).map(([name, each]) => `${name}: ${String(each)}`).join(' ')} ${sent.toString()}` : next.body;
    response.writeHead(next.status, next.headers).end(next.status === 204 ? undefined : text);
  });

const listening = (server: Server) => new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

let endpoint: string;
let certificateAuthority: string;
let iam: string;
beforeAll(async () => {
  const ca = await createCertificateAuthority('any answer');
  const servers = [createServer(await ca.issue(['127.0.0.1']), listener), createPlainServer(listener)] as const;
  open = [...servers];
  endpoint = `https://127.0.0.1:${await listening(servers[0])}`;
  iam = `http://127.0.0.1:${await listening(servers[1])}`;
  certificateAuthority = Buffer.from(ca.caPem).toString('base64');
});
afterAll(() => {
  for (const server of open) server.close();
});

const NO_PATIENCE = { starting: 0, settling: 0, passing: 0, pause: { first: 1, longest: 1 }, limit: 10_000 };
const credentials = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQabcdefghij/klmnopqrst+uvwxyz0123456789ABCDEFGHIJKLM==' };
const initialisation = { pod: 'https:vault-0:8200', replicas: '1', secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:keys-abcdef', recoveryShares: '5', recoveryThreshold: '3' };

async function run(RequestType: 'Create' | 'Update' | 'Delete' | 'Check' | 'Repair', replicas: boolean): Promise<Outcome> {
  const ResourceProperties = { ...properties, cluster: { ...properties.cluster, endpoint, certificateAuthority }, ...(replicas ? { initialisation } : {}) };
  const endpoints = { AWS_ENDPOINT_URL_IAM: iam, AWS_ENDPOINT_URL_EVENTBRIDGE: iam, AWS_ENDPOINT_URL_SECRETS_MANAGER: iam };
  const event = { RequestType, ResourceProperties, OldResourceProperties: { ...ResourceProperties, policy: { name: 'other', paths: {} } } };
  return runFunction(
    (given, write) => respond(event, given, write),
    { region: 'us-east-1', credentials, endpoints, patience: NO_PATIENCE, requestTimeout: 5000 },
  );
}

test.each([
  ['dev mode', false],
  ['replicas', true],
])('whatever Vault, the API server and AWS answer, a run ends, well or in one clear error without a secret: %s', async (_, replicas) => {
  let [requests, ended] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('Create', 'Update', 'Delete', 'Check', 'Repair'), fc.array(answer, { minLength: 1, maxLength: 25 }), async (request, given) => {
      [answers, asked, secrets] = [given, 0, new Secrets()];
      for (const secret of [credentials.secretAccessKey, credentials.sessionToken]) secrets.learn('a credential', secret);
      const { error, errorName, log } = await run(request, replicas);
      requests += asked;
      expect(asked).toBeLessThan(200);
      expect(secrets.leaks([error ?? '', ...log].join('\n'))).toEqual([]);
      if (error === undefined) return void (ended += 1);
      expect([error, ['ConfigurationError', 'Forbidden', 'Setback'].includes(errorName ?? '')]).toEqual([error, true]);
      expect(error).toMatch(/^[^\n\r\u2028\u2029]{20,}$/);
      expect(Buffer.byteLength(error)).toBeLessThanOrEqual(LONGEST_MESSAGE);
    }),
    { numRuns: RUNS },
  );
  process.stdout.write(`any answers, ${replicas ? 'replicas' : 'dev mode'}: ${requests} requests answered at random in ${RUNS} runs, ${ended} came to their end\n`);
  expect([requests > 500, ended > 20]).toEqual([true, true]);
}, 60_000);
