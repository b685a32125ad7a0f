import { z } from 'zod';

/** npm's severities, least first. */
export const severities = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** A package with a known vulnerability. */
export interface Vulnerable {
  readonly name: string;
  readonly severity: Severity;
  /** What is known of it, with addresses; of a package that only uses a vulnerable one, that one's name. */
  readonly because: readonly string[];
}

/** What an audit came to. One that was not answered says nothing of the packages. */
export type AuditVerdict =
  | { readonly kind: 'sound'; readonly packages: number; readonly below: number }
  | { readonly kind: 'vulnerable'; readonly found: readonly Vulnerable[] }
  | { readonly kind: 'unanswered'; readonly reason: string };

const severity = z.enum(severities);
const advisory = z.object({ title: z.string(), url: z.string() });
const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ name: z.string(), severity, via: z.array(z.union([z.string(), advisory])) })),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});
const refusal = z.object({ message: z.string().optional(), error: z.object({ summary: z.string().optional() }).optional() });

/**
 * @param output what `npm audit --json` printed.
 * @param least severity from which on a vulnerability counts.
 */
export function judgeAudit(output: string, least: Severity): AuditVerdict {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    return { kind: 'unanswered', reason: `npm audit printed no JSON: ${output.trim().split('\n')[0]?.slice(0, 200) || 'nothing'}` };
  }
  const read = report.safeParse(json);
  if (!read.success) {
    const { message, error } = refusal.safeParse(json).data ?? {};
    return { kind: 'unanswered', reason: message || error?.summary || 'npm audit printed another report than version 2' };
  }
  const all = Object.values(read.data.vulnerabilities);
  const found = all.filter((each) => severities.indexOf(each.severity) >= severities.indexOf(least));
  if (found.length === 0) return { kind: 'sound', packages: read.data.metadata.dependencies.total, below: all.length };
  const because = (via: (typeof all)[number]['via']) => via.map((each) => (typeof each === 'string' ? `by way of ${each}` : `${each.title} (${each.url})`));
  return { kind: 'vulnerable', found: found.map(({ name, severity: of, via }) => ({ name, severity: of, because: because(via) })) };
}

/** Lines for a person. */
export function renderAudit(verdict: AuditVerdict, least: Severity): string {
  switch (verdict.kind) {
    case 'sound':
      return `No package that is installed without development has a known vulnerability of severity ${least} or above (${verdict.packages} asked about; ${verdict.below} below that).`;
    case 'vulnerable':
      return [...verdict.found.map(({ name, severity: of, because }) => `${name}: ${of}: ${because.join('; ')}`), 'Raise it (npm update, or overrides in package.json); npm audit says which version has the mend.'].join('\n');
    case 'unanswered':
      return `Not known: the registry did not answer the audit (${verdict.reason}). That is no clean result; try again, or ask a registry that audits: npm run audit --registry URL`;
  }
}

/** As the app's other commands have it: 0 nothing is wrong, 1 something is, 3 could not find out. */
export const auditExitCode: Readonly<Record<AuditVerdict['kind'], number>> = { sound: 0, vulnerable: 1, unanswered: 3 };
