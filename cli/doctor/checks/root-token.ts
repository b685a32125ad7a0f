import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import type { VaultClient } from '../../../lib/vault/client/vault-client';
import { failure, joined, NotKnown, ok, unknown, warning, type Finding } from '../finding';
import type { Check } from '../ports';

/** The token that a dev-mode Vault of the chart starts with. Everybody knows it, so it is no secret. */
const DEV_ROOT_TOKEN = 'root';
const MOST_TOKENS = 1_000;
const AT_ONCE = 10;
/** Milliseconds. Vault registers a token's lease in the request that makes it. */
const UNTIL_LEASED = 3000;

/** A token that may do everything. */
export interface RootToken {
  readonly accessor: string;
  readonly displayName: string;
}

/** All tokens of Vault, as far as they were looked at. */
export interface TokenSearch {
  readonly looked: number;
  readonly all: number;
  readonly roots: readonly RootToken[];
}

export const rootToken: Check = {
  id: 'root-token',
  title: 'No root token is left',
  look: async ({ environment, vault, vaultToken }) => {
    const client = await vault();
    const known = environment.vault.mode === 'dev' ? judgeKnownToken(environment, (await client.get('auth/token/lookup-self', DEV_ROOT_TOKEN)).ok) : undefined;
    const searched = await vaultToken()
      .then((token) => search(client, token))
      .then(judgeSearch, (error: unknown): Finding => {
        if (!(error instanceof Error) || known === undefined) throw error;
        return unknown(`whether another is left is not known: ${error.message}`, ...(error instanceof NotKnown ? error.mends : []));
      });
    return joined(known === undefined ? [searched] : [known, searched], searched);
  },
};

export function judgeKnownToken({ vault: { namespace } }: Pick<Environment, 'vault'>, works: boolean): Finding {
  if (!works) return ok("the dev mode's known one is refused");
  return failure(
    `the root token that everybody knows ("${DEV_ROOT_TOKEN}") works: the pod was started again, or its configuration never ended`,
    `Deploy with another vault.revision, which configures Vault and revokes it. The pod's secrets are lost: kubectl get pod -n ${namespace} vault-0 shows since when it runs.`,
  );
}

/**
 * Looks up every token that there was some seconds ago. Not at once: Vault revokes a token that is looked up between its storing and
 * its lease's (token_store.go, lookupInternal), and a Gloo that logs in at that moment would lose the token that it just got.
 */
async function search(client: VaultClient, token: string): Promise<TokenSearch> {
  const accessors = await list(client, token);
  const looked = accessors.slice(0, MOST_TOKENS);
  await sleep(UNTIL_LEASED);
  const roots: RootToken[] = [];
  const refused: Refusal[] = [];
  for (let first = 0; first < looked.length; first += AT_ONCE) {
    for (const found of await Promise.all(looked.slice(first, first + AT_ONCE).map((accessor) => lookUp(client, accessor, token)))) {
      if (found === undefined) continue;
      if ('reason' in found) refused.push(found);
      else roots.push(found);
    }
  }
  // Vault refuses a token that has ended in the words for one that may not be looked up: the list tells them apart.
  const left = refused.length === 0 ? [] : await list(client, token);
  const denied = refused.find(({ accessor }) => left.includes(accessor));
  if (denied !== undefined) throw new NotKnown(`Vault refused the look-up of a token's accessor (${denied.reason})`);
  return { looked: looked.length, all: accessors.length, roots };
}

async function list(client: VaultClient, token: string): Promise<readonly string[]> {
  const listed = await client.get('auth/token/accessors/?list=true', token);
  if (!listed.ok) throw new NotKnown(`Vault answered ${listed.status} to the list of its tokens' accessors${listed.reason ? ` (${listed.reason})` : ''}`);
  return isMapping(listed.body.data) && Array.isArray(listed.body.data.keys) ? listed.body.data.keys.map(String) : [];
}

interface Refusal {
  readonly accessor: string;
  readonly reason: string;
}

/** The token of an accessor if it is a root token, or Vault's refusal; undefined for any other token. */
async function lookUp(client: VaultClient, accessor: string, token: string): Promise<RootToken | Refusal | undefined> {
  const answer = await client.put('auth/token/lookup-accessor', { accessor }, token);
  if (!answer.ok) return { accessor, reason: `${answer.status} ${answer.reason}`.trim() };
  const data = isMapping(answer.body.data) ? answer.body.data : {};
  const policies = Array.isArray(data.policies) ? data.policies : [];
  return policies.includes('root') ? { accessor, displayName: String(data.display_name) } : undefined;
}

export function judgeSearch({ looked, all, roots }: TokenSearch): Finding {
  if (roots.length > 0) {
    return failure(
      `${roots.length === 1 ? 'a token' : `${roots.length} tokens`} with the policy root: ${roots.map(({ displayName }) => displayName).join(', ')}`,
      ...roots.map(({ accessor, displayName }) => `Revoke the root token "${displayName}" when nobody works with it: vault token revoke -accessor ${accessor}`),
    );
  }
  if (looked < all) return warning(`none among the first ${looked} of ${all} tokens`, 'Look at the rest by hand: vault list auth/token/accessors');
  return ok(`none among ${all} tokens`);
}
