import type { z } from 'zod';
import { publicCertificates } from './certificates';
import { faultsOf } from './faults';
import { isMalformed, type Fault, type Finding } from './findings';
import { nameFault, namespaceFault, SECRETS, shown, type SecretKey } from './key';
import { kinds, type Kind } from './kinds';
import { isMapping, protoName, type Metadata } from './message';
import { kindsOf, secretMessage } from './secret-message';
import type { Entry } from './store';

/** A secret that was looked at. */
export interface Inspected {
  readonly key: SecretKey;
  readonly version: number;
  /** As far as it can be told. */
  readonly kind?: Kind;
  /** When the certificate of a TLS secret ends, ISO 8601. */
  readonly notAfter?: string;
  readonly findings: readonly Finding[];
}

/**
 * What Gloo's client would make of an entry of its folder. Each effect was seen with that client itself (solo-kit 0.41 of
 * Gloo 1.22.1, against Vault 1.21).
 * @param mountPath of the KV mount, for the commands that mend.
 */
export function inspect(mountPath: string, key: SecretKey, entry: Entry, now: Date): Inspected {
  const { version } = entry;
  const seen = (faults: readonly Fault[], kind?: Kind): Inspected => ({ key, version, ...(kind ? { kind } : {}), findings: faults.map((fault) => ({ secret: shown(key), ...fault })) });
  if (entry.state !== 'present') return seen([withoutValue(key, entry.state)]);
  const lease = entry.endsAt === undefined ? [] : [endsByItself(mountPath, key, entry.endsAt)];
  const parsed = secretMessage.safeParse(entry.value);
  if (!parsed.success) return seen([unparseable(key, entry.value, parsed.error), ...lease]);
  const secret = parsed.data;
  if (!secret.metadata) return seen([withoutMetadata(key), ...lease], kindsOf(secret).at(-1));
  const found = kindsOf(secret);
  const kind = found.at(-1);
  const notAfter = publicCertificates(secret.tls?.certChain ?? '')[0]?.notAfter;
  return {
    ...seen([...nameFaults(key), ...metadataFaults(key, secret.metadata), ...kindFaults(found, key), ...(kind ? faultsOf(kind, secret, now) : []), ...lease], kind),
    ...(notAfter === undefined ? {} : { notAfter }),
  };
}

/** What is wrong with a value that is about to be written: nothing that {@link inspect} calls malformed may be. */
export function inspectValue(mountPath: string, key: SecretKey, value: Readonly<Record<string, unknown>>, now: Date): Inspected {
  return inspect(mountPath, key, { state: 'present', version: 0, value }, now);
}

/**
 * @param folder with its slash at the end. @param contents paths of what is in it, below the namespace.
 * @param twin whether there is a secret of that name as well.
 */
export function folderFinding(namespace: string, folder: string, contents: readonly string[], twin: boolean): Finding {
  const removals = contents.slice(0, MOST_NAMED).map((path) => `gloo-vault secret delete ${path} --namespace ${namespace}`);
  const others = contents.length - removals.length;
  return {
    secret: `${namespace}/${folder}`,
    effect: twin ? 'warning' : 'list',
    what: twin ? "it is a folder beside a secret of the same name, which Gloo reads twice; what is in the folder, it doesn't read" : 'it is a folder, and Gloo looks for a secret there: its whole list fails',
    mend: `put what is in it under a name of its own, and remove it: ${removals.join('; ')}${others > 0 ? `; and ${others} more` : ''}`,
  };
}

/** @param name of a secret that lies where namespaces are folders. */
export function strayFinding(mountPath: string, name: string): Finding {
  return {
    secret: name,
    effect: 'warning',
    what: "it lies outside of any namespace, where Gloo doesn't read it",
    mend: `vault kv metadata delete -mount=${mountPath} ${SECRETS}/${name}, and put it again with --namespace`,
  };
}

/** Commands in one line. */
const MOST_NAMED = 5;

export const malformed = (inspected: readonly { readonly findings: readonly Finding[] }[]): Finding[] => inspected.flatMap(({ findings }) => findings.filter(isMalformed));

function withoutValue(key: SecretKey, state: 'deleted' | 'destroyed' | 'unwritten'): Fault {
  const what = {
    deleted: "its current version is deleted but still listed, and Gloo's client crashes on it",
    destroyed: "its current version is destroyed but still listed, and Gloo's client crashes on it",
    unwritten: "it has metadata in Vault and no version, and Gloo's whole list fails on it",
  }[state];
  return { effect: 'list', what, mend: again(key) };
}

function withoutMetadata(key: SecretKey): Fault {
  return { effect: 'list', what: "it has no metadata, and Gloo's client crashes on it", mend: again(key) };
}

function endsByItself(mountPath: string, { namespace, name }: SecretKey, endsAt: string): Fault {
  return {
    effect: 'secret',
    what: `Vault deletes it by itself at ${endsAt} (delete_version_after): Gloo takes it for deleted already, and its client crashes from then on`,
    mend: `gloo-vault secret delete ${name} --namespace ${namespace}, then put it again; where the mount has that setting, who may write it: vault write ${mountPath}/config delete_version_after=0s`,
  };
}

function nameFaults({ namespace, name }: SecretKey): Fault[] {
  const mend = 'put it under another name, and remove this one: gloo-vault secret delete';
  return [
    ...[nameFault(name)].flatMap((fault) => (fault ? [{ effect: 'warning', what: `its name ${fault}, and Gloo's own tools refuse it`, mend } as const] : [])),
    ...[namespaceFault(namespace)].flatMap((fault) => (fault ? [{ effect: 'warning', what: `its namespace ${fault}, and there is none of that name`, mend } as const] : [])),
  ];
}

function metadataFaults({ namespace, name }: SecretKey, metadata: Metadata): Fault[] {
  const found = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  if (found.namespace === namespace && found.name === name) return [];
  return [{ effect: 'secret', what: `its metadata calls it ${JSON.stringify(shown(found))}, and that is the only name by which Gloo finds it`, mend: again({ namespace, name }) }];
}

function kindFaults(found: readonly Kind[], key: SecretKey): Fault[] {
  const last = found.at(-1);
  if (!last) return [{ effect: 'secret', what: `it has no kind (${kinds.map(({ field }) => field).join(', ')})`, mend: again(key) }];
  if (found.length === 1) return [];
  return [{ effect: 'secret', what: `it has several kinds (${found.map(({ field }) => field).join(', ')}), of which Gloo takes ${last.field} alone`, mend: again(key) }];
}

function unparseable(key: SecretKey, value: unknown, error: z.ZodError): Fault {
  const [issue] = error.issues;
  const reason = issue ? describe(issue, value) : 'it has not the form of a secret of Gloo';
  return { effect: 'list', what: `${reason}, and Gloo's whole list fails on it`, mend: again(key) };
}

/** Names fields and types, never a value. */
function describe(issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.map(String);
  const at = path.length === 0 ? 'the value' : path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.map((field) => [...path, field].join('.'));
    return `Gloo knows no field${fields.length > 1 ? 's' : ''} ${fields.join(', ')}${hint(issue.keys)}`;
  }
  const found = path.reduce<unknown>((inside, step) => (isMapping(inside) ? (inside[step] ?? inside[protoName(step)]) : Array.isArray(inside) ? (inside as unknown[])[Number(step)] : undefined), value);
  if (issue.code === 'invalid_type') return `${at} is ${typeName(found)}, and Gloo takes ${wanted(issue.expected)}`;
  return `${at} ${issue.code === 'invalid_union' ? "is nothing that Gloo's parser takes there" : issue.message}`;
}

const hint = (fields: readonly string[]): string => {
  if (fields.some((field) => field === 'tls.crt' || field === 'tls.key')) return ' (they are those of a Kubernetes secret: "secret put tls" writes what Gloo reads)';
  if (fields.includes('data') || fields.includes('stringData') || fields.includes('apiVersion')) return ' (they are those of a Kubernetes manifest: "secret put" writes what Gloo reads)';
  return '';
};

const wanted = (expected: string): string => ({ string: 'a text', record: 'a mapping', object: 'a mapping', array: 'a list', boolean: 'true or false' })[expected] ?? expected;

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { string: 'a text', number: 'a number', boolean: 'true or false', object: 'a mapping', undefined: 'absent' }[typeof value as string] ?? typeof value;
}

const again = ({ namespace, name }: SecretKey) => `write it again with "gloo-vault secret put", or remove it: gloo-vault secret delete ${name} --namespace ${namespace}`;
