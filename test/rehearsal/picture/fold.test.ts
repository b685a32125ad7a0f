import { isRefused } from '../../../rehearsal/picture/exchange';
import { fold, type Rest, type Run } from '../../../rehearsal/picture/fold';
import { exchange } from './exchanges';
import { fc } from '../../property';

const counts = (rows: readonly (Run | Rest)[]) => rows.map(({ kind, count }) => [kind, count]);

test('those that are alike, one after the other, are one row with their number', () => {
  const rows = fold([exchange(1), exchange(2, { ms: 9 }), exchange(3, { status: 403 }), exchange(4)]);
  expect(counts(rows)).toEqual([['run', 2], ['run', 1], ['run', 1]]);
  expect(rows[0]).toMatchObject({ first: { at: 1 } });
});

test('of many, the ends stand as they were, and what is between is counted by its kinds', () => {
  const many = Array.from({ length: 300 }, (_, at) => exchange(at, { request: at % 2 === 0 ? 'LIST dev' : 'GET dev' }));
  const rows = fold(many);
  expect(rows).toHaveLength(24 + 1 + 6);
  expect(rows[24]).toEqual({ kind: 'rest', count: 270, others: 0, kinds: [{ kind: 'run', first: many[24], count: 135 }, { kind: 'run', first: many[25], count: 135 }] });
  expect(rows[25]).toMatchObject({ first: { at: 294 } });
});

test('a refusal among many is a row of its own', () => {
  const many = Array.from({ length: 300 }, (_, at) => exchange(at, { request: `GET dev/${at}`, ...(at === 150 ? { status: 403 } : {}) }));
  const rows = fold(many);
  expect(rows.filter((row) => row.kind === 'run' && isRefused(row.first))).toEqual([{ kind: 'run', first: many[150], count: 1 }]);
  expect(rows.filter(({ kind }) => kind === 'rest').map((row) => (row as Rest).others)).toEqual([120, 137]);
});

test('few rows, and none lost, whatever was sent', () => {
  const anything = fc.record({ request: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'), status: fc.constantFrom(200, 403) });
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 400 }), (sent) => {
      const rows = fold(sent.map((each, at) => exchange(at, each)));
      expect(rows.length).toBeLessThanOrEqual(24 + 6 + 10 + 11);
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(sent.length);
      for (const row of rows) if (row.kind === 'rest') expect(row.kinds.reduce((sum, { count }) => sum + count, row.others)).toBe(row.count);
    }),
  );
});
