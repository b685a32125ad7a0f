import type { RecordedRequest } from '../rehearsal/api-server/recorded-request';
import type { AuditEntry } from '../rehearsal/vault/audit-log';

/** A request to Vault: its path below `/v1/`, and what it does, in the words of Vault's audit log or of RBAC. */
export interface VaultRequest {
  readonly path: string;
  readonly operation: string;
}

export interface RequestCounts {
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  /** Logins; neither reads nor writes. */
  readonly logins: number;
}

const READS = ['read', 'list', 'get'];

export function countRequests(requests: readonly VaultRequest[]): RequestCounts {
  const logins = requests.filter(({ path }) => /^auth\/.+\/login$/.test(path));
  const reads = requests.filter(({ operation }) => READS.includes(operation));
  return { requests: requests.length, reads: reads.length, logins: logins.length, writes: requests.length - reads.length - logins.length };
}

/**
 * The requests of audit entries. Each has an entry for the request and one for the response, from every audit device
 * that there is: its id tells which are the same.
 */
export function auditedRequests(entries: readonly AuditEntry[]): VaultRequest[] {
  const byId = new Map(entries.map(({ request }) => [request.id, { path: request.path ?? '', operation: request.operation }]));
  return [...byId.values()];
}

/** The requests that the API server's service proxy was asked to pass on to Vault. */
export function proxiedRequests(records: readonly RecordedRequest[]): VaultRequest[] {
  return records.flatMap(({ path, verb }) => {
    const [, below] = path.split('/proxy/v1/');
    return below === undefined ? [] : [{ path: below, operation: verb }];
  });
}
