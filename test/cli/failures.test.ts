import { CheckFailed, Interrupted, present, WrongUse } from '../../cli/failures';
import { EnvironmentError } from '../../lib/environment/faults';
import { ConfigurationError, Mask, Setback } from '../../lib/vault/client/errors';

const abandoned = Object.assign(new Error('User force closed the prompt'), { name: 'ExitPromptError' });

test.each([
  [new CheckFailed('2 of 9 checks failed.'), 1],
  [new WrongUse('--ttl: 3 is no duration.'), 2],
  [new EnvironmentError('e.yaml', ['environments.dev.region: "x" is not an AWS region.']), 2],
  [new Setback('starting', 'Vault is sealed.'), 3],
  [new ConfigurationError('Vault refused.'), 3],
  [new TypeError('x is not a function'), 3],
  ['thrown as a string', 3],
  [new Interrupted(), 130],
  [abandoned, 130],
])('%s ends with %i', (error, exitCode) => expect(present(error, new Mask()).exitCode).toBe(exitCode));

test('a failure is one line, and shows no secret', () => {
  const mask = new Mask();
  mask.add('wJalrXUtnFEMI');
  expect(present(new ConfigurationError('Vault refused wJalrXUtnFEMI\n  and hvs.CAESIJ0abcdefghijklmnopqrstuvw'), mask).message).toBe('Vault refused *** and hvs.***');
});

test('of environments every fault is shown, none of which wrote a template', () => {
  const error = new EnvironmentError('e.yaml', ['environments.dev.region: "x" is not an AWS region.', 'environments.dev.account: missing; give an AWS account.']);
  expect(present(error, new Mask()).message).toBe(`e.yaml can't be used:\n  environments.dev.region: "x" is not an AWS region.\n  environments.dev.account: missing; give an AWS account.`);
});
