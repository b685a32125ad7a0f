import { dropped, glooNow, isRollingBack, refusal } from '../../../lib/identity/gate/gate';
import type { Stack } from '../../../lib/vault/client/cloudformation';
import { decodeProperties, GENERATION_OUTPUT } from '../../../lib/identity/gate/properties';

const properties = (...generations: string[]) => ({ glooStack: 'dev-Gloo', generations });
const stack = (status: string, generation?: string): Stack => ({ status, outputs: generation === undefined ? {} : { [GENERATION_OUTPUT]: generation } });
/** What is said to an update, of a Gloo in this state. */
const say = (from: string[], to: string[], gloo: Parameters<typeof glooNow>[0]) => refusal(properties(...to), dropped(properties(...to), properties(...from)), glooNow(gloo));

test('a jump is refused, and so is a rotation that starts before the last one ended', () => {
  expect(say(['1'], ['2'], stack('UPDATE_COMPLETE', '1'))).toBe(
    'Gloo logs in to Vault by generation 1 of its auth role (the stack dev-Gloo: its output AuthRoleGeneration), and identity.generation 2 drops it: its pods would lose their way in. No role was deleted. ' +
      'Deploy identity.generation [1, 2] first, all stacks of it: Gloo moves to 2 then. After that, deploy 2.',
  );
  expect(say(['1', '2'], ['2', '3'], stack('UPDATE_ROLLBACK_COMPLETE', '1'))).toContain('Deploy identity.generation [1, 2] first, all stacks of it: Gloo moves to 2 then. After that, deploy [2, 3].');
  expect(say(['1', '2'], ['3'], stack('CREATE_COMPLETE', '2'))).toContain('Deploy identity.generation [2, 3] first');
});

test('a stack of before there were generations has the first', () => {
  expect(say(['1'], ['2'], stack('UPDATE_COMPLETE'))).toContain('(the stack dev-Gloo: its template knows no generations yet)');
  expect(say(['1', '2'], ['1'], stack('UPDATE_COMPLETE'))).toBeUndefined();
});

test('what Gloo does not use may go', () => {
  expect(say(['1', '2'], ['2'], stack('UPDATE_COMPLETE', '2'))).toBeUndefined();
  expect(say(['2', '1'], ['1'], stack('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', '1'))).toBeUndefined();
  for (const none of [undefined, stack('ROLLBACK_COMPLETE'), stack('REVIEW_IN_PROGRESS'), stack('DELETE_COMPLETE', '1')]) expect(say(['1'], ['2'], none)).toBeUndefined();
});

test.each(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_FAILED', 'A_STATUS_OF_TOMORROW'])('a stack that is %s tells nothing, whatever its outputs say', (status) => {
  expect(say(['1', '2'], ['2'], stack(status, '2'))).toBe(
    `identity.generation 2 drops generation 1 of Gloo's auth role, and whether Gloo logs in by it can't be told while the stack dev-Gloo is ${status}. No role was deleted. ` +
      "Wait until it has ended (aws cloudformation describe-stacks --stack-name dev-Gloo --query 'Stacks[0].StackStatus'), or mend it where it failed, then deploy again.",
  );
});

test('nothing is dropped by adding, by turning round, or by a deployment of the same', () => {
  const gone = (from: string[], to: string[]) => dropped(properties(...to), properties(...from));
  expect([gone(['1'], ['1', '2']), gone(['1', '2'], ['2', '1']), gone(['1'], ['1']), gone(['1', '2'], ['2', '3']), gone(['1', '2'], ['3'])]).toEqual([[], [], [], ['1'], ['1', '2']]);
});

test('a rollback is known by the stack that is rolled back', () => {
  expect(['UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'].map((status) => isRollingBack(stack(status)))).toEqual([true, true, false, false]);
  expect(isRollingBack(undefined)).toBe(false);
});

test('properties are those of one commit', () => {
  expect(decodeProperties({ ServiceToken: 'arn:…', ...properties('1', '2') })).toEqual(properties('1', '2'));
  expect(() => decodeProperties({ generations: ['0'] })).toThrow("The event's properties do not name generations of Gloo's auth role (glooStack, generations.0): deploy the construct and its handler from one commit.");
  expect(() => decodeProperties(undefined)).toThrow('(ResourceProperties)');
});
