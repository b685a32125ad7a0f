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
  if (old === undefined || now === undefined) return oneSided(old, now, path);
  if (Array.isArray(old) && Array.isArray(now)) return listDifferences(old, now, path);
  if (isText(old) && isText(now) && `${old}${now}`.includes('\n')) return listDifferences(old.split('\n'), now.split('\n'), path);
  if (isMapping(old) && isMapping(now)) {
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => differences(old[key], now[key], [...path, key]));
  }
  return [difference(path, old, now)];
}

/** What came or went: as one where that can be shown, else part by part. */
function oneSided(old: unknown, now: unknown, path: readonly string[]): readonly Difference[] {
  const value = old ?? now;
  const parts = isText(value) ? value.split('\n') : value;
  if (whole(value).length <= LONGEST_VALUE || !(isMapping(parts) || (Array.isArray(parts) && parts.length > 1))) return [difference(path, old, now)];
  return Object.entries(parts).flatMap(([key, part]) => (old === undefined ? differences(undefined, part, [...path, key]) : differences(part, undefined, [...path, key])));
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
    ...pairs.flatMap(([[index, value], pair]) => differences(value, pair?.[1], [...path, String(index)])),
    ...kept.flatMap(([index, value]) => differences(undefined, value, [...path, String(index)])),
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
  const [old, now] = [before, after].map((value) => (value === undefined ? undefined : whole(value)));
  const [shortOld, shortNow] = [old, now].map((text) => text?.replace(HASH, '$1…'));
  const [left, right] = shortOld === shortNow ? [old, now] : [shortOld, shortNow];
  const from = left === undefined || right === undefined ? 0 : firstDifference(left, right);
  return { path: path.join('.'), ...(left === undefined ? {} : { before: around(left, from) }), ...(right === undefined ? {} : { after: around(right, from) }) };
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
      return isMapping(argument) ? `\${${String(argument.StackName)}.${String(argument.OutputName)}}` : unknownFunction(name, argument);
    case 'Fn::ImportValue':
      return `\${import ${String(readable(argument))}}`;
    case 'Fn::Join':
      return joined(argument) ?? unknownFunction(name, argument);
    case 'Fn::Select':
      return selected(argument) ?? unknownFunction(name, argument);
    case 'Fn::Sub':
      return isText(argument) ? argument : unknownFunction(name, argument);
    default:
      return name.startsWith('Fn::') ? unknownFunction(name, argument) : value;
  }
}

/** Without a quote, so that JSON around it stays JSON: `${If IsChina [a, b]}`. */
function unknownFunction(name: string, argument: unknown): string {
  const words = (value: unknown): string => {
    const read = readable(value);
    if (Array.isArray(read)) return `[${read.map(words).join(', ')}]`;
    return isMapping(read) ? `{${Object.entries(read).map(([key, each]) => `${key}: ${words(each)}`).join(', ')}}` : String(read);
  };
  return `\${${name.slice('Fn::'.length)} ${words(argument)}}`.replace(/["\\\s]+/g, ' ');
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

/** A value as text, all of it. */
function whole(value: unknown): string {
  return word(deeplyReadable(value));
}

function firstDifference(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  return at;
}

/** A long text cut to what stands around a place. */
function around(text: string, place: number): string {
  if (text.length <= LONGEST_VALUE) return text;
  const from = place < LONGEST_VALUE / 2 ? 0 : place - LONGEST_VALUE / 2;
  const room = LONGEST_VALUE - (from > 0 ? 1 : 0);
  const isCut = text.length - from > room;
  return `${from > 0 ? '…' : ''}${text.slice(from, from + room - (isCut ? 1 : 0))}${isCut ? '…' : ''}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function deeplyReadable(value: unknown): unknown {
  const read = readable(value);
  if (Array.isArray(read)) return read.map(deeplyReadable);
  return isMapping(read) ? Object.fromEntries(Object.entries(read).map(([key, each]) => [key, deeplyReadable(each)])) : read;
}
