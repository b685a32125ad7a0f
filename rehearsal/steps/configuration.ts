import { glooAuthRole, names } from '../../lib/identity/names';
import { withoutPath } from '../../lib/identity/principal';
import { vaultVersion } from '../../lib/versions';
import { glooPolicyPaths } from '../../lib/vault/policy';
import { Observer } from '../observer';
import { DEV_ROOT_TOKEN } from '../vault/vault-process';
import type { World } from '../world';
import { accessInWords } from './refusals';
import { demand, demandEqual, observerOf, type Stage, type Step } from './step';

/** Guide rows 4 and 5 in dev mode: Vault as its chart starts it, with a root token that everyone knows. */
export const devModeStep: Step = {
    title: 'Vault runs, unsealed',
    run: async (stage) => {
      const { world } = stage;
      stage.observer = await Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN);
      const release = world.objects.release('vault');
      demandEqual("The namespace of Vault's chart", release.namespace, world.environment.vault.namespace);
      const { dev } = release.values.server as { dev?: { enabled?: boolean } };
      demand(dev?.enabled === true, "Vault's chart is not in dev mode, and the rehearsal started it so");
      const status = await stage.observer.read('sys/seal-status');
      demandEqual('Vault sealed', status?.sealed, false);
      const deployed = vaultVersion(release.version) ?? 'a version that lib/versions.ts does not know';
      const which = deployed === world.vault.version ? `Vault ${deployed}, the one rehearsed` : `Vault ${deployed}; rehearsed with ${world.vault.version}`;
      return { 4: `declared, not installed: chart ${release.chart} ${release.version} into ${release.namespace}, dev mode, of ${which}` };
    },
};

/** Guide rows 5, 20: the custom resource is made. */
export const createStep: Step = {
    title: 'The function from cdk.out configures Vault',
    run: async ({ world }) => {
      const ended = await world.configure({ RequestType: 'Create' });
      const failure = ended.error?.message ?? '';
      const access = failure.includes('the API server answered 403') ? ` [${accessInWords(world)}]` : '';
      demand(!ended.error, `Custom::VaultConfiguration failed: ${failure}${access}`);
      demand(ended.log.some((line) => line.includes('is unsealed')), 'The function did not look whether Vault is unsealed');
      const asked = world.apiServer.requests.map(({ verb }) => verb);
      const seconds = ((Date.now() - world.startedAt) / 1000).toFixed(1);
      return {
        5: 'the function asked sys/seal-status before anything else',
        ...(world.vault.raft ? { beyond: `initialised and configured, and every replica votes, ${seconds} s after the pods were started; ${asked.length} requests at the API server, ${asked.filter((verb) => verb !== 'get').length} of them writes and logins` } : {}),
      };
    },
};

/** Guide rows 6–10, 14, 16, 17: what Vault holds then. */
export const configuredSteps: readonly Step[] = [
  { title: 'Vault holds what the environment says', run: async (stage) => configured(stage) },
  {
    title: 'Nothing static is left, and every access is logged',
    run: async (stage) => {
      const { world } = stage;
      const observer = observerOf(stage);
      demand(!(await observer.knows('root')), 'The dev root token still works');
      if (world.environment.vault.audit) {
        const device = (await observer.read('sys/audit'))?.['stdout/'] as { type?: string; options?: unknown } | undefined;
        demandEqual('The audit device stdout/', [device?.type, device?.options], ['file', { file_path: 'stdout' }]);
        await world.vault.waitForAudit(({ request, type }) => type === 'request' && request.path === 'auth/token/revoke-self', 2000);
      }
      return { 17: world.environment.vault.audit ? `audit device stdout, ${world.vault.auditEntries().length} entries so far` : 'off, as the environment says' };
    },
  },
  {
    title: 'A second run writes nothing',
    run: async ({ world }) => {
      const before = world.apiServer.requests.length;
      const ended = await world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' });
      demand(!ended.error, `The second run failed: ${ended.error?.message ?? ''}`);
      // As the API server saw them: Vault's own log may be off, and is written a moment later.
      const requests = world.apiServer.requests.slice(before);
      demand(requests.length > 0, 'The second run asked Vault nothing');
      const writes = requests.filter(({ verb, path }) => verb !== 'get' && !path.endsWith('/login'));
      demand(writes.length === 0, `The second run wrote ${writes.map(({ path }) => path.replace(/^.*\/proxy\/v1\//, '')).join(', ')}`);
      return world.vault.raft ? { beyond: `${requests.length} requests, one of them the login, and no write` } : {};
    },
  },
  {
    title: 'Nobody else reaches Vault through the API server',
    run: async ({ world }) => {
      const { vault } = world.environment;
      const gloo = glooAuthRole(world.environment);
      const refused = await world.configureAs(gloo, { RequestType: 'Create' }, 5000);
      demand(refused.error?.message.includes('401'), `The API server let ${gloo} in, or failed otherwise: ${refused.error?.message ?? 'it configured Vault'}`);
      const services = JSON.stringify(world.objects.release('vault').values);
      demand(!/LoadBalancer|NodePort|"ingress"/.test(services), "Vault's chart makes a way in from outside the cluster");
      const policy = world.objects.all.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === vault.namespace);
      demandEqual('There is a NetworkPolicy for Vault', policy !== undefined, vault.networkPolicy);
      return { 16: 'no load balancer or ingress; the API server refuses every role but the function\'s; NetworkPolicy on 8200 (its enforcement is not rehearsed)' };
    },
  },
];

/** What Vault holds now, seen by the observer, against what the environment says. */
async function configured(stage: Stage): Promise<Record<number, string>> {
  const { world } = stage;
  const observer = observerOf(stage);
  const { vault, region, partition } = world.environment;
  const { auth, kv, policy } = vault;
  const mounted = (await observer.read('sys/auth'))?.[`${auth.mountPath}/`] as { type?: string } | undefined;
  demandEqual(`The type of auth/${auth.mountPath}`, mounted?.type, 'aws');
  const engine = (await observer.read('sys/mounts'))?.[`${kv.mountPath}/`] as { type?: string; options?: { version?: string } } | undefined;
  demandEqual(`The engine at ${kv.mountPath}/`, [engine?.type, engine?.options?.version], ['kv', '2']);
  const written = (await observer.read(`sys/policies/acl/${policy.name}`))?.policy;
  demand(typeof written === 'string', `Vault has no policy "${policy.name}"`);
  const document = JSON.parse(written) as { path: Record<string, { capabilities: string[] }> };
  demandEqual(
    `The policy ${policy.name}`,
    Object.entries(document.path).map(([path, { capabilities }]) => [path, capabilities]),
    Object.entries(glooPolicyPaths(vault)),
  );
  const client = await observer.read(`auth/${auth.mountPath}/config/client`);
  demandEqual('iam_server_id_header_value', client?.iam_server_id_header_value, auth.serverIdHeader);
  demandEqual('sts_endpoint', client?.sts_endpoint, `https://sts.${region}.${partition.dnsSuffix}`);
  demandEqual('sts_region', client?.sts_region, region);
  demandEqual('A static access key in Vault', client?.access_key, '');
  const authRole = world.iam.role(glooAuthRole(world.environment));
  const role = await observer.read(`auth/${auth.mountPath}/role/${authRole.name}`);
  demand(role, `Vault has no role "${authRole.name}" in auth/${auth.mountPath}: Gloo logs in by the name of its IAM role`);
  demandEqual('auth_type', role.auth_type, 'iam');
  demandEqual('bound_iam_principal_arn', role.bound_iam_principal_arn, [authRole.arn]);
  demandEqual('bound_iam_principal_id', role.bound_iam_principal_id, [authRole.id]);
  demandEqual('token_policies', role.token_policies, [policy.name]);
  demandEqual('The session', [role.token_max_ttl, role.token_period], ['maxTtl' in auth.session ? auth.session.maxTtl : 0, 'period' in auth.session ? auth.session.period : 0]);
  await operatorsConfigured(world, observer);
  demand(vaultReadTheRole(world), 'Vault did not call iam:GetRole as its own role');
  return {
    6: `auth method aws at ${auth.mountPath}/`,
    7: `KV version 2 at ${kv.mountPath}/`,
    8: `policy ${policy.name}, ${policy.form === 'guide' ? "the guide's" : 'the smallest'}`,
    9: `server id ${auth.serverIdHeader}, STS of ${region}, no access key`,
    10: `role ${authRole.name} bound to its ARN and unique id`,
    19: 'Vault itself called iam:GetRole',
  };
}

/** The operators' role, bound to those whom the environment names, or to nobody. */
async function operatorsConfigured(world: World, observer: Observer): Promise<void> {
  const { vault, cluster } = world.environment;
  const name = names.operatorRole(cluster.name);
  const role = await observer.read(`auth/${vault.auth.mountPath}/role/${name}`);
  const policy = await observer.read(`sys/policies/acl/${name}`);
  if (vault.operators.length === 0) {
    demand(role === undefined && policy === undefined, `Vault has a role or policy "${name}", and the environment names no operator`);
    return;
  }
  demandEqual(`bound_iam_principal_arn of ${name}`, role?.bound_iam_principal_arn, vault.operators.map(withoutPath));
  demandEqual(`token_policies of ${name}`, role?.token_policies, [name]);
  demand(typeof policy?.policy === 'string', `Vault has no policy "${name}"`);
}

function vaultReadTheRole(world: World): boolean {
  const server = `:assumed-role/${names.serverRole(world.environment.cluster.name)}/`;
  return world.aws.requests.some(({ action, caller, status }) => action === 'GetRole' && status === 200 && caller?.includes(server));
}
