import { atLeast, leastAddonVersions, leastKubernetesForRaft, vaultChartVersions, vaultVersion } from '../versions';
import { raft as raftSchema, vaultMode } from './raft';
import { regionWord, valueAt, type Path, type Rule } from './rule';
import type { Fields } from './schema';
import { quote } from './words';

/** ARNs of `vault.raft`, which lie in the environment's account and region. */
export const raftArns: readonly Path[] = [
  ['vault', 'raft', 'kmsKeyArn'],
  ['vault', 'raft', 'recovery', 'secret', 'arn'],
  ['vault', 'raft', 'recovery', 'secret', 'kmsKeyArn'],
  ['vault', 'raft', 'snapshots', 'bucket', 'kmsKeyArn'],
  ['vault', 'raft', 'alarmTopicArn'],
];

const RAFT: Path = ['vault', 'raft'];

/** `vault.raft` belongs to its mode, and production wants TLS. */
const modeAndTls: Rule = (environment, sound, report) => {
  if (!sound(['production'], ['vault', 'mode'])) return;
  const { production, vault } = environment;
  if (vaultMode(environment) === 'dev') {
    // In production it is the mode that is at fault.
    if (vault.raft === undefined || production) return;
    report(RAFT, "stands beside mode 'dev', which keeps nothing on a volume; set vault.mode: 'raft', or leave it out.");
    return;
  }
  if (!sound([...RAFT, 'tls']) || !production || vault.raft?.tls !== false) return;
  report([...RAFT, 'tls'], "is false while production is true: Gloo's tokens and secrets would be readable on the nodes' network; leave it out, or set production: false.");
};

/** Other clusters' tokens and secrets cross the network. */
const sharing: Rule = (environment, sound, report) => {
  if (!sound(['production'], ['vault', 'mode'], [...RAFT, 'tls']) || environment.vault.shared === undefined) return;
  const { vault } = environment;
  if (vaultMode(environment) === 'raft' && vault.raft?.tls !== false) return;
  const instead = vaultMode(environment) === 'dev' ? "mode 'dev', which has no TLS and loses its secrets with a restart; set vault.mode: 'raft', or leave it out." : 'vault.raft.tls: false, by which tokens and secrets would cross the network in the clear; leave out one of the two.';
  report(['vault', 'shared'], `stands beside ${instead}`);
};

/** A replica a node, and spread over zones so that one can be lost. */
const room: Rule = (environment, sound, report) => {
  const created = environment.cluster?.create;
  if (created === undefined || !inRaftMode(environment, sound) || !sound([...RAFT, 'replicas'])) return;
  const { replicas } = environment.vault.raft ?? raftSchema.parse({});
  const here: Path = ['cluster', 'create'];
  if (replicas > 1 && sound([...here, 'zones']) && created.zones < 3) {
    report([...here, 'zones'], `${created.zones} zones while vault.raft.replicas is ${replicas}: one of them has most of the replicas, and its loss stops Vault; set zones: 3.`);
  }
  if (sound([...here, 'nodes']) && created.nodes.minSize < replicas) {
    report(
      [...here, 'nodes', 'minSize'],
      `${created.nodes.minSize} nodes while vault.raft.replicas is ${replicas}, and no two replicas share a node; set minSize: ${replicas} or more (and desiredSize and maxSize with it).`,
    );
  }
};

/** What an imported cluster has to have, or to have room for. */
const addons: Rule = (environment, sound, report) => {
  const imported = environment.cluster?.import;
  const at: Path = ['cluster', 'import', 'addons'];
  if (imported === undefined || !sound(['production'], ['vault', 'mode'])) return;
  const tls = sound([...RAFT, 'tls']) && environment.vault.raft?.tls !== false;
  const raft = vaultMode(environment) === 'raft';
  const used = {
    'vpc-cni': sound(['vault', 'networkPolicy']) && environment.vault.networkPolicy,
    'aws-ebs-csi-driver': raft,
    'cert-manager': raft && tls,
  };
  for (const name of Object.keys(used) as (keyof typeof used)[]) {
    const version = valueAt(imported, ['addons', name]);
    const least = leastAddonVersions[name];
    if (!used[name] || typeof version !== 'string' || !sound([...at, name]) || atLeast(version, least.version)) continue;
    report([...at, name], `${quote(version)} is too old: ${least.reason}; upgrade the add-on to ${least.version} or later.`);
  }
  if (!raft || !sound(at) || imported.addons !== undefined) return;
  const cluster = `--cluster-name ${sound(['cluster', 'import', 'name']) ? imported.name : 'NAME'} --region ${regionWord(environment)}`;
  report(
    at,
    `missing, and a Vault of mode 'raft' needs the EBS CSI driver${tls ? ' and cert-manager' : ''}: give what the cluster has with its versions ({} for none), and the app installs the rest. ` +
      `This prints EKS's own: aws eks list-addons ${cluster} --query 'addons[]' --output text | ` +
      `xargs -n 1 aws eks describe-addon ${cluster} --query 'addon.[addonName,addonVersion]' --output text --addon-name`,
  );
};

/** The oldest Kubernetes; new clusters are all younger. */
const kubernetes: Rule = (environment, sound, report) => {
  const path: Path = ['cluster', 'import', 'kubernetesVersion'];
  const version = valueAt(environment, path);
  const { version: least, reason } = leastKubernetesForRaft;
  if (typeof version !== 'string' || !sound(path) || !inRaftMode(environment, sound) || atLeast(version, least)) return;
  report(path, `${quote(version)} cannot carry a Vault of mode 'raft': ${reason}; upgrade the cluster to ${least} or later.`);
};

/** cert-manager brings its namespace along. */
const namespaces: Rule = (environment, sound, report) => {
  if (!inRaftMode(environment, sound) || !sound([...RAFT, 'tls']) || environment.vault.raft?.tls === false) return;
  for (const part of ['vault', 'gloo'] as const) {
    const path: Path = [part, 'namespace'];
    if (valueAt(environment, path) === 'cert-manager') report(path, '"cert-manager" is the namespace of the add-on of that name; choose another.');
  }
};

function inRaftMode(environment: Fields, sound: (...paths: readonly Path[]) => boolean): boolean {
  return sound(['production'], ['vault', 'mode']) && vaultMode(environment) === 'raft';
}

/** The image that tells Vault of a renewed certificate is Vault's own. */
const knownVault: Rule = (environment, sound, report) => {
  if (!sound(['production'], ['vault', 'mode'], ['vault', 'chartVersion']) || vaultMode(environment) === 'dev') return;
  const { chartVersion } = environment.vault;
  if (vaultVersion(chartVersion) !== undefined) return;
  report(['vault', 'chartVersion'], `${quote(chartVersion)} is not in lib/versions.ts, which says the version of Vault in it, and mode 'raft' names that version; allowed: ${vaultChartVersions.join(', ')}.`);
};

export const raftRules: readonly Rule[] = [modeAndTls, sharing, room, addons, kubernetes, namespaces, knownVault];
