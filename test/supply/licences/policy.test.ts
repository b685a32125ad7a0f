import { judgeLicence } from '../../../supply/licences/policy';

test.each([
  ['MIT', 'permissive'],
  ['(MIT OR GPL-3.0-or-later)', 'permissive'],
  ['Apache-2.0 AND MIT', 'permissive'],
  ['GPL-3.0-only', 'copyleft'],
  ['LGPL-2.1+', 'copyleft'],
  ['AGPL-3.0-only', 'copyleft'],
  ['MPL-2.0', 'copyleft'],
  ['SSPL-1.0', 'copyleft'],
  ['CC-BY-SA-4.0', 'copyleft'],
  ['MIT AND GPL-2.0-only', 'copyleft'],
  ['GPL-2.0-only OR MPL-2.0', 'copyleft'],
  ['MIT AND BUSL-1.1', 'unknown'],
  ['BUSL-1.1', 'unknown'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'copyleft'],
  ['UNLICENSED', 'unknown'],
  ['SEE LICENSE IN LICENSE.txt', 'unknown'],
  ['mit', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
] as const)('%s is %s', (expression, verdict) => {
  expect(judgeLicence(expression)).toBe(verdict);
});
