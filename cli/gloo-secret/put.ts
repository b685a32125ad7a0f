import { isDeepStrictEqual } from 'node:util';
import { WrongUse } from '../failures';
import { build, type Labelling, type Parts } from './build';
import type { Finding } from './findings';
import { inspect, inspectValue, malformed } from './inspect';
import { shown, type SecretKey } from './key';
import type { Kind } from './kinds';
import { kindsOf, readable } from './secret-message';
import type { Entry, SecretStore } from './store';

export interface Wanted {
  readonly key: SecretKey;
  readonly kind: Kind;
  readonly parts: Parts;
  /** What is left out here is kept as the secret has it. */
  readonly labelling: Labelling;
}

export interface Put {
  readonly change: 'created' | 'changed' | 'unchanged';
  /** The current one; in a dry run the one that was found, 0 where there is none. */
  readonly version: number;
  /** In what is in Vault afterwards; in a dry run, in what would be. */
  readonly findings: readonly Finding[];
}

/**
 * Brings a secret into Vault in the form that Gloo reads: looks at what is there, writes where that differs, on top of what
 * was seen and nothing newer, and reads it back.
 * @throws WrongUse where the secret would be malformed, or is of another kind; ChangedMeanwhile; ConfigurationError.
 */
export async function put(store: Pick<SecretStore, 'read' | 'write'>, mountPath: string, { key, kind, parts, labelling }: Wanted, { now, dryRun }: { readonly now: Date; readonly dryRun: boolean }): Promise<Put> {
  const before = await store.read(key);
  refuseOtherKind(key, kind, before);
  const value = build(kind, parts, key, { ...labelsOf(before), ...labelling });
  const { findings } = inspectValue(mountPath, key, value, now);
  const faults = malformed([{ findings }]);
  if (faults.length > 0) throw new WrongUse(`Nothing was written, for ${shown(key)} would be malformed: ${faults.map(({ what, mend }) => `${what} (${mend})`).join('; ')}.`);

  if (before?.state === 'present' && before.endsAt === undefined && same(before.value, value)) return { change: 'unchanged', version: before.version, findings };
  const change = before?.state === 'present' ? 'changed' : 'created';
  if (dryRun) return { change, version: before?.version ?? 0, findings };
  const version = await store.write(key, value, before?.version);
  const after = await store.read(key);
  return { change, version, findings: after ? inspect(mountPath, key, after, now).findings : [] };
}

function refuseOtherKind(key: SecretKey, kind: Kind, before: Entry | undefined): void {
  const secret = before?.state === 'present' ? readable(before.value) : undefined;
  const found = secret && kindsOf(secret).at(-1);
  if (!found || found === kind) return;
  throw new WrongUse(`${shown(key)} is of kind ${found.name}, not ${kind.name}, and whoever refers to it needs that kind: take another name, or remove it first: gloo-vault secret delete ${key.name} --namespace ${key.namespace}`);
}

/** Clients' keys are found by their labels and looked up by what is known of their holders: a new key must not lose them. */
function labelsOf(before: Entry | undefined): Labelling {
  const secret = before?.state === 'present' ? readable(before.value) : undefined;
  return { ...present('labels', secret?.metadata?.labels), ...present('annotations', secret?.metadata?.annotations), ...present('holder', secret?.apiKey?.metadata) };
}

function present(name: keyof Labelling, texts: Readonly<Record<string, string | null>> | null | undefined): Labelling {
  if (!texts || Object.keys(texts).length === 0) return {};
  return { [name]: Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, value ?? ''])) };
}

/** As Gloo reads them. */
function same(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(readable(before), readable(after));
}
