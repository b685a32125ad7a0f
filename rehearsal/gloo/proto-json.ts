/** A field's type in a proto. */
export type FieldType = 'string' | 'bytes' | 'int64' | 'BoolValue' | 'Struct' | { readonly list: FieldType } | { readonly map: FieldType } | MessageType;

/** A message as its descriptor has it: JSON names of the fields, in the order in which they are declared. */
export interface MessageType {
  readonly message: string;
  readonly fields: Readonly<Record<string, FieldType>>;
}

export type Message = Readonly<Record<string, unknown>>;

/**
 * Parses as `jsonpb.Unmarshal` does, with which Gloo's client reads: either name of a field, of which the JSON name wins;
 * null for a field that is not there; the first fault ends it.
 * @throws {Error} in Go's words, with types and names alone.
 */
export function unmarshal({ message, fields }: MessageType, value: unknown): Message {
  const rest = { ...object(value) };
  const result: Record<string, unknown> = {};
  for (const [jsonName, type] of Object.entries(fields)) {
    let raw: unknown;
    for (const name of [jsonName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), jsonName]) {
      if (!Object.hasOwn(rest, name)) continue;
      raw = rest[name];
      delete rest[name];
    }
    if (raw !== undefined && raw !== null) result[jsonName] = field(type, raw);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Error(`unknown field "${unknown}" in ${message}`);
  return result;
}

function field(type: FieldType, value: unknown): unknown {
  if (typeof type === 'object') {
    if ('message' in type) return value === null ? {} : unmarshal(type, value);
    if ('list' in type) {
      if (!Array.isArray(value)) throw mismatch(value, '[]json.RawMessage');
      return value.map((element: unknown) => field(type.list, element));
    }
    return Object.fromEntries(Object.entries(object(value)).map(([key, inner]) => [key, field(type.map, inner)]));
  }
  switch (type) {
    case 'string':
      if (value !== null && typeof value !== 'string') throw mismatch(value, 'string');
      return value ?? '';
    case 'BoolValue':
      if (value !== null && typeof value !== 'boolean') throw mismatch(value, 'bool');
      return value ?? false;
    case 'Struct':
      return value === null ? {} : object(value);
    case 'bytes':
      return Buffer.from(byteValues(value));
    case 'int64':
      return int64(value);
  }
}

function byteValues(value: unknown): Buffer | number[] {
  if (typeof value === 'string') {
    const encoded = value.replace(/[\r\n]/g, '');
    if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) throw new Error('illegal base64 data');
    return Buffer.from(encoded, 'base64');
  }
  if (!Array.isArray(value)) throw mismatch(value, '[]uint8');
  return value.map((element: unknown) => {
    if (element === null) return 0;
    if (typeof element !== 'number' || !Number.isInteger(element) || element < 0 || element > 255) throw mismatch(element, 'uint8');
    return element;
  });
}

/** Go parses what stands between the quotes as JSON of its own. */
function int64(value: unknown): bigint {
  const digits = (typeof value === 'string' ? value : String(value)).trim();
  if (digits === 'null') return 0n;
  if (!/^-?(0|[1-9]\d*)$/.test(digits) || BigInt.asIntN(64, BigInt(digits)) !== BigInt(digits)) throw mismatch(value, 'int64');
  return BigInt(digits);
}

function object(value: unknown): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(value, 'map[string]json.RawMessage');
  return value as Message;
}

function mismatch(value: unknown, type: string): Error {
  const found = Array.isArray(value) ? 'array' : { boolean: 'bool' }[typeof value as string] ?? typeof value;
  return new Error(`json: cannot unmarshal ${found} into Go value of type ${type}`);
}
