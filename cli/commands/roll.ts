import type { Command } from 'commander';
import type { Mask } from '../../lib/vault/client/errors';
import { WrongUse } from '../failures';
import { say, type Io } from '../io';
import type { GlobalOptions } from '../options';

interface Options extends GlobalOptions {
  readonly all?: true;
  readonly dryRun?: true;
}

export function register(program: Command, io: Io, mask: Mask): void {
  program
    .command('roll')
    .description("Restarts Vault's pods that run another configuration or version than is deployed, one at a time, standbys first and the leader last, each only when all of Vault is well again. The chart leaves that to people: its pods restart when somebody deletes them.")
    .option('--all', 'also pods that run what is deployed')
    .option('--dry-run', 'say which would be restarted, in which order')
    .addHelpText(
      'after',
      `
Each pod is evicted, so disruption budgets have a say, and only as the one that was seen. Well is: made from what is deployed, Ready, unsealed,
one leader that all know of, Raft's log applied up to where it was, and for an operator of vault.operators, every pod a voter. A pod has 5 minutes.
Begins only where all pods are well and a majority can miss one (3 replicas). Interrupted or failed, run it again: it restarts what is left.
The leader is not told to step down first, which takes sudo on sys/step-down: with its end a standby takes over.

Kubernetes, in Vault's namespace: get on statefulsets "vault", get on pods, create on pods/eviction, get on pods/proxy of each pod; cluster-admin may.

Examples:
  npx gloo-vault roll -e prod --dry-run
  npx gloo-vault roll -e prod`,
    )
    .action(async (_: unknown, command: Command) => {
      await roll(command.optsWithGlobals<Options>(), io, mask);
    });
}

async function roll(options: Options, io: Io, mask: Mask): Promise<void> {
  const [{ chosenEnvironment }, { openPorts }, { lookAtPods }, { planned, restart }, { carryOut }, { untilInterrupted }] = await Promise.all([
    import('../environment'),
    import('../doctor/open-ports'),
    import('../roll/pods'),
    import('../roll/roll'),
    import('../progress'),
    import('../access'),
  ]);
  const environment = await chosenEnvironment(io, options);
  const { namespace, raft } = environment.vault;
  if (!raft) {
    throw new WrongUse(`Vault of "${environment.name}" is in dev mode and keeps everything in memory: a restart loses its secrets and its configuration. If that is meant: kubectl delete pod -n ${namespace} vault-0, and then deploy with another vault.revision.`);
  }
  const opened = await openPorts(io, mask, options, environment, new Date());
  try {
    await untilInterrupted(io, (async () => {
      const look = () => lookAtPods(opened.ports);
      const now = await look();
      const pods = planned(now, options.all === true).map(({ name }) => name);
      if (now.voters === undefined) say(io, 'Who votes in Raft was not asked: that takes an entry of yours in vault.operators. What the pods say of themselves has to do.');
      if (options.dryRun || pods.length === 0) {
        const would = pods.length === 0 ? 'Every pod runs what is deployed; nothing to restart.' : `Would restart, in this order: ${pods.join(', ')}.`;
        io.stdout.write(options.json ? `${JSON.stringify({ environment: environment.name, pods, restarted: [] }, undefined, 2)}\n` : `${would}\n`);
        return;
      }
      const kube = await opened.ports.kube();
      const tasks = pods.map((pod) => ({
        title: `Restart ${pod}`,
        run: () => restart({ namespace, look, kube, interrupted: io.interrupted }, pod),
        done: ({ led, version, took }: { readonly led: boolean; readonly version: string; readonly took: number }) => `${pod}${led ? ', which led,' : ''} is well again after ${(took / 1000).toFixed(1)} s: Vault ${version}`,
      }));
      const restarted = await carryOut(tasks, io, options.json === true);
      if (options.json) io.stdout.write(`${JSON.stringify({ environment: environment.name, pods, restarted: restarted.map((each) => ({ ...each, took: Math.round(each.took) })) }, undefined, 2)}\n`);
      else io.stdout.write(`${restarted.length} of ${now.pods.length} pods restarted.\n`);
    })());
  } finally {
    await opened.close();
  }
}
