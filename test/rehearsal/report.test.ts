import { guideRows } from '../../rehearsal/guide';
import { renderReport, reportOf, type StepResult } from '../../rehearsal/report';

const rows = Object.keys(guideRows).map(Number);
const all: StepResult = { title: 'All', began: 0, ms: 10.4, evidence: Object.fromEntries(rows.map((row) => [row, `shown ${row}`])) };
const more: StepResult = { title: 'More', began: 0, ms: 5, evidence: { 11: 'and read' } };
const broken: StepResult = { title: 'Broken', began: 0, ms: 1, evidence: { 12: 'never counts' }, error: 'the trust is wrong' };

test('passes when every row was shown and no step failed; a row has all that showed it', () => {
  const report = reportOf('dev', [all, more]);
  expect(report.passed).toBe(true);
  expect(report.rows).toHaveLength(22);
  expect(report.rows[10]).toEqual({ row: 11, needs: 'Gloo reads its secrets from Vault', shown: true, how: 'shown 11; and read', ms: 15 });
});

test('a failed step fails it, whatever the rows say', () => {
  expect(reportOf('dev', [all, broken]).passed).toBe(false);
});

test('a row that nothing showed fails it, whatever the steps say', () => {
  const report = reportOf('dev', [{ ...all, evidence: Object.fromEntries(Object.entries(all.evidence).filter(([row]) => row !== '7')) }]);
  expect(report.passed).toBe(false);
  expect(report.rows.filter(({ shown }) => !shown).map(({ row }) => row)).toEqual([7]);
});

test('evidence of a failed step counts for nothing', () => {
  expect(reportOf('dev', [broken]).rows.some(({ shown }) => shown)).toBe(false);
});

test('the table has a line a row and ends in the verdict', () => {
  const text = renderReport(reportOf('dev', [all]), 140);
  expect(text.split('\n').filter((line) => line.startsWith('✔'))).toHaveLength(22);
  expect(text).toMatch(/All 22 rows of the guide were shown for "dev"\.$/);
});

test('a failure names what was not shown, and which step failed by what', () => {
  const text = renderReport(reportOf('dev', [more, broken]), 140);
  expect(text).toMatch(/^✖ {2}1 {2}EKS cluster with an IAM OIDC provider +not shown$/m);
  expect(text).toMatch(/"dev" does not do what the guide says:\n✖ Broken: the trust is wrong$/);
});

test('long evidence is wrapped to the width', () => {
  const text = renderReport(reportOf('dev', [{ ...all, evidence: { 1: 'word '.repeat(60).trim() } }]), 120);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(text.match(/word/g)).toHaveLength(60);
});

describe('beyond the guide', () => {
  const faults: StepResult = { title: 'The leader killed', began: 0, ms: 61.6, evidence: { beyond: 'longest gap in Gloo’s reads 2.4 s' } };

  test('what else was shown stands below the rows, with the time that it took', () => {
    const report = reportOf('prod', [all, faults]);
    expect(report).toMatchObject({ passed: true, beyond: [{ title: 'The leader killed', how: 'longest gap in Gloo’s reads 2.4 s', ms: 62 }] });
    const lines = renderReport(report, 140).split('\n');
    const at = lines.indexOf('Beyond the guide');
    expect(lines[at - 1]).toBe('');
    expect(lines[at + 1]).toMatch(/^✔ The leader killed +longest gap in Gloo’s reads 2\.4 s +62 ms$/);
    expect(lines.slice(at + 2)).toEqual(['', 'All 22 rows of the guide were shown for "prod".']);
  });

  test('its columns are those of the rows', () => {
    const lines = renderReport(reportOf('prod', [all, faults]), 140).split('\n');
    const column = (text: string) => lines.find((line) => line.includes(text))?.indexOf(text);
    expect(column('longest gap')).toBe(column('shown 11'));
  });

  test('a step that failed has shown nothing', () => {
    const report = reportOf('prod', [all, { ...faults, error: 'Gloo read nothing for 70 s' }]);
    expect(report).toMatchObject({ passed: false, beyond: [] });
    expect(renderReport(report, 140)).not.toContain('Beyond the guide');
  });

  test('a long title and a long text are wrapped side by side', () => {
    const long: StepResult = { title: 'title '.repeat(20).trim(), began: 0, ms: 1, evidence: { beyond: 'text '.repeat(40).trim() } };
    const text = renderReport(reportOf('prod', [all, long]), 120);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect([text.match(/title/g), text.match(/text/g)].map((found) => found?.length)).toEqual([20, 40]);
  });

  test('without it there is no such heading', () => {
    expect(renderReport(reportOf('dev', [all]), 140)).not.toContain('Beyond the guide');
  });

  test('a Vault that is shared has a verdict of its own too', () => {
    const shared = { environment: 'prod', about: 'sharing', passed: true, rows: [], beyond: [], steps: [] } as const;
    const lines = renderReport(shared, 140).split('\n');
    expect([lines[1], lines.at(-1)]).toEqual(['prod: one Vault for several clusters', 'The guests of "prod" read their own secrets, and nobody else\'s.']);
    expect(renderReport({ ...shared, passed: false, steps: [broken] }, 140)).toContain('The Vault of "prod" is not shared as it should be:');
  });

  test('a drill is all of it, and has a verdict of its own', () => {
    const drill = { environment: 'prod', passed: true, rows: [], beyond: [{ title: 'Restored', how: 'Gloo reads the same', ms: 5 }], steps: [] };
    const lines = renderReport(drill, 140).split('\n');
    expect([lines[1], lines.at(-1)]).toEqual(['prod: restore drill', 'A snapshot of "prod" was restored into an empty Vault.']);
    expect(lines).not.toContain('Beyond the guide');
    expect(renderReport({ ...drill, passed: false, steps: [{ ...broken, title: 'Restored' }] }, 140)).toMatch(/No snapshot of "prod" was restored:\n✖ Restored: the trust is wrong$/);
  });
});
