import parse from 'spdx-expression-parse';

/** A licence expression, judged: may it ship with an app under Apache-2.0? */
export type Verdict = 'permissive' | 'copyleft' | 'unknown';

/**
 * Licences, by their SPDX ids, that ask for their text and names to be passed on, and for nothing of whoever uses them.
 * Any other is looked at by a person before it comes in here.
 */
const PERMISSIVE: ReadonlySet<string> = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'Python-2.0', 'Unlicense', 'Zlib']);

/** Families of licences that ask for source in return: of the whole, of the file, or of a service. */
const COPYLEFT = /^(A?GPL|LGPL|MPL|EPL|CDDL|EUPL|OSL|SSPL|MS-RL|CC-BY(-NC)?-SA|QPL|Sleepycat|RPL|CPAL|CPL|APSL|IPL|NPL)-?/;

/**
 * What the licence of a package is. Of `A OR B` the better one is taken, of `A AND B` both hold.
 * @param expression SPDX expression, as a package.json names it.
 */
export function judgeLicence(expression: string | undefined): Verdict {
  if (expression === undefined) return 'unknown';
  try {
    return judge(parse(expression));
  } catch {
    // No SPDX expression: 'SEE LICENSE IN …', 'UNLICENSED', a name of one's own.
    return 'unknown';
  }
}

const order: readonly Verdict[] = ['permissive', 'copyleft', 'unknown'];

function judge(node: parse.Info): Verdict {
  if ('conjunction' in node) {
    const ranks = [node.left, node.right].map((side) => order.indexOf(judge(side)));
    return order[node.conjunction === 'or' ? Math.min(...ranks) : Math.max(...ranks)] ?? 'unknown';
  }
  if (PERMISSIVE.has(node.license)) return 'permissive';
  return COPYLEFT.test(node.license) ? 'copyleft' : 'unknown';
}
