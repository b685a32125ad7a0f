import { z } from 'zod';

/**
 * Proto-JSON as strictly as Gloo's client takes it (`protoutils.UnmarshalMap` of solo-kit 0.41, which is `jsonpb` of
 * golang/protobuf 1.5): a field by its JSON name or its proto name, null for a field that is not there, no unknown one.
 */
export function message<F extends Readonly<Record<string, z.ZodType>>>(fields: F) {
  const jsonNames = Object.keys(fields);
  const unified = (value: unknown): unknown => {
    if (!isMapping(value)) return value;
    const result = { ...value };
    for (const jsonName of jsonNames) {
      const proto = protoName(jsonName);
      if (proto === jsonName || !(proto in result)) continue;
      if (!(jsonName in result)) result[jsonName] = result[proto];
      delete result[proto];
    }
    return result;
  };
  return z.preprocess(unified, z.strictObject(fields));
}

/** `certChain` → `cert_chain`. */
export const protoName = (jsonName: string): string => jsonName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `string`. */
export const text = z.string().nullish();

/** `bytes`: base64 with padding, or numbers, which Go's own parser takes too. */
export const bytes = z
  .union([
    z.string().refine((value) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, '')), 'must be base64'),
    z.array(z.int().min(0).max(255).nullable()),
  ])
  .nullish();

/** `map<string, string>`. */
export const textMap = z.record(z.string(), z.string().nullable()).nullish();

/** `map<string, google.protobuf.Struct>`. */
export const structMap = z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).nullish();

/** `repeated string`. */
export const textList = z.array(z.string().nullable()).nullish();

/** `google.protobuf.BoolValue`. */
export const flag = z.boolean().nullish();

/** `int64`, of which JSON has no whole number beyond 2^53: as a string too. */
export const int64 = z.union([z.int(), z.string().refine((value) => /^\s*(?:-?(?:0|[1-9]\d*)|null)\s*$/.test(value) && (value.trim() === 'null' || isInt64(BigInt(value))), 'must be a whole number of 64 bits')]).nullish();

const isInt64 = (number: bigint) => BigInt.asIntN(64, number) === number;

/** `core.solo.io.Metadata`. */
export const metadata = message({
  name: text,
  namespace: text,
  cluster: text,
  resourceVersion: text,
  labels: textMap,
  annotations: textMap,
  generation: int64,
  ownerReferences: z.array(message({ apiVersion: text, blockOwnerDeletion: flag, controller: flag, kind: text, name: text, uid: text }).nullable()).nullish(),
});

export type Metadata = z.infer<typeof metadata>;

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
