import { Agent } from 'node:http';
import { AuditedVault } from '../../bench/audited-vault';
import { listAsGloo, pathsOfList, secretKeys, sendRaw, writeSecrets } from '../../bench/many-secrets';
import type { VaultRequest } from '../../bench/requests';
import { GlooClient } from '../../rehearsal/gloo/gloo-client';
import { Observer } from '../../rehearsal/observer';
import type { VaultCommand } from '../../rehearsal/vault/find-vault';
import { DEV_ROOT_TOKEN, startDevVault } from '../../rehearsal/vault/vault-process';

const MOUNT = 'dev';

/** What Gloo's list of a real Vault gave, and what the Vault was asked for meanwhile. */
export interface Listing {
  readonly names: readonly string[];
  readonly asked: readonly VaultRequest[];
  /** Of the same list, sent raw. */
  readonly rawAsked: readonly VaultRequest[];
  readonly expectedPaths: readonly string[];
}

/** So many secrets in each namespace of a Vault in dev mode, listed as Gloo lists them, and sent raw. */
export async function listMany(command: VaultCommand, count: number, namespaces: readonly string[]): Promise<Listing> {
  const vault = await startDevVault({ command, env: {} });
  const agent = new Agent({ keepAlive: true });
  try {
    const observer = await Observer.of(() => vault, DEV_ROOT_TOKEN);
    await observer.write(`sys/mounts/${MOUNT}`, { type: 'kv', options: { version: '2' } });
    const keys = namespaces.flatMap((namespace) => secretKeys(count, namespace));
    return await AuditedVault.use(observer, async (audited) => {
      await writeSecrets(observer, MOUNT, keys);
      const address = vault.address;
      const client = new GlooClient({ address, aws: { iamServerIdHeader: '', mountPath: '', region: '' }, pathPrefix: MOUNT }, () => address, 60, { agent });
      const names: string[] = [];
      const asked = await audited.during(async () => {
        const { result } = await listAsGloo(client, { token: DEV_ROOT_TOKEN, leaseSeconds: 0, policies: [], renewable: false });
        names.push(...result.map(({ namespace, name }) => `${namespace}/${name}`));
      });
      const expectedPaths = pathsOfList(MOUNT, keys);
      const rawAsked = await audited.during(() => sendRaw({ address }, DEV_ROOT_TOKEN, expectedPaths, 1));
      return { names, asked, rawAsked, expectedPaths };
    });
  } finally {
    agent.destroy();
    await vault.stop();
  }
}
