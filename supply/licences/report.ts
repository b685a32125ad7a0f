import Table from 'cli-table3';
import type { Other } from './others';
import { licenceFault, type Package } from './packages';
import { judgeLicence } from './policy';

export interface Licences {
  /** In the bundles of the functions. */
  readonly bundled: readonly Package[];
  /** All that is installed, of which those for development do not ship. */
  readonly installed: readonly Package[];
  readonly others: readonly Other[];
}

/** What keeps the app from shipping: each is one line with its mend. */
export function faults({ bundled, installed, others: rest }: Licences): readonly string[] {
  const shipping = new Set([...bundled, ...installed.filter(({ dev }) => !dev)]);
  return [
    ...[...shipping].map(licenceFault).filter((fault) => fault !== undefined),
    ...rest.filter(({ how, licence }) => how === 'ships' && judgeLicence(licence) !== 'permissive').map(({ name, licence }) => `${name} ships and has the licence ${JSON.stringify(licence)}: leave it out.`),
  ];
}

/** One table: what it is, how much of it, under which licences. */
export function renderLicences({ bundled, installed, others: rest }: Licences): string {
  const table = new Table({ head: ['what', 'licences', ''], style: { head: [], border: [] }, wordWrap: true, colWidths: [32, 44, 60] });
  table.push(
    ["in the functions' bundles", counted(bundled), bundled.map(({ name }) => name).join(', ')],
    ['npm packages that are installed', counted(installed.filter(({ dev }) => !dev)), 'npm ci --omit=dev, those for other platforms too'],
    ['npm packages for development', counted(installed.filter(({ dev }) => dev)), 'do not ship, and are not judged'],
    ...rest.map(({ name, licence, how, note }) => [name, licence, `${how}: ${note}`]),
  );
  return table.toString();
}

function counted(packages: readonly Package[]): string {
  const counts = new Map<string, number>();
  for (const { licence = 'none named' } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([licence, count]) => `${count} ${licence}`).join(', ');
}
