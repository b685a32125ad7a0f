import { statusOf } from './answers';
import { NoAnswer, type HttpAnswer } from './http';
import type { VaultClient } from './vault-client';

/** What came of a GET through the API server's proxy. */
export type Sight =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  /** The API server, or something else on the way, says that it did not get through. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The API server gives no answer, or none to this function. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What is looked at. */
export interface Subject {
  /** As a reader of the log knows it: `vault-0`. */
  readonly what: string;
  /** Kubernetes group of the function that looks, which its Role and RoleBinding are called by. */
  readonly group: string;
}

/** A look at a page of whatever stands behind the proxy. */
export async function look(client: VaultClient, path: string, { what, group }: Subject): Promise<Sight> {
  try {
    const answer = await client.page(path);
    const status = statusOf(answer);
    if (!status) return { kind: 'answer', answer };
    const reason = `${what}: the API server answered ${answer.status} (${status.message ?? 'no message'})`;
    if (answer.status === 401) {
      return { kind: 'refused', reason: `${reason}. It does not know the function's IAM role: its access entry is missing, or the cluster's authentication mode is not API or API_AND_CONFIG_MAP.` };
    }
    if (answer.status === 403) return { kind: 'refused', reason: `${reason}. The Role and RoleBinding "${group}" in its namespace must allow get on the proxy of exactly this name.` };
    return { kind: 'unreachable', reason };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { kind: 'refused', reason: `${what}: no answer from the API server: ${error.message} (${error.code})` };
  }
}
