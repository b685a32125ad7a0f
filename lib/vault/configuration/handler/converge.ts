import { isSettling, type VaultAnswer } from '../../client/answers';
import { ConfigurationError, Forbidden, Setback } from '../../client/errors';
import type { Session } from './session';
import type { Look } from './turn';
import type { VaultClient } from '../../client/vault-client';
import { dataOf, type Data, type Difference, type VaultObject } from './vault-object';

/** What was found in place of an object: nothing, its current data, or a token that may not look. */
type Found = Data | 'absent' | 'forbidden';

/** An object that has to be written, and what it was before. */
export interface Change {
  readonly object: VaultObject;
  /** Empty where there was nothing. */
  readonly differences: readonly Difference[];
  readonly before?: Data;
}

/** Differences between Vault and the wanted state, by phase. Reads only, unless a right to read was taken away; independent reads go out side by side. */
export async function compare(vault: VaultClient, session: Session, phases: readonly (readonly VaultObject[])[]): Promise<Change[][]> {
  const { changes, conflicts, forbidden } = await examine(vault, session, phases);
  if (forbidden.length > 0) await regainRights(vault, session, phases.flat()[0], forbidden);
  if (conflicts.length > 0) {
    throw new ConfigurationError(`Vault holds what this configuration must not change: ${conflicts.map(({ words }) => words).join('; ')}. Nothing was written.`);
  }
  return changes;
}

/** What a comparison finds. */
export interface Examined {
  readonly changes: Change[][];
  /** In words, with the mend. */
  readonly conflicts: readonly { readonly object: VaultObject; readonly words: string }[];
  /** Objects that the reader may not read. */
  readonly forbidden: readonly VaultObject[];
}

/** Reads, and never writes. */
export async function examine(vault: VaultClient, session: Session, phases: readonly (readonly VaultObject[])[]): Promise<Examined> {
  const objects = phases.flat();
  const found = await readAll(vault, session, objects);
  const conflicts: { object: VaultObject; words: string }[] = [];
  const changes = phases.map((phase) =>
    phase.flatMap((object): Change[] => {
      const read = found.get(object);
      const current = read === 'absent' ? (object.initial ?? read) : read;
      if (current === undefined || current === 'forbidden') return [];
      if (current === 'absent') return [{ object, differences: [] }];
      const conflict = object.conflict?.(current);
      if (conflict) conflicts.push({ object, words: conflict });
      const differences = object.differences(current);
      return differences.length === 0 ? [] : [{ object, differences, before: current }];
    }),
  );
  return { changes, conflicts, forbidden: objects.filter((object) => found.get(object) === 'forbidden') };
}

/** Who writes changes. */
export interface Writer {
  readonly log: (line: string) => void;
  readonly look: Look;
  /** Told of each change that was written. */
  readonly written?: (change: Change) => void;
}

/** Writes the changes, phase by phase; within one they go out side by side. */
export async function apply(vault: VaultClient, session: Session, changes: readonly (readonly Change[])[], { log, look, written }: Writer): Promise<void> {
  for (const phase of changes) {
    if (phase.length === 0) continue;
    await look(
      session,
      phase.map(({ object }) => object),
    );
    const writes = phase.map(async (change) => {
      if (change.before && change.object.anew?.(change.before)) await remove(vault, session, change.object);
      const note = await write(vault, session, change.object);
      log(note ?? describe(change));
      written?.(change);
    });
    // All of them end before one's failure ends the run: a mount that is cut off half-way is worse than none.
    await Promise.allSettled(writes);
    await Promise.all(writes);
  }
}

/**
 * Writes one object.
 * @returns what there is to say besides.
 * @throws with what Vault said, and the mend.
 */
export async function write(vault: VaultClient, session: Session, object: VaultObject): Promise<string | undefined> {
  const answer = await vault.put(object.path, object.payload, session.token);
  if (answer.ok) return undefined;
  const note = object.inForce?.(answer.reason);
  if (note === undefined) throw refused(`write ${object.path}`, answer);
  return note;
}

/** Takes changes back, as far as Vault shows what was there before. */
export async function putBack(vault: VaultClient, session: Session, changes: readonly Change[]): Promise<void> {
  for (const { object, before } of changes) {
    if (!before) continue;
    const data = dataOf(before);
    const payload = Object.fromEntries(Object.keys(object.payload).filter((key) => key in data).map((key) => [key, data[key]]));
    await write(vault, session, { ...object, payload });
  }
}

/** Removes one object; what is not there is removed already. */
export async function remove(vault: VaultClient, session: Session, object: VaultObject): Promise<void> {
  const answer = await vault.delete(object.path, session.token);
  if (!answer.ok && answer.status !== 404) throw refused(`delete ${object.path}`, answer);
}

async function readAll(vault: VaultClient, session: Session, objects: readonly VaultObject[]): Promise<Map<VaultObject, Found>> {
  const found = new Map<VaultObject, Found>();
  const answers = new Map<string, Promise<VaultAnswer>>();
  const read = async (object: VaultObject): Promise<void> => {
    const pending = answers.get(object.read.path) ?? vault.get(object.read.path, session.token);
    answers.set(object.read.path, pending);
    found.set(object, interpretRead(object, await pending));
  };
  // Whoever logged in through the auth method knows that it is there, and of the right type.
  const through = session.through && `sys/auth/${session.through.authMethod.mountPath}`;
  const known = (mount: string | undefined) => through !== undefined && mount === through;
  const direct = objects.filter((object) => !known(object.path) && (object.within === undefined || known(object.within)));
  await Promise.all(direct.map(read));
  const mounts = new Map(objects.map((object) => [object.path, object]));
  await Promise.all(
    objects
      .filter((object) => !found.has(object) && !known(object.path))
      .map(async (object) => {
        const mount = mounts.get(object.within ?? '');
        if (mount && found.get(mount) === 'absent') found.set(object, 'absent');
        else await read(object);
      }),
  );
  for (const object of objects) if (known(object.path)) found.set(object, { type: 'aws' });
  return found;
}

function interpretRead(object: VaultObject, answer: VaultAnswer): Found {
  if (!answer.ok) {
    if (answer.status === 404) return 'absent';
    if (answer.status === 403 && !UNKNOWN_TOKEN.test(answer.reason)) return 'forbidden';
    throw refused(`read ${object.read.path}`, answer);
  }
  if (object.read.key === undefined) return answer.body;
  const listed = ((answer.body.data as Data | undefined) ?? answer.body)[object.read.key];
  return (listed as Data | undefined) ?? 'absent';
}

/** Somebody edited the provisioner's policy: as long as it may still write that, it gives itself the rest back. */
async function regainRights(vault: VaultClient, session: Session, policy: VaultObject | undefined, forbidden: readonly VaultObject[]): Promise<never> {
  const paths = forbidden.map((object) => object.read.path).join(', ');
  if (policy) {
    const answer = await vault.put(policy.path, policy.payload, session.token);
    if (answer.ok) throw new Setback('passing', `Vault refused to let this function read ${paths} although its ${policy.name} was just written anew.`);
  }
  throw new Forbidden(
    `Vault (not the API server) refused with 403 to let this function read ${paths}, and to mend its own policy. ` +
      `Somebody changed ${policy?.name ?? 'its policy'}: write it again with a root token, or remove the role that it is attached to and deploy to a Vault that was started anew.`,
  );
}

/** What Vault says of a token that ended under a run: Vault was restarted, or another run revoked the root token. */
const UNKNOWN_TOKEN = /invalid token/i;

function refused(action: string, answer: Extract<VaultAnswer, { ok: false }>): Error {
  const said = `Vault refused to ${action}: ${answer.status} ${answer.reason}`.trim();
  if (/unable to resolve ARN|iam:GetRole/i.test(answer.reason)) {
    return new Setback(
      'settling',
      `${said}. Vault itself calls iam:GetRole here, as the role that its pods run as: check that the service account "vault" carries eks.amazonaws.com/role-arn, that the pod was started after it did, and that the role has the policy gloo-vault-auth-get-role-policy-* (guide row 19).`,
    );
  }
  if (UNKNOWN_TOKEN.test(answer.reason)) {
    return new Setback('passing', `${said}. Vault forgot the token that it gave to this run: look whether it is being restarted (kubectl get pods).`);
  }
  if (answer.status === 404) {
    return new Setback('passing', `${said}. Its mount was there a moment ago: Vault was restarted and lost it, or somebody disabled it.`);
  }
  if (isSettling(answer.reason)) return new Setback('settling', `${said}. If it stays, check the roles in the Identity and Vault stacks.`);
  if (answer.status === 403) {
    return new Forbidden(`${said}. It is Vault that refused, not the API server: the provisioner's policy lacks this path. If somebody edited it, restore it with a root token.`);
  }
  return new ConfigurationError(`${said}.`);
}

function describe({ object, differences, before }: Change): string {
  return before === undefined ? `made ${object.name} (${object.path})` : `changed ${object.name} (${object.path}): ${differences.map(({ key }) => key).join(', ')}`;
}
