import { unmarshal, type Message, type MessageType } from './proto-json';

/** A secret as Gloo has it in its snapshot. */
export interface GlooSecret {
  readonly namespace: string;
  readonly name: string;
  /** Field of the kind, undefined for a secret that has none. */
  readonly kind?: string;
  /** The kind's message. */
  readonly content: Message;
}

/** The client's process ends here: in Go, a nil pointer. */
export class GlooCrash extends Error {
  override readonly name = 'GlooCrash';
}

const texts = { map: 'string' } as const;

const metadata: MessageType = {
  message: 'core.solo.io.Metadata',
  fields: {
    name: 'string',
    namespace: 'string',
    cluster: 'string',
    resourceVersion: 'string',
    labels: texts,
    annotations: texts,
    generation: 'int64',
    ownerReferences: { list: { message: 'core.solo.io.Metadata.OwnerReference', fields: { apiVersion: 'string', blockOwnerDeletion: 'BoolValue', controller: 'BoolValue', kind: 'string', name: 'string', uid: 'string' } } },
  },
};

/** `oneof kind` of `gloo.solo.io.Secret`, Gloo 1.22. */
const kinds: Readonly<Record<string, MessageType>> = {
  aws: { message: 'gloo.solo.io.AwsSecret', fields: { accessKey: 'string', secretKey: 'string', sessionToken: 'string' } },
  azure: { message: 'gloo.solo.io.AzureSecret', fields: { apiKeys: texts } },
  tls: { message: 'gloo.solo.io.TlsSecret', fields: { certChain: 'string', privateKey: 'string', rootCa: 'string', ocspStaple: 'bytes' } },
  oauth: { message: 'enterprise.gloo.solo.io.OauthSecret', fields: { clientSecret: 'string' } },
  apiKey: { message: 'enterprise.gloo.solo.io.ApiKey', fields: { apiKey: 'string', labels: { list: 'string' }, metadata: texts, uuid: 'string' } },
  header: { message: 'gloo.solo.io.HeaderSecret', fields: { headers: texts } },
  credentials: { message: 'gloo.solo.io.AccountCredentialsSecret', fields: { username: 'string', password: 'string' } },
  encryption: { message: 'gloo.solo.io.EncryptionKeySecret', fields: { key: 'string' } },
  extensions: { message: 'gloo.solo.io.Extensions', fields: { configs: { map: 'Struct' } } },
};

const secret: MessageType = { message: 'gloo.solo.io.Secret', fields: { ...kinds, metadata } };

/** What an answer of KV says of the version it holds. */
export interface VersionState {
  readonly deletion_time: string;
  readonly destroyed: boolean;
}

/**
 * What Gloo's client makes of KV's answer (`fromVaultSecret` of solo-kit): undefined for a version that it takes for deleted.
 * @param value null where KV holds none any more.
 * @throws {Error} where Gloo's whole list fails; GlooCrash where the client ends.
 */
export function secretOf(value: unknown, { deletion_time, destroyed }: VersionState): GlooSecret | undefined {
  const { metadata: named, ...kindFields } = value === null ? {} : unmarshal(secret, value);
  if (!named) throw new GlooCrash('invalid memory address or nil pointer dereference');
  if (deletion_time !== '' || destroyed) return undefined;
  const { name = '', namespace = '' } = named as { name?: string; namespace?: string };
  const kind = Object.keys(kindFields).at(-1);
  return { name, namespace, ...(kind === undefined ? {} : { kind }), content: kind === undefined ? {} : (kindFields[kind] as Message) };
}
