import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edited } from '../../../supply/versions/edit';

const source = `/** Why. */
export const reviewedOn = '2026-11-23';
export const charts = {
  vault: { chart: 'vault', version: '0.34.1' }, // pinned
} as const;
const rows: Readonly<Record<string, object>> = {
  '0.34.0': { vault: '2.0.3' },
  '0.34.1': { vault: '2.0.4', kubernetesFrom: '1.20' },
};
const none: object = {};
`;

test('a value changes in its place, a row comes last, a key behind the others, and all else stays', () => {
  const after = edited(source, [
    { at: ['reviewedOn'], to: "'2026-12-01'" },
    { at: ['charts', 'vault', 'version'], to: "'0.35.0'" },
    { at: ['rows'], to: "'0.35.0': { vault: '2.1.0' }" },
    { at: ['rows', '0.34.0', 'digest'], to: "'sha256:00'" },
    { at: ['none'], to: "'1': { a: '2' }" },
  ]);
  expect(after).toBe(`/** Why. */
export const reviewedOn = '2026-12-01';
export const charts = {
  vault: { chart: 'vault', version: '0.35.0' }, // pinned
} as const;
const rows: Readonly<Record<string, object>> = {
  '0.34.0': { vault: '2.0.3', digest: 'sha256:00' },
  '0.34.1': { vault: '2.0.4', kubernetesFrom: '1.20' },
  '0.35.0': { vault: '2.1.0' },
};
const none: object = {
  '1': { a: '2' },
};
`);
});

test.each([[['gone']], [['charts', 'nginx', 'version']]] as const)('%j is not there', (at) => {
  expect(() => edited(source, [{ at: [...at] as [string, ...string[]], to: '0' }])).toThrow(`lib/versions.ts has no ${at.join('.')}.`);
});

test('the tables of lib/versions.ts are found by these names', () => {
  const file = readFileSync(join(__dirname, '..', '..', '..', 'lib', 'versions.ts'), 'utf8');
  const places = [['reviewedOn'], ['charts', 'vault', 'version'], ['charts', 'vault', 'sha256'], ['charts', 'gloo', 'version'], ['charts', 'gloo', 'sha256'], ['vaultCharts', '0.34.1', 'digest'], ['vaultCharts', '0.33.0', 'digest'], ['kubernetes', '1.35', 'standardUntil']] as [string, ...string[]][];
  for (const at of places) expect(edited(file, [{ at, to: "'here'" }])).toContain(`${at.at(-1)}${at.length === 1 ? ' = ' : ': '}'here'`);
  expect(edited(file, [{ at: ['vaultCharts'], to: "'9.9.9': {}" }])).toMatch(/kubernetesFrom: '1\.20' \},\n {2}'9\.9\.9': \{\},\n\};/);
  expect(edited(file, [{ at: ['glooDigests'], to: "'9.9.9': {}" }])).toMatch(/glooDigests[^=]+= \{\n {2}'9\.9\.9': \{\},\n\};/);
});
