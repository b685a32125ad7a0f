import type { Command } from 'commander';
import { WrongUse } from '../../failures';
import { pathFault, segmentFault, shown, type SecretKey } from '../../gloo-secret/key';
import type { Io } from '../../io';
import { confirmed } from './ask';
import { checked } from './checked';
import { withSecrets, type Context, type NamespaceOption } from './open';
import { printable, printJson } from './report';

interface Options extends NamespaceOption {
  readonly yes?: true;
}

export function addDelete(secret: Command, context: Context): void {
  secret
    .command('delete')
    .argument('<names...>', 'names of the secrets, or the path of one that lies in a folder')
    .description("Removes secrets with all their versions, as Gloo itself does (vault kv metadata delete). A version alone that is deleted fails Gloo's whole list.")
    .option('-n, --namespace <namespace>', "Kubernetes namespace of the secrets (default: Gloo's)")
    .option('-y, --yes', "don't ask")
    .action(async (names: readonly string[], _: unknown, command: Command) => {
      const { namespace, yes, json } = command.optsWithGlobals<Options>();
      for (const name of names) checked('name', name, pathFault);
      checked('--namespace', namespace, segmentFault);
      await withSecrets(context, command, async ({ store, namespace: own }) => {
        const keys = [...new Set(names)].map((name) => ({ namespace: namespace ?? own, name }));
        const entries = await Promise.all(keys.map((key) => store.read(key)));
        const there = keys.filter((_key, index) => entries[index] !== undefined);
        const removed = there.length > 0 && (yes === true || (await agreed(context.io, there))) ? there : [];
        for (const key of removed) await store.delete(key);
        const changes = keys.map((key) => ({ ...key, change: removed.includes(key) ? 'deleted' : 'unchanged' }) as const);
        if (json) printJson(context.io, changes);
        else for (const [index, { change, ...key }] of changes.entries()) context.io.stdout.write(`${change}: ${printable(shown(key))}${entries[index] ? '' : ' is not there'}\n`);
      });
    });
}

async function agreed(io: Io, keys: readonly SecretKey[]): Promise<boolean> {
  const secrets = keys.map((key) => printable(shown(key))).join(', ');
  const answer = await confirmed(io, `Remove ${secrets} for good, with all versions? What refers to ${keys.length === 1 ? 'it' : 'them'} in Gloo fails from then on.`);
  if (answer === undefined) throw new WrongUse(`Nobody is there to confirm that ${secrets} ${keys.length === 1 ? 'is' : 'are'} removed for good: give --yes.`);
  return answer;
}
