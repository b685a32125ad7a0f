import { environments } from './environments';
import { synthesize } from './synthesize';

/** A template without what changes by itself: hashes of assets. */
function withoutNoise(template: unknown): unknown {
  return JSON.parse(JSON.stringify(template).replace(/\b[0-9a-f]{64}(?=\.zip|")/g, '<hash>'));
}

const { stacks, template } = synthesize(environments);

test.each([...stacks.keys()])('%s', (stackName) => {
  expect(withoutNoise(template(stackName).toJSON())).toMatchSnapshot();
});
