import { beginning, Setback } from './errors';
import type { HttpAnswer } from './http';
import { unescaped } from './xml';

/** Vault's own word on a request: its data, or why it refused. */
export type VaultAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly status: number; readonly reason: string };

/** The API server's own word, `metav1.Status`. */
export interface KubernetesStatus {
  readonly kind: 'Status';
  readonly message?: string;
}

const THROTTLED = /throttl|rate exceeded|too many requests|requestlimitexceeded|slow ?down/i;
/** What Vault hands on of STS's refusals. */
const AWS_ERROR = /<ErrorResponse[^]*?<Code>([^<]*)<\/Code>\s*<Message>([^<]*)<\/Message>[^]*?<\/ErrorResponse>/g;
/** Answers that pass by themselves while IAM and a fresh mount spread (terraform-provider-vault#2439, vault-plugin-secrets-kv#75). */
const SETTLING = /upgrading from non-versioned|not authorized to perform|accessdenied|nosuchentity|nocredentialproviders|invalidclienttokenid|webidentityerr|failed to retrieve credentials/i;

/**
 * Who answered, and what it means. Vault's refusals are returned, for the caller knows what it asked; whatever may be
 * gone at the next attempt is thrown as a {@link Setback}.
 */
export function interpret(answer: HttpAnswer, what: string): VaultAnswer {
  const body = parseObject(answer.body);
  const status = statusOf(answer);
  if (status) throw fromApiServer(answer.status, status, what);
  if (answer.status >= 300 && answer.status < 400) throw standby(what);
  // Vault says 204 where it has nothing to say. An answer that was cut to nothing must not pass for one: the request may never have come.
  if (!body && (answer.body.trim() !== '' || answer.status === 200)) {
    throw new Setback(
      'passing',
      `${what} was answered with HTTP ${answer.status} and ${beginning(answer.contentType, 80) || 'a body without a type'} instead of Vault's JSON ("${firstWords(answer.body)}"). ` +
        'Something else answers for Vault: check which pods its Service selects, and any proxy in front of the API server.',
    );
  }
  if (answer.status < 300) return { ok: true, body: body ?? {} };
  return refusal(answer.status, reasonOf(body), what);
}

function refusal(status: number, reason: string, what: string): VaultAnswer {
  const said = `${what} was answered with ${status}${reason ? ` (${reason})` : ''}`;
  if (status === 503) {
    throw new Setback('starting', `${said}: Vault is sealed or not initialised. Unseal it (kubectl exec -n <namespace> vault-0 -- vault status shows its state), then try again.`);
  }
  if (status === 472 || status === 473 || /standby/i.test(reason)) throw standby(what);
  if (status === 429 || status === 412 || status >= 500) {
    throw new Setback('passing', `${said}. Vault's log has the cause: kubectl logs -n <namespace> vault-0.`);
  }
  if (/path (is )?already in use/i.test(reason)) {
    throw new Setback('passing', `${said}: something else mounted it at the same moment; the next attempt reads it.`);
  }
  if (THROTTLED.test(reason)) {
    throw new Setback('passing', `${said}: AWS throttles Vault's calls to STS or IAM. Deploy again when the account's other callers are quieter.`);
  }
  return { ok: false, status, reason };
}

/** Whether a refusal is of the kind that IAM's or Vault's own delay produces for some seconds. */
export function isSettling(reason: string): boolean {
  return SETTLING.test(reason);
}

/** What the API server's own answer to a request for Vault, or for anything behind its proxy, means. */
export function fromApiServer(status: number, body: KubernetesStatus, what: string): Setback {
  const said = `${what}: the API server answered ${status} (${body.message ?? 'no message'})`;
  switch (status) {
    case 401:
      return new Setback(
        'settling',
        `${said}. It does not know the caller's IAM identity: its access entry is missing (the app makes those of its functions; a person's comes from cluster.create.adminArns or aws eks create-access-entry), or the cluster's authentication mode is not API or API_AND_CONFIG_MAP (aws eks describe-cluster --query cluster.accessConfig).`,
      );
    case 403:
      return new Setback(
        'settling',
        `${said}. The API server refused, not Vault: RBAC must allow it in this namespace, on services/proxy or pods/proxy, for exactly this name. The app's functions have a Role and RoleBinding there (vault-configuration, vault-snapshots, vault-watch or gloo-login-proof); a person needs the like, with get, update and delete, or cluster-admin.`,
      );
    case 404:
      return new Setback('starting', `${said}. The Service does not exist (yet): check the Vault chart's release (helm status vault).`);
    case 503:
      return new Setback('starting', `${said}. No pod of Vault is reachable: kubectl get pods and kubectl describe pod vault-0 in its namespace say why.`);
    default:
      return new Setback('passing', `${said}.`);
  }
}

function standby(what: string): Setback {
  return new Setback('starting', `${what} was answered by a standby, which points at its leader. Vault has no leader yet, or the Service selects standbys.`);
}

/** Token in the answer to a login; undefined where there is none that a header can carry. */
export function tokenOf({ auth }: Readonly<Record<string, unknown>>): string | undefined {
  const token = (auth as { client_token?: unknown } | null | undefined)?.client_token;
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

/** A JSON object; undefined for any other text. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the API server itself answered; undefined for what came from behind its proxy. */
export function statusOf({ body }: HttpAnswer): KubernetesStatus | undefined {
  const parsed = parseObject(body);
  return parsed?.kind === 'Status' && parsed.apiVersion === 'v1' ? (parsed as unknown as KubernetesStatus) : undefined;
}

function reasonOf(body: Record<string, unknown> | undefined): string {
  const errors = Array.isArray(body?.errors) ? body.errors : [];
  const text = errors.filter((error): error is string => typeof error === 'string').join('; ');
  const line = text.replace(AWS_ERROR, (_, code: string, message: string) => `${code}: ${unescaped(message)}`).replace(/\s+/g, ' ').replace(/[. ]+$/, '');
  return beginning(line, 700);
}

function firstWords(html: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(html)?.[1];
  return beginning(title ?? html.replace(/<[^>]*>/g, ' '), 80);
}
