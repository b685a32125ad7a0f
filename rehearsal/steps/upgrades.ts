import { z } from 'zod';
import { LONGEST_RUN } from '../../cli/helm/records';
import { GLOO_RELEASE } from '../../lib/gloo/helm-values';
import { releaseRecord } from '../cluster-objects';
import { glooPod } from '../gloo/gloo-pod';
import { GlooProcess } from '../gloo/gloo-process';
import { runCommand } from '../operator';
import type { World } from '../world';
import { doctor } from './doctor';
import { replicas } from './raft';
import { demand, demandEqual, type Step } from './step';

/** Milliseconds. */
const ROLL_LIMIT = 240_000;

/** What happens when versions change, and when a change is cut off. */
export const upgradeSteps: readonly Step[] = [
  {
    title: 'A Helm release that a killed deployment left is unlocked by one command',
    run: async (stage) => {
      const { world } = stage;
      const { namespace } = world.objects.release('gloo');
      const undo = world.clusterObjects.add(releaseRecord(namespace, GLOO_RELEASE, 2, 'pending-upgrade'));
      try {
        const { checks } = await doctor(stage);
        const said = checks.find(({ id }) => id === 'helm-releases')?.found ?? '';
        demand(said.includes('revision 2, pending-upgrade'), `doctor says of Helm's releases: ${said}`);
        const refused = await unlock(stage, ['--yes']);
        demandEqual(`The exit code of unlock while the record is younger than ${LONGEST_RUN / 60_000} minutes`, refused.code, 3);
        const done = await unlock(stage, ['--now', '--yes']);
        demand(done.code === 0 && done.stdout.includes('removed'), `unlock ended with ${done.code}: ${done.stderr}`);
        const again = await unlock(stage, ['--now', '--yes']);
        demand(again.code === 0 && again.stdout.includes('"status": "deployed"'), `unlock, run again, ended with ${again.code}: ${again.stdout}${again.stderr}`);
        return { beyond: `doctor: ${said}; unlock refuses while it may run, then removes the record, and finds nothing the next time` };
      } finally {
        undo();
      }
    },
  },
];

/** With replicas: what a deployment changed of Vault's pods, brought to them while Gloo reads. */
export const rollStep: Step = {
  title: "Vault's pods restarted by roll, after a deployment that changed them",
  run: async (stage) => {
    const { world, projectDir } = stage;
    const raft = replicas(world);
    const run = (...args: string[]) => runCommand(world, projectDir, ['roll', '--json', ...args], { timeout: ROLL_LIMIT });
    const none = await run();
    demand(none.code === 0 && rolled(none.stdout).pods.length === 0, `roll has pods to restart that run what is deployed: ${none.stdout}${none.stderr}`);
    const led = raft.nodes[await raft.waitForLeader(ROLL_LIMIT)]?.name ?? '';
    world.vaultSet.changeTemplate();
    const { checks } = await doctor(stage);
    const said = checks.find(({ id }) => id === 'vault-revision');
    demandEqual('What doctor says of pods that run an older configuration', said?.status, 'warning');

    const gloo = await GlooProcess.start({ pod: (process) => glooPod(world, 'gloo', process) });
    try {
      await gloo.settled();
      gloo.clear();
      const before = world.apiServer.requests.length;
      const started = performance.now();
      const { code, stdout, stderr } = await run();
      const took = performance.now() - started;
      demand(code === 0, `roll ended with ${code}: ${stderr.trim()}`);
      const asked = world.apiServer.requests.length - before;
      await gloo.settled();
      const { failures, longestGap, reads } = gloo.report();
      const { pods, restarted } = rolled(stdout);
      demandEqual('The pods that were restarted', restarted.map(({ pod }) => pod), pods);
      demandEqual('The last of them', pods.at(-1), led);
      demandEqual('Pods that roll would restart then', rolled((await run('--dry-run')).stdout).pods, []);
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
      return { beyond: `${pods.join(', ')} in ${seconds(took)}, the leader last, ${asked} requests; Gloo read ${reads} secrets, ${failures} lists failed, longest gap ${seconds(longestGap)}` };
    } finally {
      await gloo.stop();
    }
  },
};

const roll = z.object({ pods: z.array(z.string()), restarted: z.array(z.object({ pod: z.string(), led: z.boolean() })) });
const rolled = (stdout: string) => roll.parse(JSON.parse(stdout === '' ? '{}' : stdout));

function unlock({ world, projectDir }: { readonly world: World; readonly projectDir: string }, args: readonly string[]) {
  return runCommand(world, projectDir, ['unlock', GLOO_RELEASE, '--json', ...args]);
}
