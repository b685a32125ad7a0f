import { mayRun, recordsIn, recordsPath, releasesOf, shown, stuckIn, type Release, type ReleaseRecord } from '../../helm/records';
import { failure, joined, ok, warning, type Finding } from '../finding';
import type { Check } from '../ports';

export const helmReleases: Check = {
  id: 'helm-releases',
  title: 'Helm releases are settled',
  look: async ({ environment, kube, now }) => {
    const reader = await kube();
    const findings = await Promise.all(
      releasesOf(environment).map(async (release) => judgeRelease(environment.name, release, recordsIn(await reader.metadata(recordsPath(release)), release), now)),
    );
    return joined(findings, failure('there is no release'));
  },
};

/** @param records latest first. */
export function judgeRelease(environment: string, { name, namespace }: Release, records: readonly ReleaseRecord[], now: Date): Finding {
  const [latest] = records;
  if (!latest) return failure(`there is no release ${namespace}/${name}`, `Deploy it: npx cdk deploy '${environment}/*'`);
  const stuck = stuckIn(records);
  if (stuck) {
    const words = shown(stuck.record, now);
    if (mayRun(stuck.record, now)) return warning(`${words}: a deployment may be under way`, `If none is, and it stays so for over 15 minutes: npx gloo-vault unlock ${name} -e ${environment}`);
    return failure(`${words}: Helm was killed, and refuses every deployment from now on`, `npx gloo-vault unlock ${name} -e ${environment}, then deploy again: npx cdk deploy '${environment}/*'`);
  }
  const revision = `${name} revision ${latest.revision} ${latest.status}`;
  return latest.status === 'deployed' ? ok(revision) : warning(revision, `See why in the stack's events, mend that, and deploy again: npx cdk deploy '${environment}/*'`);
}
