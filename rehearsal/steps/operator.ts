import { glooAuthRole, names } from '../../lib/identity/names';
import { withoutPath } from '../../lib/identity/principal';
import { call } from '../http';
import { runCommand, type CommandOptions, type Ended } from '../operator';
import { addPerson } from '../person';
import type { ConfigurationProperties, World } from '../world';
import { demand, demandEqual, observerOf, type Stage, type Step } from './step';

const STRANGER = 'rehearsal-stranger';
const HALF_AN_HOUR = 1800;

/**
 * People's way into Vault. Where the environment names no operator, an update of the configuration names one, and one takes
 * them away again: so the templates are the user's own, and none names a role that an account need not have.
 */
export const operatorSteps: readonly Step[] = [
  {
    title: 'An operator is named in vault.operators',
    run: async ({ world }) => {
      const { operator } = world;
      if (!operator.named) await update(world, withOperators(world), world.configurationProperties);
      return { beyond: operator.named ? `${operator.roleArn}, by the environment` : `${operator.roleArn}, by an update that names it, for the environment does not` };
    },
  },
  {
    title: "login gives a token of half an hour, for Gloo's secrets and what doctor reads",
    run: async (stage) => {
      const { world } = stage;
      const role = names.operatorRole(world.environment.cluster.name);
      const { token, policies, ttl } = JSON.parse((await succeed(stage, ['login', '--json'])).stdout) as { token: string; policies: string[]; ttl: number };
      demandEqual("The policies of the operator's token", [...policies].sort(), ['default', role]);
      demandEqual("The life of the operator's token, in seconds,", ttl, HALF_AN_HOUR);
      const requests = await reach(world, token);
      const plain = await succeed(stage, ['login']);
      demand(/^hvs\.\S+\n$/.test(plain.stdout), 'login prints more or less than a token on stdout');
      demand(!plain.stderr.includes(plain.stdout.trim()), 'login shows the token on stderr');
      demandEqual('Revoking the token', await status(world, plain.stdout.trim(), 'PUT', 'auth/token/revoke-self'), 204);
      return { beyond: `login: ${ttl} s, policy ${role}; ${requests} requests beyond that refused` };
    },
  },
  {
    title: 'login of somebody who is not named is refused, with what to do',
    run: async (stage) => {
      const { world } = stage;
      if (world.iam.findRole(STRANGER) === undefined) addPerson(world.iam, { roleName: STRANGER, path: '/' });
      const { code, stdout, stderr } = await command(stage, ['login'], { as: STRANGER });
      demandEqual("The exit code of a stranger's login", code, 3);
      demandEqual("What a stranger's login prints", stdout, '');
      demand(stderr.includes(`add "arn:${world.iam.partition}:iam::${world.iam.account}:role/${STRANGER}"`), `A stranger is told: ${stderr.trim()}`);
      return {};
    },
  },
];

/** The way back, when every command has had its turn. */
export const operatorLeavesStep: Step = {
  title: 'An operator who is no longer named is out',
  run: async (stage) => {
    const { world } = stage;
    const { vault, cluster } = world.environment;
    const nobody = Object.fromEntries(Object.entries(world.configurationProperties).filter(([key]) => key !== 'operators'));
    await update(world, nobody, withOperators(world));
    const role = names.operatorRole(cluster.name);
    for (const path of [`auth/${vault.auth.mountPath}/role/${role}`, `sys/policies/acl/${role}`]) {
      demand((await observerOf(stage).read(path)) === undefined, `Vault still has ${path}`);
    }
    demandEqual('The exit code of login then', (await command(stage, ['login'])).code, 3);
    if (world.environment.vault.operators.length > 0) await update(world, world.configurationProperties, nobody);
    return { beyond: `role and policy ${role} are gone with the setting, and login with them` };
  },
};

function withOperators({ environment, operator, configurationProperties }: World): ConfigurationProperties {
  const principalArns = [...environment.vault.operators, ...(operator.named ? [] : [operator.roleArn])].map(withoutPath);
  return { ...configurationProperties, operators: { name: names.operatorRole(environment.cluster.name), principalArns } };
}

async function update(world: World, to: ConfigurationProperties, from: ConfigurationProperties): Promise<void> {
  const ended = await world.configure({ RequestType: 'Update', ResourceProperties: to, OldResourceProperties: from, PhysicalResourceId: 'again' });
  demand(!ended.error, `The update of the operators failed: ${ended.error?.message ?? ''}`);
}

/** @returns how many requests were refused. */
async function reach(world: World, token: string): Promise<number> {
  const { auth, kv } = world.environment.vault;
  const secret = 'gloo/gloo.solo.io/v1/Secret/rehearsal/by-operator';
  const allowed: readonly (readonly [string, string, number, unknown?])[] = [
    ['PUT', `${kv.mountPath}/data/${secret}`, 200, { data: { metadata: { name: 'by-operator', namespace: 'rehearsal' } } }],
    ['GET', `${kv.mountPath}/data/${secret}`, 200],
    ['DELETE', `${kv.mountPath}/metadata/${secret}`, 204],
  ];
  for (const [method, path, wanted, body] of allowed) demandEqual(`The operator's ${method} ${path}`, await status(world, token, method, path, body), wanted);
  const refused = [
    ['PUT', 'sys/policies/acl/root'],
    ['PUT', `sys/policies/acl/${names.operatorRole(world.environment.cluster.name)}`],
    ['PUT', `auth/${auth.mountPath}/role/${glooAuthRole(world.environment)}`],
    ['PUT', 'auth/token/create'],
    ['PUT', 'auth/token/revoke-accessor'],
    ['GET', `${kv.mountPath}/data/another`],
  ] as const;
  for (const [method, path] of refused) demandEqual(`The operator's ${method} ${path}`, await status(world, token, method, path, method === 'PUT' ? {} : undefined), 403);
  demandEqual('Revoking the token', await status(world, token, 'PUT', 'auth/token/revoke-self'), 204);
  return refused.length;
}

async function status(world: World, token: string, method: string, path: string, body?: unknown): Promise<number> {
  const { address, caPem } = await world.vault.place();
  const reply = await call({ method, url: `${address}/v1/${path}`, headers: { 'x-vault-token': token }, limit: 10_000, ...(body === undefined ? {} : { body }), ...(caPem === undefined ? {} : { ca: caPem }) });
  return reply.status;
}

const command = ({ world, projectDir }: Stage, args: readonly string[], options?: CommandOptions): Promise<Ended> => runCommand(world, projectDir, args, options);

async function succeed(stage: Stage, args: readonly string[]): Promise<Ended> {
  const ended = await command(stage, args);
  demand(ended.code === 0, `gloo-vault ${args.join(' ')} ended with ${ended.code}: ${ended.stderr.trim()}`);
  return ended;
}
