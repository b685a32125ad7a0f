import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONGEST_RUN } from '../../cli/helm/records';
import { CRDS_RELEASE } from '../../lib/gloo/crds/vendored';
import { GLOO_RELEASE } from '../../lib/gloo/helm-values';
import { releaseRecord } from '../cluster-objects';
import { runCommand } from '../operator';
import type { World } from '../world';
import { doctor } from './doctor';
import { demand, demandEqual, type Step } from './step';

/** What happens when versions change, and when a change is cut off. */
export const upgradeSteps: readonly Step[] = [
  {
    title: "Gloo's CRDs come before its chart, at its version",
    run: ({ world, assemblyDir }) => {
      const { version } = world.objects.release('gloo');
      const crds = world.objects.assetReleases.find(({ release }) => release === CRDS_RELEASE.name);
      demand(crds, `No release ${CRDS_RELEASE.name} is in the templates`);
      const order = world.deployment.resources.map(({ type, properties }) => (type === 'Custom::AWSCDK-EKS-HelmChart' ? properties.Release : undefined));
      demand(order.indexOf(crds.release) < order.indexOf(GLOO_RELEASE), "Gloo's chart comes before its CRDs");
      const chart = readFileSync(join(assemblyDir, `asset.${crds.hash}`, 'Chart.yaml'), 'utf8');
      demand(chart.includes(`\nversion: ${version}\n`), `The CRDs are not those of chart ${version}: ${chart}`);
      return { beyond: `release ${crds.namespace}/${crds.release}, CRDs of chart ${version}, before release ${GLOO_RELEASE}` };
    },
  },
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

function unlock({ world, projectDir }: { readonly world: World; readonly projectDir: string }, args: readonly string[]) {
  return runCommand(world, projectDir, ['unlock', GLOO_RELEASE, '--json', ...args]);
}
