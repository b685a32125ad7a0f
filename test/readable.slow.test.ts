import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { appCommand, cdkEnvironment } from '../bench/apps';
import { runCommand } from '../bench/command';
import { readAssembly } from '../review/assembly';
import { readableTemplate } from './readable';

const projectDir = resolve(__dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'readable-test-'));
const copy = join(directory, 'app');
afterAll(() => rmSync(directory, { recursive: true }));

/** Each template of the copy as it is written, and as a reviewer sees it. */
interface Synthesis {
  readonly written: Readonly<Record<string, string>>;
  readonly shown: Readonly<Record<string, string>>;
}

/** Synthesizes the copy with one of its files changed, functions bundled. */
async function synthesizeWith(file?: string, change: (source: string) => string = (source) => source): Promise<Synthesis> {
  const path = join(copy, file ?? 'bin/app.ts');
  const source = readFileSync(path, 'utf8');
  const changed = change(source);
  if (file !== undefined && changed === source) throw new Error(`${file} is as it was: the change found nothing to change.`);
  writeFileSync(path, changed);
  const output = mkdtempSync(join(directory, 'cdk.out-'));
  try {
    const { ok, output: said } = await runCommand(appCommand(copy), { cwd: copy, env: cdkEnvironment(copy, output), timeout: 120_000 });
    if (!ok) throw new Error(said);
    const stacks = readAssembly(output);
    const texts = (text: (stack: (typeof stacks)[number]) => unknown) => Object.fromEntries(stacks.map((stack) => [stack.name, JSON.stringify(text(stack), undefined, 2)]));
    return { written: texts(({ template }) => template), shown: texts(({ template }) => readableTemplate(template)) };
  } finally {
    writeFileSync(path, source);
    rmSync(output, { recursive: true });
  }
}

/** Lines that only one of two texts has. */
function changedLines(before: string, after: string): { readonly gone: readonly string[]; readonly come: readonly string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return { gone: old.filter((line) => !now.includes(line)), come: now.filter((line) => !old.includes(line)) };
}

let plain: Synthesis;
beforeAll(async () => {
  mkdirSync(copy);
  for (const part of ['bin', 'lib', 'cdk8s', 'package.json', 'tsconfig.json', 'cdk.json']) cpSync(join(projectDir, part), join(copy, part), { recursive: true });
  symlinkSync(join(projectDir, 'node_modules'), join(copy, 'node_modules'));
  plain = await synthesizeWith();
}, 120_000);

test("a change of a handler's source changes templates, and no snapshot", async () => {
  // One that gives Vault something else: the bundle's hash and the digest of what is written both move.
  const { written, shown } = await synthesizeWith('lib/vault/configuration/handler/desired.ts', (source) => source.replace("['update', 'sudo'],", "['read', 'update', 'sudo'],"));
  expect(Object.keys(written).filter((name) => written[name] !== plain.written[name])).toEqual(['dev-Vault', 'existing-Vault', 'prod-Vault']);
  expect(shown).toEqual(plain.shown);
}, 120_000);

test('a changed IAM action changes one line of a snapshot', async () => {
  const { shown } = await synthesizeWith('lib/identity/server-role.ts', (source) => source.replace("'iam:GetRole'", "'iam:ListRoleTags'"));
  const changed = Object.keys(shown).filter((name) => shown[name] !== plain.shown[name]);
  expect(changed).toEqual(['dev-Identity', 'existing-Identity', 'prod-Identity']);
  for (const name of changed) {
    expect(shown[name]?.split('\n').length).toBe(plain.shown[name]?.split('\n').length);
    expect(changedLines(plain.shown[name] ?? '', shown[name] ?? '')).toEqual({ gone: expect.any(Array) as unknown, come: [expect.stringMatching(/^ +"Action": "iam:ListRoleTags",$/)] });
  }
}, 120_000);

test('a changed Helm value changes one line of a snapshot', async () => {
  const { shown } = await synthesizeWith('lib/vault/raft-helm-values.ts', (source) => source.replace(/terminationGracePeriodSeconds: \d+/, 'terminationGracePeriodSeconds: 61'));
  expect(changedLines(plain.shown['prod-Vault'] ?? '', shown['prod-Vault'] ?? '').come).toEqual([expect.stringMatching(/^ +"terminationGracePeriodSeconds": 61,?$/)]);
}, 120_000);
