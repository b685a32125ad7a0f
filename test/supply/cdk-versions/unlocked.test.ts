import { unlocked } from '../../../supply/cdk-versions/unlocked';

test('the library and its schema find their place anew, and all else keeps its own', () => {
  const packages = { '': {}, 'node_modules/aws-cdk-lib': {}, 'node_modules/aws-cdk-lib/node_modules/yaml': {}, 'node_modules/@aws-cdk/cloud-assembly-schema': {}, 'node_modules/aws-cdk': {}, 'node_modules/yaml': {} };
  expect(unlocked({ lockfileVersion: 3, packages })).toEqual({ lockfileVersion: 3, packages: { '': {}, 'node_modules/aws-cdk': {}, 'node_modules/yaml': {} } });
});
