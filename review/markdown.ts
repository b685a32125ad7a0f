import type { Change, Difference, EnvironmentReview, Grant, Impact, NetworkRule, Review, StackReview } from './model';
import { code, fenced, tableRow } from './markdown-text';
import { isRoutine } from './warnings';

/** First line of the comment, by which the next run finds it. */
export const MARKER = '<!-- gloo-vault-diff -->';
/** Characters of a comment: GitHub takes 65,536, and the commit and the run stand before it. */
export const LONGEST_COMMENT = 65_000;
/** Differences of one resource that are shown. */
const MOST_DIFFERENCES = 40;

export interface MarkdownOptions {
  /** Longest text, in characters. @default - none */
  readonly limit?: number;
  /** Where all of it stands, for a text that was cut. */
  readonly link?: string;
}

/** A part that stands or falls as a whole; those of one group follow its heading. */
interface Block {
  readonly heading: string;
  readonly text: string;
}

/** What changes, as GitHub shows it: what is replaced or removed first, then who may do what, then the network, the rest folded. */
export function renderMarkdown({ environments }: Review, options: MarkdownOptions = {}): string {
  const stacks = environments.flatMap((environment) => environment.stacks);
  const changes = stacks.flatMap(shownChanges);
  const routine = new Set(changes.filter((change) => isRoutine(change, changes)));
  const urgency = (change: Change) => (routine.has(change) ? 200 : 0) + (change.warnings.length > 0 ? 0 : 100) + ORDER.indexOf(change.impact);
  // What is lost first, what is replaced as a matter of course last.
  const first = changes.filter(isUrgent).sort((a, b) => urgency(a) - urgency(b));
  const later = changes.filter((change) => !isUrgent(change));
  const grants = stacks.flatMap((stack) => stack.grants.filter(({ warnings }) => stack.state !== 'new' || warnings.length > 0));
  const blocks: Block[] = [
    ...stacks.filter(({ problem }) => problem !== undefined).map(problemBlock),
    ...stacks.flatMap(({ name, warnings }) => warnings.map((warning): Block => ({ heading: '### Replaced, removed, or to be looked at', text: `- ⛔ **${code(name)}**: ${warning}` }))),
    ...first.map((change): Block => ({ heading: '### Replaced, removed, or to be looked at', text: urgentText(change, routine.has(change)) })),
    ...grants.map((grant, index): Block => ({ heading: '### IAM and access', text: `${index === 0 ? GRANTS_HEAD : ''}${grantRow(grant)}` })),
    ...later.filter(({ topic }) => topic === 'access').map((change): Block => ({ heading: '### IAM and access', text: changeText(change) })),
    ...stacks.flatMap(({ state, rules }) => (state === 'new' ? [] : rules)).map((rule, index): Block => ({ heading: '### Security groups and network', text: `${index === 0 ? RULES_HEAD : ''}${ruleRow(rule)}` })),
    ...later.filter(({ topic }) => topic === 'network').map((change): Block => ({ heading: '### Security groups and network', text: changeText(change) })),
    ...stacks.flatMap((stack) => restBlocks(stack, later)),
  ];
  return assemble(`${MARKER}\n## What this changes\n\n${summary(environments)}`, blocks, options);
}

const GRANTS_HEAD = `${tableRow(['', 'Stack', 'Effect', 'Actions', 'Resources', 'Principals', 'Condition'])}\n${tableRow(Array<string>(7).fill('---'))}\n`;
const RULES_HEAD = `${tableRow(['', 'Stack', 'Security group', 'Direction', 'Protocol', 'Peer'])}\n${tableRow(Array<string>(6).fill('---'))}\n`;

/** Puts block after block, in order, until one does not fit: what matters most is never what is cut. */
function assemble(head: string, blocks: readonly Block[], { limit = Infinity, link }: MarkdownOptions): string {
  let text = head;
  let heading = '';
  for (const [index, block] of blocks.entries()) {
    const row = block.text.startsWith('|');
    const glue = block.heading === heading ? (row && text.endsWith('|') ? '\n' : '\n\n') : `\n\n${block.heading === '' ? '' : `${block.heading}\n\n`}`;
    const next = `${glue}${block.text}`;
    const cut = `\n\n**Cut here**: ${blocks.length - index} more parts do not fit into a comment.${link === undefined ? '' : ` All of it: ${link}`}\n`;
    const roomForCut = index === blocks.length - 1 ? 1 : cut.length;
    if (text.length + next.length + roomForCut > limit) return `${text}${cut}`;
    text += next;
    heading = block.heading;
  }
  return `${text}\n`;
}

function summary(environments: readonly EnvironmentReview[]): string {
  const rows = environments.map(({ name, account, region, stacks }) => {
    const changes = stacks.flatMap(shownChanges);
    const count = (matches: (change: Change) => boolean) => changes.filter(matches).length;
    const urgent = count(isUrgent) + stacks.reduce((sum, { warnings }) => sum + warnings.length, 0);
    const grants = stacks.reduce((sum, stack) => sum + stack.grants.length, 0);
    const rules = stacks.reduce((sum, stack) => sum + stack.rules.length, 0);
    return tableRow([
      `${code(name)} (${code(account)}, ${code(region)})`,
      stacksWord(stacks),
      urgent === 0 ? '0' : `**${urgent}**`,
      String(grants + count((change) => !isUrgent(change) && change.topic === 'access')),
      String(rules + count((change) => !isUrgent(change) && change.topic === 'network')),
      String(count((change) => !isUrgent(change) && change.topic === 'rest')),
    ]);
  });
  const head = ['Environment', 'Stacks', 'Replaced, removed, to be looked at', 'IAM and access', 'Network', 'Rest'];
  return [tableRow(head), tableRow(head.map(() => '---')), ...rows].join('\n');
}

function stacksWord(stacks: readonly StackReview[]): string {
  const of = (state: StackReview['state']) => stacks.filter((stack) => stack.state === state);
  const words = (['new', 'changed', 'not compared'] as const).flatMap((state) => (of(state).length === 0 ? [] : [`${of(state).length} ${state}`]));
  return words.length === 0 ? 'unchanged' : `${words.join(', ')} of ${stacks.length}`;
}

const ORDER: readonly Impact[] = ['remove', 'replace', 'may replace', 'leave', 'update', 'create'];

function isUrgent({ impact, warnings }: Change): boolean {
  return warnings.length > 0 || (impact !== 'create' && impact !== 'update');
}

/** Of a new stack, whose changes are all of it, those that are to be looked at. */
function shownChanges({ state, changes }: StackReview): readonly Change[] {
  return state === 'new' ? changes.filter(({ warnings }) => warnings.length > 0) : changes;
}

const WORDS: Readonly<Record<Impact, string>> = {
  remove: 'is removed',
  replace: 'is replaced',
  'may replace': 'may be replaced',
  leave: 'leaves the stack and stays',
  create: 'is made',
  update: 'changes',
};

function urgentText(change: Change, isByDesign: boolean): string {
  const { stack, path, type, impact, warnings } = change;
  const routine = isByDesign && warnings.length === 0;
  const why = warnings.length > 0 ? `: ${warnings.join('; ')}` : routine ? ', as it is by design' : '';
  return `- ${routine ? '' : warnings.length > 0 ? '⛔ ' : '⚠️ '}${code(path)} (${code(type)}, ${code(stack)}) **${WORDS[impact]}**${why}${detail(change)}`;
}

function changeText(change: Change): string {
  return `- ${code(change.path)} (${code(change.type)}, ${code(change.stack)}) ${WORDS[change.impact]}${detail(change)}`;
}

/** The differences, indented into the list item. */
function detail({ differences }: Change): string {
  if (differences.length === 0) return '';
  const more = differences.length - MOST_DIFFERENCES;
  const lines = [...differences.slice(0, MOST_DIFFERENCES).flatMap(differenceLines), ...(more > 0 ? [`  … and ${more} more`] : [])];
  return `\n\n${fenced('diff', lines).map((line) => `  ${line}`).join('\n')}`;
}

function differenceLines({ path, before, after }: Difference): readonly string[] {
  return [`  ${path}`, ...(before === undefined ? [] : [`- ${before}`]), ...(after === undefined ? [] : [`+ ${after}`])];
}

function grantRow({ stack, sign, effect, actions, resources, principals, condition, warnings }: Grant): string {
  const list = (values: readonly string[]) => values.map(code).join('<br>');
  const mark = warnings.length === 0 ? sign : `${sign} ⛔ ${warnings.join('; ')}`;
  return tableRow([mark, code(stack), effect, list(actions), list(resources), list(principals), condition === undefined ? '' : code(condition)]);
}

function ruleRow({ stack, sign, group, direction, protocol, peer, warnings }: NetworkRule): string {
  return tableRow([warnings.length === 0 ? sign : `${sign} ⛔ ${warnings.join('; ')}`, code(stack), code(group), direction, protocol, code(peer)]);
}

function problemBlock({ name, problem = '' }: StackReview): Block {
  return { heading: '### Not compared', text: `- ${code(name)}: ${code(problem)}` };
}

/** The rest of a stack, folded; all of a new one. */
function restBlocks(stack: StackReview, later: readonly Change[]): readonly Block[] {
  const isNew = stack.state === 'new';
  const own = isNew ? stack.changes : later.filter((change) => change.stack === stack.name && change.topic === 'rest');
  const grants = isNew ? stack.grants.filter(({ warnings }) => warnings.length === 0) : [];
  if (own.length === 0 && grants.length === 0) return [];
  const title = isNew ? `${stack.name}: new, ${own.length} resources and outputs, ${stack.grants.length} grants` : `${stack.name}: ${own.length} more`;
  const table = grants.length === 0 ? [] : [`${GRANTS_HEAD}${grants.map(grantRow).join('\n')}`];
  return [{ heading: '', text: [`<details>\n<summary>${title}</summary>`, ...table, ...(isNew ? [created(own)] : own.map(changeText)), '</details>'].join('\n\n') }];
}

/** How many of each type are made. */
function created(changes: readonly Change[]): string {
  const types = [...new Set(changes.map(({ type }) => type))].sort();
  return types.map((type) => `- ${code(type)}: ${changes.filter((change) => change.type === type).map(({ path }) => code(path)).join(', ')}`).join('\n');
}
