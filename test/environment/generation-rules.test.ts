import { parseEnvironments } from '../../lib/environment/parse';
import { faults, input, withValue } from './inputs';

const named = (name: string, generation: unknown) => withValue(withValue(input('dev'), 'cluster.create.name', name), 'identity.generation', generation);
const roomFor = (length: number, generation: unknown) => faults({ dev: named('a'.repeat(length), generation) });

test('one generation, or from which to which', () => {
  expect([2, [1, 2], [2, 1]].map((given) => parseEnvironments({ dev: named('c', given) })[0]?.identity.generations)).toEqual([[2], [1, 2], [2, 1]]);
});

test("a cluster's name leaves room for the number, or it is refused", () => {
  expect(roomFor(51, 1)).toEqual([]);
  expect(roomFor(49, 9)).toEqual([]);
  expect(roomFor(48, 99)).toEqual([]);
  expect(roomFor(50, [1, 2])).toEqual([
    `environments.dev.identity.generation: 2 makes the role "dev-role-iam-${'a'.repeat(50)}-2" of 65 characters, and IAM allows 64: a cluster's name of 50 characters leaves no room for "-2"; allowed: 1.`,
  ]);
  expect(roomFor(49, [9, 10])).toEqual([
    `environments.dev.identity.generation: 10 makes the role "dev-role-iam-${'a'.repeat(49)}-10" of 65 characters, and IAM allows 64: a cluster's name of 49 characters leaves no room for "-10"; allowed: 1 to 9.`,
  ]);
});

test("a role's name is one environment's, in an account", () => {
  const [a, b] = [named('x', [1, 2]), named('x-2', 1)];
  expect(faults({ a, b })).toEqual(['environments.b.identity.generation: 1 makes the role "dev-role-iam-x-2", which is that of environment "a" too, in the same account; take another generation for one of the two.']);
  expect(faults({ a, b: withValue(withValue(named('x-2', 1), 'account', '444455556666'), 'cluster.create.adminArns', []) })).toEqual([]);
  expect(faults({ a, b: named('x-2', 3) })).toEqual([]);
});
