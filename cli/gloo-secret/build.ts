import { parse } from 'yaml';
import { WrongUse } from '../failures';
import type { SecretKey } from './key';
import type { Kind } from './kinds';
import { isMapping } from './message';

/** What a secret is made of: parts of its kind, or entries, by their names. */
export type Parts = ReadonlyMap<string, Buffer>;

/** What is no secret in a secret. */
export interface Labelling {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of an API key alone: what is known of whom it belongs to. */
  readonly holder?: Readonly<Record<string, string>>;
}

/**
 * The value that Gloo's client would write.
 * @throws WrongUse where a part is none of the kind, is missing, or has not its form.
 */
export function build(kind: Kind, parts: Parts, { namespace, name }: SecretKey, { labels, annotations, holder }: Labelling = {}): Readonly<Record<string, unknown>> {
  return {
    [kind.field]: { ...contentOf(kind, parts), ...(holder && kind.field === 'apiKey' ? { metadata: holder } : {}) },
    metadata: { name, namespace, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
  };
}

/** @throws WrongUse for a name that is none of the kind's parts, without repeating it: who leaves the name out gives the value there. */
export function checkParts({ name: kind, parts }: Kind, given: readonly string[]): void {
  if (!parts || given.every((name) => parts.some((part) => part.name === name))) return;
  throw new WrongUse(`A name was given (not shown, for it may be a value) that is no part of a secret of kind ${kind}; its parts are ${parts.map(({ name }) => name).join(', ')}.`);
}

/** Parts without which there is no secret of this kind. */
export function missingParts({ parts }: Kind, given: Parts): readonly string[] {
  return (parts ?? []).filter((part) => !part.optional && !given.has(part.name)).map(({ name }) => name);
}

function contentOf(kind: Kind, parts: Parts): Readonly<Record<string, unknown>> {
  if (kind.entries) {
    const { field, encoding } = kind.entries;
    return { [field]: Object.fromEntries([...parts].map(([name, content]) => [name, encoding === 'yaml' ? mappingOf(name, content) : textOf(name, content)])) };
  }
  const known = kind.parts ?? [];
  checkParts(kind, [...parts.keys()]);
  const missing = missingParts(kind, parts);
  if (missing.length > 0) throw new WrongUse(`A secret of kind ${kind.name} needs ${missing.join(' and ')}.`);
  return Object.fromEntries(
    known.flatMap((part) => {
      const content = parts.get(part.name);
      if (!content) return [];
      return [[part.field, part.encoding === 'base64' ? content.toString('base64') : textOf(part.name, content)]];
    }),
  );
}

function textOf(name: string, content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new WrongUse(`${name} is no text in UTF-8, and Gloo's secrets hold nothing else there${name === 'cert' || name === 'key' || name === 'ca' ? ': PEM is wanted, not DER or PKCS #12 (openssl x509 -inform der -in FILE, openssl pkcs12 -in FILE -nodes)' : ' (base64 -w0 FILE makes a text of anything)'}.`);
  }
}

function mappingOf(name: string, content: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parse(textOf(name, content));
  } catch {
    throw new WrongUse(`The content for ${name} is neither YAML nor JSON.`);
  }
  if (!isMapping(value)) throw new WrongUse(`The content for ${name} must be a mapping, in YAML or JSON.`);
  return value;
}
