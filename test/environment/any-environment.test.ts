import { environments } from '../environments';
import { synthesize } from '../synthesize';
import { EnvironmentError } from '../../lib/environment/faults';
import type { EnvironmentInput } from '../../lib/environment/input';
import { fullRaft, withValue } from './inputs';
import { fc } from '../property';

const RUNS = 20;

const name = (longest: number) => fc.stringMatching(new RegExp(`^[a-z][a-z0-9-]{0,${longest - 2}}[a-z0-9]$`));
const digits = fc.stringMatching(/^\d{12}$/);
const region = fc.constantFrom('us-east-1', 'eu-central-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1');
const duration = fc.constantFrom('1m', '15m', '1h');
const optional = { requiredKeys: [] };
const generation = fc.integer({ min: 1, max: 99 });

/** Every setting that templates depend on; most, but not all, of what comes out is accepted. */
const input = fc.record(
  {
    account: digits,
    region,
    production: fc.boolean(),
    cluster: fc.record({
      create: fc.record(
        {
          name: name(51),
          endpointAccess: fc.constantFrom('public', 'private', { publicFrom: ['203.0.113.0/24'] }),
          zones: fc.constantFrom(2, 3, 3),
          nodes: fc.constant({ minSize: 3, desiredSize: 3, maxSize: 6 }),
        },
        { requiredKeys: ['name', 'zones', 'nodes'] },
      ),
    }),
    identity: fc.record({ authPolicy: fc.constantFrom('guide', 'narrow'), generation: fc.oneof(generation, fc.uniqueArray(generation, { minLength: 2, maxLength: 2 })) }, optional),
    vault: fc.record(
      {
        mode: fc.constantFrom('dev', 'raft', 'raft'),
        namespace: name(40),
        audit: fc.boolean(),
        networkPolicy: fc.boolean(),
        auth: fc.record({ mountPath: name(30), serverIdHeader: name(30), session: fc.oneof(fc.record({ maxTtl: duration }), fc.record({ period: duration })) }, optional),
        kv: fc.record({ mountPath: name(30), maxVersions: fc.integer({ min: 0, max: 1000 }) }, optional),
        policy: fc.record({ name: name(30), form: fc.constantFrom('guide', 'smallest') }, optional),
        drift: fc.record({ action: fc.constantFrom('repair', 'report') }, optional),
        operators: fc.constantFrom([], ['arn:aws:iam::111122223333:role/team/Admin']),
      },
      optional,
    ),
    gloo: fc.record({ namespace: name(40), discovery: fc.boolean(), loginProof: fc.boolean(), healing: fc.boolean() }, optional),
  },
  { requiredKeys: ['account', 'region', 'cluster'] },
);

type Json = Readonly<Record<string, unknown>>;
interface Resource {
  readonly Type: string;
  readonly Properties?: Json;
}

const resourcesOf = (inputs: Record<string, EnvironmentInput>): Resource[] => {
  const { stacks, template } = synthesize(inputs);
  return [...stacks.keys()].flatMap((stack) => Object.values(template(stack).toJSON().Resources as Record<string, Resource>));
};

/** Every object in a value that has a key. */
function* having(key: string, value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (key in value) yield value as Json;
  for (const inner of Object.values(value)) yield* having(key, inner);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const statements = (resources: readonly Resource[]) => [...having('Effect', resources)].filter(({ Effect }) => Effect === 'Allow');

/** Actions that are allowed on everything, where no name could stand in its place. */
const onAll = (resources: readonly Resource[]) => new Set(statements(resources).filter(({ Resource: on }) => list(on).includes('*')).flatMap(({ Action }) => list(Action)));

test('any environment is refused with its keys named, or its templates keep what they all promise', () => {
  const inVpc = withValue(fullRaft(), 'cluster.create.endpointAccess', 'private') as unknown as EnvironmentInput;
  const known = onAll([...Object.values(environments), inVpc].flatMap((each) => resourcesOf({ it: each })));
  let [accepted, resources] = [0, 0];
  fc.assert(
    fc.property(input, (given) => {
      const environment = given as unknown as EnvironmentInput;
      let all: Resource[];
      try {
        all = resourcesOf({ it: environment });
      } catch (error) {
        if (!(error instanceof EnvironmentError)) throw error;
        for (const fault of error.faults) expect(fault).toMatch(/^environments\.it[.[:][^\n]*$/);
        return;
      }
      accepted += 1;
      resources += all.length;
      const text = JSON.stringify(all);
      for (const { Type, Properties = {} } of all) {
        const called = Type === 'AWS::IAM::Role' ? Properties.RoleName : Properties.FunctionName;
        if (typeof called === 'string') expect(called.length).toBeLessThanOrEqual(64);
      }
      const regions = new Set([...text.matchAll(/\b(?:us|eu|ap|sa|ca|af|me|il|cn)(?:-gov)?-(?:north|south|east|west|central)[a-z]*-\d/g)].map(([found]) => found));
      expect([...regions].filter((each) => each !== environment.region)).toEqual([]);
      const federated = statements(all).filter(({ Action }) => list(Action).includes('sts:AssumeRoleWithWebIdentity'));
      expect(federated.length).toBeGreaterThan(0);
      for (const { Condition } of federated) expect(Object.keys(Condition as Json)).toEqual(['StringEquals']);
      for (const { Action, NotAction, NotResource } of statements(all)) {
        expect([NotAction, NotResource]).toEqual([undefined, undefined]);
        expect(list(Action)).not.toContain('*');
      }
      expect([...onAll(all)].filter((action) => !known.has(action))).toEqual([]);
      expect(text.match(/hv[sbr]\.[\w-]{20,}|A[SK]IA[A-Z0-9]{16}|PRIVATE KEY|"secret_?(access)?_?key"\s*:\s*"[^"]/i)).toBeNull();
    }),
    { numRuns: RUNS },
  );
  process.stdout.write(`any environment: ${RUNS} tried, ${accepted} accepted, ${resources} resources of theirs looked at\n`);
  expect(accepted).toBeGreaterThan(RUNS / 5);
}, 120_000);
