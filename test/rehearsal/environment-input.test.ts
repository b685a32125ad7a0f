import { parseEnvironments } from '../../lib/environment/parse';
import { environmentInput, environmentsInput } from '../../rehearsal/environment-input';
import type { Environment } from '../../lib/environment/environment';
import { fullRaft, importedRaft, input, withValue } from '../environment/inputs';
import { sharing } from '../environment/sharing';

test.each([
  ['the guide', input('dev')],
  ['an imported cluster', input('existing')],
  ['production', input('prod')],
  ['production with all that it can take over', fullRaft()],
  ['replicas on an imported cluster', importedRaft()],
  ['drift that is repaired', withValue(input('prod'), 'vault.drift', { action: 'repair', every: '90m' })],
  ['drift that nobody looks for', withValue(input('dev'), 'vault.drift', { action: 'off' })],
  ['an allow-list', withValue(input('dev'), 'cluster.create.endpointAccess', { publicFrom: ['203.0.113.0/24'] })],
])('%s is what its input is read as', (_, written) => {
  const [environment] = parseEnvironments({ it: written });
  if (!environment) throw new Error('parseEnvironments made nothing of one environment.');
  const [again] = parseEnvironments({ it: JSON.parse(JSON.stringify(environmentInput(environment))) as unknown });
  expect(again).toEqual(environment);
});

test('an owner goes with its guests, whose authority it says', () => {
  const [owner] = parseEnvironments(sharing()) as [Environment];
  const [again] = parseEnvironments(JSON.parse(JSON.stringify(environmentsInput(owner))) as Record<string, unknown>);
  expect(again).toEqual(owner);
  expect(again?.guests).toHaveLength(2);
});
