import { z } from 'zod';
import { kinds, type Kind, type KindField } from './kinds';
import { bytes, message, metadata, structMap, text, textList, textMap } from './message';

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
} as const satisfies Readonly<Record<KindField, z.ZodType>>;

const optionalMessages = Object.fromEntries(Object.entries(messages).map(([field, schema]) => [field, schema.nullish()])) as { [F in KindField]: z.ZodOptional<z.ZodNullable<(typeof messages)[F]>> };

/** The proto `gloo.solo.io.Secret` as Gloo's client parses it. */
export const secretMessage = message({ ...optionalMessages, metadata: metadata.nullish() });

export type SecretMessage = z.infer<typeof secretMessage>;

/** The secret that Gloo has of a value, undefined where it can't parse it. */
export function readable(value: unknown): SecretMessage | undefined {
  return secretMessage.safeParse(value).data;
}

/** The kinds that a value has, in the order in which the proto declares them: Gloo takes the last. */
export function kindsOf(secret: SecretMessage): readonly Kind[] {
  return (Object.keys(messages) as KindField[]).flatMap((field) => (secret[field] ? kinds.filter((kind) => kind.field === field) : []));
}
