import type { Command } from 'commander';
import { ConfigurationError } from '../../../lib/vault/client/errors';
import { CheckFailed } from '../../failures';
import { isMalformed } from '../../gloo-secret/findings';
import { segmentFault, shown } from '../../gloo-secret/key';
import { checked } from './checked';
import { withSecrets, type Context, type NamespaceOption } from './open';
import { printable, printJson, sayFindings } from './report';

interface Options extends NamespaceOption {
  readonly show?: true;
}

export function addGet(secret: Command, context: Context): void {
  secret
    .command('get')
    .argument('<name>', 'name of the secret')
    .description('Shows what a secret is made of: its kind, its version, its metadata, whom a certificate is for and until when. Its values only if you ask.')
    .option('-n, --namespace <namespace>', "Kubernetes namespace of the secret (default: Gloo's)")
    .option('--show', 'with its values')
    .action(async (name: string, _: unknown, command: Command) => {
      const { namespace: given, show, json } = command.optsWithGlobals<Options>();
      const { io } = context;
      checked('name', name, segmentFault);
      checked('--namespace', given, segmentFault);
      await withSecrets(context, command, async ({ store, mountPath, namespace: own }) => {
        const key = { namespace: given ?? own, name };
        const [{ inspect }, { masked }, { stringify }, entry] = await Promise.all([import('../../gloo-secret/inspect'), import('../../gloo-secret/show'), import('yaml'), store.read(key)]);
        if (!entry) throw new ConfigurationError(`There is no secret ${shown(key)}: "gloo-vault secret list" shows those that there are.`);
        const { kind, version, findings } = inspect(mountPath, key, entry, new Date());
        const value = entry.state !== 'present' ? undefined : show ? entry.value : masked(entry.value);
        if (json) printJson(io, { ...key, kind: kind?.name, version, state: entry.state, value, findings });
        else {
          io.stdout.write(`${printable(shown(key))}, ${kind?.name ?? 'of no kind'}, version ${version}${entry.state === 'present' ? '' : ` (${entry.state})`}\n`);
          if (value !== undefined) io.stdout.write(stringify(value, { lineWidth: 0 }));
          sayFindings(io, findings);
        }
        if (findings.some(isMalformed)) throw new CheckFailed(`${printable(shown(key))} is malformed: see above.`);
      });
    });
}
