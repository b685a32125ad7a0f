import { NOTHING, sum, summary } from '../../../rehearsal/hostility/tally';
import { against, describe as describeTrial, startOf, trialOf } from '../../../rehearsal/hostility/trial';
import { VARIANTS, variantOf } from '../../../rehearsal/hostility/variants';
import { decodeProperties } from '../../../lib/vault/configuration/properties';
import { properties } from '../../vault/configuration/example';

const trials = Array.from({ length: 500 }, (_, seed) => trialOf(seed));

test('seeds are trials of every kind, with every variant, the same every time', () => {
  expect(trials.map((_, seed) => trialOf(seed))).toEqual(trials);
  expect([...new Set(trials.map(({ kind }) => kind))].sort()).toEqual(['again', 'check', 'delete', 'first', 'repair', 'update']);
  expect([...new Set(trials.map(({ to }) => to))].sort()).toEqual([...VARIANTS].sort());
  expect([...new Set(trials.map(({ hostility }) => hostility.kind))].sort()).toEqual(['end', 'one', 'steady']);
  expect([...new Set(trials.map(startOf))].includes(undefined)).toBe(true);
});

test('each is told in a line that has its seed', () => {
  for (const trial of trials) expect(describeTrial(trial)).toMatch(new RegExp(`^seed ${trial.seed}: ${trial.kind}[^\\n]*; faults at (request|\\d)`));
  expect(against({ kind: 'end', number: 3 })).toBe('at request 3 and all after it');
});

test('a variant changes what it is called by, and stays what the function takes', () => {
  for (const variant of VARIANTS) decodeProperties(variantOf(properties, variant));
  expect(variantOf(properties, 'names')).toEqual({ ...properties, roles: properties.roles.map((role) => ({ ...role, name: 'gateway' })), policy: { ...properties.policy, name: 'gloo' } });
});

test('tallies add up', () => {
  const one = { ...NOTHING, runs: 1, ended: 1, requests: 20, faults: { drop: 2, cut: 1 }, secrets: 3 };
  const other = { ...NOTHING, runs: 1, refused: 1, requests: 5, faults: { drop: 1 }, secrets: 4, failures: ['x'] };
  expect(summary(sum(one, other), 2.4)).toBe('2 hostile runs, 25 requests, 4 faults (drop 3, cut 1): 1 came to their end, 1 ended in an error, 1 were whole after a second run; 7 secrets searched for in all that was said; 2 s');
});
