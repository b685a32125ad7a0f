import { z } from 'zod';

const auditEntry = z.looseObject({
  type: z.enum(['request', 'response']),
  /** RFC 3339, Vault's clock. */
  time: z.string(),
  /** Why Vault refused, if it did. */
  error: z.string().optional(),
  auth: z
    .looseObject({
      display_name: z.string().optional(),
      policies: z.array(z.string()).optional(),
      token_type: z.string().optional(),
      metadata: z.record(z.string(), z.string()).nullish(),
    })
    .optional(),
  request: z.looseObject({
    id: z.string(),
    operation: z.string(),
    path: z.string().optional(),
    remote_address: z.string().optional(),
    mount_type: z.string().optional(),
  }),
  response: z.looseObject({}).optional(),
});

/** One line of Vault's audit log: a request before it is served, or the response to it. Secrets in it are HMACs. */
export type AuditEntry = z.infer<typeof auditEntry>;

/** The audit entry that a line of Vault's stdout is, or undefined for a line of another kind. */
export function parseAuditLine(line: string): AuditEntry | undefined {
  if (!line.startsWith('{')) {
    return undefined;
  }
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const entry = auditEntry.safeParse(json);
  return entry.success ? entry.data : undefined;
}

/** The audit entries of one Vault process, in the order they came, and those who wait for one. */
export class AuditLog {
  private readonly entries: AuditEntry[] = [];
  private readonly waiting = new Set<(entry: AuditEntry) => void>();

  all(): AuditEntry[] {
    return [...this.entries];
  }

  add(entry: AuditEntry): void {
    this.entries.push(entry);
    for (const look of [...this.waiting]) {
      look(entry);
    }
  }

  /**
   * The first entry, among those that came and those to come, that matches.
   * @param limit milliseconds to wait.
   * @throws when none has come by then: how many came, and the last one's operation and path.
   */
  waitFor(predicate: (entry: AuditEntry) => boolean, limit: number): Promise<AuditEntry> {
    const seen = this.entries.find(predicate);
    if (seen) {
      return Promise.resolve(seen);
    }
    return new Promise((resolve, reject) => {
      const look = (entry: AuditEntry): void => {
        if (predicate(entry)) {
          clearTimeout(timer);
          this.waiting.delete(look);
          resolve(entry);
        }
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        const last = this.entries.at(-1);
        const words = last ? `${this.entries.length} came, the last: ${last.request.operation} ${last.request.path ?? ''}` : 'none came at all; is an audit device with file_path=stdout enabled?';
        reject(new Error(`no audit entry of Vault matched within ${limit} ms: ${words}`));
      }, limit);
      this.waiting.add(look);
    });
  }
}
