import { z } from 'zod';
import type { VaultAnswer } from '../../lib/vault/client/answers';
import { quote } from '../../lib/environment/words';
import { ConfigurationError } from '../../lib/vault/client/errors';
import type { VaultClient } from '../../lib/vault/client/vault-client';
import { WrongUse } from '../failures';
import { pathFault, SECRETS, shown, type SecretKey } from './key';

/** What Vault has under a key now. `unwritten`: metadata alone, of which no version was ever written. */
export type Entry =
  | { readonly state: 'present'; readonly version: number; readonly value: Readonly<Record<string, unknown>>; /** When it ends by itself, ISO 8601. */ readonly endsAt?: string }
  | { readonly state: 'deleted' | 'destroyed' | 'unwritten'; readonly version: number };

/** Somebody else wrote the secret between reading and writing it. */
export class ChangedMeanwhile extends ConfigurationError {}

const dataAnswer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()), metadata: z.object({ version: z.int(), deletion_time: z.string() }) }) });
const metadataAnswer = z.object({ data: z.object({ current_version: z.int(), versions: z.record(z.string(), z.object({ deletion_time: z.string(), destroyed: z.boolean() })) }) });
const keysAnswer = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const writeAnswer = z.object({ data: z.object({ version: z.int() }) });

/** Gloo's secrets in a KV version 2 mount, with a token whose policy allows what is asked. */
export class SecretStore {
  constructor(
    private readonly vault: Pick<VaultClient, 'get' | 'put' | 'delete'>,
    /** Path of the mount, without slashes around. */
    private readonly mountPath: string,
    private readonly token: string,
  ) {}

  /**
   * What is listed at the top, in a namespace or in a folder of one; a folder ends with a slash.
   * @throws ConfigurationError when Vault refuses.
   */
  async keys(namespace?: string): Promise<string[]> {
    const path = this.metadata(namespace === undefined ? SECRETS : `${SECRETS}/${segments(namespace)}`);
    const answer = await this.vault.get(`${path}?list=true`, this.token);
    if (!answer.ok && answer.status === 404) return [];
    return keysAnswer.parse(granted(answer, `list ${path}`)).data.keys;
  }

  /** @returns undefined where there is nothing. @throws ConfigurationError when Vault refuses. */
  async read(key: SecretKey): Promise<Entry | undefined> {
    const path = this.data(key);
    const answer = await this.vault.get(path, this.token);
    if (!answer.ok && answer.status === 404) return this.withoutValue(key);
    const { data, metadata } = dataAnswer.parse(granted(answer, `read ${path}`)).data;
    return { state: 'present', version: metadata.version, value: data, ...(metadata.deletion_time === '' ? {} : { endsAt: metadata.deletion_time }) };
  }

  /**
   * Writes a version on top of the one that was read.
   * @param over the version that has to be the current one. @default 0 - nothing may be there
   * @returns the version written.
   * @throws ChangedMeanwhile where another is current, ConfigurationError when Vault refuses.
   */
  async write(key: SecretKey, value: Readonly<Record<string, unknown>>, over = 0): Promise<number> {
    const path = this.data(key);
    const answer = await this.vault.put(path, { data: value, options: { cas: over } }, this.token);
    if (!answer.ok && /check-and-set/.test(answer.reason)) {
      throw new ChangedMeanwhile(`${shown(key)} was written by somebody else just now, so nothing was written: look at it with "secret get", then put it again.`);
    }
    return writeAnswer.parse(granted(answer, `write ${path}`)).data.version;
  }

  /** Removes a secret with all its versions, as Gloo's own client does: a version alone that is deleted fails Gloo's list. @throws ConfigurationError when Vault refuses. */
  async delete(key: SecretKey): Promise<void> {
    const path = this.metadata(encoded(key));
    granted(await this.vault.delete(path, this.token), `delete ${path}`);
  }

  private async withoutValue(key: SecretKey): Promise<Entry | undefined> {
    const path = this.metadata(encoded(key));
    const answer = await this.vault.get(path, this.token);
    if (!answer.ok && answer.status === 404) return undefined;
    const { current_version: version, versions } = metadataAnswer.parse(granted(answer, `read ${path}`)).data;
    const current = versions[String(version)];
    if (!current) return { state: 'unwritten', version };
    return { state: current.destroyed ? 'destroyed' : 'deleted', version };
  }

  private data(key: SecretKey): string {
    return `${this.mountPath}/data/${encoded(key)}`;
  }

  private metadata(path: string): string {
    return `${this.mountPath}/metadata/${path}`;
  }
}

/** As a URL has it: names that somebody wrote by hand may hold anything. */
const encoded = ({ namespace, name }: SecretKey): string => [SECRETS, segments(namespace), segments(name)].join('/');

/** @throws WrongUse for `..` and the like, by which a URL would lead to another path of Vault, encoded or not. */
function segments(path: string): string {
  const fault = pathFault(path);
  if (fault !== undefined) throw new WrongUse(`${quote(path)} ${fault}.`);
  return path.split('/').map(encodeURIComponent).join('/');
}

function granted(answer: VaultAnswer, what: string): Readonly<Record<string, unknown>> {
  if (answer.ok) return answer.body;
  const mend = answer.status === 403 ? ' Your Vault role is "vault-operator-<cluster>": its policy must allow this, and a deployment writes it (vault.operators names who may use it).' : '';
  throw new ConfigurationError(`Vault refused to ${what}: ${answer.status}${answer.reason ? ` (${answer.reason})` : ''}.${mend}`);
}
