import type { Command } from 'commander';
import { isMalformed } from '../../gloo-secret/findings';
import type { Inspected } from '../../gloo-secret/inspect';
import { segmentFault } from '../../gloo-secret/key';
import type { Survey } from '../../gloo-secret/walk';
import { checked } from './checked';
import { withSecrets, type Context, type NamespaceOption } from './open';
import { printable, printJson } from './report';

export function addList(secret: Command, context: Context): void {
  secret
    .command('list')
    .description('Shows names, kinds and versions of all secrets, and until when certificates are valid. Never a value.')
    .option('-n, --namespace <namespace>', 'of one namespace alone (default: of all)')
    .action(async (_: unknown, command: Command) => {
      const { namespace, json } = command.optsWithGlobals<NamespaceOption>();
      checked('--namespace', namespace, segmentFault);
      await withSecrets(context, command, async ({ store, mountPath }) => {
        const { survey } = await import('../../gloo-secret/walk');
        const found = await survey(store, mountPath, new Date(), namespace);
        if (json) printJson(context.io, found.secrets.map(row));
        else context.io.stdout.write(await table(found));
      });
    });
}

function row({ key, kind, version, notAfter, findings }: Inspected) {
  return { ...key, kind: kind?.name, version, ...(notAfter === undefined ? {} : { notAfter }), malformed: findings.some(isMalformed) };
}

async function table({ secrets, misplaced }: Survey): Promise<string> {
  if (secrets.length + misplaced.length === 0) return 'No secret of Gloo is in Vault.\n';
  const { default: Table } = await import('cli-table3');
  const rows = [
    ...secrets.map(row).map(({ namespace, name, kind, version, notAfter, malformed }) => [namespace, name, kind ?? '', String(version), malformed ? MALFORMED : notAfter ? `until ${notAfter.slice(0, 10)}` : '']),
    ...misplaced.map(({ secret }) => ['', secret, '', '', MALFORMED]),
  ];
  const bare = new Table({ head: ['NAMESPACE', 'NAME', 'KIND', 'VERSION', ''], chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 } });
  bare.push(...rows.map((cells) => cells.map(printable)));
  return `${bare
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const MALFORMED = 'malformed: see secret lint';

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map((place) => [place, '']),
);
