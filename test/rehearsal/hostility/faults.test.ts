import { chance, choice } from '../../../rehearsal/hostility/chance';
import { faultFor, hostilityOf } from '../../../rehearsal/hostility/faults';
import type { Passage } from '../../../rehearsal/hostility/passage';
import { garbage } from '../../../rehearsal/hostility/garbage';

const SEEDS = Array.from({ length: 400 }, (_, index) => index);
const passage = (number: number, over: Partial<Passage> = {}): Passage => ({ to: 'API server', what: `GET sys/${number}`, time: 1, number, ...over });

test('chance is the same for the same words, and spread from 0 to 1', () => {
  expect(chance(7, 'a', 1)).toBe(chance(7, 'a', 1));
  expect(new Set([chance(7, 'a', 1), chance(8, 'a', 1), chance(7, 'a', 2), chance(7, 'a1')]).size).toBe(4);
  const numbers = SEEDS.map((seed) => chance(seed, 'x'));
  expect([Math.min(...numbers) >= 0, Math.max(...numbers) < 1, numbers.filter((number) => number < 0.5).length]).toEqual([true, true, expect.closeTo(200, -2)]);
  expect(new Set(SEEDS.map((seed) => choice(['a', 'b', 'c'], seed)))).toEqual(new Set(['a', 'b', 'c']));
});

test('what a seed has happen to a request depends on the request alone, not on the order in which they come', () => {
  const hostility = { kind: 'steady', likelihood: 0.5 } as const;
  const all = [1, 2, 3, 4, 5].map((number) => faultFor(3, hostility, passage(number)));
  expect([5, 4, 3, 2, 1].map((number) => faultFor(3, hostility, { ...passage(number), number: 99 })).reverse()).toEqual(all);
  expect(faultFor(3, hostility, passage(1, { time: 2 }))).not.toEqual(all[0]);
});

test('a run meets faults now and then, one alone, or nothing else from some request on', () => {
  const met = (kind: string, number: number) => SEEDS.filter((seed) => hostilityOf(seed).kind === kind).map((seed) => faultFor(seed, { kind, number: 3, likelihood: 0 } as ReturnType<typeof hostilityOf>, passage(number)) !== undefined);
  expect([met('one', 2), met('one', 3), met('one', 4)].map((each) => [...new Set(each)])).toEqual([[false], [true], [false]]);
  expect([met('end', 2), met('end', 3), met('end', 4)].map((each) => [...new Set(each)])).toEqual([[false], [true], [true]]);
  expect([...new Set(met('steady', 3))]).toEqual([false]);
});

test('what is streamed meets what only a stream can', () => {
  const kinds = (stream?: 'up' | 'down') => new Set(SEEDS.map((seed) => faultFor(seed, { kind: 'steady', likelihood: 1 }, passage(1, stream && { stream }))?.kind));
  expect(kinds().size).toBe(9);
  expect([...kinds('up')].filter((kind) => !kinds().has(kind)).sort()).toEqual(['break', 'change']);
  expect([...kinds('down')].filter((kind) => !kinds().has(kind)).sort()).toEqual(['change', 'stall']);
});

test('a write is never answered with what only Vault could say', () => {
  const lies = (what: string) => garbage('API server', what).filter(({ status, body }) => (status < 300 && body.startsWith('{') && !body.includes('[[')) || status === 404 && body.includes('"errors"'));
  expect(lies('PUT sys/auth/aws')).toEqual([]);
  expect(lies('DELETE sys/policies/acl/dev')).toEqual([]);
  expect(lies('GET sys/auth').length).toBeGreaterThan(0);
});
