import { Document, isMap, isScalar, visit } from 'yaml';
import type { Entry } from './entry';

export const FORMATS = ['yaml', 'json', 'ts'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The entry as text: `yaml` and `json` are files for `-c environments=FILE`, `ts` goes into `bin/environments.ts`.
 * YAML and TypeScript say where each value came from.
 * @param key the environment's name.
 */
export function renderEntry(key: string, { input, sources }: Pick<Entry, 'input' | 'sources'>, format: Format): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ [key]: input }, undefined, 2)}\n`;
    case 'yaml':
      return yaml(key, input, sources);
    case 'ts':
      return `${property(key, input, '', '  ', sources)}\n`;
  }
}

function yaml(key: string, input: unknown, sources: Entry['sources']): string {
  const document = new Document({ [key]: input });
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const keys = [...ancestors.filter((node) => 'key' in node).map((node) => (node as { key: unknown }).key), pair.key];
      const path = keys.slice(1).map((each) => (isScalar(each) ? String(each.value) : '')).join('.');
      const source = sources.get(path);
      if (source === undefined || !isScalar(pair.key)) return;
      // Beside a value; above a mapping or a list, and above what fills its line.
      if (isScalar(pair.value) && String(pair.value.value).length < 80) pair.value.comment = ` ${source}`;
      else pair.key.commentBefore = ` ${source}`;
    },
    Map: (_, node) => {
      if (isMap(node) && node.items.length === 0) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** One property of an object literal, in the style of bin/environments.ts. */
function property(key: string, value: unknown, path: string, indent: string, sources: Entry['sources']): string {
  const source = sources.get(path);
  const comment = source === undefined ? '' : `${indent}// ${source}\n`;
  return `${comment}${indent}${/^[A-Za-z_]\w*$/.test(key) ? key : literal(key)}: ${rendered(value, path, indent, sources)},`;
}

function rendered(value: unknown, path: string, indent: string, sources: Entry['sources']): string {
  if (Array.isArray(value)) return `[${value.map((item) => rendered(item, path, indent, sources)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return literal(value);
  const inside = Object.entries(value).map(([key, child]) => property(key, child, path === '' ? key : `${path}.${key}`, `${indent}  `, sources));
  return inside.length === 0 ? '{}' : `{\n${inside.join('\n')}\n${indent}}`;
}

function literal(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
