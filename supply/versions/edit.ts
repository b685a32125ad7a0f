import * as ts from 'typescript';

/** One value of lib/versions.ts, or one row of a table there. */
export interface Change {
  /** Name of the table, then keys: `['charts', 'vault', 'version']`, or the table's name alone for a new row. */
  readonly at: readonly [string, ...string[]];
  /** TypeScript of the new value; of a row, `'0.35.0': { … }`. */
  readonly to: string;
}

/** The source with these changes. Values are replaced in their place, rows come last in their table, and all else stays as it is. */
export function edited(source: string, changes: readonly Change[]): string {
  return changes.reduce(apply, source);
}

function apply(source: string, { at: [name, ...keys], to }: Change): string {
  const file = ts.createSourceFile('versions.ts', source, ts.ScriptTarget.Latest, true);
  const declaration = file.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) => [...declarationList.declarations]).find((each) => each.name.getText() === name);
  let node: ts.Expression | undefined = declaration?.initializer;
  let missing: { readonly table: ts.ObjectLiteralExpression; readonly key: string } | undefined;
  for (const [depth, key] of keys.entries()) {
    const table: ts.ObjectLiteralExpression | undefined = node && objectOf(node);
    node = table?.properties.filter(ts.isPropertyAssignment).find((each) => nameOf(each.name) === key)?.initializer;
    if (table && node === undefined && depth === keys.length - 1) missing = { table, key };
  }
  if (missing) return inserted(source, missing.table, `${missing.key}: ${to}`, false);
  if (node === undefined) throw new Error(`lib/versions.ts has no ${[name, ...keys].join('.')}.`);
  const table = objectOf(node);
  if (keys.length === 0 && table) return inserted(source, table, to, true);
  return `${source.slice(0, node.getStart())}${to}${source.slice(node.getEnd())}`;
}

/** Behind the last entry, on a line of its own if it is a row. */
function inserted(source: string, table: ts.ObjectLiteralExpression, entry: string, row: boolean): string {
  const last = table.properties.at(-1);
  if (!last) return `${source.slice(0, table.getStart())}${row ? `{\n  ${entry},\n}` : `{ ${entry} }`}${source.slice(table.getEnd())}`;
  return `${source.slice(0, last.getEnd())},${row ? '\n  ' : ' '}${entry}${source.slice(last.getEnd())}`;
}

const objectOf = (node: ts.Expression): ts.ObjectLiteralExpression | undefined => (ts.isObjectLiteralExpression(node) ? node : ts.isAsExpression(node) ? objectOf(node.expression) : undefined);
const nameOf = (name: ts.PropertyName): string => (ts.isStringLiteral(name) || ts.isIdentifier(name) ? name.text : name.getText());
