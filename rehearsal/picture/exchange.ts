/** Between whom requests go, in the order of their lanes. */
export const PARTIES = ['operator', 'function', 'api-server', 'vault', 'gloo', 'aws'] as const;
export type Party = (typeof PARTIES)[number];

/**
 * A request and how it was answered. It can hold no secret: headers and bodies are in none of what it is made of, and its
 * path is masked.
 */
export interface Exchange {
  /** When it was sent, milliseconds since the epoch. */
  readonly at: number;
  readonly from: Party;
  /** Who of these: `Vault-ConfigurationFunction`. */
  readonly who: string;
  /** Led through the API server's proxy. */
  readonly proxied: boolean;
  readonly to: Party;
  /** `PUT auth/aws/login`, `sts:GetCallerIdentity`. */
  readonly request: string;
  /** Left out where there was no answer. */
  readonly status?: number;
  /** AWS's code of a refusal, `AccessDenied`. */
  readonly code?: string;
  /** Milliseconds, left out where there was no answer. */
  readonly ms?: number;
}

/** Whether it was refused, failed, or never answered. That something is not there yet is an answer. */
export function isRefused({ status }: Pick<Exchange, 'status'>): boolean {
  return status === undefined || (status >= 400 && status !== 404);
}
