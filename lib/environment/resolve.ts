import { RegionInfo } from 'aws-cdk-lib/region-info';
import { crdsFault } from '../gloo/crds/vendored';
import { sharedVaultUrl } from '../vault/addresses';
import {
  chooseKubectlLayer,
  supportWarning,
  vaultChartWarning,
  type KubernetesVersion,
} from '../versions';
import { authorities } from './authorities';
import { parseArn, partitionOf } from './aws';
import { parseDuration } from './duration';
import type { AddonName, ClusterEnvironment, EndpointAccess, Environment, GuestEnvironment, ImportedCluster, NewCluster, Raft, Vault } from './environment';
import type { EndpointAccessInput } from './input';
import { raft as raftSchema, vaultMode } from './raft';
import { clusterOf } from './rule';
import type { CommonFields, Fields, GuestFields } from './schema';

/** An environment as the stacks read it, from fields that every check has passed. */
export function resolveEnvironment(name: string, fields: Fields, guests: readonly GuestEnvironment[], installed: (packageName: string) => boolean): Environment {
  const { common, version } = resolveCommon(name, fields, installed);
  return { ...common, vault: resolveVault(fields), guests, warnings: warningsOf(name, fields, version) };
}

/** The same of one whose Vault is another's. @param owner with the fields that say where that Vault is. */
export function resolveGuest(name: string, fields: GuestFields, owner: { readonly name: string; readonly fields: Fields }, installed: (packageName: string) => boolean): GuestEnvironment {
  const { common, version } = resolveCommon(name, fields, installed);
  const { vault, region } = owner.fields;
  const { kv, policy, auth, revision, clientCidrs } = fields.vault;
  if (vault.shared?.caCertificate === undefined) throw new Error('A guest of a Vault that nobody can reach passed its check.');
  return {
    ...common,
    vault: {
      owner: owner.name,
      url: sharedVaultUrl(vault.shared.hostname),
      caCertificate: authorities(vault.shared.caCertificate),
      region,
      auth: { mountPath: vault.auth.mountPath, serverIdHeader: vault.auth.serverIdHeader, session: sessionOf(fields.production, auth.session) },
      kv,
      policy: { name: policy.name, form: 'smallest' },
      revision,
      clientCidrs: clientCidrs ?? (fields.cluster.create === undefined ? [] : [fields.cluster.create.vpcCidr]),
    },
    warnings: [...versionWarnings(fields, version), ...optInWarning(name, fields, owner)],
  };
}

/** STS of a region that an account has not opted into refuses that account's signatures. */
function optInWarning(name: string, { account }: GuestFields, { fields }: { readonly fields: Fields }): readonly string[] {
  if (account === fields.account || !RegionInfo.get(fields.region).isOptInRegion) return [];
  return [`Gloo of ${name} signs its login for STS in ${fields.region}, which knows account ${account} only once that has enabled the region: aws account enable-region --region-name ${fields.region}`];
}

type Common = Omit<ClusterEnvironment, 'warnings'>;

function resolveCommon(name: string, fields: CommonFields, installed: (packageName: string) => boolean): { readonly common: Common; readonly version: KubernetesVersion } {
  const partition = partitionOf(fields.region);
  if (partition === undefined) throw new Error(`Region ${fields.region} passed its check without a partition.`);
  const { account, region, production, tags, gloo } = fields;
  const version = clusterOf(fields.cluster).kubernetesVersion as KubernetesVersion;
  const choice = chooseKubectlLayer(version, gloo.chartVersion, installed);
  if ('fault' in choice) throw new Error(choice.fault);
  const common = {
    name,
    account,
    region,
    partition,
    production,
    tags,
    cluster: resolveCluster(fields.cluster, choice.layer.packageName),
    identity: { authPolicy: fields.identity.authPolicy ?? (production ? 'narrow' : 'guide'), generations: generationsOf(fields.identity.generation) },
    gloo,
  };
  return { common, version };
}

function generationsOf(given: CommonFields['identity']['generation']): Environment['identity']['generations'] {
  return Array.isArray(given) ? given : [given];
}

function resolveCluster({ create, import: imported }: CommonFields['cluster'], kubectlLayer: string): NewCluster | ImportedCluster {
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
  const { raft, policy, auth, drift, shared, ...rest } = vault;
  const mode = vaultMode({ production, vault });
  return {
    ...rest,
    mode,
    ...(mode === 'raft' ? { raft: resolveRaft(raft ?? raftSchema.parse({})) } : {}),
    auth: { ...auth, session: sessionOf(production, auth.session) },
    policy: { ...policy, form: policy.form ?? (production ? 'smallest' : 'guide') },
    drift: resolveDrift(drift, mode),
    ...(shared ? { shared: { hostname: shared.hostname } } : {}),
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

const sessionOf = (production: boolean, session: Fields['vault']['auth']['session']) => resolveSession(session ?? (production ? { period: '15m' } : { maxTtl: '15m' }));

function resolveSession({ maxTtl, period }: NonNullable<Fields['vault']['auth']['session']>): Vault['auth']['session'] {
  const seconds = parseDuration(maxTtl ?? period ?? '');
  if (seconds === undefined) throw new Error('A session without a duration passed its check.');
  return maxTtl === undefined ? { period: seconds } : { maxTtl: seconds };
}

function warningsOf(name: string, fields: Fields, version: KubernetesVersion): readonly string[] {
  const { cluster, vault, region } = fields;
  const enforcement =
    cluster.import !== undefined && vault.networkPolicy
      ? `The NetworkPolicy in front of Vault does nothing in the cluster of ${name} unless its VPC CNI enforces policies: look for ` +
        `enableNetworkPolicy "true" in \`aws eks describe-addon --cluster-name ${cluster.import.name} --addon-name vpc-cni --region ${region} --query addon.configurationValues\`.`
      : undefined;
  return [...versionWarnings(fields, version), ...[vaultChartWarning(vault.chartVersion), enforcement].filter((each) => each !== undefined), ...raftWarnings(name, fields)];
}

function versionWarnings({ gloo }: CommonFields, version: KubernetesVersion): readonly string[] {
  const crds = crdsFault(gloo.chartVersion);
  return [supportWarning(version), crds && `Gloo chart ${crds}`].filter((each) => each !== undefined);
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
