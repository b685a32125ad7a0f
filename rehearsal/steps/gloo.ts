import { randomUUID } from 'node:crypto';
import { VaultRefusal, vaultSource } from '../gloo/gloo-client';
import { glooPod } from '../gloo/gloo-pod';
import { glooAuthRole } from '../../lib/identity/names';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

const SECRET = 'rehearsal';

/** Guide rows 11 and 13: what Gloo's chart is told. Vault has no part in it, so it is looked at before Vault is configured. */
export const glooValuesStep: Step = {
  title: "Gloo's Helm values",
  run: ({ world }) => {
    const release = world.objects.release('gloo');
    const { vault, region } = world.environment;
    const source = vaultSource(release.values);
    demandEqual('secretOptions.sources[].vault.aws.region', source.aws.region, region);
    demandEqual('secretOptions.sources[].vault.aws.mountPath', source.aws.mountPath, vault.auth.mountPath);
    demandEqual('secretOptions.sources[].vault.pathPrefix', source.pathPrefix, vault.kv.mountPath);
    return { 11: `${source.address}, mount ${source.aws.mountPath}, prefix ${source.pathPrefix}`, 13: `declared, not installed: chart ${release.chart} ${release.version} into ${release.namespace}` };
  },
};

/** Guide rows 11–15: Gloo, with the values of its chart and the identity of its service account. */
export const glooSteps: readonly Step[] = [
  {
    title: 'Gloo logs in and reads a secret',
    run: async (stage) => {
      const { world } = stage;
      const observer = observerOf(stage);
      const { gloo, vault } = world.environment;
      const value = randomUUID();
      await observer.write(`${vault.kv.mountPath}/data/gloo/gloo.solo.io/v1/Secret/${gloo.namespace}/${SECRET}`, { data: { metadata: { name: SECRET, namespace: gloo.namespace }, header: { headers: { 'x-rehearsal': value } } } });
      stage.gloo = await logIn(stage, 'gloo');
      const { client, token } = stage.gloo;
      await client.renew(token);
      demandEqual(`Gloo's list of ${gloo.namespace}`, await client.list(token, gloo.namespace), [SECRET]);
      const secret = (await client.read(token, gloo.namespace, SECRET)) as { header?: { headers?: Record<string, string> } };
      demand(secret.header?.headers?.['x-rehearsal'] === value, 'Gloo read another value than the one written');
      if (gloo.discovery) await logIn(stage, 'discovery');
      return { 11: 'login, renewal, list and read with these values', 12: 'with the token of the annotated service account' };
    },
  },
  {
    title: 'Least privilege and a short session',
    run: async (stage) => {
      const { world } = stage;
      demand(stage.gloo, 'Gloo has not logged in');
      const { client, token } = stage.gloo;
      const { vault, cluster } = world.environment;
      const forbidden = ['sys/policies/acl/root', `auth/${vault.auth.mountPath}/config/client`, 'sys/audit', ...(vault.policy.form === 'smallest' ? ['sys/mounts'] : [])];
      for (const path of forbidden) demandEqual(`Gloo's GET ${path}`, await client.status(token, 'GET', path), 403);
      const { session } = vault.auth;
      const wanted = 'maxTtl' in session ? session.maxTtl : session.period;
      demand(token.leaseSeconds <= wanted && token.leaseSeconds > 0, `Gloo's token lives ${token.leaseSeconds} s, and the environment allows ${wanted}`);
      demandEqual('policies of the token', [...token.policies].sort(), ['default', vault.policy.name].sort());
      return {
        14: `${forbidden.length} paths beyond Gloo's secrets refused with 403; ${cluster.name}'s roles have only what rows 2, 3 and 19 show`,
        15: `token of ${token.leaseSeconds} s, ${'maxTtl' in session ? 'a maximum that renewal cannot pass' : 'a period that each renewal restarts'}`,
      };
    },
  },
  {
    title: 'A role made again is bound again',
    run: async (stage) => {
      const { world } = stage;
      const { gloo } = world.environment;
      const roleName = glooAuthRole(world.environment);
      world.iam.recreateRole(roleName);
      const failure = await failureOf('A login as a role that was made again', logIn(stage, 'gloo'));
      demand(failure instanceof VaultRefusal, `The login failed otherwise than by Vault's refusal: ${failure.message}`);
      const ended = await world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' });
      demand(!ended.error, `The run after the role was made again failed: ${ended.error?.message ?? ''}`);
      const { client, token } = await logIn(stage, 'gloo');
      await client.read(token, gloo.namespace, SECRET);
      return { 18: 'role deleted and made again: logins refused, one run, Gloo reads again' };
    },
  },
];

/** A pod of Gloo's from its service account's token to a token of Vault's; it tries nothing again. */
export async function logIn({ world }: Pick<Stage, 'world'>, serviceAccount: string): Promise<NonNullable<Stage['gloo']>> {
  const pod = glooPod(world, serviceAccount);
  return { client: pod.client, source: pod.source, token: await pod.logIn() };
}
