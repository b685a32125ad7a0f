import { Option, type Command } from 'commander';
import { quote } from '../../../lib/environment/words';
import { CheckFailed, WrongUse } from '../../failures';
import type { Labelling } from '../../gloo-secret/build';
import { isMalformed } from '../../gloo-secret/findings';
import { nameFault, namespaceFault, shown, type SecretKey } from '../../gloo-secret/key';
import { kinds, type Kind, type Part } from '../../gloo-secret/kinds';
import { collectParts, literalRefusal, type Sources } from '../../gloo-secret/parts';
import type { Put } from '../../gloo-secret/put';
import type { Io } from '../../io';
import { askFor } from './ask';
import { checked } from './checked';
import { withSecrets, type Context, type NamespaceOption } from './open';
import { printJson, sayFindings } from './report';

interface Options extends NamespaceOption {
  readonly dryRun?: true;
  readonly label?: readonly string[];
  readonly metadata?: readonly string[];
  readonly fromFile?: readonly string[];
  readonly fromEnvFile?: readonly string[];
  /** Of a kind's parts, by name: files for TLS, else texts that everybody may see. */
  readonly parts: ReadonlyMap<string, string>;
}

export function addPut(secret: Command, context: Context): void {
  const put = secret
    .command('put')
    .description('Writes a secret, unless it is there already just so. Over one that somebody else changes at the same moment nothing is written.')
    .addHelpText('after', EXAMPLES);
  for (const kind of kinds) addKind(put, kind, context);
}

const EXAMPLES = `
Examples:
  gloo-vault secret put tls shop-tls --cert fullchain.pem --key privkey.pem
  gloo-vault secret put header backend authorization
      asks for the value, without an echo
  gloo-vault secret put header backend authorization=@token.txt
  pass show shop | gloo-vault secret put basic-auth shop --username shop --from-file -
  gloo-vault secret put opaque backend --from-env-file .env --dry-run`;

function addKind(put: Command, kind: Kind, context: Context): void {
  const command = put.command(kind.name).description(`${kind.what[0]?.toUpperCase()}${kind.what.slice(1)}.`);
  if (kind.alias) command.alias(kind.alias);
  command.argument('<name>', 'name of the secret');
  if (kind.field === 'tls') for (const part of kind.parts ?? []) command.option(`--${part.name} <file>`, `${TLS_FILES[part.name]} (- for standard input)`);
  else addValues(command, kind);
  command
    .option('-n, --namespace <namespace>', "Kubernetes namespace of the secret (default: Gloo's)")
    .option('--label <key=value>', 'label in its metadata, repeatable (default: those that it has)', repeated);
  if (kind.field === 'apiKey') command.option('--metadata <key=value>', 'what is known of whom the key belongs to, for headers; no secret; repeatable (default: what it has)', repeated);
  command.option('--dry-run', 'look, check and say, without writing').action(async (name: string, ...rest: unknown[]) => {
    const used = rest.at(-1) as Command;
    const values = kind.field === 'tls' ? [] : (rest[0] as string[]);
    await run(kind, name, values, used, context);
  });
}

const TLS_FILES: Readonly<Record<string, string>> = {
  cert: 'PEM of the certificate, followed by whoever issued it',
  key: 'PEM of its private key, not encrypted',
  ca: 'PEM of the authorities by which others are verified',
  'ocsp-staple': 'DER of an OCSP response',
};

function addValues(command: Command, kind: Kind): void {
  const names = kind.entries ? `a ${kind.entries.of}` : (kind.parts ?? []).map((part) => part.name).join(', ');
  command
    .argument('[values...]', `NAME=@FILE, or NAME to be asked without an echo, where NAME is ${names}`)
    .option('--from-file <name=file>', `value from a file, - for standard input; repeatable${kind.entries ? '' : '; NAME= may be left out where one is secret'}`, repeated)
    .option('--from-env-file <file>', 'values from lines NAME=VALUE of a file, - for standard input; repeatable', repeated);
  for (const part of kind.parts ?? []) {
    if (part.public) command.option(`--${part.name} <text>`, `${part.name}, which is no secret`);
    else command.addOption(refused(part));
  }
}

/** So that who tries it is told why not, and the value is not repeated by an error. */
function refused(part: Part): Option {
  const refuse = () => {
    throw new WrongUse(literalRefusal({ words: part.name, placeholder: part.name }));
  };
  return new Option(`--${part.name} <text>`).hideHelp().argParser(refuse);
}

async function run(kind: Kind, name: string, values: readonly string[], command: Command, context: Context): Promise<void> {
  const { io, mask } = context;
  const options = { ...command.optsWithGlobals<Options>(), parts: partsOf(kind, command.opts<Readonly<Record<string, unknown>>>()) };
  const labelling = labellingOf(options);
  checkName(name);
  checked('--namespace', options.namespace, namespaceFault);
  const parts = await collectParts(io, kind, sourcesOf(kind, values, options), askFor(io));
  for (const content of parts.values()) mask.add(content.toString());
  await withSecrets(context, command, async (secrets) => {
    const key = { namespace: options.namespace ?? secrets.namespace, name };
    const { put } = await import('../../gloo-secret/put');
    const done = await put(secrets.store, secrets.mountPath, { key, kind, parts, labelling }, { now: new Date(), dryRun: options.dryRun ?? false });
    report(io, key, kind, done, options);
  });
}

/** @throws WrongUse without the name: who leaves it out gives a value there. */
function checkName(name: string): void {
  const fault = nameFault(name);
  if (fault !== undefined) throw new WrongUse(`The name of the secret (not shown, for it may be a value) ${fault}; it stands before the values.`);
}

function partsOf(kind: Kind, given: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const named = (kind.parts ?? []).map((part) => [part.name, given[camelCase(part.name)]] as const);
  return new Map(named.filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string'));
}

function sourcesOf(kind: Kind, values: readonly string[], options: Options): Sources {
  if (kind.field === 'tls') return { arguments: [], files: [...options.parts].map(([part, file]) => `${part}=${file}`), envFiles: [], literals: new Map() };
  return { arguments: values, files: options.fromFile ?? [], envFiles: options.fromEnvFile ?? [], literals: options.parts };
}

function labellingOf({ label, metadata }: Options): Labelling {
  return { ...(label ? { labels: pairs('--label', label) } : {}), ...(metadata ? { holder: pairs('--metadata', metadata) } : {}) };
}

function pairs(option: string, given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new WrongUse(`${option} ${quote(pair)} is no KEY=VALUE.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function report(io: Pick<Io, 'stdout' | 'stderr'>, key: SecretKey, kind: Kind, { change, version, findings }: Put, { json, dryRun }: Options): void {
  if (json) printJson(io, { ...key, kind: kind.name, change, version, dryRun: dryRun ?? false, findings });
  else io.stdout.write(`${dryRun && change !== 'unchanged' ? `would be ${change}` : change}: ${shown(key)}, ${kind.name}${version > 0 ? `, version ${version}` : ''}\n`);
  if (!json) sayFindings(io, findings);
  if (findings.some(isMalformed)) throw new CheckFailed(`What is in Vault now as ${shown(key)} is malformed: see above.`);
}

const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
