import { VaultStatefulSet } from '../../rehearsal/vault-stateful-set';

function statefulSet(isInstalled = () => true) {
  const restarted: string[] = [];
  const pods = ['vault-0', 'vault-1'].map((name) => ({ name, isReady: () => name === 'vault-0', restart: () => Promise.resolve(void restarted.push(name)) }));
  return { set: new VaultStatefulSet({ namespace: 'vault', name: 'vault', labels: { a: 'b' }, serviceAccount: 'vault', portName: 'https', pods, isInstalled }), restarted };
}
const hashes = (set: VaultStatefulSet) =>
  set.objects().filter(({ kind }) => kind === 'Pod').map(({ metadata }) => [metadata.name, (metadata.labels as Record<string, string>)['controller-revision-hash']]);
const updateRevision = (set: VaultStatefulSet) => (set.objects()[0] as unknown as { status: { updateRevision: string } }).status.updateRevision;

test('shows its pods, ready or not', () => {
  const { set } = statefulSet();
  expect(set.objects()).toMatchObject([
    { kind: 'StatefulSet', spec: { replicas: 2, updateStrategy: { type: 'OnDelete' } } },
    { kind: 'Pod', metadata: { name: 'vault-0' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    { kind: 'Pod', metadata: { name: 'vault-1' }, status: { conditions: [{ type: 'Ready', status: 'False' }] } },
  ]);
  expect(hashes(set)).toEqual([['vault-0', updateRevision(set)], ['vault-1', updateRevision(set)]]);
});

test('another template restarts no pod, and who is deleted then comes again from it', async () => {
  const { set, restarted } = statefulSet();
  const [, , before] = set.objects();
  const old = updateRevision(set);
  set.changeTemplate();
  expect(updateRevision(set)).not.toBe(old);
  expect([hashes(set), restarted]).toEqual([[['vault-0', old], ['vault-1', old]], []]);
  set.deleted('vault-1');
  set.deleted('vault-1');
  expect(hashes(set)).toEqual([['vault-0', old]]);
  await set.settled();
  expect([hashes(set), restarted]).toEqual([[['vault-0', old], ['vault-1', updateRevision(set)]], ['vault-1']]);
  const [, , after] = set.objects();
  expect([set.isCurrent(before!), set.isCurrent(after!)]).toEqual([false, true]);
});

test('is gone with its chart', () => {
  let installed = true;
  const { set, restarted } = statefulSet(() => installed);
  installed = false;
  set.deleted('vault-0');
  expect([set.objects(), restarted]).toEqual([[], []]);
});
