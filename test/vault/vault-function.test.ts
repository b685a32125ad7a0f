import { Stack } from 'aws-cdk-lib';
import { VaultFunction, type VaultFunctionProps } from '../../lib/vault/vault-function';

class Described extends VaultFunction {
  constructor(description: string) {
    super(new Stack(undefined, 'Stack'), 'Watch', { description } as VaultFunctionProps);
  }
}

test.each(["Gloo's logins", '', 'a"quoted"word', 'x'.repeat(256)])('a description that EC2 refuses is refused in every environment: %j', (description) => {
  expect(() => new Described(description)).toThrow(`description of Stack/Watch: "${description}" is refused by EC2 for the function's security group; allowed: 1 to 255 of letters`);
});
