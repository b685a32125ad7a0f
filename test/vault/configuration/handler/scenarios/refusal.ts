import { createCertificateAuthority } from '../../../../../rehearsal/certificate-authority';
import { startDevVault } from '../../../../../rehearsal/vault/vault-process';
import { contents } from '../../../../../rehearsal/vault/contents';
import { listening } from '../../../client/listening';
import type { RehearsedVault } from '../rehearsed-vault';
import { devVault } from '../../../../../rehearsal/vault-under-test';

/** Everything that a run may find instead of a Vault that lets it work: the message that CloudFormation gets. */
export function refusals(vault: () => RehearsedVault): void {
  beforeEach(() => vault().reset());

  describe('on the way to Vault', () => {
    afterEach(() => vault().gate.open());
    test('an API server that does not know the function', async () => {
      const { gate, refusal } = vault();
      gate.api.delayAccessEntries(60_000);
      expect(await refusal()).toBe(
        "GET sys/seal-status: the API server answered 401 (Unauthorized). It does not know the caller's IAM identity: its access entry is missing (the app makes those of its functions; a person's comes from cluster.create.adminArns or aws eks create-access-entry), or the cluster's authentication mode is not API or API_AND_CONFIG_MAP (aws eks describe-cluster --query cluster.accessConfig).",
      );
      gate.api.delayAccessEntries(0);
    });

    test("an API server's 403 is not Vault's", async () => {
      const { props, refusal } = vault();
      const message = await refusal({ props: props({ vault: { service: 'vault:8200' } }) });
      expect(message).toContain('GET sys/seal-status: the API server answered 403 (services "vault:8200" is forbidden: User ');
      expect(message).toContain(
        "The API server refused, not Vault: RBAC must allow it in this namespace, on services/proxy or pods/proxy, for exactly this name. The app's functions have a Role and RoleBinding there (vault-configuration, vault-snapshots, vault-watch or gloo-login-proof); a person needs the like, with get, update and delete, or cluster-admin.",
      );
    });

    test.each([
      ['no Service', { status: 404, body: { kind: 'Status', apiVersion: 'v1', message: 'services "vault" not found', code: 404 } }, 'GET sys/seal-status: the API server answered 404 (services "vault" not found). The Service does not exist (yet): check the Vault chart\'s release (helm status vault).'],
      ['an API server that is busy', { status: 429, body: { kind: 'Status', apiVersion: 'v1', message: 'too many requests', code: 429 } }, 'GET sys/seal-status: the API server answered 429 (too many requests).'],
      [
        'an HTML page',
        'html' as const,
        'GET sys/seal-status was answered with HTTP 502 and text/html instead of Vault\'s JSON ("502 Bad Gateway"). Something else answers for Vault: check which pods its Service selects, and any proxy in front of the API server.',
      ],
      [
        'a connection that is reset',
        'reset' as const,
        "GET sys/seal-status had no answer from the API server: socket hang up (ECONNRESET). Either the cluster is gone, its endpoint does not admit who calls from here (for the app's functions, cluster.endpointAccess has to say that it is private or has an allow-list), or Vault hangs.",
      ],
    ])('%s', async (_, fault, message) => {
      const { gate, refusal, configure } = vault();
      gate.api.failNext(1, fault);
      expect(await refusal()).toBe(message);
      gate.api.failNext(2, fault);
      expect(await configure({ patience: { starting: 5000, passing: 5000 } })).toContain(`waiting: ${message}`);
    });

    test('an API server that is gone, or another one', async () => {
      const { props, refusal } = vault();
      expect(await refusal({ props: props({ cluster: { endpoint: 'https://127.0.0.1:1' } }) })).toContain('GET sys/seal-status had no answer from the API server: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED). Either the cluster is gone');
      const { caPem } = await createCertificateAuthority('another');
      const mend = "The certificate authority that the caller was given, by the environment or by a kubeconfig, is not this cluster's: compare it with aws eks describe-cluster --query cluster.certificateAuthority.data.";
      expect(await refusal({ props: props({ cluster: { certificateAuthority: Buffer.from(caPem).toString('base64') } }) })).toContain(mend);
      expect(await refusal({ props: props({ cluster: { certificateAuthority: 'bm90IGEgUEVN' } }) })).toContain(mend);
    });

    test('no pod, or one that refuses', async () => {
      const { gate, refusal } = vault();
      gate.cutAfter(0);
      const mend = 'No pod of Vault is reachable: kubectl get pods and kubectl describe pod vault-0 in its namespace say why.';
      expect(await refusal()).toBe(`GET sys/seal-status: the API server answered 503 (no endpoints available for service "vault"). ${mend}`);
      gate.open();
      gate.leadTo('http://127.0.0.1:1');
      expect(await refusal()).toBe(`GET sys/seal-status: the API server answered 503 (error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused). ${mend}`);
    });

    test.each([307, 429, 472, 473])('a standby that answers %i', async (status) => {
      const { gate, refusal } = vault();
      const standby = await listening((request, response) => {
        const unsealed = request.url === '/v1/sys/seal-status';
        if (unsealed) response.writeHead(200, { 'content-type': 'application/json' }).end('{"initialized":true,"sealed":false,"version":"2.0.4"}');
        else if (status === 307) response.writeHead(307, { location: 'http://10.0.0.7:8200/v1/auth/aws/login' }).end();
        else response.writeHead(status, { 'content-type': 'application/json' }).end('{"errors":["Vault is in standby mode"]}');
      });
      gate.leadTo(standby);
      expect(await refusal()).toBe('PUT auth/aws/login was answered by a standby, which points at its leader. Vault has no leader yet, or the Service selects standbys.');
    });

    test('an endless answer', async () => {
      const { gate, refusal } = vault();
      gate.leadTo(await listening((_, response) => response.writeHead(200).end(Buffer.alloc(5_000_000, 'x'))));
      expect(await refusal()).toContain('GET sys/seal-status had no answer from the API server: an answer of over 4194304 bytes (E2BIG).');
    });
  });

  describe('in a Vault that does not serve', () => {
    test('frozen, then awake', async () => {
      const { world, refusal, configure } = vault();
      await devVault(world).pause();
      expect(await refusal({ requestTimeout: 200 })).toBe(
        "GET sys/seal-status had no answer from the API server: no answer within 200 ms (ETIMEDOUT). Either the cluster is gone, its endpoint does not admit who calls from here (for the app's functions, cluster.endpointAccess has to say that it is private or has an allow-list), or Vault hangs.",
      );
      setTimeout(() => void devVault(world).resume(), 300);
      expect(await configure({ requestTimeout: 200, patience: { starting: 10_000 } })).toContain('revoked the dev root token');
    });

    test('not initialised', async () => {
      const { gate, refusal, command } = vault();
      const fresh = await startDevVault({ command, env: {}, mode: 'uninitialised' });
      gate.leadTo(fresh.address);
      expect(await refusal()).toBe('Vault is not initialised. A dev-mode Vault always is: check that the Vault behind the Service is the one of this stack (helm get values vault -n its namespace).');
      await fresh.stop();
    });

    test('sealed, before a run and under it', async () => {
      const { gate, refusal, restart, observer } = vault();
      gate.before(3, () => observer.write('sys/seal', {}));
      expect(await refusal()).toBe(
        'GET auth/token/lookup-self was answered with 503 (Vault is sealed): Vault is sealed or not initialised. Unseal it (kubectl exec -n <namespace> vault-0 -- vault status shows its state), then try again.',
      );
      expect(await refusal()).toBe('Vault is sealed. Unseal it (vault operator unseal), then deploy again.');
      await restart();
    });
  });

  describe('of objects that it must not change', () => {
    test('mounts of another kind and an audit device of other options: all named, nothing written', async () => {
      const { observer, refusal } = vault();
      await observer.write('sys/auth/aws', { type: 'userpass' });
      await observer.write('sys/mounts/dev', { type: 'kv', options: { version: '1' } });
      await observer.write('sys/audit/stdout', { type: 'file', options: { file_path: 'stdout', log_raw: 'true', mode: '0600' } });
      await observer.write('sys/audit/other', { type: 'file', options: { file_path: 'discard' } });
      const before = await contents(observer);
      expect(await refusal()).toBe(
        'Vault holds what this configuration must not change: the auth mount "aws/" exists with type "userpass", not "aws"; choose another vault.auth.mountPath, or vault auth disable aws; ' +
          'the mount "dev/" holds KV version "1", and Gloo reads version 2; vault kv enable-versioning dev converts it, or choose another vault.kv.mountPath. Nothing was written.',
      );
      expect(await contents(observer)).toEqual(before);
    });

    test('another engine, and an audit device that writes elsewhere', async () => {
      const { observer, refusal } = vault();
      await observer.write('sys/mounts/dev', { type: 'transit' });
      await observer.write('sys/audit/stdout', { type: 'file', options: { file_path: 'discard' } });
      expect(await refusal()).toBe(
        'Vault holds what this configuration must not change: the audit device "stdout/" exists with type "file" and other options; an audit device can\'t be changed: vault audit disable stdout, then deploy again; ' +
          'the mount "dev/" exists with type "transit", not "kv"; choose another vault.kv.mountPath. Nothing was written.',
      );
    });

    test('a role for EC2 instances', async () => {
      const { observer, refusal } = vault();
      await observer.write('sys/auth/aws', { type: 'aws' });
      await observer.write('auth/aws/role/dev-role-iam-trial', { auth_type: 'ec2', bound_ami_id: ['ami-1'] });
      expect(await refusal()).toContain('the role "dev-role-iam-trial" exists with auth_type "ec2", which can\'t be changed to "iam"; vault delete auth/aws/role/dev-role-iam-trial, then deploy again');
    });
  });

  describe('of what somebody changed', () => {
    beforeEach(async () => {
      await vault().configure();
      vault().gate.open();
    });
    const allow = (path: string, capabilities: string[]) => ({ policy: JSON.stringify({ path: { [path]: { capabilities } } }) });

    test('all of it is put right', async () => {
      const { observer, configure } = vault();
      const before = await contents(observer);
      await observer.write('sys/policies/acl/dev', { policy: 'path "dev/*" { capabilities = ["read"] } # by hand' });
      await observer.write('auth/aws/config/client', { access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'x'.repeat(40), max_retries: 7 });
      await observer.write('auth/aws/role/dev-role-iam-trial', { token_policies: ['root'], token_max_ttl: '1h', token_bound_cidrs: ['127.0.0.1/32'] });
      const log = await configure();
      expect(log).toEqual([
        expect.stringContaining('is unsealed'),
        'changed policy dev (sys/policies/acl/dev): policy',
        'changed AWS client of auth method aws (auth/aws/config/client): access_key',
        'changed role dev-role-iam-trial (auth/aws/role/dev-role-iam-trial): token_policies, token_max_ttl',
      ]);
      const after = await contents(observer);
      expect(after.policies).toEqual(before.policies);
      expect(after.auth['auth/aws/config/client']).toEqual({ ...before.auth['auth/aws/config/client'], max_retries: 7 });
      expect(after.auth['auth/aws/role/dev-role-iam-trial']).toMatchObject({ token_policies: ['dev'], token_max_ttl: 900, token_bound_cidrs: ['127.0.0.1'] });
    });

    test('an edited policy of the provisioner, as long as it may write that', async () => {
      const { observer, configure } = vault();
      const before = await contents(observer);
      await observer.write('sys/policies/acl/vault-config-trial', allow('sys/policies/acl/vault-config-trial', ['update']));
      await configure({ patience: { passing: 5000 } });
      expect(await contents(observer)).toEqual(before);
      expect(await configure()).toContain('nothing to write');
    });

    test('an edited policy of the provisioner that it may not mend', async () => {
      const { observer, refusal } = vault();
      await observer.write('sys/policies/acl/vault-config-trial', allow('sys/mounts', ['read']));
      const message = await refusal();
      expect(message).toContain('Vault (not the API server) refused with 403 to let this function read sys/policies/acl/vault-config-trial, sys/audit, ');
      expect(message).toContain('and to mend its own policy. Somebody changed policy vault-config-trial: write it again with a root token');
      const { policy } = (await observer.read('sys/policies/acl/vault-config-trial')) as { policy: string };
      expect(policy).toContain('sys/mounts');
    });

    test('a right of the provisioner that is gone', async () => {
      const { observer, refusal } = vault();
      const { policy } = (await observer.read('sys/policies/acl/vault-config-trial')) as { policy: string };
      await observer.write('sys/policies/acl/vault-config-trial', { policy: policy.replaceAll('"update"', '"list"') });
      expect(await refusal()).toBe(
        'Vault refused to write sys/policies/acl/vault-config-trial: 403 1 error occurred: * permission denied. ' +
          "It is Vault that refused, not the API server: the provisioner's policy lacks this path. If somebody edited it, restore it with a root token.",
      );
    });

    test('a role of the provisioner that is gone', async () => {
      const { observer, refusal } = vault();
      await observer.delete('auth/aws/role/vault-config-trial');
      expect(await refusal()).toBe(
        'Vault lets this function in by no way that it knows (auth/aws/login as "vault-config-trial": 400 entry for role vault-config-trial not found; the dev root token: 403 2 errors occurred: * permission denied * invalid token). ' +
          'Its role in Vault is bound to arn:aws:iam::111122223333:role/vault-config-trial; if somebody changed or removed it, write it again with a root token, or let a dev-mode Vault start anew: kubectl delete pod -n vault vault-0 (its secrets are lost).',
      );
    });
  });

  describe('of AWS', () => {
    test('an STS that throttles Vault', async () => {
      const { gate, world, configure, refusal } = vault();
      await configure();
      gate.open();
      const throttle = () => gate.before(2, () => world.aws.throttleNext('sts', 1));
      throttle();
      const message = "PUT auth/aws/login was answered with 400 (error making upstream request: received error code 400 from STS: Throttling: Rate exceeded): AWS throttles Vault's calls to STS or IAM. Deploy again when the account's other callers are quieter.";
      expect(await refusal()).toBe(message);
      throttle();
      expect(await configure({ patience: { passing: 5000 } })).toEqual([expect.any(String), `waiting: ${message}`, expect.any(String), 'nothing to write']);
    });

    test('an IAM that throttles the function', async () => {
      const { world, configure, refusal } = vault();
      world.aws.throttleNext('iam', 1);
      expect(await refusal()).toBe('iam:GetRole of dev-role-iam-trial was answered with Throttling.');
      world.aws.throttleNext('iam', 1);
      expect(await configure({ patience: { passing: 5000 } })).toContain('waiting: iam:GetRole of dev-role-iam-trial was answered with Throttling.');
    });

    test.each([
      [
        'vault-server-trial',
        'Vault refused to write auth/aws/role/dev-role-iam-trial: 400 unable to resolve ARN "arn:aws:iam::111122223333:role/dev-role-iam-trial" to internal ID: ',
        'Vault itself calls iam:GetRole here, as the role that its pods run as: check that the service account "vault" carries eks.amazonaws.com/role-arn, that the pod was started after it did, and that the role has the policy gloo-vault-auth-get-role-policy-* (guide row 19).',
      ],
      [
        'vault-config-trial',
        'iam:GetRole of dev-role-iam-trial was answered with AccessDenied: ',
        "the function's execution role may not read it. Its policy, in the function's stack, names this role; check that nothing (a permission boundary, an SCP) takes it away.",
      ],
    ])('an IAM that does not let %s read the role', async (roleName, cause, mend) => {
      const { world, refusal, configure } = vault();
      const authorize = world.iam.authorize.bind(world.iam);
      const spy = jest.spyOn(world.iam, 'authorize').mockImplementation((role, ...more) => (role.name === roleName ? { allowed: false, explicit: false, reason: 'of the test' } : authorize(role, ...more)));
      const message = await refusal();
      expect(message).toContain(cause);
      expect(message).toContain(mend);
      spy.mockRestore();
      expect(await configure()).toContain('made role dev-role-iam-trial (auth/aws/role/dev-role-iam-trial)');
      expect(await vault().observer.knows('root')).toBe(false);
    });
  });
}
