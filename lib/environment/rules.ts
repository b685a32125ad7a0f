import type { z } from 'zod';
import { crdsFault } from '../gloo/crds/vendored';
import { chooseKubectlLayer, glooPairFault, vaultPairFault, type KubernetesVersion } from '../versions';
import { parseArn, partitionOf, regionInHost } from './aws';
import { MISSING, type Fault } from './faults';
import { generationRoom } from './generation-rules';
import { raftArns, raftRules } from './raft-rules';
import { clusterOf, describe, regionWord, valueAt, type Path, type Rule } from './rule';
import type { CommonFields, Fields, GuestFields } from './schema';
import { quote } from './words';

/**
 * What two or more fields of an environment say together. A rule runs when its own fields are sound, whatever is wrong
 * elsewhere, so that one run of synth shows every fault.
 */
export const rules = (installed: (packageName: string) => boolean) => refinement([production, ...raftRules, namespaces, policyName, generationRoom, vaultVersions, glooVersions, crds, arns, regions, functionsInVpc, controlPlane], installed);

/** The same of an environment without a Vault of its own. */
export const guestRules = (installed: (packageName: string) => boolean) => refinement([policyName, generationRoom, glooVersions, crds, arns, regions, functionsInVpc, vaultFromVpc, clientBlocks], installed);

function refinement<Read>(all: readonly Rule<Read>[], installed: (packageName: string) => boolean) {
  return (environment: Read, context: z.core.$RefinementCtx<Read>): void => {
    const unsound = context.issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path ?? []);
    const sound = (...paths: readonly Path[]) => !paths.some((path) => unsound.some((fault) => overlap(path, fault)));
    const report = (path: Path, message: string | undefined) => {
      if (message !== undefined) context.addIssue({ code: 'custom', path: [...path], message });
    };
    for (const rule of all) rule(environment, sound, report, installed);
  };
}

const production: Rule = (environment, sound, report) => {
  if (!sound(['production'], ['vault', 'mode']) || !environment.production) return;
  if (environment.vault.mode !== 'dev') return;
  report(['vault', 'mode'], '"dev" keeps every secret in memory and loses it with a restart, and production is true; set mode: \'raft\', or production: false.');
};

const namespaces: Rule = (environment, sound, report) => {
  if (!sound(['vault', 'namespace'], ['gloo', 'namespace']) || environment.vault.namespace !== environment.gloo.namespace) return;
  report(['gloo', 'namespace'], `${quote(environment.gloo.namespace)} is Vault's namespace too; give each its own.`);
};

/** Beginnings of the policies that the app writes besides Gloo's. */
const ownPolicies: readonly (readonly [string, string])[] = [
  ['vault-config-', 'the policy by which this app configures Vault'],
  ['vault-backup-', 'the policy by which this app takes snapshots'],
  ['vault-operator-', "the operators' policy"],
];

const policyName: Rule<Pick<Fields | GuestFields, 'vault'>> = (environment, sound, report) => {
  if (!sound(['vault', 'policy', 'name'])) return;
  const { name } = environment.vault.policy;
  for (const [beginning, what] of ownPolicies) {
    if (name.startsWith(beginning)) report(['vault', 'policy', 'name'], `${quote(name)} begins with ${beginning}, as ${what}; choose another name.`);
  }
};

const vaultVersions: Rule = (environment, sound, report) => {
  if (kubernetesPath(environment, sound) === undefined || !sound(['vault', 'chartVersion'])) return;
  report(['vault', 'chartVersion'], vaultPairFault(environment.vault.chartVersion, clusterOf(environment.cluster).kubernetesVersion));
};

const glooVersions: Rule<CommonFields> = (environment, sound, report, installed) => {
  const at = kubernetesPath(environment, sound);
  if (at === undefined || !sound(['gloo', 'chartVersion'])) return;
  const version = clusterOf(environment.cluster).kubernetesVersion as KubernetesVersion;
  const pair = glooPairFault(environment.gloo.chartVersion, version);
  report(['gloo', 'chartVersion'], pair);
  if (pair !== undefined) return;
  const choice = chooseKubectlLayer(version, environment.gloo.chartVersion, installed);
  if ('fault' in choice) report(at, choice.fault);
};

/** A first install of such a version works and its upgrades do not, so only production refuses it; others are warned. */
const crds: Rule<CommonFields> = (environment, sound, report) => {
  if (!sound(['production'], ['gloo', 'chartVersion']) || !environment.production) return;
  report(['gloo', 'chartVersion'], crdsFault(environment.gloo.chartVersion));
};

const arns: Rule<CommonFields> = (environment, sound, report) => {
  const operators = entries(environment, ['vault', 'operators']);
  const paths: Path[] = [
    ...entries(environment, ['cluster', 'create', 'adminArns']),
    ...operators,
    ['cluster', 'import', 'oidcProviderArn'],
    ['cluster', 'import', 'kubectlRoleArn'],
    ...raftArns,
  ];
  for (const path of paths) {
    const value = valueAt(environment, path);
    if (typeof value !== 'string' || !sound(path)) continue;
    const arn = parseArn(value);
    // Vault takes STS's word on who somebody is, of whatever account.
    const anyAccount = operators.includes(path);
    if (!anyAccount && sound(['account']) && arn !== undefined && arn.account !== environment.account) {
      report(path, `${quote(value)} lies in account ${arn.account}; allowed: the environment's account, ${environment.account}.`);
    }
    const partition = sound(['region']) ? partitionOf(environment.region)?.name : undefined;
    if (partition !== undefined && arn !== undefined && arn.partition !== partition) {
      report(path, `${quote(value)} lies in partition ${arn.partition}; region ${environment.region} is in ${partition}.`);
    }
  }
};

const regions: Rule<CommonFields> = (environment, sound, report) => {
  if (!sound(['region'])) return;
  const { region } = environment;
  for (const path of raftArns) {
    const value = valueAt(environment, path);
    const other = typeof value === 'string' && sound(path) ? parseArn(value)?.region : undefined;
    if (other !== undefined && other !== region) report(path, `${quote(String(value))} lies in region ${other}; the environment's region is ${region}.`);
  }
  for (const key of ['endpoint', 'oidcProviderArn', 'oidcIssuer']) {
    const path = ['cluster', 'import', key];
    const value = valueAt(environment, path);
    if (typeof value !== 'string' || !sound(path)) continue;
    const other = regionInHost(parseArn(value)?.resource.replace('oidc-provider/', '') ?? value);
    if (other === undefined || other === region) continue;
    report(path, `${quote(value)} lies in region ${other}; the environment's region is ${region}.`);
  }
  const zones: readonly (readonly [Path, readonly string[] | undefined])[] = [
    [['cluster', 'create', 'availabilityZones'], environment.cluster?.create?.availabilityZones],
    [['cluster', 'import', 'vpc', 'availabilityZones'], environment.cluster?.import?.vpc?.availabilityZones],
  ];
  for (const [path, names] of zones) {
    if (!sound(path)) continue;
    names?.forEach((zone, index) => {
      if (!zone.startsWith(region)) report([...path, index], `${quote(zone)} is no zone of the environment's region, ${region}.`);
    });
  }
};

const IMPORTED: Path = ['cluster', 'import'];

const functionsInVpc: Rule<CommonFields> = (environment, sound, report) => {
  const cluster = environment.cluster?.import;
  if (cluster === undefined || !sound([...IMPORTED, 'endpointAccess'], [...IMPORTED, 'vpc']) || cluster.endpointAccess === 'public' || cluster.vpc !== undefined) return;
  report([...IMPORTED, 'vpc'], `missing while endpointAccess is not 'public', for the Lambdas then run in the VPC; ${giveVpc(environment)}`);
};

/** No API server's proxy leads to a Vault of another cluster. */
const vaultFromVpc: Rule<GuestFields> = (environment, sound, report) => {
  const cluster = environment.cluster?.import;
  if (cluster === undefined || !sound([...IMPORTED, 'endpointAccess'], [...IMPORTED, 'vpc'], ['gloo']) || cluster.endpointAccess !== 'public' || cluster.vpc !== undefined) return;
  const { loginProof, healing } = environment.gloo;
  if (!loginProof && !healing) return;
  report([...IMPORTED, 'vpc'], `missing while ${[loginProof && 'gloo.loginProof', healing && 'gloo.healing'].filter(Boolean).join(' and ')} is on beside vault.sharedFrom, for its function reaches Vault from inside the VPC; ${giveVpc(environment)}`);
};

/** Whose addresses an imported cluster has, nobody knows by heart. */
const clientBlocks: Rule<GuestFields> = (environment, sound, report) => {
  if (environment.cluster?.import === undefined || !sound(['cluster'], ['vault', 'clientCidrs']) || environment.vault.clientCidrs !== undefined) return;
  report(
    ['vault', 'clientCidrs'],
    `missing beside cluster.import, and Vault's load balancer is open to nobody else; give the blocks of the cluster's VPC, or of its nodes and of the subnets in cluster.import.vpc, where the app's functions run. ` +
      `This prints them: aws ec2 describe-vpcs --region ${regionWord(environment)} --vpc-ids $(${describe(environment)} 'cluster.resourcesVpcConfig.vpcId' --output text) --query 'Vpcs[].CidrBlockAssociationSet[].CidrBlock'`,
  );
};

const giveVpc = (environment: unknown) =>
  'give its id, availabilityZones and privateSubnetIds. ' +
  `This prints them: aws ec2 describe-subnets --region ${regionWord(environment)} --filters Name=vpc-id,Values=$(${describe(environment)} ` +
  "'cluster.resourcesVpcConfig.vpcId' --output text) --query 'Subnets[].[VpcId,AvailabilityZone,SubnetId,MapPublicIpOnLaunch]'";

const controlPlane: Rule = (environment, sound, report) => {
  const cluster = environment.cluster?.import;
  const path: Path = [...IMPORTED, 'controlPlaneCidrs'];
  if (cluster === undefined || !sound(path, ['vault', 'networkPolicy']) || !environment.vault.networkPolicy || cluster.controlPlaneCidrs.length > 0) return;
  report(
    path,
    "has no entries while vault.networkPolicy is on, which then keeps the API server, and with it Vault's configuration, from Vault; " +
      'give the blocks of the cluster\'s subnets, or set vault.networkPolicy: false. ' +
      `This prints them: aws ec2 describe-subnets --region ${regionWord(environment)} --subnet-ids $(${describe(environment)} ` +
      "'cluster.resourcesVpcConfig.subnetIds' --output text) --query 'Subnets[].CidrBlock'",
  );
};

/** One fault for all the attributes that an imported cluster lacks, with the command that prints them. */
export function joinMissing(faults: readonly Fault[], environment: unknown): readonly Fault[] {
  const lacks = ({ path, message }: Fault) =>
    path.length === 3 && path[0] === 'cluster' && path[1] === 'import' && message.startsWith(MISSING);
  const missing = faults.filter(lacks);
  const [first] = missing;
  if (first === undefined) return faults;
  const keys = missing.map(({ path }) => String(path[2]));
  const joined: Fault = {
    path: ['cluster', 'import'],
    message:
      `lacks ${keys.join(', ')}. This prints what the cluster has: ${describe(environment)} ` +
      "'cluster.{name:name,kubernetesVersion:version,endpoint:endpoint,certificateAuthority:certificateAuthority.data," +
      "oidcIssuer:identity.oidc.issuer,securityGroupId:resourcesVpcConfig.clusterSecurityGroupId}'",
  };
  return faults.flatMap((fault) => (fault === first ? [joined] : lacks(fault) ? [] : [fault]));
}

/** Two environments on clusters of one name in one account: their IAM roles would have the same names. */
export function sharedClusters(input: Readonly<Record<string, unknown>>): readonly Fault[] {
  const seen = new Map<string, string>();
  return Object.entries(input).flatMap(([environment, value]): readonly Fault[] => {
    const kind = ['create', 'import'].find((each) => valueAt(value, ['cluster', each]) !== undefined) ?? 'create';
    const [account, name] = [valueAt(value, ['account']), valueAt(value, ['cluster', kind, 'name'])];
    if (typeof account !== 'string' || typeof name !== 'string') return [];
    const key = JSON.stringify([account, name]);
    const other = seen.get(key);
    seen.set(key, other ?? environment);
    if (other === undefined) return [];
    return [
      {
        path: [environment, 'cluster', kind, 'name'],
        message: `${quote(name)} is the cluster of environment ${quote(other)} too, in the same account, where role names that end in it can exist once; give each its own.`,
      },
    ];
  });
}

/** Where the entries of a list stand. */
function entries(environment: unknown, path: Path): readonly Path[] {
  const list = valueAt(environment, path);
  return Array.isArray(list) ? list.map((_, index): Path => [...path, index]) : [];
}

function kubernetesPath(environment: unknown, sound: (...paths: readonly Path[]) => boolean): Path | undefined {
  return (['create', 'import'] as const)
    .filter((kind) => valueAt(environment, ['cluster', kind]) !== undefined)
    .map((kind): Path => ['cluster', kind, 'kubernetesVersion'])
    .find((path) => sound(path));
}

function overlap(path: Path, fault: readonly PropertyKey[]): boolean {
  const shared = Math.min(path.length, fault.length);
  return path.slice(0, shared).every((part, index) => part === fault[index]);
}
