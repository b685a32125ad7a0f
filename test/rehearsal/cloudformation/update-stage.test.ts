import type { DeployedResource, Deployment } from '../../../rehearsal/cloudformation/deployment';
import { updateStage, type UpdateHands } from '../../../rehearsal/cloudformation/update-stage';
import { deployTemplates } from './assembly-on-disk';

const custom = (Version: string) => ({ Type: 'Custom::Thing', Properties: { ServiceToken: 'arn:fn', Version } });
const role = (RoleName: string) => ({ Type: 'AWS::IAM::Role', Properties: { RoleName, AssumeRolePolicyDocument: {} } });
const deployed = (first: object, second: object, output = '1') => deployTemplates({ First: { Resources: first, Outputs: { Generation: { Value: output } } }, Second: { Resources: second } });

/** Hands that keep what they were told, and fail at one request. */
function hands(failing = ''): UpdateHands & { said: string[] } {
  const said: string[] = [];
  const status = ({ stacks }: Deployment, name: string) => stacks.find((stack) => stack.name === name)?.status;
  const versionOf = ({ properties }: DeployedResource) => properties.Version as string;
  return {
    said,
    customResources: ['Custom::Thing'],
    apply: (deployment) => {
      const roles = deployment.ofType('AWS::IAM::Role').map(({ physicalId }) => physicalId);
      said.push(`${status(deployment, 'First')}, ${status(deployment, 'Second')}: ${roles.join(' ')}, output ${deployment.outputs.First?.Generation as string}`);
      return Promise.resolve();
    },
    call: ({ request, resource, previous }) => {
      const what = `${request} ${resource.logicalId} ${versionOf(resource)}${previous ? ` from ${versionOf(previous)}` : ''}`;
      said.push(what);
      return what === failing ? Promise.reject(new Error(`refused: ${what}`)) : Promise.resolve();
    },
    afterStack: (stack) => Promise.resolve(void said.push(`after ${stack}`)),
  };
}

const from = deployed({ Old: role('old'), Kept: custom('1'), Gone: custom('1') }, { Last: custom('1') });
const to = deployed({ New: role('new'), Kept: custom('2'), Made: custom('1') }, { Last: custom('1') }, '2');

test('what is new comes before the custom resources, and what is gone after them; outputs change with the end', async () => {
  const told = hands();
  await updateStage(from, to, told);
  expect(told.said).toEqual([
    'UPDATE_IN_PROGRESS, CREATE_COMPLETE: new old, output 1',
    'Update Kept 2 from 1',
    'Create Made 1',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, CREATE_COMPLETE: new old, output 2',
    'Delete Gone 1',
    'UPDATE_COMPLETE, CREATE_COMPLETE: new, output 2',
    'after First',
  ]);
});

test('one that fails is taken back, the other way round, and nothing is deleted', async () => {
  const told = hands('Create Made 1');
  await expect(updateStage(from, to, told)).rejects.toThrow(/^refused: Create Made 1$/);
  expect(told.said.slice(3)).toEqual(['UPDATE_ROLLBACK_IN_PROGRESS, CREATE_COMPLETE: new old, output 1', 'Delete Made 1', 'Update Kept 1 from 2', 'UPDATE_ROLLBACK_COMPLETE, CREATE_COMPLETE: old, output 1']);
});

test('a rollback that fails says both', async () => {
  const told = hands('Create Made 1');
  const failing: UpdateHands = { ...told, call: (change) => (change.request === 'Delete' ? Promise.reject(new Error('no way back')) : told.call(change)) };
  await expect(updateStage(from, to, failing)).rejects.toThrow('refused: Create Made 1; and so failed the rollback: no way back');
});

test('a stack without a change is passed over, and none is taken away', async () => {
  const told = hands();
  await updateStage(from, from, told);
  expect(told.said).toEqual([]);
  await expect(updateStage(from, deployTemplates({ First: { Resources: {} } }), told)).rejects.toThrow("An update can't take stacks away here: Second");
});
