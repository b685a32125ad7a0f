import { EnvironmentError } from '../../lib/environment/faults';
import { loadEnvironments } from '../../lib/environment/load';
import { parseEnvironments, withGuests } from '../../lib/environment/parse';
import { faults, fullRaft, importedRaft, input, withValue } from './inputs';
import { guest, owner } from './sharing';
import { fc } from '../property';

function paths(value: unknown, above: readonly string[] = []): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [above.join('.')];
  return [...(above.length > 0 ? [above.join('.')] : []), ...Object.entries(value).flatMap(([key, inside]) => paths(inside, [...above, key]))];
}

const built = { dev: () => input('dev'), existing: () => input('existing'), prod: fullRaft, 'existing in mode raft': importedRaft, 'a guest': () => guest('it', '10.1.0.0/16'), 'an owner': owner } as const;
type Built = keyof typeof built;

/** What has to stand beside it. */
const beside: Readonly<Partial<Record<Built, () => Record<string, unknown>>>> = {
  'a guest': () => ({ prod: owner() }),
  'an owner': () => ({ payments: withValue(guest('payments', '10.1.0.0/16'), 'vault.sharedFrom', 'it') }),
};

/** Every field of an environment by its path, those with a default too. */
function allPaths(name: Built): string[] {
  const written = built[name]();
  const all = withGuests(parseEnvironments({ ...beside[name]?.(), it: written }));
  const { vault, gloo, identity, tags, cluster, production } = all.find((each) => each.name === 'it') ?? {};
  const resolved = ['kind', 'kubectlLayer', 'oidc', 'issuerHost', 'addons'];
  const fields = Object.fromEntries(Object.entries(cluster ?? {}).filter(([key]) => !resolved.includes(key)));
  const under = { [cluster?.kind === 'new' ? 'create' : 'import']: fields };
  return [...new Set([...paths({ account: '', region: '', production, tags, vault, gloo, identity, cluster: under }), ...paths(written)])];
}

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true, withUnicodeString: true } as fc.ObjectConstraints),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(null, undefined, '', {}, [], Number.NaN, '__proto__', 'arn:aws:iam::111122223333:role/x', 'arn:aws:kms:eu-west-1:111122223333:key/x', '10.0.0.0/16', '1.28', 'v1.2', 'raft', 'dev', false, 2, 5),
);

describe.each(Object.keys(built) as Built[])('%s', (name) => {
  const written = built[name];
  test.each([null, undefined, '', 'x', {}, [], [null], true, -1])('with %p in place of any one field is accepted or refused on one line each', (value) => {
    for (const path of allPaths(name)) {
      for (const line of faults({ ...beside[name]?.(), it: withValue(written(), path, structuredClone(value)) })) expect(line).toMatch(/^environments[.[][^\n\r\u2028\u2029]*$/);
    }
  });

  test('with any value anywhere is accepted or refused on one line each', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allPaths(name)), anything, fc.constantFrom(...allPaths(name)), anything, (path, value, other, another) => {
        const changed = withValue(written(), path, value);
        const parent = other.split('.').slice(0, -1).join('.');
        // The second change only where the first has left a mapping to change.
        const lines = faults({ ...beside[name]?.(), it: path.startsWith(parent) || parent.startsWith(path) ? changed : withValue(changed, other, another) });
        for (const line of lines) expect(line).toMatch(/^environments[.[][^\n\r\u2028\u2029]*$/);
      }),
      { numRuns: 300 },
    );
  });
});

test('any mapping is refused or accepted', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), anything), (environments) => {
      expect(Array.isArray(faults(environments))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('any file is refused or accepted', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(...'a: {}[]&*!|>-\n\t"\'#%') })), (text) => {
      try {
        loadEnvironments('file', {}, () => text);
      } catch (error) {
        expect(error).toBeInstanceOf(EnvironmentError);
      }
    }),
    { numRuns: 500 },
  );
});
