import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { ConfigurationError, type Mask } from '../../client/errors';
import type { Secret } from '../../client/secrets-manager';

/** What `sys/init` answers with a seal that unseals by itself. */
export interface InitialKeys {
  readonly rootToken: string;
  /** Base64, one for each holder. */
  readonly recoveryKeys: readonly string[];
}

const contents = z.object({
  /** `initialising`: an initialisation has begun, and no key of it has come. */
  state: z.enum(['initialising', 'initialised']),
  cluster: z.optional(z.string()),
  recovery_keys: z.optional(z.array(z.string())),
  recovery_threshold: z.optional(z.number()),
  root_token: z.optional(z.string()),
  note: z.optional(z.string()),
});
type Contents = z.infer<typeof contents>;

/** Label of the version that says so. AWSCURRENT stays where it is: a run that comes second must not put its mark before the keys of the first. */
const BEGUN = 'INITIALISING';

const NOTE = 'Recovery keys of Vault, base64. Give each to its holder. docs/production.md, "Break glass", says what they are for.';

/**
 * Recovery keys and, until it is revoked, the first root token, in a secret. `initialising` is written before Vault is
 * asked, so that a secret that cannot be written costs no keys, and so that keys that never came can be told from a Vault
 * that somebody else initialised.
 */
export class KeyStore {
  constructor(
    private readonly secret: Secret,
    private readonly mask: Mask,
  ) {}

  /** @returns `empty`, or how far an initialisation came. */
  async state(): Promise<'empty' | Contents['state']> {
    return (await this.current())?.contents.state ?? 'empty';
  }

  /** Marks that an initialisation has begun, in a secret that holds no keys. */
  async begin(cluster: string): Promise<void> {
    await this.write({ state: 'initialising', cluster }, BEGUN);
  }

  /** Writes the keys as often as `attempt` calls back: the same write each time, wherever one was cut off. */
  async keep({ rootToken, recoveryKeys }: InitialKeys, threshold: number, cluster: string, attempt: (write: () => Promise<void>) => Promise<void>): Promise<void> {
    const kept: Contents = { state: 'initialised', cluster, recovery_keys: [...recoveryKeys], recovery_threshold: threshold, root_token: rootToken, note: NOTE };
    const token = randomUUID();
    await attempt(() => this.secret.write(JSON.stringify(kept), token));
  }

  /** The first root token, while it is kept. A person may have put another one there. */
  async rootToken(): Promise<string | undefined> {
    const token = (await this.current())?.contents.root_token;
    this.mask.add(token);
    return token;
  }

  /** Takes the root token out, which is revoked by now, and out of the version before. */
  async dropRootToken(): Promise<void> {
    const current = await this.current();
    if (current?.contents.root_token !== undefined) {
      // JSON leaves out what is undefined.
      await this.write({ ...current.contents, root_token: undefined });
    }
    const previous = await this.version('AWSPREVIOUS');
    if (previous?.contents.root_token !== undefined) await this.secret.forget(previous.id);
  }

  private current() {
    return this.version('AWSCURRENT');
  }

  private async version(stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<{ id: string; contents: Contents } | undefined> {
    const found = await this.secret.read(stage);
    if (!found) return undefined;
    const parsed = contents.safeParse(json(found.text));
    if (!parsed.success) {
      throw new ConfigurationError(
        `The secret ${this.secret.arn} does not hold recovery keys in this app's form (state, recovery_keys, root_token): it was written by something else. Give vault.raft.recovery.secret another secret, or none.`,
      );
    }
    for (const key of [...(parsed.data.recovery_keys ?? []), parsed.data.root_token]) this.mask.add(key);
    return { id: found.id, contents: parsed.data };
  }

  private write(value: Contents, stage?: string): Promise<void> {
    return this.secret.write(JSON.stringify(value), randomUUID(), stage);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
