import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createCertificateAuthority } from '../certificate-authority';
import type { GlooSecret } from '../gloo/secret-list';
import { runCommand, type Ended } from '../operator';
import { logIn } from './gloo';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

/** Not Gloo's own, so that the secrets of the other steps are left alone. */
const NAMESPACE = 'operators-secrets';
const MALFORMED_NAMESPACE = 'by-hand';
const SECRETS = 'gloo/gloo.solo.io/v1/Secret';

/** Each kind by the operator's command and out by Gloo's read; then whatever fails Gloo's list, and its mend. */
export const secretSteps: readonly Step[] = [
  {
    title: 'secret put: each kind comes out as Gloo reads it',
    run: async (stage) => {
      const given = await givenSecrets(stage);
      const results = await Promise.all(given.map(({ kind, args }) => succeed(stage, ['put', kind, kind, '--namespace', NAMESPACE, ...args])));
      for (const [index, { kind }] of given.entries()) {
        demandEqual(`secret put ${kind}`, results[index]?.stdout, `created: ${NAMESPACE}/${kind}, ${kind}, version 1\n`);
      }
      const { client, token } = await logIn(stage, 'gloo');
      const read = await client.secrets(token);
      for (const { kind, content } of given) demandEqual(`What Gloo reads of ${kind}`, contentOf(read, kind), content);

      const again = given[0];
      if (again) results.push(await succeed(stage, ['put', again.kind, again.kind, '--namespace', NAMESPACE, ...again.args]));
      demand(results.at(-1)?.stdout.startsWith('unchanged: '), 'The same secret put again was not left as it is');
      const listed = await succeed(stage, ['list', '--namespace', NAMESPACE, '--json']);
      demandEqual('secret list', z.array(z.object({ name: z.string() })).parse(JSON.parse(listed.stdout)).map(({ name }) => name), given.map(({ kind }) => kind).sort());
      results.push(listed, await succeed(stage, ['get', 'basic-auth', '--namespace', NAMESPACE]));
      demandUnseen(results, given.flatMap(({ secret }) => secret));
      return { beyond: `secret put: ${given.map(({ kind }) => kind).join(', ')}; no value in what ${results.length} commands were given or wrote` };
    },
  },
  {
    title: "secret lint: finds what fails Gloo's list, and secret delete mends it",
    run: async (stage) => {
      const observer = observerOf(stage);
      const { mountPath } = stage.world.environment.vault.kv;
      const { client, token } = await logIn(stage, 'gloo');
      const below = (area: string, path: string) => `${mountPath}/${area}/${SECRETS}/${MALFORMED_NAMESPACE}/${path}`;
      const planter: Planter = { write: (area, path, payload) => observer.write(below(area, path), payload), delete: (path) => observer.delete(below('data', path)) };
      // One at a time, for any of them is enough; then all at once.
      for (const { what, name, plant } of MALFORMED) {
        await plant(planter, name);
        await failureOf(`Gloo's list with ${what}`, client.secrets(token));
        await observer.delete(below('metadata', name));
        await client.secrets(token);
      }
      for (const { name, plant } of MALFORMED) await plant(planter, name);

      const lint = await ran(stage, ['lint', '--json']);
      demandEqual('The exit code of secret lint', lint.code, 1);
      const { findings } = z.object({ findings: z.array(z.object({ effect: z.string(), secret: z.string() })) }).parse(JSON.parse(lint.stdout));
      const failing = findings.filter(({ effect }) => effect === 'list').map(({ secret }) => secret);
      demandEqual('What secret lint finds', failing.sort(), MALFORMED.map(({ name }) => `${MALFORMED_NAMESPACE}/${listedAs(name)}`).sort());

      await succeed(stage, ['delete', ...MALFORMED.map(({ name }) => name), '--namespace', MALFORMED_NAMESPACE, '--yes']);
      const mended = await ran(stage, ['lint']);
    demand(mended.code === 0, `secret lint, when all is mended, ended with ${mended.code}: ${mended.stderr.trim()}`);
      const read = await client.secrets(token);
      return { beyond: `secret lint: ${MALFORMED.map(({ what }) => what).join(', ')}, each of which fails Gloo's list, until secret delete; then Gloo reads ${read.length} secrets` };
    },
  },
];

interface Given {
  readonly kind: string;
  readonly args: readonly string[];
  /** What Gloo shall have of it. */
  readonly content: unknown;
  /** What nobody may see. */
  readonly secret: readonly string[];
}

/** A secret of every kind, in files that only their owner reads. */
async function givenSecrets({ world }: Stage): Promise<Given[]> {
  const directory = join(world.directory, 'secrets');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = (content: string): string => {
    const path = join(directory, randomUUID());
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const authority = await createCertificateAuthority('an authority of the operator');
  const { cert, key } = await authority.issue(['shop.example.com']);
  const value = randomUUID;
  const [header, apiKey, password, oauth, secretKey, azure, extension] = [value(), value(), value(), value(), value(), value(), value()];
  const encryption = randomBytes(16).toString('hex');
  return [
    { kind: 'tls', args: ['--cert', file(cert), '--key', file(key), '--ca', file(authority.caPem)], content: { certChain: cert, privateKey: key, rootCa: authority.caPem }, secret: [key] },
    { kind: 'header', args: [`authorization=@${file(header)}`], content: { headers: { authorization: header } }, secret: [header] },
    { kind: 'api-key', args: ['--from-file', file(apiKey), '--label', 'team=infra'], content: { apiKey }, secret: [apiKey] },
    { kind: 'basic-auth', args: ['--username', 'shop', `password=@${file(`${password}\n`)}`], content: { username: 'shop', password }, secret: [password] },
    { kind: 'oauth', args: ['--from-env-file', file(`# of the identity provider\nclient-secret=${oauth}\n`)], content: { clientSecret: oauth }, secret: [oauth] },
    { kind: 'aws', args: ['--access-key', 'example-access-key', '--from-file', `secret-key=${file(secretKey)}`], content: { accessKey: 'example-access-key', secretKey }, secret: [secretKey] },
    { kind: 'azure', args: [`_master=@${file(azure)}`], content: { apiKeys: { _master: azure } }, secret: [azure] },
    { kind: 'encryption', args: ['--from-file', file(encryption)], content: { key: encryption }, secret: [encryption] },
    { kind: 'extensions', args: ['--from-file', `plugin=${file(`token: ${extension}\n`)}`], content: { configs: { plugin: { token: extension } } }, secret: [extension] },
  ];
}

interface Planter {
  write(area: 'data' | 'metadata' | 'destroy', path: string, payload: unknown): Promise<void>;
  /** As `vault kv delete`. */
  delete(path: string): Promise<void>;
}

const header = { header: { headers: { a: 'b' } } };
const named = (name: string) => ({ metadata: { name, namespace: MALFORMED_NAMESPACE }, ...header });

interface Malformed {
  readonly what: string;
  readonly name: string;
  readonly plant: (to: Planter, name: string) => Promise<void>;
}

/** What people do to a KV mount by hand, and Gloo's own client fails on. */
const MALFORMED: readonly Malformed[] = [
  { what: 'plain values', name: 'plain', plant: (to, name) => to.write('data', name, { data: { password: 'by hand' } }) },
  { what: 'an unknown field', name: 'unknown-field', plant: (to, name) => to.write('data', name, { data: { ...named(name), type: 'Opaque' } }) },
  { what: 'a number', name: 'number', plant: (to, name) => to.write('data', name, { data: { ...named(name), header: { headers: { a: 1 } } } }) },
  { what: 'no metadata', name: 'no-metadata', plant: (to, name) => to.write('data', name, { data: header }) },
  {
    what: 'a deleted version',
    name: 'deleted',
    plant: async (to, name) => {
      await to.write('data', name, { data: named(name) });
      await to.delete(name);
    },
  },
  {
    what: 'a destroyed version',
    name: 'destroyed',
    plant: async (to, name) => {
      await to.write('data', name, { data: named(name) });
      await to.write('destroy', name, { versions: [1] });
    },
  },
  { what: 'metadata alone', name: 'unwritten', plant: (to, name) => to.write('metadata', name, { max_versions: 3 }) },
  { what: 'a folder', name: 'folder/inside', plant: (to, name) => to.write('data', name, { data: named(name) }) },
];

/** A folder is listed in place of what is in it. */
const listedAs = (name: string) => name.replace(/[/].*/, '/');

function contentOf(read: readonly GlooSecret[], name: string): unknown {
  return read.find((secret) => secret.namespace === NAMESPACE && secret.name === name)?.content;
}

interface Ran extends Ended {
  readonly args: readonly string[];
}

async function ran({ world, projectDir }: Stage, args: readonly string[]): Promise<Ran> {
  return { args, ...(await runCommand(world, projectDir, ['secret', ...args])) };
}

async function succeed(stage: Stage, args: readonly string[]): Promise<Ran> {
  const ended = await ran(stage, args);
  demand(ended.code === 0, `gloo-vault secret ${args.slice(0, 2).join(' ')} ended with ${ended.code}: ${ended.stderr.trim()}`);
  return ended;
}

/** @throws where a value stands in what a command was given or wrote. */
function demandUnseen(results: readonly Ran[], values: readonly string[]): void {
  const seen = results.map(({ args, stdout, stderr }) => [...args, stdout, stderr].join('\n')).join('\n');
  for (const value of values) demand(!seen.includes(value.trim()), 'A value stands in the arguments or the output of a command');
}
