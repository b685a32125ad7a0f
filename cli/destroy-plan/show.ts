import { PRICES_OF } from '../../lib/costs/prices';
import type { DestroyPlan, PricedKept } from './plan';

/** What a shell needs to be told once, so that the commands find what a deleted stack left. CloudFormation knows it for 90 days. */
export function keptFunction(region: string): string {
  // Not as text, which the AWS CLI would make of each page by itself.
  const ask = (what: string, query: string) => `aws cloudformation ${what} --region ${region} --query "${query}" --output json | tr -d '"'`;
  const stack = ask('list-stacks --stack-status-filter DELETE_COMPLETE', "sort_by(StackSummaries[?StackName=='$1'],&DeletionTime)[-1].StackId");
  return `kept() { ${ask(`list-stack-resources --stack-name "$(${stack})"`, "StackResourceSummaries[?LogicalResourceId=='$2'].PhysicalResourceId | [0]")} | grep -v '^null$'; }`;
}

/** The plan for a person. */
export function showPlan({ environment, refuses, before, removes, keeps, monthly }: DestroyPlan, region: string): string {
  const things = keeps.filter(({ goesWith }) => goesWith === undefined);
  const along = [...new Set(keeps.flatMap(({ goesWith }) => goesWith ?? []))];
  return [
    `What npx cdk destroy '${environment}/*' does, by its templates. Neither AWS nor the cluster was asked.`,
    ...(refuses.length === 0 ? [] : [`CloudFormation refuses, for the stacks are protected. This has it agree:\n${commandLines(refuses.map(({ command }) => command))}`]),
    `Before, look at:\n${before.map(({ why, command }) => `  ${why}:\n${commandLines([command])}`).join('\n')}`,
    `It removes, in this order:\n${removes.map(({ stack, resources, what }, index) => `${number(index)} ${stack}, ${resources} resources: ${what}`).join('\n')}`,
    `It keeps, for ${usd(monthly)} USD a month (prices of ${PRICES_OF.month} in ${PRICES_OF.region}), what follows, in the order in which it can be removed afterwards. The commands ask this for names:\n${commandLines([keptFunction(region)])}`,
    ...things.map(keptBlock),
    ...along.map((by) => `Kept by a stack, and gone with ${by}: ${keeps.flatMap(({ goesWith, what }) => (goesWith === by ? [what.replace(/^In the cluster: /, '')] : [])).join('; ')}.`),
  ].join('\n\n');
}

function keptBlock({ what, why, warning, commands, monthly }: PricedKept, index: number): string {
  const cost = monthly === 0 ? '' : ` (${usd(monthly)} USD a month)`;
  return [`${number(index)} ${what}${cost}: ${why}.`, ...(warning === undefined ? [] : [`    ⚠ ${warning}`]), commandLines(commands)].join('\n');
}

const number = (index: number) => `${String(index + 1).padStart(2)}.`;
const usd = (amount: number) => amount.toFixed(2);
const commandLines = (commands: readonly string[]) => commands.map((command) => `    $ ${command}`).join('\n');
