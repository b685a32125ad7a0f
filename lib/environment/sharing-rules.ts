import { names } from '../identity/names';
import { vaultConfigurationProperties } from '../vault/configuration/wanted';
import { overlapping, partitionOf, vpcCidr } from './aws';
import type { Environment } from './environment';
import type { Fault } from './faults';
import { isMapping } from './fields';
import { vaultMode } from './raft';
import { valueAt, type Path } from './rule';
import { joinOr, quote, suggestion } from './words';

type Input = Readonly<Record<string, unknown>>;

/** One environment of several that read from one Vault. */
interface Party {
  readonly environment: string;
  readonly value: unknown;
}

/** Whether an environment, as its user wrote it, has no Vault of its own. */
export const readsFromAnother = (environment: unknown): boolean => {
  const vault = valueAt(environment, ['vault']);
  return isMapping(vault) && Object.hasOwn(vault, 'sharedFrom');
};

/** What an owner of a Vault and its guests say together. Each looks at what is written, whatever else is wrong. */
export function sharingFaults(input: Input): readonly Fault[] {
  const guests = Object.entries(input).flatMap(([environment, value]) => (readsFromAnother(value) ? [{ environment, value }] : []));
  const owned = new Map<string, Party[]>();
  const unowned = guests.flatMap((guest): readonly Fault[] => {
    const from = textAt(guest.value, ['vault', 'sharedFrom']);
    if (from === undefined) return [];
    const message = ownerFault(guest.environment, from, input);
    if (message !== undefined) return [{ path: [guest.environment, 'vault', 'sharedFrom'], message: `${quote(from)} ${message}` }];
    owned.set(from, [...(owned.get(from) ?? []), guest]);
    return [];
  });
  return [...unowned, ...[...owned].flatMap(([environment, its]) => faultsOfOne({ environment, value: input[environment] }, its))];
}

function ownerFault(guest: string, from: string, input: Input): string | undefined {
  if (from === guest) return 'is this environment itself; name the one whose Vault it is, or leave sharedFrom out.';
  const owners = Object.keys(input).filter((each) => each !== guest && !readsFromAnother(input[each]));
  if (!Object.hasOwn(input, from)) return `is no environment here.${suggestion(from, owners) || ` Allowed: ${joinOr(owners) || 'none; add the owner to the same file'}.`}`;
  const further = textAt(input[from], ['vault', 'sharedFrom']);
  if (readsFromAnother(input[from])) return `has no Vault of its own${further === undefined ? '' : `; name its owner, ${quote(further)}`}.`;
  return undefined;
}

function faultsOfOne(owner: Party, guests: readonly Party[]): readonly Fault[] {
  return [...exposure(owner, guests), ...partitions(owner, guests), ...routes(owner, guests), ...collisions([owner, ...guests])];
}

/** Characters that EventBridge takes of a rule's input. Source: EventBridge API, "Target", `Input`. */
const LONGEST_INPUT = 8192;

/** Of those, the cluster's certificate and endpoint and the secret's ARN, which a deployment alone knows. */
const KNOWN_LATER = 2500;

/** The schedule's event has all that Vault shall hold in it, every guest too. */
export function crowding(environment: Environment): readonly Fault[] {
  if (environment.vault.drift.action === 'off' || environment.guests.length === 0) return [];
  const length = JSON.stringify({ RequestType: 'Repair', ResourceProperties: vaultConfigurationProperties(environment) }).length + KNOWN_LATER;
  if (length <= LONGEST_INPUT) return [];
  return [{ path: [environment.name, 'vault', 'drift'], message: `compares Vault by an event of ${length} characters with ${environment.guests.length} guests and ${environment.vault.operators.length} operators, and EventBridge takes ${LONGEST_INPUT}; have fewer of them, another owner for some, or action: 'off'.` }];
}

/** An owner that can be reached, and by which name. */
function exposure({ environment, value }: Party, guests: readonly Party[]): readonly Fault[] {
  const who = guests.map((guest) => guest.environment).join(', ');
  const { production, mode } = { production: valueAt(value, ['production']) === true, mode: valueAt(value, ['vault', 'mode']) };
  if (mode !== undefined && mode !== 'dev' && mode !== 'raft') return [];
  const shared: Path = ['vault', 'shared'];
  const said = valueAt(value, shared);
  // What `shared` does not go with, and production does not, rules of their own say.
  if (said === undefined && !production && vaultMode({ production, vault: { mode } }) === 'dev') return [{ path: [environment, 'vault', 'mode'], message: `"dev" has no TLS, so that tokens of ${who} would cross the network in the clear, and loses every secret with a restart; set mode: 'raft'.` }];
  if (said === undefined && valueAt(value, ['vault', 'raft', 'tls']) === false) return [{ path: [environment, 'vault', 'raft', 'tls'], message: `is false, so that tokens and secrets of ${who} would cross the network in the clear; leave it out.` }];
  if (said === undefined) return [{ path: [environment, ...shared], message: `missing, and ${who} shall reach this Vault; give the name that leads to it: { hostname: 'vault.internal.example.com' }.` }];
  if (!isMapping(said) || valueAt(value, [...shared, 'caCertificate']) !== undefined) return [];
  const namespace = textAt(value, ['vault', 'namespace']) ?? 'vault';
  const shown = /^[a-z0-9-]{1,63}$/.test(namespace) ? namespace : 'NAMESPACE';
  return [
    {
      path: [environment, ...shared, 'caCertificate'],
      message: `missing, and without it ${who} would trust no certificate of this Vault. Deploy ${environment} without guests first; then this prints it: kubectl get secret -n ${shown} vault-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d`,
    },
  ];
}

/** STS of one partition knows nobody of another. */
function partitions(owner: Party, guests: readonly Party[]): readonly Fault[] {
  const partition = ({ value }: Party) => partitionOf(textAt(value, ['region']) ?? '')?.name;
  const own = partition(owner);
  return guests.flatMap((guest): readonly Fault[] => {
    const other = partition(guest);
    if (own === undefined || other === undefined || own === other) return [];
    return [{ path: [guest.environment, 'vault', 'sharedFrom'], message: `${quote(owner.environment)} lies in partition ${own}, and this environment in ${other}, whose roles STS does not know there; allowed: an owner in ${other}.` }];
  });
}

/** VPCs of one block can't be joined. Who is imported may be in any, the owner's too. */
function routes(owner: Party, guests: readonly Party[]): readonly Fault[] {
  const block = ({ value }: Party) => {
    if (!isMapping(valueAt(value, ['cluster', 'create']))) return undefined;
    const written = valueAt(value, ['cluster', 'create', 'vpcCidr']) ?? '10.0.0.0/16';
    return typeof written === 'string' && vpcCidr(written) === undefined ? written : undefined;
  };
  const own = block(owner);
  return guests.flatMap((guest): readonly Fault[] => {
    const other = block(guest);
    if (own === undefined || other === undefined || !overlapping(own, other)) return [];
    return [{ path: [guest.environment, 'cluster', 'create', 'vpcCidr'], message: `${quote(other)} overlaps with the VPC of ${quote(owner.environment)}, ${own}, so that no route leads from the one to the other; give each its own block.` }];
  });
}

/** What there can be once in a Vault: a mount, a policy, a role. */
function collisions(parties: readonly Party[]): readonly Fault[] {
  return parties.flatMap((party, index) => {
    const others = parties.slice(0, index);
    return [...mounts(party, others), ...policies(party, others), ...roles(party, others)];
  });
}

const MOUNT: Path = ['vault', 'kv', 'mountPath'];
const POLICY: Path = ['vault', 'policy', 'name'];

/** An owner's may be left out. */
const nameAt = ({ value }: Party, path: Path) => (valueAt(value, path) === undefined && !readsFromAnother(value) ? 'dev' : textAt(value, path));

function mounts(party: Party, others: readonly Party[]): readonly Fault[] {
  const own = nameAt(party, MOUNT);
  return others.flatMap((other): readonly Fault[] => {
    const its = nameAt(other, MOUNT);
    if (own === undefined || its === undefined || !(`${own}/`.startsWith(`${its}/`) || `${its}/`.startsWith(`${own}/`))) return [];
    const message = own === its ? `is the KV mount of environment ${quote(other.environment)} too, in the same Vault, so that each would read the other's secrets` : `and ${quote(its)}, the KV mount of environment ${quote(other.environment)} in the same Vault, lie one in the other, which Vault refuses`;
    return [{ path: [party.environment, ...MOUNT], message: `${quote(own)} ${message}; give each its own.` }];
  });
}

function policies(party: Party, others: readonly Party[]): readonly Fault[] {
  const own = nameAt(party, POLICY);
  return others.flatMap((other): readonly Fault[] =>
    own !== undefined && nameAt(other, POLICY) === own ? [{ path: [party.environment, ...POLICY], message: `${quote(own)} is the policy of environment ${quote(other.environment)} too, in the same Vault; give each its own.` }] : [],
  );
}

/** Gloo logs in by its IAM role's name. Within one account, that is refused already. */
function roles(party: Party, others: readonly Party[]): readonly Fault[] {
  const own = rolesOf(party);
  return others.flatMap((other): readonly Fault[] => {
    const shared = rolesOf(other).find((role) => own.includes(role));
    if (shared === undefined || valueAt(other.value, ['account']) === valueAt(party.value, ['account'])) return [];
    const kind = valueAt(party.value, ['cluster', 'create']) === undefined ? 'import' : 'create';
    return [{ path: [party.environment, 'cluster', kind, 'name'], message: `makes the role ${quote(shared)}, which is that of environment ${quote(other.environment)} too, in the same Vault, where Gloo logs in by its role's name; give each cluster its own name.` }];
  });
}

function rolesOf({ value }: Party): readonly string[] {
  const cluster = textAt(value, ['cluster', 'create', 'name']) ?? textAt(value, ['cluster', 'import', 'name']);
  const generations = [valueAt(value, ['identity', 'generation']) ?? 1].flat();
  return cluster === undefined ? [] : generations.flatMap((each) => (typeof each === 'number' ? [names.authRole(cluster, each)] : []));
}

function textAt(value: unknown, path: Path): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}
