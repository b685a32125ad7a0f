import { parse, YAMLError } from 'yaml';
import { isMapping } from '../../lib/environment/fields';
import { importable, supportWarning } from '../../lib/versions';
import { ADDONS, type AddonName, type ClusterFacts } from './cluster-facts';
import { placeOf, type Entry } from './entry';

/**
 * What stands between the cluster and a deployment, or could not be seen, each in one line with what to do. What the entry itself
 * breaks of the environments' rules is not among them.
 */
export function doubtsOf(facts: ClusterFacts, entry: Entry): readonly string[] {
  return [...state(facts), ...support(facts), ...access(facts), ...ways(facts, entry), ...networkPolicy(facts), ...addons(facts)];
}

function state({ cluster: { name, status } }: ClusterFacts): readonly string[] {
  if (status === 'ACTIVE') return [];
  return [`The cluster is ${status}, not ACTIVE: deploy to it when it is. aws eks wait cluster-active --name ${name}`];
}

function support({ cluster: { version } }: ClusterFacts): readonly string[] {
  const known = importable.find((each) => each === version);
  const warning = known === undefined ? undefined : supportWarning(known);
  return warning === undefined ? [] : [warning];
}

function access({ cluster }: ClusterFacts): readonly string[] {
  if (cluster.accessConfig.authenticationMode !== 'CONFIG_MAP') return [];
  return [
    "authenticationMode is CONFIG_MAP, and the app's access entries need API_AND_CONFIG_MAP (there is no way back, and the aws-auth ConfigMap goes on working): " +
      `aws eks update-cluster-config --name ${cluster.name} --region ${placeOf(cluster).region} --access-config authenticationMode=API_AND_CONFIG_MAP`,
  ];
}

/** From the functions to the API server, and out. */
function ways({ cluster }: ClusterFacts, { input, subnets }: Entry): readonly string[] {
  const { vpcId, endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs } = cluster.resourcesVpcConfig;
  const { region } = placeOf(cluster);
  const here = 'import' in input.cluster ? input.cluster.import : undefined;
  const doubts: string[] = [];
  const sixes = publicAccessCidrs.filter((block) => block.includes(':'));
  if (typeof here?.endpointAccess === 'object' && sixes.length > 0) {
    doubts.push(`endpointAccess leaves out ${sixes.join(', ')}: it takes IPv4 blocks.`);
  }
  if (here?.endpointAccess !== 'public') {
    if (subnets === undefined) {
      doubts.push(
        `${vpcId} has no subnet for the functions, which have to run in it: none of its subnets in zones of ${region} is without a route to an internet gateway. ` +
          'Make one with a route to a NAT gateway, and run this again.',
      );
    } else if (!subnets.wayOut) {
      doubts.push(
        `${subnets.privateSubnetIds.join(', ')} have no default route, and the functions need a way to chart repositories, STS and IAM: give their route tables one to a NAT or transit gateway.`,
      );
    }
    if (endpointPublicAccess && !endpointPrivateAccess) {
      doubts.push(
        "The endpoint has no private access, so the functions reach it by way of NAT: let the NAT gateways' addresses in, or " +
          `aws eks update-cluster-config --name ${cluster.name} --region ${region} --resources-vpc-config endpointPrivateAccess=true`,
      );
    }
  }
  return doubts;
}

/** Whether Vault's NetworkPolicy lets in whom it should and keeps out the others. */
function networkPolicy({ cluster, addons: installed }: ClusterFacts): readonly string[] {
  const doubts: string[] = [];
  if (cluster.kubernetesNetworkConfig.ipFamily === 'ipv6') {
    doubts.push("The cluster's pods have IPv6 addresses, and controlPlaneCidrs takes IPv4: Vault's NetworkPolicy would keep the API server out, so set vault.networkPolicy: false.");
  }
  const cni = installed.find(({ addonName }) => addonName === 'vpc-cni');
  if (cni !== undefined && !enforcesPolicies(cni.configurationValues)) {
    const others = cni.configurationValues ? ' (add it to the values that the add-on has; these take their place)' : '';
    doubts.push(
      "vpc-cni does not enforce NetworkPolicy (enableNetworkPolicy is not true), so Vault's does nothing: " +
        `aws eks update-addon --cluster-name ${cluster.name} --region ${placeOf(cluster).region} --addon-name vpc-cni --configuration-values '{"enableNetworkPolicy":"true"}'${others}`,
    );
  }
  doubts.push(
    'controlPlaneCidrs are let in to Vault as a whole: if nodes or pods have addresses in those subnets, they are too. ' +
      'Subnets of the control plane alone: aws eks update-cluster-config --resources-vpc-config subnetIds=…',
  );
  return doubts;
}

/** `{"enableNetworkPolicy":"true"}`, JSON or YAML. */
function enforcesPolicies(configurationValues: string | undefined): boolean {
  if (!configurationValues) return false;
  try {
    const values: unknown = parse(configurationValues);
    return isMapping(values) && String(values.enableNetworkPolicy) === 'true';
  } catch (error) {
    if (error instanceof YAMLError) return false;
    throw error;
  }
}

const OTHERWISE: Readonly<Record<AddonName, string>> = {
  'vpc-cni': 'kubectl get daemonset -n kube-system aws-node -o wide',
  'aws-ebs-csi-driver': 'kubectl get csidriver ebs.csi.aws.com',
  'cert-manager': 'kubectl get deployment -A -l app.kubernetes.io/name=cert-manager',
};

function addons({ cluster, addons: installed }: ClusterFacts): readonly string[] {
  const unwell = installed.filter(({ status }) => status !== 'ACTIVE').map(({ addonName, status }) => `The add-on ${addonName} is ${status}, not ACTIVE.`);
  const missing = ADDONS.filter((name) => !installed.some(({ addonName }) => addonName === name)).map(
    (name) => `EKS has no add-on ${name}. If it was installed otherwise, write its version under addons, or a Vault of mode raft may install it a second time: ${OTHERWISE[name]}`,
  );
  const auto = cluster.computeConfig.enabled
    ? ["EKS Auto Mode is on. Its own storage has the provisioner ebs.csi.eks.amazonaws.com, and the volumes here that of aws-ebs-csi-driver: whether both go together on its nodes was not tried."]
    : [];
  return [...unwell, ...missing, ...auto];
}
