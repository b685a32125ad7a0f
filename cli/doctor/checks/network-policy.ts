import { BlockList, isIPv4 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { App } from 'cdk8s';
import { VaultNetworkPolicyChart } from '../../../cdk8s/vault-network-policy';
import { CONTROL_PLANE_MASK } from '../../../lib/cluster/network';
import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import { glooServiceAccounts } from '../../../lib/identity/names';
import { failure, ok, unknown, type Finding } from '../finding';
import type { KubeObject } from '../kube';
import type { Check } from '../ports';

export const networkPolicy: Check = {
  id: 'network-policy',
  title: "Vault's NetworkPolicy",
  look: async ({ environment, kube }) => {
    if (!environment.vault.networkPolicy) return ok('none, as the environment has it');
    const { namespace } = environment.vault;
    return judgePolicy(environment, await (await kube()).find(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/vault`));
  },
};

export function judgePolicy({ cluster, vault, gloo }: Pick<Environment, 'cluster' | 'vault' | 'gloo'>, found: KubeObject | undefined): Finding {
  const again = 'Write it again: deploy the Vault stack with a change, or kubectl apply the manifest that cdk.out has.';
  if (found === undefined) return failure(`there is none in the namespace ${vault.namespace}: every pod of the cluster reaches Vault`, again);
  // Of a new cluster, the VPC's layout decides the control plane's blocks: of those it is known where they lie and how large they are.
  const known = cluster.kind === 'imported' ? cluster.controlPlaneCidrs : undefined;
  const chart = new VaultNetworkPolicyChart(new App(), 'policy', {
    namespace: vault.namespace,
    glooNamespace: gloo.namespace,
    glooPods: glooServiceAccounts(gloo),
    controlPlaneCidrs: known ?? [],
    limitEgress: vault.raft !== undefined,
  });
  const [wanted] = chart.toJson() as KubeObject[];
  const controlPlane = cluster.kind === 'new' ? (block: string) => isControlPlaneBlock(block, cluster.vpcCidr) : undefined;
  const differing = differences(isMapping(wanted?.spec) ? wanted.spec : {}, isMapping(found.spec) ? found.spec : {}, controlPlane);
  if (differing.length === 0) return ok(`as the templates have it, in ${vault.namespace}`);
  return failure(`it is not as the templates have it: ${differing.join(', ')} changed`, again);
}

/**
 * Fields of the specification that differ.
 * @param isControlPlane whether a block may be the control plane's: rules for one are passed over. Left out where the wanted ones have them.
 */
function differences(wanted: KubeObject, found: KubeObject, isControlPlane: ((block: string) => boolean) | undefined): readonly string[] {
  const comparable = (key: string, value: unknown) =>
    isControlPlane && (key === 'ingress' || key === 'egress') ? rulesOf(value).filter((rule) => !isFor(rule, isControlPlane)) : value;
  const differing = ['podSelector', 'policyTypes', 'ingress', 'egress'].filter((key) => !isDeepStrictEqual(comparable(key, found[key]), comparable(key, wanted[key])));
  // Without one, the API server, and with it whoever configures Vault, is kept out.
  const keptOut = isControlPlane !== undefined && !rulesOf(found.ingress).some((rule) => isFor(rule, isControlPlane));
  return keptOut && !differing.includes('ingress') ? [...differing, 'ingress'] : differing;
}

const rulesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whether a rule names the control plane's blocks and nobody else, on the ports that it needs. */
function isFor(rule: unknown, isControlPlane: (block: string) => boolean): boolean {
  if (!isMapping(rule)) return false;
  const peers = [...rulesOf(rule.from), ...rulesOf(rule.to)];
  const ports = rulesOf(rule.ports).map((port) => (isMapping(port) ? port.port : undefined));
  const narrow = ports.length > 0 && ports.every((port) => port === 8200 || port === 443);
  return narrow && peers.length > 0 && peers.every((peer) => isMapping(peer) && isMapping(peer.ipBlock) && typeof peer.ipBlock.cidr === 'string' && isControlPlane(peer.ipBlock.cidr));
}

/** Whether a block has the size of the control plane's subnets and lies in the VPC. */
function isControlPlaneBlock(block: string, vpcCidr: string): boolean {
  const [address = '', length] = block.split('/');
  const [network = '', size] = vpcCidr.split('/');
  if (Number(length) !== CONTROL_PLANE_MASK || !isIPv4(address)) return false;
  const vpc = new BlockList();
  vpc.addSubnet(network, Number(size));
  return vpc.check(address);
}

export const enforcement: Check = {
  id: 'network-policy-enforced',
  title: 'NetworkPolicy is enforced',
  look: async ({ environment, kube }) => {
    if (!environment.vault.networkPolicy) return ok('there is none to enforce');
    return judgeEnforcement(environment, await (await kube()).find('/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node'));
  },
};

const AGENT = 'aws-eks-nodeagent';
const FLAG = '--enable-network-policy=';

/** @param daemonSet of the VPC CNI */
export function judgeEnforcement({ cluster: { name }, region }: Pick<Environment, 'cluster' | 'region'>, daemonSet: KubeObject | undefined): Finding {
  if (daemonSet === undefined) {
    return unknown('the cluster has no VPC CNI (DaemonSet aws-node), and of another CNI it is not known here', 'See in its manual whether this CNI enforces NetworkPolicy.');
  }
  const template = at(daemonSet, 'spec', 'template', 'spec', 'containers');
  const agent = (Array.isArray(template) ? template : []).filter(isMapping).find((container) => container.name === AGENT);
  const args = Array.isArray(agent?.args) ? agent.args.map(String) : [];
  if (args.includes(`${FLAG}true`)) return ok(`by the VPC CNI (${AGENT})`);
  const mend = `Turn it on: aws eks update-addon --cluster-name ${name} --region ${region} --addon-name vpc-cni --configuration-values '{"enableNetworkPolicy":"true"}'`;
  return failure(`the VPC CNI does not enforce it (${agent === undefined ? `no container ${AGENT}` : (args.find((arg) => arg.startsWith(FLAG)) ?? `no ${FLAG}true`)}): every pod reaches Vault`, mend);
}

const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce<unknown>((inside, key) => (isMapping(inside) ? inside[key] : undefined), value);
