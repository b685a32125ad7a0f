import { isDeepStrictEqual } from 'node:util';
import { isMapping } from '../lib/environment/fields';
import type { Difference, Resource } from './model';

/** Longest value that is shown. */
const LONGEST_VALUE = 300;
const HASH = /\b([0-9a-f]{8})[0-9a-f]{56}\b/g;

/** The values in which two resources of one type differ, references as `${LogicalId.Attribute}`, and JSON in strings opened. */
export function resourceDifferences(before: Resource | undefined, after: Resource | undefined): readonly Difference[] {
  const policies = (resource: Resource | undefined) => ({ DeletionPolicy: resource?.DeletionPolicy, UpdateReplacePolicy: resource?.UpdateReplacePolicy });
  return [...differences(opened(before), opened(after)), ...differences(policies(before), policies(after))];
}

/** The leaves in which two values differ. */
export function differences(before: unknown, after: unknown, path: readonly string[] = []): readonly Difference[] {
  const [old, now] = [unfolded(before), unfolded(after)];
  if (isDeepStrictEqual(old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) return listDifferences(old, now, path);
  if (isMapping(old) && isMapping(now)) {
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => differences(old[key], now[key], [...path, key]));
  }
  return [difference(path, old, now)];
}

/** By what the lists hold, not by place: one rule put in between is one difference, not one of each rule behind it. */
function listDifferences(old: readonly unknown[], now: readonly unknown[], path: readonly string[]): readonly Difference[] {
  const [gone, come] = [without(old, now), without(now, old)];
  if (gone.length === 0 && come.length === 0) return [difference([...path, '(order)'], old, now)];
  if (gone.length === come.length) return gone.flatMap(([index, value], each) => differences(value, come[each]?.[1], [...path, String(index)]));
  const named = (item: Item) => come.find(([, value]) => nameOf(value) !== undefined && nameOf(value) === nameOf(item[1]));
  const pairs = gone.map((item) => [item, named(item)] as const);
  const kept = come.filter((item) => !pairs.some(([, pair]) => pair === item));
  return [
    ...pairs.flatMap(([[index, value], pair]) => (pair === undefined ? [difference([...path, String(index)], value, undefined)] : differences(value, pair[1], [...path, String(index)]))),
    ...kept.map(([index, value]) => difference([...path, String(index)], undefined, value)),
  ];
}

/** An item of a list, with its place. */
type Item = readonly [index: number, value: unknown];

function nameOf(value: unknown): unknown {
  return isMapping(value) ? value.name : undefined;
}

/** The items that another list has not; of equal ones as many as it has fewer. */
function without(list: readonly unknown[], other: readonly unknown[]): readonly Item[] {
  const left = [...other];
  return list.flatMap((item, index): Item[] => {
    const at = left.findIndex((each) => isDeepStrictEqual(each, item));
    if (at < 0) return [[index, item]];
    left.splice(at, 1);
    return [];
  });
}

function difference(path: readonly string[], before: unknown, after: unknown): Difference {
  return { path: path.join('.'), ...(before === undefined ? {} : { before: shown(before) }), ...(after === undefined ? {} : { after: shown(after) }) };
}

/** A Kubernetes manifest by `Kind namespace/name`, undefined for what is none. */
export function manifestObjects(resource: Resource | undefined): Readonly<Record<string, unknown>> | undefined {
  const objects = resource?.Type === 'Custom::AWSCDK-EKS-KubernetesResource' ? unfolded(resource.Properties?.Manifest) : undefined;
  if (!Array.isArray(objects)) return undefined;
  return Object.fromEntries(objects.map((object, index) => [objectName(object) ?? String(index), object as unknown]));
}

/** Helm's values of a chart, undefined for what is none. */
export function helmValues(resource: Resource | undefined): unknown {
  return resource?.Type === 'Custom::AWSCDK-EKS-HelmChart' ? unfolded(resource.Properties?.Values) : undefined;
}

function opened(resource: Resource | undefined): unknown {
  if (resource === undefined) return {};
  const manifest = manifestObjects(resource);
  return { ...resource.Properties, ...(manifest === undefined ? {} : { Manifest: manifest }) };
}

/** A value with its intrinsic function as text, and a text that is JSON (of Helm, a rule's input, a dashboard) as what it says. */
export function unfolded(value: unknown): unknown {
  const text = readable(value);
  return typeof text === 'string' && /^[[{]/.test(text) ? (parsed(text) ?? text) : text;
}

function objectName(object: unknown): string | undefined {
  if (!isMapping(object) || !isMapping(object.metadata)) return undefined;
  const { name, namespace } = object.metadata;
  return `${word(object.kind)} ${namespace === undefined ? '' : `${word(namespace)}/`}${word(name)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Shown as the text that it is.
    return undefined;
  }
}

/** An intrinsic function as the text that it stands for; anything else as it is. */
export function readable(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return value;
  const argument = value[name];
  switch (name) {
    case 'Ref':
      return `\${${String(argument)}}`;
    case 'Fn::GetAtt':
      return `\${${Array.isArray(argument) ? argument.join('.') : String(argument)}}`;
    case 'Fn::GetStackOutput':
      return isMapping(argument) ? `\${${String(argument.StackName)}.${String(argument.OutputName)}}` : value;
    case 'Fn::ImportValue':
      return `\${import ${String(readable(argument))}}`;
    case 'Fn::Join':
      return joined(argument) ?? value;
    case 'Fn::Select':
      return selected(argument) ?? value;
    case 'Fn::Sub':
      return typeof argument === 'string' ? argument : value;
    default:
      return value;
  }
}

/** `${Cluster.IssuerUrl[1]}`: one of the parts that a text is split into. */
function selected(argument: unknown): string | undefined {
  const [index, list] = Array.isArray(argument) ? (argument as unknown[]) : [];
  const split = isMapping(list) ? list['Fn::Split'] : undefined;
  const source = Array.isArray(split) ? readable(split[1]) : undefined;
  const name = typeof source === 'string' ? /^\$\{([^}]*)\}$/.exec(source)?.[1] : undefined;
  return name === undefined ? undefined : `\${${name}[${word(index)}]}`;
}

function joined(argument: unknown): string | undefined {
  const [separator, parts] = Array.isArray(argument) ? (argument as unknown[]) : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) return undefined;
  return parts.map((part: unknown) => word(readable(part))).join(separator);
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** On one line, hashes and long values cut. */
function shown(value: unknown): string {
  const text = word(deeplyReadable(value)).replace(HASH, '$1…');
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function deeplyReadable(value: unknown): unknown {
  const read = readable(value);
  if (Array.isArray(read)) return read.map(deeplyReadable);
  return isMapping(read) ? Object.fromEntries(Object.entries(read).map(([key, each]) => [key, deeplyReadable(each)])) : read;
}
