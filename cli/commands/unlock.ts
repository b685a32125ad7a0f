import { Argument, type Command } from 'commander';
import type { Mask } from '../../lib/vault/client/errors';
import { WrongUse } from '../failures';
import { say, type Io } from '../io';
import type { GlobalOptions } from '../options';
import { confirmed } from './secret/ask';

interface Options extends GlobalOptions {
  readonly now?: true;
  readonly yes?: true;
}

/** Releases that a deployment may install. */
const RELEASES = ['vault', 'gloo'];

export function register(program: Command, io: Io, mask: Mask): void {
  program
    .command('unlock')
    .addArgument(new Argument('[release]', 'the one to unlock (default: whichever is stuck)').choices(RELEASES))
    .description("Recovers a Helm release that a killed deployment left pending or uninstalling, with which Helm refuses every next one: removes that revision's record. What runs in the cluster stays as it is.")
    .option('--now', 'although the record is younger than the 15 minutes that the kubectl function has: the deployment has surely ended')
    .option('-y, --yes', "don't ask")
    .addHelpText(
      'after',
      `
Needs neither helm nor a login to Vault. Kubernetes: list and delete on secrets, in Vault's and Gloo's namespace. Of a list it
asks for metadata alone; who may list secrets may read them, so cluster-admin is the usual way.
The record is removed only as it was seen: one that is written meanwhile stays. Run again, it finds nothing stuck.
Afterwards, deploy again; a stack in UPDATE_ROLLBACK_FAILED wants aws cloudformation continue-update-rollback first.

Examples:
  npx gloo-vault unlock -e prod               looks, shows and asks
  npx gloo-vault unlock gloo -e prod --yes    in a script`,
    )
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      await unlock(name, command.optsWithGlobals<Options>(), io, mask);
    });
}

async function unlock(name: string | undefined, options: Options, io: Io, mask: Mask): Promise<void> {
  const [{ withAccess }, { Kube }, { noVault }, { releasesOf }, { announced, refuseRunning, removeRecord, standings }] = await Promise.all([
    import('../access'),
    import('../doctor/kube'),
    import('../environment'),
    import('../helm/records'),
    import('../helm/unlock'),
  ]);
  await withAccess(io, mask, options, async ({ environment, guest, cluster }) => {
    if (guest) throw noVault(guest);
    const kube = new Kube(cluster);
    const now = new Date();
    const all = await standings(kube, releasesOf(environment).filter((release) => name === undefined || release.name === name));
    const stuck = all.flatMap((standing) => standing.stuck ?? []);
    if (options.now === undefined) refuseRunning(stuck, now);
    for (const one of stuck) say(io, announced(one, now));
    const agreed = stuck.length > 0 && (options.yes === true || (await agreement(io)));
    const removed = new Set<string>();
    for (const { record } of agreed ? stuck : []) if (await removeRecord(kube, record)) removed.add(record.secret);
    const results = all.map(({ release, latest, stuck: one }) => ({
      ...release,
      revision: latest?.revision,
      status: latest?.status ?? 'not installed',
      change: one && removed.has(one.record.secret) ? ('removed' as const) : ('unchanged' as const),
    }));
    if (options.json) io.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
    else for (const { namespace, name: release, revision, status, change } of results) io.stdout.write(`${change}: ${namespace}/${release}${revision === undefined ? '' : `, revision ${revision}`}, ${status}\n`);
    if (removed.size > 0) say(io, `Deploy again: npx cdk deploy '${environment.name}/*'`);
    else if (stuck.length === 0) say(io, 'Nothing is stuck.');
  });
}

async function agreement(io: Io): Promise<boolean> {
  const answer = await confirmed(io, 'Remove it, so that the next deployment goes on from what was there before?');
  if (answer === undefined) throw new WrongUse('Nobody is there to confirm that the record is removed: give --yes.');
  return answer;
}
