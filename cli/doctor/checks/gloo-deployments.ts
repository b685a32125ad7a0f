import { isMapping } from '../../../lib/environment/fields';
import { glooServiceAccounts } from '../../../lib/identity/names';
import { failure, joined, ok, type Finding } from '../finding';
import type { KubeObject } from '../kube';
import type { Check } from '../ports';

export const glooDeployments: Check = {
  id: 'gloo',
  title: 'Gloo runs',
  look: async ({ environment: { gloo }, kube }) => {
    const reader = await kube();
    const findings = await Promise.all(
      glooServiceAccounts(gloo).map(async (name) => judgeDeployment(gloo.namespace, name, await reader.find(`/apis/apps/v1/namespaces/${gloo.namespace}/deployments/${name}`))),
    );
    return joined(findings, failure('there is no deployment'));
  },
};

export function judgeDeployment(namespace: string, name: string, deployment: KubeObject | undefined): Finding {
  if (deployment === undefined) return failure(`there is no deployment ${namespace}/${name}`, 'Deploy the Gloo stack: npx cdk deploy.');
  const spec = isMapping(deployment.spec) ? deployment.spec : {};
  const status = isMapping(deployment.status) ? deployment.status : {};
  const wanted = Number(spec.replicas ?? 1);
  const available = Number(status.availableReplicas ?? 0);
  if (available >= wanted && wanted > 0) return ok(`${name} ${available} of ${wanted}`);
  if (wanted === 0) return failure(`${name} is scaled to 0`, `kubectl scale -n ${namespace} deploy/${name} --replicas 1`);
  return failure(`${available} of ${wanted} replicas of ${name} are available`, `See why its pods are not ready: kubectl describe pods -n ${namespace} -l gloo=${name}; kubectl logs -n ${namespace} deploy/${name}`);
}
