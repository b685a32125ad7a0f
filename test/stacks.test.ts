import { environments } from './environments';
import { readableTemplate } from './readable';
import { synthesize } from './synthesize';

const { stacks, template } = synthesize(environments, { diffRoles: [{ account: '111122223333', region: 'us-east-1', repository: 'acme/gateway' }] });

test.each([...stacks.keys()])('%s', (stackName) => {
  expect(readableTemplate(template(stackName).toJSON())).toMatchSnapshot();
});
