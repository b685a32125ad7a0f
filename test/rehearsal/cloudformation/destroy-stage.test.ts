import { deletionOrder, destroyStage } from '../../../rehearsal/cloudformation/destroy-stage';
import type { DeployedResource, Deployment } from '../../../rehearsal/cloudformation/deployment';

const resource = (stack: string, logicalId: string, needs: readonly string[] = [], more: Partial<DeployedResource> = {}): DeployedResource => ({ stack, logicalId, type: 'AWS::Some::Type', properties: {}, physicalId: logicalId, needs, kept: false, ...more });
const own = (stack: string, logicalId: string, needs: readonly string[] = []) => resource(stack, logicalId, needs, { type: 'Custom::Own' });
const isOwn = ({ type }: DeployedResource) => type === 'Custom::Own';

const resources = [
  resource('Vault', 'Entry'),
  resource('Vault', 'Key', [], { kept: true }),
  own('Vault', 'Configuration', ['Entry']),
  resource('Gloo', 'Namespace'),
  resource('Gloo', 'Access', ['Namespace']),
  own('Gloo', 'Drain', ['Access']),
  resource('Gloo', 'Chart', ['Namespace', 'Drain']),
];
const deployment: Deployment = {
  stage: 'trial',
  account: '111122223333',
  region: 'us-east-1',
  partition: { name: 'aws', dnsSuffix: 'amazonaws.com' },
  stacks: ['Vault', 'Gloo'].map((name) => ({ name, status: 'CREATE_COMPLETE', assetManifests: [], templateBody: '{}', terminationProtection: false })),
  resources,
  outputs: {},
  ofType: (type) => resources.filter((each) => each.type === type),
};

test('each goes before what it needs, and the app’s own as early or as late as that allows', () => {
  const ids = (of: readonly DeployedResource[], when: 'first' | 'last') => deletionOrder(of, { isOwn, own: when }).map(({ logicalId }) => logicalId);
  for (const when of ['first', 'last'] as const) expect(ids(resources.filter(({ stack }) => stack === 'Gloo'), when)).toEqual(['Chart', 'Drain', 'Access', 'Namespace']);
  // Were a reference missing, its access would be gone before it, or the chart after it.
  expect(ids([resource('Gloo', 'Access'), own('Gloo', 'Drain'), resource('Gloo', 'Chart', ['Drain'])], 'last')).toEqual(['Chart', 'Access', 'Drain']);
  expect(ids([resource('Gloo', 'Access'), own('Gloo', 'Drain', ['Access']), resource('Gloo', 'Chart')], 'first')).toEqual(['Drain', 'Chart', 'Access']);
  expect(() => ids([resource('Gloo', 'A', ['B']), resource('Gloo', 'B', ['A'])], 'last')).toThrow('stack Gloo: circular dependency between resources: B, A');
});

test('one that fails leaves its stack half-way, and the next attempt goes on from there', async () => {
  const removed: string[] = [];
  let left = deployment;
  let failing = true;
  const destroy = () =>
    destroyStage(left, {
      isOwn,
      own: 'last',
      apply: (current) => Promise.resolve(void (left = current)),
      remove: ({ logicalId }) => {
        if (logicalId === 'Drain' && failing) return Promise.reject(new Error('still there'));
        removed.push(logicalId);
        return Promise.resolve();
      },
    });
  const statuses = () => left.stacks.map(({ name, status }) => `${name} ${status}`);
  await expect(destroy()).rejects.toThrow('still there');
  expect(removed).toEqual(['Chart']);
  expect(statuses()).toEqual(['Vault CREATE_COMPLETE', 'Gloo DELETE_FAILED']);
  failing = false;
  await destroy();
  expect(removed).toEqual(['Chart', 'Drain', 'Access', 'Namespace', 'Configuration', 'Entry']);
  expect(statuses()).toEqual(['Vault DELETE_COMPLETE', 'Gloo DELETE_COMPLETE']);
  expect(left.resources.map(({ logicalId }) => logicalId)).toEqual(['Key']);
  expect(left.ofType('Custom::Own')).toEqual([]);
});
