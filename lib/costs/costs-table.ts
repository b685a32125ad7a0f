import { ASSUMED, type CostLine, type Costs } from './costs';
import { HOURS, PRICES_OF } from './prices';

/** The table of each environment for a person, and what it leaves out. */
export function renderCosts(environments: Readonly<Record<string, Costs>>): string {
  const lines = Object.values(environments).flatMap((costs) => costs.lines);
  const unverified = [...new Set(lines.filter(({ price }) => !price.verified).map(({ what, price }) => `${what} (${price.source})`))];
  return [
    `USD a month of ${HOURS} hours, on demand in ${PRICES_OF.region}, by AWS's public prices of ${PRICES_OF.month}, without free tiers and tax`,
    ...Object.entries(environments).map(([name, costs]) => environmentTable(name, costs)),
    [
      'Left out: traffic, requests, logs (0.50 a GB taken in; those of a control plane are the most) and the later versions of rotated keys (1 each for the first two).',
      `Assumed: ${ASSUMED.runSeconds} s for a scheduled run of a function, ${ASSUMED.snapshotGB * 1000} MB for a snapshot of Vault, ${ASSUMED.zones} zones where the templates have no subnets.`,
      ...(unverified.length === 0 ? [] : [`Prices that no second source was found for: ${unverified.join(', ')}.`]),
    ].join('\n'),
  ].join('\n\n');
}

function environmentTable(name: string, { lines, total, unpriced, hasCluster }: Costs): string {
  const notes = [
    ...(hasCluster ? [] : ['The cluster itself, its nodes and its network are not among the templates.']),
    ...(unpriced.length === 0 ? [] : [`No price is known here for: ${unpriced.join(', ')}.`]),
  ];
  const rows: readonly Row[] = [[name, '', 'USD'], ...lines.map((line): Row => [`  ${line.what}`, amount(line), line.monthly.toFixed(2)]), ['  total', '', total.toFixed(2)]];
  const [what, how, usd] = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map(([first, second, third]) => `${first.padEnd(what ?? 0)}  ${second.padEnd(how ?? 0)}  ${third.padStart(usd ?? 0)}`);
  return [...table, ...notes.map((note) => `  ${note}`)].join('\n');
}

type Row = readonly [what: string, how: string, usd: string];

function amount({ quantity, price: { per, ...price } }: CostLine): string {
  const usd = Number(price.usd.toFixed(2)) === price.usd ? price.usd.toFixed(2) : String(price.usd);
  const short = (value: number) => String(Number(value.toFixed(2)));
  switch (per) {
    case 'hour':
      return `${short(quantity)} × ${HOURS} h × ${usd}`;
    case 'month':
      return `${short(quantity)} × ${usd}`;
    case 'GB-month':
      return `${short(quantity)} GB × ${usd}`;
    case 'million':
      return `${short(quantity * 1e6)} × ${usd} a million`;
    case 'million GB-seconds':
      return `${short(quantity * 1e6)} GB s × ${usd} a million`;
  }
}
