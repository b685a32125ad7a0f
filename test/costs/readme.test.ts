import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monthlyCosts } from '../../lib/costs/costs';
import { parseTemplate } from '../../rehearsal/cloudformation/template';
import { environments } from '../environments';
import { synthesize } from '../synthesize';

const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
const { stacks, template } = synthesize(environments);
const costs = Object.keys(environments).map((name) => monthlyCosts([...stacks.keys()].filter((stack) => stack.startsWith(`${name}-`)).map((stack) => ({ name: stack, template: parseTemplate(template(stack).toJSON(), stack) }))));

test("nothing that the templates have is without a price or a reason to have none", () => {
  expect(costs.flatMap(({ unpriced }) => unpriced)).toEqual([]);
});

test("README's table has the totals that npm run costs counts", () => {
  expect(readme).toContain(`| together | ${costs.map(({ total }) => total.toFixed(2)).join(' | ')} |`);
});
