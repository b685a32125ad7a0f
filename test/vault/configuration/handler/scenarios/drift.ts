import { inspect, repair, type Outcome } from '../../../../../lib/vault/configuration/handler/drift';
import { deploymentDigest, marksIn } from '../../../../../lib/vault/configuration/handler/mark';
import { contents } from '../../../../../rehearsal/vault/contents';
import type { RehearsedVault } from '../rehearsed-vault';

const ROLE = 'auth/aws/role/dev-role-iam-trial';
const CLIENT = { iam_server_id_header_value: 'vault.gloo.example.com', sts_endpoint: 'https://sts.us-east-1.amazonaws.com', sts_region: 'us-east-1' };

/** What a schedule does about a Vault that is not as it was configured. */
export function drifts(vault: () => RehearsedVault): void {
  beforeEach(async () => {
    const { reset, configure } = vault();
    await reset();
    await configure();
    vault().gate.open();
  });
  const now = () => contents(vault().observer);
  const writes = () => vault().gate.seen().filter((each) => !each.startsWith('GET ') && each !== 'PUT auth/aws/login');
  const found = ({ findings }: Outcome) => findings.map(({ object, words, repaired }) => `${object}: ${words}${repaired ? ' (repaired)' : ''}`);
  const repairing = (props = vault().props()) => vault().run((run) => repair(run, props), { patience: { passing: 5000 } });
  const inspecting = (props = vault().props()) => vault().run((run) => inspect(run, props));

  test('of a Vault that is as it was configured finds nothing, by eight reads beside its login and its look', async () => {
    const { result, log } = await repairing();
    expect([result, log]).toEqual([{ findings: [] }, []]);
    expect(vault().gate.seen()).toHaveLength(10);
    expect((await inspecting()).result).toEqual({ findings: [] });
    expect(writes()).toEqual([]);
  });

  const changes: Record<string, readonly [string, object, string]> = {
    "Gloo's policy": ['sys/policies/acl/dev', { policy: '{"path":{"dev/*":{"capabilities":["read"]}}}' }, 'policy dev: dev/*, dev/, sys/mounts changed'],
    'a policy in HCL': ['sys/policies/acl/dev', { policy: 'path "*" { capabilities = ["sudo"] }' }, 'policy dev: policy changed'],
    "the provisioner's policy, with its mark": ['sys/policies/acl/vault-config-trial', { policy: '{"path":{"sys/policies/acl/vault-config-trial":{"capabilities":["read","update"]}}}' }, 'policy vault-config-trial: '],
    "Gloo's role": [ROLE, { token_policies: ['dev', 'root'], token_max_ttl: 0 }, 'role dev-role-iam-trial: token_policies, token_max_ttl changed'],
    "the provisioner's role": ['auth/aws/role/vault-config-trial', { token_max_ttl: 0 }, 'role vault-config-trial: token_max_ttl changed'],
    'a static key': ['auth/aws/config/client', { ...CLIENT, access_key: 'AKIAEXAMPLE', secret_key: 'x' }, 'AWS client of auth method aws: access_key changed'],
  };
  test.each(Object.entries(changes))('repairs %s', async (_, [path, payload, words]) => {
    const { observer } = vault();
    const before = await now();
    await observer.write(path, payload);
    const { result } = await repairing();
    expect(found(result)[0]).toContain(words);
    expect(result.findings.every(({ repaired }) => repaired)).toBe(true);
    expect(await now()).toEqual(before);
    expect((await repairing()).result).toEqual({ findings: [] });
  });

  test.each([ROLE, 'sys/policies/acl/dev', 'sys/auth/aws', 'sys/mounts/dev'])('repairs %s, which was removed', async (path) => {
    const { observer } = vault();
    const before = await now();
    await observer.delete(path);
    const { result } = await repairing();
    // Without its auth method the function comes in by no way: a person has to mend that.
    if (path === 'sys/auth/aws') {
      expect(found(result)).toEqual([expect.stringContaining('the way in of vault-config-trial: Vault lets this function in by no way that it knows')]);
      return expect(writes().filter((each) => !each.endsWith('/login'))).toEqual([]);
    }
    expect(found(result)).toEqual([expect.stringMatching(/: absent \(repaired\)$/)]);
    expect(await now()).toEqual(before);
  });

  test('reports, and writes nothing', async () => {
    const { observer } = vault();
    await observer.write(ROLE, { token_policies: ['root'] });
    await observer.delete('sys/policies/acl/dev');
    expect(found((await inspecting()).result)).toEqual(['policy dev: absent', 'role dev-role-iam-trial: token_policies changed']);
    expect((await observer.read(ROLE))?.token_policies).toEqual(['root']);
    expect(writes()).toEqual([]);
  });

  test('leaves a Vault that holds what must not be changed, and says so', async () => {
    const { observer } = vault();
    await observer.delete('sys/mounts/dev');
    await observer.write('sys/mounts/dev', { type: 'kv', options: { version: '1' } });
    await observer.write(ROLE, { token_max_ttl: 0 });
    vault().gate.open();
    expect(found((await repairing()).result)).toEqual([expect.stringContaining('secrets engine dev: the mount "dev/" holds KV version "1"'), 'role dev-role-iam-trial: token_max_ttl changed']);
    expect(writes()).toEqual([]);
  });

  test('makes a dev-mode Vault whole that was restarted, and says that its secrets are gone', async () => {
    const before = await now();
    await vault().restart();
    const { result, log } = await repairing();
    expect(await now()).toEqual(before);
    expect(await vault().observer.knows('root')).toBe(false);
    expect(log[0]).toContain('Vault was started anew, and all that its memory held is gone: every secret below dev/ has to be written again (npx gloo-vault secret put).');
    expect(found(result).filter((each) => each.includes('has to be written again'))).toEqual([expect.stringMatching(/^secrets engine dev: Vault was started anew/)]);
    expect(result.findings.every(({ repaired }) => repaired)).toBe(true);
    expect((await repairing()).result).toEqual({ findings: [] });
  });

  test('revokes the root token where a run was cut off before it came to that', async () => {
    const { reset, gate } = vault();
    await reset();
    gate.cutAfter(16);
    await vault().refusal();
    gate.open();
    expect(await vault().observer.knows('root')).toBe(true);
    await repairing();
    expect(await vault().observer.knows('root')).toBe(false);
    expect((await repairing()).result).toEqual({ findings: [] });
  });

  test('of the earlier configuration leaves a Vault that a deployment has marked, also between any two of its writes', async () => {
    const { configure, gate, props, observer } = vault();
    const [before, after] = [props(), props({ policy: { paths: { 'dev/*': ['read'] } }, session: { maxTtl: '60' } })];
    for (let requests = 1; ; requests += 1) {
      await configure({ props: before, previous: after });
      gate.open();
      gate.cutAfter(requests);
      const ended = await configure({ props: after, previous: before }).then(() => true, () => false);
      gate.open();
      const marked = marksIn((await observer.read('sys/policies/acl/vault-config-trial'))?.policy).join() === deploymentDigest(after);
      const cut = await now();
      const { result } = await repairing(before);
      expect({ requests, unfinished: result.unfinished?.slice(0, 20) }).toEqual({ requests, unfinished: marked ? 'a deployment goes on' : undefined });
      expect({ requests, ...(await now()) }).toEqual({ requests, ...cut });
      // What the next one finds, whose properties are those of the mark: all that is missing.
      if (marked) await repairing(after);
      if (ended) return expect(requests).toBeGreaterThan(15);
    }
  });

  test('gives way to a deployment that begins under it', async () => {
    const { configure, gate, props, observer } = vault();
    const after = props({ session: { maxTtl: '60' } });
    const change = async () => {
      await observer.write('sys/policies/acl/dev', { policy: '{"path":{}}' });
      await observer.write(ROLE, { token_policies: ['default'] });
      gate.open();
    };
    await change();
    await repairing();
    const lastLook = gate.seen().lastIndexOf('GET sys/policies/acl/vault-config-trial') + 1;
    expect(gate.seen().slice(lastLook)).toEqual([`PUT ${ROLE}`]);
    await change();
    gate.before(lastLook, () => configure({ props: after, previous: props() }));
    const { result } = await repairing();
    expect([result.unfinished, (await observer.read(ROLE))?.token_max_ttl, (await observer.read(ROLE))?.token_policies]).toEqual([expect.stringContaining('a deployment goes on'), 60, ['dev']]);
    expect((await repairing(after)).result).toEqual({ findings: [] });
  });

  test('is one line where nobody answers, and the next one works', async () => {
    const { gate } = vault();
    gate.leadTo('http://127.0.0.1:1');
    for (const does of [repairing, inspecting]) {
      const { result, log } = await does();
      expect([result.findings, log]).toEqual([[], []]);
      expect(result.unfinished).toMatch(/^Vault is away: PUT auth\/aws\/login: the API server answered 503 .*No pod of Vault is reachable: kubectl get pods/);
    }
    gate.open();
    expect((await repairing()).result).toEqual({ findings: [] });
  });

  test("finds that it can't come in, and does not hide it", async () => {
    await vault().observer.write('auth/aws/config/client', { ...CLIENT, iam_server_id_header_value: 'other' });
    vault().gate.open();
    for (const does of [repairing, inspecting]) {
      const { result } = await does();
      expect(result).toMatchObject({ findings: [{ object: 'the way in of vault-config-trial', path: 'auth/aws/login', repaired: false }] });
      expect(result.unfinished).toBeUndefined();
    }
    expect(writes()).toEqual([]);
  });

  test('and another at the same time end in one configuration', async () => {
    const before = await now();
    for (let round = 0; round < 5; round += 1) {
      await vault().observer.delete(ROLE);
      await vault().observer.write('sys/policies/acl/dev', { policy: '{"path":{}}' });
      const patience = { passing: 5000, settling: 5000 };
      await Promise.all([1, 2, 3].map(() => vault().run((run) => repair(run, vault().props()), { patience })));
      expect(await now()).toEqual(before);
    }
  });
}
