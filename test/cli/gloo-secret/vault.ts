import { Http } from '../../../lib/vault/client/http';
import { interpret } from '../../../lib/vault/client/answers';
import type { PolicyPaths } from '../../../lib/vault/policy';
import type { VaultClient } from '../../../lib/vault/client/vault-client';
import { DEV_ROOT_TOKEN, startDevVault, type VaultProcess } from '../../../rehearsal/vault/vault-process';
import type { VaultCommand } from '../../../rehearsal/vault/find-vault';
import { SECRETS } from '../../../cli/gloo-secret/key';
import { SecretStore } from '../../../cli/gloo-secret/store';

/** A dev-mode Vault, in which each test has a KV mount of its own. */
export interface SecretsVault {
  readonly process: VaultProcess;
  mount(): Promise<SecretsMount>;
  close(): Promise<void>;
}

export interface SecretsMount {
  readonly path: string;
  readonly store: SecretStore;
  /** @param area `data`, `metadata`, `destroy` or `delete` of KV. @param path below Gloo's folder. */
  /** The same secrets for somebody whose token has these rights alone. */
  readonly storeFor: (rights: PolicyPaths) => Promise<SecretStore>;
  readonly request: (method: 'GET' | 'PUT' | 'DELETE', area: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;
}

export async function startSecretsVault(command: VaultCommand): Promise<SecretsVault> {
  const process = await startDevVault({ command, env: {} });
  const http = new Http(undefined, 10_000);
  const vault = directly(http, process.address);
  let mounts = 0;
  return {
    process,
    mount: async () => {
      const path = `kv-${mounts++}`;
      await vault.put(`sys/mounts/${path}`, { type: 'kv', options: { version: '2' } }, DEV_ROOT_TOKEN);
      const request: SecretsMount['request'] = async (method, area, below, body) => {
        const answer = await send(http, process.address, method, `${path}/${area}/${SECRETS}/${below}`, body);
        if (!answer.ok) throw new Error(`${method} ${area} ${below}: ${answer.status} ${answer.reason}`);
        return answer.body;
      };
      const storeFor: SecretsMount['storeFor'] = async (rights) => {
        await vault.put(`sys/policies/acl/${path}`, { policy: JSON.stringify({ path: Object.fromEntries(Object.entries(rights).map(([to, capabilities]) => [to, { capabilities }])) }) }, DEV_ROOT_TOKEN);
        const made = await vault.put('auth/token/create', { policies: [path], no_default_policy: true }, DEV_ROOT_TOKEN);
        const { client_token: token } = (made as unknown as { body: { auth: { client_token: string } } }).body.auth;
        return new SecretStore(directly(http, process.address, token), path, token);
      };
      return { path, store: new SecretStore(vault, path, DEV_ROOT_TOKEN), request, storeFor };
    },
    close: async () => {
      http.close();
      await process.stop();
    },
  };
}

/** A client that needs no API server. */
function directly(http: Http, address: string, token = DEV_ROOT_TOKEN): Pick<VaultClient, 'get' | 'put' | 'delete'> {
  return {
    get: (path) => send(http, address, 'GET', path, undefined, token),
    put: (path, payload) => send(http, address, 'PUT', path, payload, token),
    delete: (path) => send(http, address, 'DELETE', path, undefined, token),
  };
}

async function send(http: Http, address: string, method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown, token = DEV_ROOT_TOKEN) {
  const headers = { 'x-vault-token': token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  return interpret(await http.send({ method, url: `${address}/v1/${path}`, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }), `${method} ${path}`);
}
