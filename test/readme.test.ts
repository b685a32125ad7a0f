import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { environments } from './environments';
import { raft } from '../lib/environment/raft';
import { environmentSchema } from '../lib/environment/schema';
import { TLS } from '../lib/vault/tls';
import { breakages } from './rehearsal/breakages';
import { breakages as raftBreakages } from './rehearsal/raft-breakages';

const root = join(__dirname, '..');
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const readme = text('README.md');
const pages = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);

/** `setting → default` of the table of docs/settings.md. */
const documented = new Map([...text('docs/settings.md').matchAll(/^\| `([\w.]+)` \| (.*?) \| .*\|$/gm)].map(([, key = '', value = '']) => [key, value.replaceAll('`', '')]));

/** Leaves of the environment, with the defaults that the schema gives. */
function defaultsOf(value: unknown, path: string): [string, string][] {
  const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0 || path.endsWith('.session');
  if (isLeaf) return [[path, typeof value === 'string' ? value : JSON.stringify(value).replaceAll('":', '": ').replace(/^\{"(\w+)"(.*)\}$/, '{ $1$2 }')]];
  return Object.entries(value).flatMap(([key, inner]) => defaultsOf(inner, path === '' ? key : `${path}.${key}`));
}

const required = ['account', 'region', 'cluster.create.name', 'cluster.import.name', 'cluster.import.kubernetesVersion', 'cluster.import.endpoint', 'cluster.import.certificateAuthority', 'cluster.import.securityGroupId'];
const without = ['tags', 'cluster.create.availabilityZones', 'cluster.import.oidcProviderArn', 'cluster.import.oidcIssuer', 'cluster.import.kubectlRoleArn', 'cluster.import.vpc', 'cluster.import.addons', 'vault.raft.kmsKeyArn', 'vault.raft.recovery.secret', 'vault.raft.snapshots.bucket', 'vault.raft.alarmTopicArn', 'vault.shared', 'vault.sharedFrom', 'vault.clientCidrs'];
/** Defaults that depend on `production`, as they are without it. */
const derived: readonly (readonly [string, string])[] = [['identity.authPolicy', 'guide'], ['vault.mode', 'dev'], ['vault.auth.session', '{ maxTtl: "15m" }'], ['vault.policy.form', 'guide'], ['vault.drift.action', 'repair'], ['vault.drift.every', '5m']];

test('the table of settings has every setting with its default', () => {
  const { dev, existing } = environments;
  if (!dev || !existing || !('create' in dev.cluster) || !('import' in existing.cluster)) throw new Error('dev creates its cluster, existing imports one');
  const { name, kubernetesVersion, endpoint, certificateAuthority, securityGroupId } = existing.cluster.import;
  const base = { account: dev.account, region: dev.region };
  const created = environmentSchema.parse({ ...base, cluster: { create: { name: 'x' } } });
  const imported = environmentSchema.parse({ ...base, cluster: { import: { name, kubernetesVersion, endpoint, certificateAuthority, securityGroupId, oidcIssuer: 'https://oidc.example' } } });
  const defaults = new Map([...defaultsOf(created, ''), ...defaultsOf(imported.cluster, 'cluster'), ...defaultsOf(raft.parse({}), 'vault.raft'), ...derived, ...required.map((key): [string, string] => [key, 'required']), ...without.map((key): [string, string] => [key, 'none'])]);
  defaults.delete('vault.drift'); // Its defaults are all derived.
  expect(Object.fromEntries([...documented].sort())).toEqual(Object.fromEntries([...defaults].sort()));
});

test('its commands are those that the gate runs', () => {
  const gate = text('.ci/run');
  const commands = /```sh\n([^`]*)```/.exec(readme)?.[1]?.split(/\n|&&/).map((command) => command.trim()).filter(Boolean) ?? [];
  expect(commands).toEqual(['npm ci', 'npm test', 'npm ci', 'npm run rehearse']);
  for (const command of new Set(commands)) expect(gate.replaceAll('npm run --silent', 'npm run')).toContain(command);
});

test('it counts the ways in which templates are broken', () => {
  expect(readme).toContain(`in ${breakages.length} ways in dev mode and ${raftBreakages.length} with replicas on an imported cluster`);
});

test('the restore trusts the authority of the certificate that the pods have', () => {
  const command = `$ kubectl get secret -n vault ${TLS.serverSecret} -o jsonpath='{.data.${TLS.authorityKey.replace('.', '\\.')}}' | base64 -d > ca.crt\n`;
  const production = text('docs/production.md');
  const restore = production.slice(production.indexOf('## Restore'));
  expect(restore.indexOf(command)).toBeGreaterThan(0);
  expect(restore.indexOf(command)).toBeLessThan(restore.indexOf('VAULT_CACERT=ca.crt'));
});

test('README names every page of docs', () => {
  for (const page of pages) expect(readme).toContain(`](${page})`);
});

test.each(['README.md', ...pages])('the links of %s lead to a heading or a file', (file) => {
  const broken = [...text(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^https?:/.test(target) && !leads(file, target));
  expect(broken).toEqual([]);
});

function leads(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const to = path === '' ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(root, to))) return false;
  return anchor === undefined || anchorsOf(text(to)).includes(anchor);
}

/** As GitHub makes them of headings, those in code blocks left out. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));
}
