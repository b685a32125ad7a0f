import type { Environment } from '../../../lib/environment/environment';
import { importable, supportWarning } from '../../../lib/versions';
import { failure, joined, NotKnown, ok, unknown, warning, type Finding } from '../finding';
import type { Check } from '../ports';

type Cluster = Pick<Environment, 'cluster' | 'region'>;

export const cluster: Check = {
  id: 'cluster',
  title: 'Kubeconfig leads to the cluster',
  look: async ({ environment, kube, clusterEndpoint }) => {
    const { endpoint } = await kube();
    const wanted = await clusterEndpoint().catch((error: unknown) => (environment.cluster.kind === 'imported' ? environment.cluster.endpoint : (error as Error)));
    return judgeEndpoint(environment, endpoint, wanted);
  },
};

/** @param wanted the cluster's endpoint, or why nobody knows it. */
export function judgeEndpoint({ cluster: { name }, region }: Cluster, endpoint: string, wanted: string | Error): Finding {
  if (wanted instanceof Error) return unknown(`it leads to ${endpoint}; whether that is ${name} is not known: ${wanted.message}`);
  if (sameServer(endpoint, wanted)) return ok(`${endpoint} is ${name}`);
  return failure(
    `the kubeconfig leads to ${endpoint}, and ${name} is at ${wanted}: what else was found in Kubernetes is of another cluster`,
    `Take the right context (--context NAME), or write one: aws eks update-kubeconfig --name ${name} --region ${region}`,
  );
}

const sameServer = (a: string, b: string) => URL.canParse(a) && URL.canParse(b) && new URL(a).host.toLowerCase() === new URL(b).host.toLowerCase();

export const kubernetesVersion: Check = {
  id: 'kubernetes-version',
  title: 'Kubernetes version',
  look: async ({ environment, kube, now }) => {
    const version = await (await kube()).find('/version');
    return judgeVersion(environment.cluster.kubernetesVersion, version?.gitVersion, now);
  },
};

/** @param gitVersion `v1.35.2-eks-1234567` */
export function judgeVersion(wanted: string, gitVersion: unknown, now: Date): Finding {
  const minor = /^v?(\d+\.\d+)/.exec(String(gitVersion))?.[1];
  if (minor === undefined) throw new NotKnown('the API server does not say its version');
  const differs =
    minor === wanted ? ok(`${String(gitVersion)}, as the environment has it`) : warning(`the API server is ${String(gitVersion)}, and the environment says ${wanted}`, `Set kubernetesVersion: '${minor}' and deploy: the kubectl layer goes by it.`);
  const known = importable.find((version) => version === minor);
  const support = known === undefined ? undefined : supportWarning(known, now.toISOString().slice(0, 10));
  return joined([differs, ...(support === undefined ? [] : [warning(support, `Upgrade the cluster past Kubernetes ${minor}, one minor version at a time.`)])], differs);
}
