import { z } from 'zod';
import { tlsFaults } from './certificates';
import type { Fault } from './findings';
import { bytes, message, metadata, structMap, text, textList, textMap } from './message';

/** A part that a kind is made of, by the name that options, files and prompts have for it. */
export interface Part {
  readonly name: string;
  /** Field of the kind's message. */
  readonly field: string;
  readonly optional?: true;
  /** Whether everybody may see it. @default - false */
  readonly public?: true;
  /** @default 'text' */
  readonly encoding?: 'base64';
}

/** Entries whose names the user chooses, in a map. */
export interface Entries {
  /** Field of the kind's message. */
  readonly field: string;
  /** What a name stands for: `header name`. */
  readonly of: string;
  /** `yaml`: each holds a mapping. @default 'text' */
  readonly encoding?: 'yaml';
}

/** A kind of secret that Gloo's Vault source understands: one of `oneof kind` of the proto `gloo.solo.io.Secret` (Gloo 1.22). */
export interface Kind {
  /** Its name here. */
  readonly name: string;
  /** Another name, for those who know it by that. */
  readonly alias?: string;
  /** Its field in the value. */
  readonly field: KindField;
  readonly what: string;
  readonly parts?: readonly Part[];
  readonly entries?: Entries;
}

/** In the order in which the proto declares them. */
const messages = {
  aws: message({ accessKey: text, secretKey: text, sessionToken: text }),
  azure: message({ apiKeys: textMap }),
  tls: message({ certChain: text, privateKey: text, rootCa: text, ocspStaple: bytes }),
  oauth: message({ clientSecret: text }),
  apiKey: message({ apiKey: text, labels: textList, metadata: textMap, uuid: text }),
  header: message({ headers: textMap }),
  credentials: message({ username: text, password: text }),
  encryption: message({ key: text }),
  extensions: message({ configs: structMap }),
} as const;

export type KindField = keyof typeof messages;

const optionalMessages = Object.fromEntries(Object.entries(messages).map(([field, schema]) => [field, schema.nullish()])) as { [F in KindField]: z.ZodOptional<z.ZodNullable<(typeof messages)[F]>> };

/** The proto `gloo.solo.io.Secret` as Gloo's client parses it. */
export const secretMessage = message({ ...optionalMessages, metadata: metadata.nullish() });

export type SecretMessage = z.infer<typeof secretMessage>;

export const kinds: readonly Kind[] = [
  {
    name: 'tls',
    field: 'tls',
    what: "a certificate with its key, an authority's certificate, or both",
    parts: [
      { name: 'cert', field: 'certChain', optional: true, public: true },
      { name: 'key', field: 'privateKey', optional: true },
      { name: 'ca', field: 'rootCa', optional: true, public: true },
      { name: 'ocsp-staple', field: 'ocspStaple', optional: true, encoding: 'base64' },
    ],
  },
  { name: 'header', alias: 'opaque', field: 'header', what: "names with values; what Gloo makes of a Kubernetes secret of type Opaque, to put into headers", entries: { field: 'headers', of: 'header name' } },
  { name: 'api-key', field: 'apiKey', what: "a client's key (Enterprise)", parts: [{ name: 'api-key', field: 'apiKey' }] },
  {
    name: 'basic-auth',
    alias: 'credentials',
    field: 'credentials',
    what: 'a user name with its password, of an LDAP service account or for HMAC (Enterprise)',
    parts: [
      { name: 'username', field: 'username', public: true },
      { name: 'password', field: 'password' },
    ],
  },
  { name: 'oauth', field: 'oauth', what: 'the client secret of OAuth or OpenID Connect (Enterprise)', parts: [{ name: 'client-secret', field: 'clientSecret' }] },
  {
    name: 'aws',
    field: 'aws',
    what: 'an access key of AWS, for Lambda upstreams',
    parts: [
      { name: 'access-key', field: 'accessKey', public: true },
      { name: 'secret-key', field: 'secretKey' },
      { name: 'session-token', field: 'sessionToken', optional: true },
    ],
  },
  { name: 'azure', field: 'azure', what: 'API keys of Azure Functions, by function name, or _master', entries: { field: 'apiKeys', of: 'function name' } },
  { name: 'encryption', field: 'encryption', what: 'the key of 32 bytes that session values are encrypted with (Enterprise)', parts: [{ name: 'key', field: 'key' }] },
  { name: 'extensions', field: 'extensions', what: 'mappings that plugins of your own read', entries: { field: 'configs', of: 'plugin name', encoding: 'yaml' } },
];

/** The kinds that a value has, in the order in which the proto declares them: Gloo takes the last. */
export function kindsOf(secret: SecretMessage): readonly Kind[] {
  return (Object.keys(messages) as KindField[]).flatMap((field) => (secret[field] ? kinds.filter((kind) => kind.field === field) : []));
}

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
