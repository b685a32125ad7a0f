import { committedIn, faultsOf, lacks, order, refusal } from '../../../cli/roll/judge';
import { NEW, pod, pods } from './some-pods';

const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name);

test('standbys first, the leader last, and only what runs something older', () => {
  expect(names(order(pods(), false))).toEqual(['vault-1', 'vault-2', 'vault-0']);
  expect(names(order(pods({ 1: { revision: NEW } }), false))).toEqual(['vault-2', 'vault-0']);
  expect(names(order(pods({ 0: { revision: NEW }, 1: { revision: NEW }, 2: { revision: NEW } }), false))).toEqual([]);
  expect(names(order(pods({ 0: { vault: { leads: false } }, 1: { revision: NEW, vault: { leads: true } } }), true))).toEqual(['vault-0', 'vault-2', 'vault-1']);
});

test('all is well', () => expect(faultsOf(pods())).toEqual([]));

test.each([
  ['a pod that is gone', pods({ 1: { uid: undefined } }), ['there is no pod vault-1']],
  ['one that says nothing', pods({ 1: { vault: { silent: '503 no endpoints' } } }), ['vault-1 does not answer (503 no endpoints)']],
  ['one that is sealed', pods({ 2: { vault: { sealed: true } } }), ['vault-2 is sealed']],
  ['an empty one', pods({ 2: { vault: { initialized: false } } }), ['vault-2 is not initialised']],
  ['one that the kubelet does not take for ready', pods({ 2: { ready: false } }), ['vault-2 is not Ready']],
  ['one that is alone', pods({ 2: { vault: { led: false } } }), ['vault-2 knows of no leader']],
  ['no leader', pods({ 0: { vault: { leads: false } } }), ['no pod leads']],
  ['two leaders', pods({ 2: { vault: { leads: true } } }), ['vault-0 and vault-2 both say that they lead']],
  ['one without a vote', pods({}, { voters: ['vault-0', 'vault-2'] }), ['vault-1 does not vote in Raft']],
  ['two at once', pods({ 1: { ready: false }, 2: { vault: { sealed: true } } }), ['vault-1 is not Ready', 'vault-2 is sealed']],
])('%s', (_, now, faults) => expect(faultsOf(now)).toEqual(faults));

test('who votes may not be known', () => {
  expect(faultsOf({ pods: pods().pods, wanted: NEW })).toEqual([]);
});

test('a majority has to be able to miss one', () => {
  expect(refusal(pods())).toBeUndefined();
  expect(refusal({ pods: [pod(0)] })).toBe('Vault has 1 replica, and a majority that can miss one takes 3: while the pod restarts, Gloo reads no secret. Nothing was done.');
});

describe('a pod that was restarted', () => {
  const before = { name: 'vault-1', uid: 'uid-1' };
  const back = { uid: 'uid-9', revision: NEW };

  test('is well when it is another, of what is deployed, and has caught up', () => {
    expect(lacks(pods({ 1: back }), before, 100)).toBeUndefined();
  });

  test.each([
    ['the old one is still there', pods(), 'the old pod vault-1 is still there'],
    ['no new one is there', pods({ 1: { uid: undefined } }), 'there is no pod vault-1 yet'],
    ['it is of another template', pods({ 1: { uid: 'uid-9' } }), `vault-1 was made from vault-old, and ${NEW} is wanted`],
    ['it is sealed', pods({ 1: { ...back, vault: { sealed: true } } }), 'vault-1 is sealed'],
    ['another is not well', pods({ 1: back, 2: { ready: false } }), 'vault-2 is not Ready'],
    ['it is behind', pods({ 1: { ...back, vault: { applied: 99 } } }), "vault-1 has applied Raft's log up to 99, and 100 is committed"],
  ])('%s', (_, now, words) => expect(lacks(now, before, 100)).toBe(words));
});

test('what is committed is what any pod knows of', () => {
  expect(committedIn(pods({ 2: { vault: { committed: 120 } } }))).toBe(120);
  expect(committedIn(pods({ 0: { vault: { silent: 'x' } }, 1: { vault: { silent: 'x' } }, 2: { vault: { silent: 'x' } } }))).toBe(0);
});
