import { attempts, type Reach, type Run } from '../../client/attempts';
import { ConfigurationError, Setback } from '../../client/errors';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import { bring } from './bring';
import { examine, type Change, type Examined } from './converge';
import { desiredState } from './desired';
import { serviceOf, uniqueIds } from './lifecycle';
import { rootTokenOf } from './root-token';
import { logIn, openSession, type Session } from './session';
import { Overtaken, scheduleLook } from './turn';
import type { Difference, VaultObject } from './vault-object';

/** Something in Vault that is not as it was configured. Never a secret. */
export interface Drift {
  /** `policy dev` */
  readonly object: string;
  readonly path: string;
  /** Empty where there is nothing, or nothing can be said. */
  readonly differences: readonly Difference[];
  /** What is the matter, to stand after the object's name: `token_policies changed`. */
  readonly words: string;
}

/** What a schedule found, and what it did about it. */
export interface Outcome {
  readonly findings: readonly (Drift & { readonly repaired: boolean })[];
  /** Why not all was compared, or written: Vault is away, or a deployment goes on. */
  readonly unfinished?: string;
}

/** What differs, in the words of whoever reads. @param reader whose policy has to allow the reads. */
export function driftOf({ changes, conflicts, forbidden }: Examined, reader = 'the provisioner'): Drift[] {
  return [
    ...forbidden.map((object) => about(object, `${reader} may not read it any more`)),
    ...conflicts.map(({ object, words }) => about(object, words)),
    ...changes.flat().map(changed),
  ];
}

/**
 * Compares Vault with the wanted state, and writes nothing.
 * @throws where it cannot be found out, for a reason that somebody has to mend.
 */
export function inspect(run: Run, props: VaultConfigurationProperties): Promise<Outcome> {
  return onSchedule(run, props, [], async (reach, vault) => {
    const [session, ids] = await Promise.all([logIn(vault, run, props), uniqueIds(run, reach, props)]);
    if ('refused' in session) return { findings: [unrepaired(wayIn(props, `Vault refuses the login as "${props.provisioner.name}" (${session.refused})`))] };
    await scheduleLook(vault, props)(session, []);
    const { phases, last } = desiredState(props, ids);
    return { findings: driftOf(await examine(vault, session, [...phases, last])).map(unrepaired) };
  });
}

/**
 * The same, and writes the difference, as a deployment of these properties would; never while one of others goes on.
 * @throws as {@link inspect}, and where Vault refuses a write.
 */
export function repair(run: Run, props: VaultConfigurationProperties): Promise<Outcome> {
  // Of all attempts: what one has written, the next finds as it shall be.
  const written: (Drift & { repaired: boolean })[] = [];
  return onSchedule(run, props, written, async (reach, vault) => {
    const root = rootTokenOf(run, reach, props);
    const [opened, ids] = await Promise.all([wayOf(openSession(vault, run, root, props), props), uniqueIds(run, reach, props)]);
    if ('words' in opened) return { findings: [...written, unrepaired(opened)] };
    const look = scheduleLook(vault, props);
    await look(opened, []);
    const { phases, last } = desiredState(props, ids);
    const examined = await examine(vault, opened, [...phases, last]);
    // What must not be changed stops a deployment, too, before it has written anything.
    if (examined.conflicts.length > 0) return { findings: [...written, ...driftOf(examined).map(unrepaired)] };
    const findings = driftOf(examined);
    if (opened.through && findings.length === 0) return { findings: written };
    const anew = opened.through === undefined && isEmpty(examined, props);
    if (anew) run.log(startedAnew(props));
    const writer = {
      log: run.log,
      look,
      written: (change: Change) => void written.push({ ...changed(change), ...(anew && isSecrets(change.object, props) ? { words: startedAnew(props) } : {}), repaired: true }),
    };
    await bring({ run, vault, root, props, writer }, opened, [...phases, last]).catch((error: unknown) => {
      // It gave itself its own rights back, by which the next attempt sees the rest.
      if (error instanceof Setback && examined.forbidden.length > 0) written.push(...findings.filter(({ path }) => path === phases[0]?.[0]?.path).map((each) => ({ ...each, repaired: true })));
      throw error;
    });
    return { findings: written };
  });
}

/** What keeps a schedule from its work without being anybody's fault ends it: the next one comes by itself. */
function onSchedule(run: Run, props: VaultConfigurationProperties, written: Outcome['findings'], look: (reach: Reach, vault: VaultClient) => Promise<Outcome>): Promise<Outcome> {
  return attempts(run, props.cluster, (reach) =>
    look(reach, reach.vault(serviceOf(props))).catch(async (error: unknown) => {
      if (error instanceof Overtaken) return { findings: written, unfinished: error.message };
      if (error instanceof Setback && error.awaiting === 'starting') return { findings: written, unfinished: (await sealed(reach, props)) ?? `Vault is away: ${error.message}` };
      throw error;
    }),
  );
}

/** The Service in front of replicas has no pod where all are sealed: the first one itself says whether that is so. */
async function sealed(reach: Reach, { initialisation, vault }: VaultConfigurationProperties): Promise<string | undefined> {
  if (!initialisation) return undefined;
  const answer = await reach.vault({ kind: 'pods', namespace: vault.namespace, name: initialisation.pod }).get('sys/seal-status').catch((error: unknown) => {
    if (error instanceof Setback) return undefined;
    throw error;
  });
  if (!answer?.ok || answer.body.sealed !== true) return undefined;
  return `Vault is sealed, or its first pod is: KMS does not decrypt for it, and kubectl logs -n ${vault.namespace} vault-0 has KMS's answer.`;
}

const wayIn = ({ authMethod, provisioner }: VaultConfigurationProperties, words: string): Drift => ({
  object: `the way in of ${provisioner.name}`,
  path: `auth/${authMethod.mountPath}/login`,
  differences: [],
  words,
});

/** Nobody can repair what keeps them out. */
function wayOf(opening: Promise<Session>, props: VaultConfigurationProperties): Promise<Session | Drift> {
  return opening.catch((error: unknown) => {
    if (error instanceof ConfigurationError) return wayIn(props, error.message);
    throw error;
  });
}

const isSecrets = ({ path }: VaultObject, { secretsEngine }: VaultConfigurationProperties) => path === `sys/mounts/${secretsEngine.mountPath}`;

const isEmpty = ({ changes }: Examined, props: VaultConfigurationProperties) => changes.flat().some(({ object, before }) => before === undefined && isSecrets(object, props));

function startedAnew({ secretsEngine, vault }: VaultConfigurationProperties): string {
  return (
    `Vault was started anew, and all that its memory held is gone: every secret below ${secretsEngine.mountPath}/ has to be written again (npx gloo-vault secret put). ` +
    `Its configuration is written again by this run. When the pod started: kubectl get pod -n ${vault.namespace} vault-0`
  );
}

const about = ({ name, path }: VaultObject, words: string): Drift => ({ object: name, path, differences: [], words });

const changed = ({ object, differences, before }: Change): Drift => ({
  object: object.name,
  path: object.path,
  differences,
  words: before === undefined ? 'absent' : `${differences.map(({ key }) => key).join(', ')} changed`,
});

const unrepaired = (drift: Drift) => ({ ...drift, repaired: false });
