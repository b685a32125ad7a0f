import { deploymentDigest, deploymentMay, markPath, marksIn, scheduleMay } from '../../../../lib/vault/configuration/handler/mark';
import { properties } from '../example';

const [one, two, three] = ['111111111111', '222222222222', '333333333333'];

describe('the digest', () => {
  const digest = deploymentDigest(properties);

  test('is short, and the same in any order of keys', () => {
    expect(digest).toMatch(/^[0-9a-f]{12}$/);
    expect(deploymentDigest(Object.fromEntries(Object.entries(properties).reverse()) as typeof properties)).toBe(digest);
  });

  test('leaves out the way to the cluster and to the keys', () => {
    const elsewhere = { ...properties, cluster: { ...properties.cluster, endpoint: 'https://elsewhere' } };
    expect(deploymentDigest(elsewhere)).toBe(digest);
    const initialisation = { pod: 'https:vault-0:8200', replicas: '3', recoveryShares: '5', recoveryThreshold: '3' };
    const kept = { ...properties, initialisation: { ...initialisation, secretArn: 'arn:aws:secretsmanager:x' } };
    expect(deploymentDigest(kept)).toBe(deploymentDigest({ ...properties, initialisation }));
    expect(deploymentDigest(kept)).not.toBe(digest);
  });

  test.each([
    ['authMethod', { ...properties.authMethod, serverIdHeader: 'x' }],
    ['policy', { ...properties.policy, paths: {} }],
    ['roles', []],
    ['auditDevice', 'none'],
  ])('is another with another %s', (key, value) => expect(deploymentDigest({ ...properties, [key]: value })).not.toBe(digest));
});

test('marks are read out of JSON and of HCL, each once', () => {
  expect(marksIn(JSON.stringify({ path: { [markPath(one)]: { capabilities: ['deny'] }, 'sys/auth': {} } }))).toEqual([one]);
  expect(marksIn(`path "deployment/${one}" { capabilities = ["deny"] }\npath "deployment/${two}" {}\npath "deployment/${one}" {}`)).toEqual([one, two]);
  expect(marksIn('path "mydeployment/111111111111" {}')).toEqual([]);
  expect(marksIn('path "deployment/11" {}')).toEqual([]);
  expect(marksIn(undefined)).toEqual([]);
});

test.each([
  ['its own', [one], 'repair'],
  ['none: Vault was restarted', [], 'repair'],
  ["another's", [two], 'leave'],
  ['both', [one, two], 'leave'],
] as const)('a schedule that finds %s', (_, found, does) => expect(scheduleMay(one, found)).toBe(does));

test.each([
  ['its own', [two], 'go on'],
  ['the earlier one', [one], 'again'],
  ['none', [], 'again'],
  ['both', [one, two], 'again'],
  ["a later one's", [three], 'give way'],
  ['the earlier and a later one', [one, three], 'give way'],
] as const)('a deployment that has marked and finds %s', (_, found, does) => expect(deploymentMay(two, one, found)).toBe(does));

/** Vault, as far as it matters here: a mark, and one object that deployments disagree about. */
interface Model {
  mark: string | undefined;
  object: string;
  /** What a run wrote after another had looked for the last time: its look is older than all of the other's run. */
  hung: string[];
  /** Runs that have looked for the last time. */
  ended: string[];
}
type Run = Generator<void, 'done' | 'left' | 'gave way'>;

function write(vault: Model, what: 'mark' | 'object', by: string): void {
  if (vault.ended.some((other) => other !== by)) vault.hung.push(what);
  vault[what] = by;
}

/** As schedule and deployment do it, a step a request. */
function* schedule(vault: Model, own: string): Run {
  for (const what of ['mark', 'object'] as const) {
    const differs = vault[what] !== own;
    yield;
    if (scheduleMay(own, marks(vault)) === 'leave') return 'left';
    yield;
    if (differs) write(vault, what, own);
    yield;
  }
  return 'done';
}

function* deployment(vault: Model, own: string, previous: string): Run {
  for (let begun = false; ; ) {
    let differs = vault.object !== own;
    if (begun && deploymentMay(own, previous, marks(vault)) === 'give way') return 'gave way';
    yield;
    if (vault.mark !== own) write(vault, 'mark', own);
    begun = true;
    yield;
    let again = false;
    // What it found at first, and then what came between.
    for (const look of ['first', 'last']) {
      const may = deploymentMay(own, previous, marks(vault));
      if (may === 'give way') return 'gave way';
      again = may === 'again';
      if (again) break;
      yield;
      if (differs) write(vault, 'object', own);
      yield;
      if (look === 'last') return 'done';
      differs = vault.object !== own;
      if (!differs && vault.mark === own) {
        vault.ended.push(own);
        return 'done';
      }
      yield;
    }
  }
}

const marks = ({ mark }: Model) => (mark === undefined ? [] : [mark]);
const start = (mark: string | undefined, object: string): Model => ({ mark, object, hung: [], ended: [] });

/** Every order in which the steps of two runs can come, each run to its end. */
function everyOrder(from: Model, runs: (vault: Model) => readonly [Run, Run], check: (vault: Model, order: string, ends: readonly (string | void)[]) => void): number {
  let orders = 0;
  const follow = (order: string): void => {
    const vault = structuredClone(from);
    const both = runs(vault);
    const ends = [...order].reduce<(string | void)[]>((all, who) => {
      const { done, value } = both[Number(who)]!.next();
      if (done) all[Number(who)] = value;
      return all;
    }, []);
    const open = [0, 1].filter((who) => ends[who] === undefined);
    if (open.length === 0) {
      orders += 1;
      check(vault, order, ends);
    }
    for (const who of open) follow(order + String(who));
  };
  follow('');
  return orders;
}

/** Runs to its end, alone. */
function alone(run: Run): string {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

describe('in every order of the requests', () => {
  test.each([
    ['nothing has drifted', start(one, one)],
    ['the object has drifted', start(one, 'x')],
    ['somebody has written by hand what the deployment wants', start(one, two)],
    ['the mark is gone', start(undefined, one)],
    ['Vault is empty', start(undefined, '')],
  ])('a schedule of the earlier configuration beside a deployment, where %s', (_, from) => {
    let hung = 0;
    const orders = everyOrder(from, (vault) => [schedule(vault, one), deployment(vault, two, one)], (vault, order, ends) => {
      expect([order, ends[1]]).toEqual([order, 'done']);
      if (vault.hung.length === 0) return expect({ order, mark: vault.mark, object: vault.object }).toEqual({ order, mark: two, object: two });
      // One request of the schedule was on its way for as long as the deployment lasted. The next schedule mends it, or says that it must not.
      hung += 1;
      const next = alone(schedule(vault, two));
      expect([order, next, vault.object]).toEqual(vault.mark === two ? [order, 'done', two] : [order, 'left', vault.object]);
      expect([order, alone(deployment(vault, two, two)), vault.mark, vault.object]).toEqual([order, 'done', two, two]);
    });
    expect(orders).toBeGreaterThan(200);
    expect(hung).toBeLessThan(orders / 10);
  });

  test('two schedules of one configuration', () => {
    everyOrder(start(undefined, 'x'), (vault) => [schedule(vault, one), schedule(vault, one)], ({ mark, object }, order) => {
      expect({ order, mark, object }).toEqual({ order, mark: one, object: one });
    });
  });

  test('two deployments: the one whose mark stands comes to its end, and Vault is wholly as it says', () => {
    const ended = new Set<string>();
    everyOrder(start(one, one), (vault) => [deployment(vault, two, one), deployment(vault, three, one)], ({ mark, object, hung }, order, ends) => {
      ended.add(ends.join(', '));
      expect([order, ends[mark === two ? 0 : 1]]).toEqual([order, 'done']);
      if (hung.length === 0) expect({ order, object }).toEqual({ order, object: mark });
    });
    expect([...ended].sort()).toEqual(['done, done', 'done, gave way', 'gave way, done']);
  });
});
