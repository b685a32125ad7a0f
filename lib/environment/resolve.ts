import { crdsFault } from '../gloo/crds/vendored';
import {
  chooseKubectlLayer,
  supportWarning,
  vaultChartWarning,
  type KubernetesVersion,
} from '../versions';
import { parseArn, partitionOf } from './aws';
import { parseDuration } from './duration';
import type { AddonName, EndpointAccess, Environment, ImportedCluster, NewCluster, Raft, Vault } from './environment';
import type { EndpointAccessInput } from './input';
import { raft as raftSchema, vaultMode } from './raft';
import { clusterOf } from './rule';
import type { Fields } from './schema';

/** An environment as the stacks read it, from fields that every check has passed. */
export function resolveEnvironment(name: string, fields: Fields, installed: (packageName: string) => boolean): Environment {
  const partition = partitionOf(fields.region);
  if (partition === undefined) throw new Error(`Region ${fields.region} passed its check without a partition.`);
  const { account, region, production, tags, gloo } = fields;
  const version = clusterOf(fields.cluster).kubernetesVersion as KubernetesVersion;
  const choice = chooseKubectlLayer(version, gloo.chartVersion, installed);
  if ('fault' in choice) throw new Error(choice.fault);
  return {
    name,
    account,
    region,
    partition,
    production,
    tags,
    cluster: resolveCluster(fields.cluster, choice.layer.packageName),
    identity: { authPolicy: fields.identity.authPolicy ?? (production ? 'narrow' : 'guide'), generations: generationsOf(fields.identity.generation) },
    vault: resolveVault(fields),
    gloo,
    warnings: warningsOf(name, fields, version),
  };
}

function generationsOf(given: Fields['identity']['generation']): Environment['identity']['generations'] {
  return Array.isArray(given) ? given : [given];
}

function resolveCluster({ create, import: imported }: Fields['cluster'], kubectlLayer: string): NewCluster | ImportedCluster {
  if (create !== undefined) {
    const { availabilityZones, ...rest } = create;
    const named = availabilityZones === undefined ? {} : { availabilityZones };
    return { kind: 'new', ...rest, ...named, kubectlLayer, endpointAccess: resolveAccess(create.endpointAccess) };
  }
  if (imported === undefined) throw new Error('An environment without a cluster passed its schema.');
  const { oidcProviderArn, oidcIssuer = '', kubectlRoleArn, vpc, endpointAccess, addons = {}, ...rest } = imported;
  return {
    kind: 'imported',
    ...rest,
    kubectlLayer,
    endpointAccess: resolveAccess(endpointAccess),
    addons: managedAddons.filter((name) => addons[name] !== undefined),
    oidc: oidcProviderArn === undefined ? { issuer: oidcIssuer } : { providerArn: oidcProviderArn },
    issuerHost:
      oidcProviderArn === undefined
        ? oidcIssuer.replace('https://', '')
        : (parseArn(oidcProviderArn)?.resource.replace('oidc-provider/', '') ?? ''),
    ...(kubectlRoleArn === undefined ? {} : { kubectlRoleArn }),
    ...(vpc === undefined ? {} : { vpc }),
  };
}

function resolveAccess(access: EndpointAccessInput): EndpointAccess {
  return typeof access === 'string' ? { kind: access } : { kind: 'public-from', cidrs: access.publicFrom };
}

const managedAddons: readonly AddonName[] = ['aws-ebs-csi-driver', 'cert-manager'];

function resolveVault({ production, vault }: Fields): Vault {
  const { raft, policy, auth, drift, ...rest } = vault;
  const mode = vaultMode({ production, vault });
  return {
    ...rest,
    mode,
    ...(mode === 'raft' ? { raft: resolveRaft(raft ?? raftSchema.parse({})) } : {}),
    auth: { ...auth, session: resolveSession(auth.session ?? (production ? { period: '15m' } : { maxTtl: '15m' })) },
    policy: { ...policy, form: policy.form ?? (production ? 'smallest' : 'guide') },
    drift: resolveDrift(drift, mode),
  };
}

/** A Vault that lives in memory is empty after a restart, with a root token that everybody knows: it does not wait for a person. */
function resolveDrift({ action, every }: Fields['vault']['drift'], mode: Vault['mode']): Vault['drift'] {
  const byDefault = mode === 'dev' ? ({ action: 'repair', every: '5m' } as const) : ({ action: 'report', every: '60m' } as const);
  const seconds = parseDuration(every ?? byDefault.every);
  if (seconds === undefined) throw new Error('A drift interval passed its check without a duration.');
  return { action: action ?? byDefault.action, everyMinutes: seconds / 60 };
}

function resolveRaft({ kmsKeyArn, recovery, snapshots, alarmTopicArn, ...rest }: NonNullable<Fields['vault']['raft']>): Raft {
  const { secret, ...shared } = recovery;
  const { bucket, ...schedule } = snapshots;
  return {
    ...rest,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    recovery: { ...shared, ...(secret === undefined ? {} : { secret: withKey({ arn: secret.arn }, secret) }) },
    snapshots: {
      ...schedule,
      ...(bucket === undefined ? {} : { bucket: withKey({ name: bucket.name }, bucket) }),
    },
    ...(alarmTopicArn === undefined ? {} : { alarmTopicArn }),
  };
}

function withKey<Named extends object>(named: Named, { kmsKeyArn }: { kmsKeyArn?: string | undefined }): Named & { kmsKeyArn?: string } {
  return { ...named, ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }) };
}

function resolveSession({ maxTtl, period }: NonNullable<Fields['vault']['auth']['session']>): Vault['auth']['session'] {
  const seconds = parseDuration(maxTtl ?? period ?? '');
  if (seconds === undefined) throw new Error('A session without a duration passed its check.');
  return maxTtl === undefined ? { period: seconds } : { maxTtl: seconds };
}

function warningsOf(name: string, fields: Fields, version: KubernetesVersion): readonly string[] {
  const { cluster, vault, gloo, region } = fields;
  const crds = crdsFault(gloo.chartVersion);
  const enforcement =
    cluster.import !== undefined && vault.networkPolicy
      ? `The NetworkPolicy in front of Vault does nothing in the cluster of ${name} unless its VPC CNI enforces policies: look for ` +
        `enableNetworkPolicy "true" in \`aws eks describe-addon --cluster-name ${cluster.import.name} --addon-name vpc-cni --region ${region} --query addon.configurationValues\`.`
      : undefined;
  return [supportWarning(version), vaultChartWarning(vault.chartVersion), crds && `Gloo chart ${crds}`, enforcement, ...raftWarnings(name, fields)].filter((each) => each !== undefined);
}

function raftWarnings(name: string, { production, vault, cluster, region }: Fields): readonly string[] {
  if (vaultMode({ production, vault }) !== 'raft') return [];
  const { replicas, tls } = vault.raft ?? raftSchema.parse({});
  const installsCertManager = tls && cluster.import?.addons?.['cert-manager'] === undefined;
  return [
    ...(replicas === 1 ? [`Vault of ${name} has one replica: while its pod moves or restarts, Gloo reads no secret, and a zone that is lost takes its volume along.`] : []),
    ...(replicas > 1 && cluster.import !== undefined
      ? [`Vault of ${name} wants ${replicas} nodes over three zones, each with one at least, and whether ${cluster.import.name} has them is not known here: without, pods of Vault stay pending. kubectl get nodes -L topology.kubernetes.io/zone`]
      : []),
    ...(tls ? [] : [`Vault of ${name} has no TLS: tokens and secrets are readable on the nodes' network.`]),
    ...(installsCertManager && partitionOf(region)?.name !== 'aws'
      ? [`Whether EKS offers cert-manager as an add-on in ${region} was not checked: aws eks describe-addon-versions --addon-name cert-manager --region ${region}`]
      : []),
  ];
}
