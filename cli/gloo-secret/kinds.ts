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
  /** For `--help`. */
  readonly what: string;
  /** What it is made of, unless it has {@link entries}. */
  readonly parts?: readonly Part[];
  readonly entries?: Entries;
}

/** Fields of the proto's `oneof kind`. */
export type KindField = 'aws' | 'azure' | 'tls' | 'oauth' | 'apiKey' | 'header' | 'credentials' | 'encryption' | 'extensions';

/** All of them, in the order of `--help`. */
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
