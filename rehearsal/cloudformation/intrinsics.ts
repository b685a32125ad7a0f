import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from './template';

/** What intrinsic functions of one place in a template can look up. Every lookup throws for an unknown name. */
export interface Scope {
  /** The place, the first words of an error: `stack dev-Vault, resource Role`. */
  readonly where: string;
  /** A parameter, a pseudo parameter or a resource; undefined is `AWS::NoValue`. */
  ref(name: string): Json | undefined;
  attribute(logicalId: string, name: string): Json;
  condition(name: string): boolean;
  mapping(map: string, topLevelKey: string, secondLevelKey: string): Json;
  importValue(exportName: string): Json;
  stackOutput(reference: JsonObject): Json;
  availabilityZones(region: string): string[];
}

type Intrinsic = (argument: Json, scope: Scope) => Json | undefined;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(literalText(argument, 'Ref', scope)),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, name] = attributeOf(argument, scope);
    return scope.attribute(logicalId, text(resolve(name, scope), 'Fn::GetAtt', scope));
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, list] = listOf(argument, 2, 'Fn::Join', scope);
    const parts = resolve(list ?? null, scope);
    if (!Array.isArray(parts)) {
      throw failure('Fn::Join', 'its second argument is not a list', scope);
    }
    return parts.map((part) => text(part, 'Fn::Join', scope)).join(literalText(delimiter ?? null, 'Fn::Join', scope));
  },
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Select': (argument, scope) => {
    const [index, list] = listOf(argument, 2, 'Fn::Select', scope).map((item) => resolve(item, scope));
    const position = Number(index);
    const item = Array.isArray(list) ? list[position] : undefined;
    if (item === undefined) {
      const length = Array.isArray(list) ? `a list of ${list.length}` : 'no list';
      throw failure('Fn::Select', `index ${String(position)} of ${length}`, scope);
    }
    return item;
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = listOf(argument, 2, 'Fn::Split', scope).map((item) => text(resolve(item, scope), 'Fn::Split', scope));
    return (source ?? '').split(delimiter ?? '');
  },
  'Fn::If': (argument, scope) => {
    const [name, whenTrue, whenFalse] = listOf(argument, 3, 'Fn::If', scope);
    return resolve((scope.condition(literalText(name ?? null, 'Fn::If', scope)) ? whenTrue : whenFalse) ?? null, scope);
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(text(resolve(argument, scope), 'Fn::ImportValue', scope)),
  'Fn::GetStackOutput': (argument, scope) => {
    const reference = resolveEntries(isObject(argument) ? argument : {}, scope);
    return scope.stackOutput(reference);
  },
  'Fn::Base64': (argument, scope) => Buffer.from(text(resolve(argument, scope), 'Fn::Base64', scope)).toString('base64'),
  'Fn::FindInMap': (argument, scope) => {
    const [map = '', top = '', second = ''] = listOf(argument, 3, 'Fn::FindInMap', scope).map((item) =>
      text(resolve(item, scope), 'Fn::FindInMap', scope),
    );
    return scope.mapping(map, top, second);
  },
  'Fn::GetAZs': (argument, scope) => scope.availabilityZones(text(resolve(argument, scope), 'Fn::GetAZs', scope)),
};

const SUB_PLACEHOLDER = /\$\{(!?)([^}]*)\}/g;

/**
 * The value with every intrinsic function in it resolved. Keys and items that are `AWS::NoValue` are left out;
 * undefined is `AWS::NoValue` itself.
 * @throws naming place and intrinsic for one that is unknown, misused, or whose name leads nowhere.
 */
export function resolve(value: Json, scope: Scope): Json | undefined {
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw failure('dynamic reference', `"${value}" cannot be resolved here`, scope);
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  }
  if (!isObject(value)) {
    return value;
  }
  const name = intrinsicIn(value, scope);
  if (name === undefined) {
    return resolveEntries(value, scope);
  }
  const intrinsic = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : undefined;
  if (intrinsic === undefined) {
    throw failure(name, `it is not known here; known are ${Object.keys(INTRINSICS).join(', ')}`, scope);
  }
  return intrinsic(value[name] ?? null, scope);
}

/** {@link resolve} for each entry of an object. */
export function resolveEntries(value: JsonObject, scope: Scope): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const resolved = resolve(item, scope);
      return resolved === undefined ? [] : [[key, resolved]];
    }),
  );
}

/** A condition of the template's `Conditions`: Fn::Equals, Fn::And, Fn::Or, Fn::Not, or another condition by name. */
export function resolveCondition(value: Json, scope: Scope): boolean {
  const [[name, argument] = ['', null], ...more] = isObject(value) ? Object.entries(value) : [];
  const operands = () => (Array.isArray(argument) ? argument : []).map((item) => resolveCondition(item, scope));
  if (more.length > 0) {
    throw failure(name, 'a condition is one function', scope);
  }
  switch (name) {
    case 'Condition':
      return scope.condition(literalText(argument, 'Condition', scope));
    case 'Fn::Equals': {
      const [left, right] = listOf(argument, 2, name, scope).map((item) => resolve(item, scope));
      return isDeepStrictEqual(scalarAsText(left), scalarAsText(right));
    }
    case 'Fn::And':
      return operands().every(Boolean);
    case 'Fn::Or':
      return operands().some(Boolean);
    case 'Fn::Not':
      return !resolveCondition(listOf(argument, 1, name, scope)[0] ?? null, scope);
    default:
      throw failure(name || 'condition', 'it is not known here; known are Condition, Fn::Equals, Fn::And, Fn::Or, Fn::Not', scope);
  }
}

/** The names that a value refers to by Ref, Fn::GetAtt and Fn::Sub: resources, parameters and pseudo parameters. */
export function referencesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap(referencesIn);
  }
  if (!isObject(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref' && typeof item === 'string') {
      return [item];
    }
    if (key === 'Fn::GetAtt') {
      const target = Array.isArray(item) ? item[0] : item;
      return [...(typeof target === 'string' ? [baseName(target)] : []), ...referencesIn(item)];
    }
    if (key === 'Fn::Sub') {
      const [format, variables = {}] = Array.isArray(item) ? item : [item];
      const own = isObject(variables) ? Object.keys(variables) : [];
      const placeholders = typeof format === 'string' ? [...format.matchAll(SUB_PLACEHOLDER)] : [];
      const names = placeholders.filter(([, escaped]) => escaped === '').map(([, , name = '']) => name);
      return [...names.filter((name) => !own.includes(name)).map(baseName), ...referencesIn(variables)];
    }
    return referencesIn(item);
  });
}

/** `Role` of `Role.Arn`. */
function baseName(reference: string): string {
  return reference.split('.')[0] ?? reference;
}

function intrinsicIn(value: JsonObject, scope: Scope): string | undefined {
  const keys = Object.keys(value);
  const name = keys.find((key) => key.startsWith('Fn::') || (key === 'Ref' && keys.length === 1));
  if (name !== undefined && keys.length > 1) {
    throw failure(name, `it stands beside ${keys.filter((key) => key !== name).join(', ')}`, scope);
  }
  return name;
}

function substitute(argument: Json, scope: Scope): string {
  const [format, variables]: Json[] = typeof argument === 'string' ? [argument, {}] : listOf(argument, 2, 'Fn::Sub', scope);
  if (!isObject(variables)) {
    throw failure('Fn::Sub', 'its second argument is not an object', scope);
  }
  return literalText(format ?? null, 'Fn::Sub', scope).replace(SUB_PLACEHOLDER, (_, escaped: string, name: string) => {
    if (escaped !== '') {
      return `\${${name}}`;
    }
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const [logicalId = '', ...attribute] = name.split('.');
    const value =
      variable !== undefined
        ? resolve(variable, scope)
        : attribute.length === 0
          ? scope.ref(name)
          : scope.attribute(logicalId, attribute.join('.'));
    return text(value, 'Fn::Sub', scope);
  });
}

function attributeOf(argument: Json, scope: Scope): [string, Json] {
  const [logicalId, ...name] = typeof argument === 'string' ? argument.split('.') : Array.isArray(argument) ? argument : [];
  if (typeof logicalId !== 'string' || name.length === 0) {
    throw failure('Fn::GetAtt', `${JSON.stringify(argument)} is neither "Resource.Attribute" nor ["Resource", "Attribute"]`, scope);
  }
  if (name.length === 1) {
    return [logicalId, name[0] ?? ''];
  }
  return [logicalId, name.map((part) => literalText(part, 'Fn::GetAtt', scope)).join('.')];
}

function listOf(argument: Json, length: number, intrinsic: string, scope: Scope): Json[] {
  if (!Array.isArray(argument) || argument.length !== length) {
    throw failure(intrinsic, `it takes a list of ${length}, got ${JSON.stringify(argument)}`, scope);
  }
  return argument;
}

function literalText(value: Json, intrinsic: string, scope: Scope): string {
  if (typeof value !== 'string') {
    throw failure(intrinsic, `${JSON.stringify(value)} is not a text`, scope);
  }
  return value;
}

function text(value: Json | undefined, intrinsic: string, scope: Scope): string {
  const scalar = scalarAsText(value);
  if (typeof scalar !== 'string') {
    throw failure(intrinsic, `${JSON.stringify(value)} is not a text`, scope);
  }
  return scalar;
}

function scalarAsText(value: Json | undefined): Json | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function failure(intrinsic: string, words: string, scope: Scope): Error {
  return new Error(`${scope.where}: ${intrinsic}: ${words}`);
}
