import type { ClusterEnvironment, EndpointAccess, Environment, GuestEnvironment, ImportedCluster, NewCluster, Raft, Vault } from '../lib/environment/environment';

type Mapping = Readonly<Record<string, unknown>>;

/** What a user would write into a file to get an environment and its guests, by name: commands read environments from there. */
export function environmentsInput(environment: Environment): Readonly<Record<string, Mapping>> {
  const { name, guests } = environment;
  return { [name]: environmentInput(environment), ...Object.fromEntries(guests.map((guest) => [guest.name, guestInput(guest)])) };
}

/** The same of one environment alone. */
export function environmentInput(environment: Environment): Mapping {
  const { raft, auth, drift, shared, ...rest } = environment.vault;
  const [guest] = environment.guests;
  return {
    ...commonInput(environment),
    vault: {
      ...rest,
      ...(raft ? { raft: raftInput(raft) } : {}),
      ...(shared ? { shared: { ...shared, ...(guest ? { caCertificate: guest.vault.caCertificate } : {}) } } : {}),
      drift: drift.action === 'off' ? { action: drift.action } : { action: drift.action, every: `${drift.everyMinutes}m` },
      auth: { ...auth, session: sessionInput(auth) },
    },
  };
}

function guestInput(environment: GuestEnvironment): Mapping {
  const { owner, kv, policy, auth, revision, clientCidrs } = environment.vault;
  return { ...commonInput(environment), vault: { sharedFrom: owner, kv, policy: { name: policy.name }, auth: { session: sessionInput(auth) }, revision, clientCidrs } };
}

function commonInput({ account, region, production, tags, cluster, identity, gloo }: ClusterEnvironment): Mapping {
  return {
    account,
    region,
    production,
    tags,
    cluster: cluster.kind === 'new' ? { create: newCluster(cluster) } : { import: importedCluster(cluster) },
    identity: { authPolicy: identity.authPolicy, generation: generationInput(identity) },
    gloo,
  };
}

const sessionInput = ({ session }: Vault['auth']) => ('maxTtl' in session ? { maxTtl: `${session.maxTtl}s` } : { period: `${session.period}s` });

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
