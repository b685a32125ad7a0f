import { auditExitCode, judgeAudit, renderAudit } from '../../../supply/audit/verdict';

const report = (vulnerabilities: Record<string, unknown>) => JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total: 9 } } });

test('a package that uses a vulnerable one names it', () => {
  const verdict = judgeAudit(report({ a: { name: 'a', severity: 'critical', via: ['b'] } }), 'high');
  expect(verdict).toEqual({ kind: 'vulnerable', found: [{ name: 'a', severity: 'critical', because: ['by way of b'] }] });
  expect(renderAudit(verdict, 'high')).toMatch(/^a: critical: by way of b\nRaise it/);
  expect(auditExitCode[verdict.kind]).toBe(1);
});

test.each([
  ['', 'npm audit printed no JSON: nothing'],
  ['spawn npm ENOENT', 'npm audit printed no JSON: spawn npm ENOENT'],
  ['{}', 'npm audit printed another report than version 2'],
  ['{"auditReportVersion":1,"vulnerabilities":{}}', 'npm audit printed another report than version 2'],
  ['{"message":"","error":{"summary":"This command requires an existing lockfile."}}', 'This command requires an existing lockfile.'],
])('%j is no clean result', (output, reason) => {
  const verdict = judgeAudit(output, 'high');
  expect(verdict).toEqual({ kind: 'unanswered', reason });
  expect(renderAudit(verdict, 'high')).toContain('That is no clean result');
  expect(auditExitCode[verdict.kind]).toBe(3);
});

test('nothing that counts', () => {
  const verdict = judgeAudit(report({ a: { name: 'a', severity: 'low', via: [] } }), 'high');
  expect(renderAudit(verdict, 'high')).toBe('No package that is installed without development has a known vulnerability of severity high or above (9 asked about; 1 below that).');
  expect(auditExitCode[verdict.kind]).toBe(0);
});
