import type { EndpointAccess, Environment, ImportedCluster, NewCluster, Raft } from '../lib/environment/environment';

type Mapping = Readonly<Record<string, unknown>>;

/** What a user would write into a file to get this environment: commands read environments from there. */
export function environmentInput({ account, region, production, tags, cluster, identity, vault, gloo }: Environment): Mapping {
  const { raft, auth, drift, ...rest } = vault;
  const { session } = auth;
  return {
    account,
    region,
    production,
    tags,
    cluster: cluster.kind === 'new' ? { create: newCluster(cluster) } : { import: importedCluster(cluster) },
    identity: { authPolicy: identity.authPolicy, generation: generationInput(identity) },
    vault: {
      ...rest,
      ...(raft ? { raft: raftInput(raft) } : {}),
      drift: drift.action === 'off' ? { action: drift.action } : { action: drift.action, every: `${drift.everyMinutes}m` },
      auth: { ...auth, session: 'maxTtl' in session ? { maxTtl: `${session.maxTtl}s` } : { period: `${session.period}s` } },
    },
    gloo,
  };
}

const generationInput = ({ generations }: Environment['identity']) => (generations.length === 1 ? generations[0] : generations);

/** An environment keeps which add-ons a cluster has, not their versions, which were looked at when it was read. */
const RECENT_ENOUGH = 'v99.0.0';

function newCluster(cluster: NewCluster): Mapping {
  return { ...given(cluster), endpointAccess: access(cluster.endpointAccess) };
}

function importedCluster(cluster: ImportedCluster): Mapping {
  const { oidc, addons, endpointAccess } = cluster;
  const provider = 'providerArn' in oidc ? { oidcProviderArn: oidc.providerArn } : { oidcIssuer: oidc.issuer };
  return { ...given(cluster), ...provider, endpointAccess: access(endpointAccess), addons: Object.fromEntries(addons.map((name) => [name, RECENT_ENOUGH])) };
}

/** Without what the app chooses or derives. */
function given(cluster: NewCluster | ImportedCluster): Mapping {
  return Object.fromEntries(Object.entries(cluster).filter(([key]) => !['kind', 'kubectlLayer', 'oidc', 'issuerHost'].includes(key)));
}

function raftInput({ snapshots, ...rest }: Raft): Mapping {
  const { bucket, ...schedule } = snapshots;
  return { ...rest, snapshots: { ...schedule, ...(bucket ? { bucket: { ...bucket, versioning: 'Enabled' } } : {}) } };
}

function access(of: EndpointAccess): unknown {
  return of.kind === 'public-from' ? { publicFrom: of.cidrs } : of.kind;
}
