import { randomUUID } from 'node:crypto';
import type { Environment, GuestEnvironment } from '../../lib/environment/environment';
import { environmentRoleArn, glooAuthRole, glooGeneration, names } from '../../lib/identity/names';
import { GlooClient, VaultRefusal, type Credentials, type GlooToken } from '../gloo/gloo-client';
import { glooPod } from '../gloo/gloo-pod';
import { assumeRoleWithWebIdentity, StsRefusal } from '../gloo/web-identity';
import { call } from '../http';
import { killLeader } from '../steps/faults';
import { healed, type Patient } from '../steps/healing';
import { replicas } from '../steps/raft';
import { accessInWords } from '../steps/refusals';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from '../steps/step';
import { openEntrance } from './internal-load-balancer';
import { secretPath, trusting, withGuest, type Reader, type Sharing } from './sharing';

const SECRET = 'rehearsal';

/** Milliseconds: less than what the function keeps for its answer. */
const WITHOUT_PATIENCE = 15_000;

/** How the guests of an environment come, read, change their role, and go, while the others read. */
export function sharingSteps(owner: Environment, sharing: Sharing): readonly Step[] {
  const [rotated, ...others] = owner.guests;
  const leaving = others.at(-1);
  return [
    ownerReads(sharing),
    ...owner.guests.map((guest) => joins(sharing, guest)),
    isolated(sharing),
    strangers(sharing),
    leaderKilled(sharing),
    ...(rotated ? [heals(sharing, rotated.name)] : []),
    ...(rotated ? [rotates(sharing, rotated.name)] : []),
    ...(leaving ? [leaves(sharing, leaving.name)] : []),
  ];
}

const ownerReads = (sharing: Sharing): Step => ({
  title: "The owner's own Gloo reads",
  run: async (stage) => {
    await writeSecret(stage, stage.world.environment);
    await (await sharing.start(stage.world)).settled();
    return {};
  },
});

/** A guest's first deployment: its roles, the owner's Vault, the proof of its login, its Gloo. */
const joins = (sharing: Sharing, asked: GuestEnvironment): Step => ({
  title: `"${asked.name}" joins, while the others read`,
  run: async (stage) => {
    const { world } = stage;
    const { name } = asked;
    const environment = trusting(world, asked);
    const meanwhile = await sharing.whileTheyRead(async () => {
      const wanted = withGuest(world.environment, environment);
      const guest = await sharing.add(world, wanted, environment);
      const early = (await guest.prove(WITHOUT_PATIENCE)).error?.message ?? '';
      demand(early.includes('at the hop "login"'), `Before the owner's Vault knows ${name}, the proof of its login has to fail there, and ended with: ${early || 'no error'}`);
      await world.update(wanted);
      const proven = await guest.prove();
      demand(!proven.error, `Custom::GlooLoginProof of ${name} failed: ${proven.error?.message ?? ''} ${guest.entrance.refusals.at(-1) ?? ''}`);
      await writeSecret(stage, environment);
      await (await sharing.start(guest)).settled();
      const healing = await guest.runSchedule('HealingEveryMinute');
      demand(!healing.error, `The healing function of ${name} failed: ${healing.error?.message ?? ''}`);
      demand(healing.log.join('\n').includes('"GlooLoginLost":0'), `The healing function of ${name} does not find its login: ${healing.log.join('; ')}`);
    });
    return { beyond: `role bound, login proven over TLS from inside its VPC (${environment.vault.clientCidrs.join(', ')}), which failed before the owner was deployed; meanwhile ${meanwhile}` };
  },
});

/** What each may do with its own secrets, and with those of every other. */
const isolated = (sharing: Sharing): Step => ({
  title: "None reads another's secrets, nor writes, deletes or looks at them",
  run: async ({ world }) => {
    const readers = sharing.readers(world);
    let refused = 0;
    for (const reader of readers) {
      const { client, token } = await loggedIn(reader);
      const own = namespaceOf(reader);
      demandEqual(`Gloo's list of ${reader.name}`, await client.list(token, own), [SECRET]);
      const { header } = (await client.read(token, own, SECRET)) as { header?: { headers?: Record<string, string> } };
      demandEqual(`Whose secret ${reader.name} reads`, header?.headers?.['x-of'], reader.name);
      for (const other of readers.filter((each) => each !== reader)) {
        for (const [method, path] of attempts(other)) {
          demandEqual(`${method} ${path} with the token of ${reader.name}`, await client.status(token, method, path), 403);
          refused += 1;
        }
      }
    }
    return { beyond: `${readers.length} Gloos (${readers.map(({ name, mountPath }) => `${name} at ${mountPath}/`).join(', ')}): each lists and reads its own; ${refused} requests at the mounts of others refused with 403: list, read, write, delete, undelete, destroy, metadata` };
  },
});

/** Roles of others: by Vault's role, by STS with another issuer's token, and by no network. */
const strangers = (sharing: Sharing): Step => ({
  title: "None logs in by another's role, nor with another issuer's token; nobody else comes in",
  run: async ({ world }) => {
    const readers = sharing.readers(world);
    let atVault = 0;
    let atSts = 0;
    for (const reader of readers) {
      const credentials = await identityOf(reader);
      for (const other of readers.filter((each) => each !== reader)) {
        const asOther = await failureOf(`A login of ${reader.name} to the role of ${other.name}`, clientWithRole(reader, glooAuthRole(other.ground.environment)).logIn(credentials));
        demand(asOther instanceof VaultRefusal, `A login of ${reader.name} to the role of ${other.name} failed otherwise than by Vault's refusal: ${asOther.message}`);
        atVault += 1;
        const foreign = await failureOf(`A session of ${other.name}'s role with a token of ${reader.name}'s issuer`, identityOf(reader, roleOf(other)));
        demand(foreign instanceof StsRefusal, `It failed otherwise than by STS's refusal: ${foreign.message}`);
        atSts += 1;
      }
    }
    const entrance = await openEntrance(world, ['192.0.2.0/24']);
    const { url, caCertificate } = sharing.guests[0]?.environment.vault ?? { url: '', caCertificate: '' };
    try {
      await failureOf('A connection from elsewhere', call({ method: 'GET', url: `${url}/v1/sys/health`, via: `https://127.0.0.1:${entrance.port}`, ca: caCertificate, limit: 5000 }));
      demand(entrance.refusals.length > 0, 'A connection from elsewhere failed, and not by the load balancer');
    } finally {
      await entrance.close();
    }
    return { beyond: `${atVault} logins to another's role refused by Vault, ${atSts} tokens of another cluster's issuer refused by STS; a connection from 192.0.2.0/24 refused: ${entrance.refusals[0] ?? ''}` };
  },
});

/** What users of every cluster notice of the leader's end, which the load balancer has to notice first. */
const leaderKilled = (sharing: Sharing): Step => ({
  title: 'Vault loses its leader, while all read',
  run: async ({ world }) => {
    const gaps = await sharing.gapsWhile(() => killLeader(replicas(world)));
    for (const reader of sharing.readers(world)) {
      const { client, token } = await loggedIn(reader);
      demandEqual(`After it, Gloo's list of ${reader.name}`, await client.list(token, namespaceOf(reader)), [SECRET]);
    }
    return { beyond: `a new login of each works; longest gap in lists: ${gaps}` };
  },
});

/** The function in a guest's cluster has no Vault beside it: it asks the owner's from inside the VPC. */
const heals = (sharing: Sharing, name: string): Step => ({
  title: `Gloo of "${name}" loses its login and is restarted, while the others read`,
  run: async (stage) => {
    const { world } = stage;
    const guest = sharing.guest(name);
    const { vault } = guest.environment;
    let seen = '';
    const meanwhile = await sharing.whileTheyRead(async () => {
      const patient: Patient = { gloo: await sharing.start(guest), others: [], apiServer: guest.apiServer, role: `auth/${vault.auth.mountPath}/role/${glooAuthRole(guest.environment)}`, runSchedule: (rule, timeoutMs) => guest.runSchedule(rule, timeoutMs), access: () => accessInWords(guest) };
      seen = await healed(patient, observerOf(stage), world);
    }, [name]);
    return { beyond: `${seen}; meanwhile ${meanwhile}` };
  },
});

const rotates = (sharing: Sharing, name: string): Step => ({
  title: `"${name}" changes its role, while all read`,
  run: async ({ world }) => {
    const guest = sharing.guest(name);
    const from = glooGeneration(guest.environment.identity);
    const to = (from % 99) + 1;
    const deploy = async (generations: GuestEnvironment['identity']['generations']) => {
      const next = { ...guest.environment, identity: { ...guest.environment.identity, generations } };
      // Its roles, then the Vault that binds them, then its Gloo.
      const bind = (stack: string) => (stack.endsWith('-Identity') ? world.update(withGuest(world.environment, next)).then(() => undefined) : Promise.resolve());
      await guest.update(next, bind);
    };
    const meanwhile = await sharing.whileTheyRead(async () => {
      await deploy([from, to]);
      const gloo = await guest.startGloo();
      await gloo.restart();
      await deploy([to]);
    });
    const { cluster } = guest.environment;
    demand(world.iam.findRole(names.authRole(cluster.name, from)) === undefined, `IAM still has the role of generation ${from}`);
    await loggedIn({ name, ground: guest, mountPath: guest.environment.vault.kv.mountPath });
    return { beyond: `generation ${from}, [${from}, ${to}], ${to}: ${meanwhile}` };
  },
});

const leaves = (sharing: Sharing, name: string): Step => ({
  title: `"${name}" leaves, while the others read`,
  run: async (stage) => {
    const { world } = stage;
    const guest = sharing.guest(name);
    const reader = { name, ground: guest, mountPath: guest.environment.vault.kv.mountPath };
    const [{ client, token }, credentials] = [await loggedIn(reader), await identityOf(reader)];
    const namespace = namespaceOf(reader);
    const meanwhile = await sharing.whileTheyRead(async () => {
      await world.update({ ...world.environment, guests: world.environment.guests.filter((each) => each.name !== name) });
      const refused = await failureOf(`A login of ${name}, which has left`, glooPod(guest, 'gloo').client.logIn(credentials));
      const cut = guest.entrance.refusals.length > 0;
      demand(refused instanceof VaultRefusal || cut, `A login of ${name} failed otherwise than by a refusal: ${refused.message}`);
      const late = await client.status(token, 'GET', secretPath(reader.mountPath, 'data', namespace, SECRET)).catch(() => 'cut off');
      demand(late === 403 || late === 'cut off', `With its last token ${name} still gets ${late}`);
      await sharing.remove(name);
    });
    demand(await observerOf(stage).read(secretPath(reader.mountPath, 'data', namespace, SECRET)), `The secrets of ${name} are gone from Vault`);
    return { beyond: `no login and no connection any more, its secrets kept; meanwhile ${meanwhile}` };
  },
});

/** What somebody might try at the secret of another. */
function attempts(other: Reader): readonly (readonly [method: string, path: string])[] {
  const namespace = namespaceOf(other);
  const at = (part: string, name = SECRET) => `${other.mountPath}/${part}/gloo/gloo.solo.io/v1/Secret/${namespace}/${name}`;
  return [
    ['LIST', at('metadata', '')],
    ['GET', at('data')],
    ['PUT', at('data')],
    ['PUT', at('data', 'another')],
    ['DELETE', at('data')],
    ['GET', at('metadata')],
    ['PUT', at('metadata')],
    ['DELETE', at('metadata')],
    ['PUT', at('delete')],
    ['PUT', at('undelete')],
    ['PUT', at('destroy')],
    ['GET', `${other.mountPath}/config`],
  ];
}

const namespaceOf = ({ ground }: Reader) => ground.environment.gloo.namespace;

const roleOf = ({ ground }: Reader) => environmentRoleArn(ground.environment, glooAuthRole(ground.environment));

async function writeSecret(stage: Stage, { name, vault, gloo }: Environment | GuestEnvironment): Promise<void> {
  await observerOf(stage).write(secretPath(vault.kv.mountPath, 'data', gloo.namespace, SECRET), {
    data: { metadata: { name: SECRET, namespace: gloo.namespace }, header: { headers: { 'x-of': name, 'x-value': randomUUID() } } },
  });
}

async function loggedIn({ ground }: Reader): Promise<{ client: GlooClient; token: GlooToken }> {
  const pod = glooPod(ground, 'gloo');
  return { client: pod.client, token: await pod.logIn() };
}

/** A session by the token of a cluster's Gloo. @param roleArn @default - its own role */
async function identityOf(reader: Reader, roleArn = roleOf(reader)): Promise<Credentials> {
  const { ground } = reader;
  return assumeRoleWithWebIdentity(ground, roleArn, await ground.pods.token(namespaceOf(reader), 'gloo'));
}

/** Gloo's client, with `vaultRole` in its settings. */
function clientWithRole({ ground }: Reader, vaultRole: string): GlooClient {
  const { source } = glooPod(ground, 'gloo');
  return new GlooClient({ ...source, aws: { ...source.aws, vaultRole } }, ground.resolveService, 10, { trusted: ground.glooVariable('VAULT_CACERT_BYTES') });
}
