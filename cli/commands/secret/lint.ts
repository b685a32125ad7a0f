import type { Command } from 'commander';
import { CheckFailed } from '../../failures';
import type { Effect, Finding } from '../../gloo-secret/findings';
import { segmentFault } from '../../gloo-secret/key';
import { checked } from './checked';
import { withSecrets, type Context, type NamespaceOption } from './open';
import { counted, lines, printJson } from './report';

export function addLint(secret: Command, context: Context): void {
  secret
    .command('lint')
    .description("Finds what fails Gloo's whole list of secrets, what can't be used, and certificates that end, each with its mend. Reads only.")
    .option('-n, --namespace <namespace>', 'in one namespace alone (default: in all, as Gloo looks)')
    .addHelpText('after', '\nEnds with 1 where a secret is malformed. Warnings end with 0.')
    .action(async (_: unknown, command: Command) => {
      const { namespace, json } = command.optsWithGlobals<NamespaceOption>();
      checked('--namespace', namespace, segmentFault);
      await withSecrets(context, command, async ({ store, mountPath }) => {
        const { survey } = await import('../../gloo-secret/walk');
        const { secrets, misplaced } = await survey(store, mountPath, new Date(), namespace);
        const findings = [...misplaced, ...secrets.flatMap((inspected) => inspected.findings)].sort((a, b) => RANK[a.effect] - RANK[b.effect]);
        if (json) printJson(context.io, { secrets: secrets.length, findings });
        else context.io.stdout.write([...findings.flatMap(lines), summary(secrets.length, findings), ''].join('\n'));
        fail(findings);
      });
    });
}

const RANK: Readonly<Record<Effect, number>> = { list: 0, secret: 1, warning: 2 };

function summary(secrets: number, findings: readonly Finding[]): string {
  const [list, secret, warning] = countsOf(findings);
  if (findings.length === 0) return `${counted(secrets, 'secret')}, and nothing is wrong.`;
  return `${counted(secrets, 'secret')}: ${list} ${list === 1 ? 'fails' : 'fail'} Gloo's whole list, ${secret} can't be used, ${counted(warning, 'warning')}.`;
}

function fail(findings: readonly Finding[]): void {
  const [list, secret] = countsOf(findings);
  if (list > 0) throw new CheckFailed("Gloo has no secret of Vault's at all until what fails its list is mended.");
  if (secret > 0) throw new CheckFailed(`${counted(secret, 'secret')} can't be used.`);
}

function countsOf(findings: readonly Finding[]): readonly [number, number, number] {
  const secretsWith = (effect: Effect) => new Set(findings.filter((finding) => finding.effect === effect).map((finding) => finding.secret)).size;
  return [secretsWith('list'), secretsWith('secret'), findings.filter(({ effect }) => effect === 'warning').length];
}
