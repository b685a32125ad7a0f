import {
  chooseKubectlLayer,
  supportWarning,
  vaultChartWarning,
  type KubernetesVersion,
} from '../versions';
import { parseArn, partitionOf } from './aws';
import { parseDuration } from './duration';
import type { EndpointAccess, Environment, ImportedCluster, NewCluster } from './environment';
import type { EndpointAccessInput } from './input';
import { clusterOf } from './rules';
import type { Fields } from './schema';

/** An environment as the stacks read it, from fields that every check has passed. */
export function resolveEnvironment(name: string, fields: Fields, installed: (packageName: string) => boolean): Environment {
  const partition = partitionOf(fields.region);
  if (partition === undefined) throw new Error(`Region ${fields.region} passed its check without a partition.`);
  const { account, region, production, tags, vault, gloo } = fields;
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
    identity: { authPolicy: fields.identity.authPolicy ?? (production ? 'narrow' : 'guide') },
    vault: { ...vault, auth: { ...vault.auth, session: resolveSession(vault.auth.session) } },
    gloo,
    warnings: warningsOf(name, fields, version),
  };
}

function resolveCluster({ create, import: imported }: Fields['cluster'], kubectlLayer: string): NewCluster | ImportedCluster {
  if (create !== undefined) {
    const { availabilityZones, ...rest } = create;
    const named = availabilityZones === undefined ? {} : { availabilityZones };
    return { kind: 'new', ...rest, ...named, kubectlLayer, endpointAccess: resolveAccess(create.endpointAccess) };
  }
  if (imported === undefined) throw new Error('An environment without a cluster passed its schema.');
  const { oidcProviderArn, oidcIssuer = '', kubectlRoleArn, vpc, endpointAccess, ...rest } = imported;
  return {
    kind: 'imported',
    ...rest,
    kubectlLayer,
    endpointAccess: resolveAccess(endpointAccess),
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

function resolveSession({ maxTtl, period }: Fields['vault']['auth']['session']): Environment['vault']['auth']['session'] {
  const seconds = parseDuration(maxTtl ?? period ?? '');
  if (seconds === undefined) throw new Error('A session without a duration passed its check.');
  return maxTtl === undefined ? { period: seconds } : { maxTtl: seconds };
}

function warningsOf(name: string, { cluster, vault, region }: Fields, version: KubernetesVersion): readonly string[] {
  const enforcement =
    cluster.import !== undefined && vault.networkPolicy
      ? `The NetworkPolicy in front of Vault does nothing in the cluster of ${name} unless its VPC CNI enforces policies: look for ` +
        `enableNetworkPolicy "true" in \`aws eks describe-addon --cluster-name ${cluster.import.name} --addon-name vpc-cni --region ${region} --query addon.configurationValues\`.`
      : undefined;
  return [supportWarning(version), vaultChartWarning(vault.chartVersion), enforcement].filter((each) => each !== undefined);
}
