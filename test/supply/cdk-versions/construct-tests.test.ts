import { join } from 'node:path';
import { constructTests } from '../../../supply/cdk-versions/construct-tests';

test('every stack and construct is among them, and nothing that takes minutes', () => {
  const tests = constructTests(join(__dirname, '..', '..'));
  expect(tests).toEqual(expect.arrayContaining(['stacks.test.ts', 'cluster/created-cluster.test.ts', 'identity/identity-stack.test.ts', 'vault/raft-stack.test.ts', 'gloo/gloo-stack.test.ts', 'monitoring/monitoring-stack.test.ts']));
  expect(tests.filter((file) => /slow|rehears|control-plane/.test(file))).toEqual([]);
});
