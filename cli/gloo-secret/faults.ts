import { tlsFaults } from './certificates';
import type { Fault } from './findings';
import type { Kind } from './kinds';
import type { SecretMessage } from './secret-message';

/** What stands in the way of a kind's use, though Gloo can parse it. */
export function faultsOf(kind: Kind, secret: SecretMessage, now: Date): Fault[] {
  if (kind.field === 'tls') return tlsFaults(secret.tls ?? {}, now);
  const content: Readonly<Record<string, unknown>> = secret[kind.field] ?? {};
  const missing = (kind.parts ?? []).filter((part) => !part.optional && !content[part.field]);
  if (missing.length > 0) return missing.map((part) => unusable(`its ${part.name} is empty`, `write it again with a ${part.name}`));
  if (kind.entries && Object.keys(content[kind.entries.field] ?? {}).length === 0) return [unusable(`it has no ${kind.entries.of} with a value`, 'write it again with at least one')];
  if (secret.header && kind.field === 'header') return Object.entries(secret.header.headers ?? {}).flatMap(([name, value]) => headerFaults(name, value ?? ''));
  return secret.encryption && kind.field === 'encryption' ? encryptionFaults(secret.encryption.key ?? '') : [];
}

function headerFaults(name: string, value: string): Fault[] {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return [unusable(`${JSON.stringify(name)} can't be the name of a header`, 'letters, digits and -._ may stand in it (RFC 9110, 5.6.2)')];
  if (/[\0\r\n]/.test(value)) return [unusable(`the value of ${JSON.stringify(name)} has a line break or NUL in it, which no header can carry`, 'write it again without; one newline at the end of a file is left out by itself')];
  return value === '' ? [{ effect: 'warning', what: `the value of ${JSON.stringify(name)} is empty`, mend: 'write it again with a value, unless it is meant so' }] : [];
}

function encryptionFaults(key: string): Fault[] {
  const length = Buffer.byteLength(key);
  return length === 32 ? [] : [unusable(`its key has ${length} bytes, and Gloo takes exactly 32`, 'make one: openssl rand -hex 16')];
}

const unusable = (what: string, mend: string): Fault => ({ effect: 'secret', what, mend });
