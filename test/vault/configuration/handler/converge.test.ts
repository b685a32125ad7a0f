import { apply, type Change } from '../../../../lib/vault/configuration/handler/converge';
import { desiredState } from '../../../../lib/vault/configuration/handler/desired';
import type { VaultAnswer } from '../../../../lib/vault/client/answers';
import type { VaultClient } from '../../../../lib/vault/client/vault-client';
import { properties } from '../example';

const { phases } = desiredState(properties, {});
const changes: Change[][] = phases.map((phase) => phase.map((object) => ({ object, differences: [] })));
const session = { token: 'root' };
const look = () => Promise.resolve();

function client(answer: (path: string) => Promise<VaultAnswer>): VaultClient {
  return { put: answer } as Partial<VaultClient> as VaultClient;
}
const ok: VaultAnswer = { ok: true, body: {} };

test('an audit device that is in force, but not in the list, is no failure', async () => {
  const log: string[] = [];
  const reason = `failed to register "file" audit backend "stdout/": backend already registered 'stdout/': invalid configuration`;
  await apply(
    client((path) => Promise.resolve(path === 'sys/audit/stdout' ? { ok: false, status: 400, reason } : ok)),
    session,
    changes,
    { log: (line) => log.push(line), look },
  );
  expect(log[1]).toBe('audit device stdout is in force; Vault lists it once it was restarted and configured again, for a run was cut off while it was made');
  expect(log).toHaveLength(phases.flat().length);
});

test('a write that fails lets those beside it end, and none begin', async () => {
  const ended: string[] = [];
  const put = (path: string): Promise<VaultAnswer> =>
    new Promise((resolve) => {
      if (path === 'sys/auth/aws') resolve({ ok: false, status: 400, reason: 'no' });
      else
        setTimeout(() => {
          ended.push(path);
          resolve(ok);
        }, 20);
    });
  await expect(apply(client(put), session, changes, { log: () => undefined, look })).rejects.toThrow('Vault refused to write sys/auth/aws: 400 no.');
  expect(ended).toEqual(['sys/policies/acl/vault-config-trial', 'sys/audit/stdout', 'sys/mounts/dev', 'sys/policies/acl/dev']);
});

test.each([
  [{ status: 403, reason: '2 errors occurred: * permission denied * invalid token' }, 'Setback', 'Vault forgot the token that it gave to this run: look whether it is being restarted (kubectl get pods).'],
  [{ status: 404, reason: 'no handler for route' }, 'Setback', 'Its mount was there a moment ago: Vault was restarted and lost it, or somebody disabled it.'],
  [{ status: 403, reason: 'permission denied' }, 'Forbidden', "It is Vault that refused, not the API server: the provisioner's policy lacks this path. If somebody edited it, restore it with a root token."],
  [{ status: 400, reason: 'NoCredentialProviders: no valid providers in chain' }, 'Setback', 'If it stays, check the roles in the Identity and Vault stacks.'],
  [{ status: 400, reason: 'unable to resolve ARN "arn:x" to internal ID' }, 'Setback', 'has the policy gloo-vault-auth-get-role-policy-* (guide row 19).'],
])('%j', async (answer, name, words) => {
  await expect(apply(client(() => Promise.resolve({ ok: false, ...answer })), session, changes, { log: () => undefined, look })).rejects.toMatchObject({ name, message: expect.stringContaining(words) as string });
});
