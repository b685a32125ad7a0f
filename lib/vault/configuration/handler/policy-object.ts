import { isDeepStrictEqual } from 'node:util';
import { dataOf, type Data, type Difference, type VaultObject } from './vault-object';

/** `vault policy write <name>` (row 8), as JSON built from data: no text is pasted into HCL. */
export function policy(name: string, paths: Readonly<Record<string, readonly string[]>>): VaultObject {
  const document = { path: Object.fromEntries(Object.entries(paths).map(([path, capabilities]) => [path, { capabilities }])) };
  const path = `sys/policies/acl/${name}`;
  return {
    name: `policy ${name}`,
    path,
    payload: { policy: JSON.stringify(document) },
    read: { path },
    differences: (current) => pathsThatDiffer(dataOf(current).policy, document.path),
  };
}

function pathsThatDiffer(text: unknown, wanted: Data): Difference[] {
  const { path: found, ...more } = parsed(text);
  if (typeof found !== 'object' || found === null || Object.keys(more).length > 0) return [{ key: 'policy', wanted: { path: wanted }, found: 'a text that is not JSON of paths alone' }];
  const rules = found as Data;
  return [...new Set([...Object.keys(wanted), ...Object.keys(rules)])]
    .filter((path) => !isDeepStrictEqual(wanted[path], rules[path]))
    .map((path) => ({ key: path, wanted: shortened(wanted[path]), found: shortened(rules[path]) }));
}

/** The capabilities, of a rule that has nothing else. */
function shortened(rule: unknown): unknown {
  const { capabilities, ...more } = (rule ?? {}) as Data;
  return Object.keys(more).length === 0 ? capabilities : rule;
}

function parsed(text: unknown): Data {
  if (typeof text !== 'string') return {};
  try {
    return (JSON.parse(text) ?? {}) as Data;
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // HCL that somebody wrote by hand: it differs.
    throw error;
  }
}
