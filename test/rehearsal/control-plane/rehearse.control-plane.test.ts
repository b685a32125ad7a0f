import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseEnvironments } from '../../../lib/environment/parse';
import { rehearse } from '../../../rehearsal/rehearse';
import type { EnvironmentReport } from '../../../rehearsal/report';
import { rehearsed as inDevMode } from '../breakages';
import { breakAssembly, type Breakage } from '../broken-assembly';
import { rehearsed as withReplicas } from '../raft-breakages';
import { describeWithVault } from '../vault/available';
import { controlPlanePrograms } from './available';

const projectDir = resolve(__dirname, '..', '..', '..');
const environments = { 'dev-mode': { ...inDevMode, cluster: { create: { name: 'another' } } }, replicas: withReplicas };
const parsed = parseEnvironments(environments);

/** Texts inside texts: a manifest has its quotes escaped. */
const inner = (text: string) => text.replaceAll('"', '\\"');
const STARTED = 'Templates carried out, Vault started';
const policy = { stack: 'Vault', resource: 'NetworkPolicy' } as const;
const rbac = { stack: 'Vault', resource: 'ConfigurationAccess' } as const;
const guard = { stack: 'Vault', resource: 'AuthorityGuard' } as const;

interface Case extends Breakage {
  readonly what: string;
  readonly environment: keyof typeof environments;
  readonly step: string;
  readonly says: readonly string[];
}

/** What a stand-in cannot see: schemas, admission, RBAC of every kind. */
const cases: readonly Case[] = [
  { what: 'a protocol in the NetworkPolicy', environment: 'dev-mode', ...policy, from: inner('"protocol":"TCP"'), to: inner('"protocol":"TPC"'), step: STARTED, says: ['NetworkPolicy vault/vault: the API server answered 422 Invalid', 'Unsupported value: "TPC"'] },
  { what: 'a key in the NetworkPolicy', environment: 'dev-mode', ...policy, from: inner('"policyTypes"'), to: inner('"policyType"'), step: STARTED, says: ['NetworkPolicy vault/vault', '.spec.policyType: field not declared in schema'] },
  { what: 'the namespace of a Role', environment: 'dev-mode', ...rbac, from: inner('"namespace":"vault"'), to: inner('"namespace":"vaults"'), step: STARTED, says: ['Role vaults/vault-configuration: the API server answered 404', 'namespaces "vaults" not found'] },
  { what: 'the resourceName in RBAC', environment: 'dev-mode', ...rbac, from: 'http:vault:8200', to: 'vault:8200', step: 'The function from cdk.out configures Vault', says: ['the API server answered 403', 'services "http:vault:8200" is forbidden'] },
  { what: "the name of Vault's service account", environment: 'dev-mode', stack: 'Vault', resource: 'ServiceAccount', from: inner('"name":"vault"'), to: inner('"name":"vaults"'), step: STARTED, says: ['Pod vault/vault-0: the API server answered 403', 'error looking up service account vault/vault'] },
  { what: 'a right to read secrets', environment: 'dev-mode', ...rbac, from: inner('"resourceNames":["http:vault:8200"],"resources":["services/proxy"]'), to: inner('"resources":["services/proxy","secrets"]'), step: 'A real API server took every manifest, and its RBAC decides', says: ['RBAC lets the group vault-configuration get secrets in the namespace vault'] },
  { what: 'a namespace let in by the admission policy', environment: 'replicas', ...guard, from: "in ['vault'", to: "in ['default', 'vault'", step: "No other namespace gets a certificate in Vault's name", says: ['takes a CertificateRequest for', "in the namespace default: whoever may edit it gets a certificate in Vault's name"] },
  { what: 'the CEL of the admission policy', environment: 'replicas', ...guard, from: 'object.metadata.namespace in', to: 'object.metadata.namespace within', step: STARTED, says: ['ValidatingAdmissionPolicy vault-ca-requests: the API server answered 422 Invalid', 'compilation failed'] },
  { what: 'what the guard of Gloo leaves to who may restart it', environment: 'dev-mode', stack: 'Gloo', resource: 'HealingGuard', from: 'object.spec.template.spec == oldObject.spec.template.spec && ', to: '', step: 'Who may restart Gloo has nothing else run in its place', says: ["The group gloo-healing may change the image of Gloo's pods"] },
];

describeWithVault('a rehearsal with a real API server', (vault) => {
  const directory = mkdtempSync(join(tmpdir(), 'control-plane-test-'));
  const assemblyDir = join(directory, 'cdk.out');
  beforeAll(async () => {
    const file = join(directory, 'environments.json');
    writeFileSync(file, JSON.stringify(environments));
    const cdk = join(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', '--output', assemblyDir, '-c', `environments=${file}`], { cwd: projectDir });
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  async function rehearsal(name: keyof typeof environments, from = assemblyDir): Promise<EnvironmentReport> {
    const environment = parsed.find((each) => each.name === name);
    return rehearse({ environment: environment!, assemblyDir: from, projectDir, vault: vault(), controlPlane: await controlPlanePrograms(), functionTimeoutMs: 22_000 });
  }

  test.each(cases.map((each) => [each.what, each] as const))('fails by %s', async (_what, { environment, step, says, ...breakage }) => {
    const broken = breakAssembly(assemblyDir, environment, breakage);
    try {
      const { passed, steps } = await rehearsal(environment, broken);
      expect(passed).toBe(false);
      expect(steps.at(-1)).toMatchObject({ title: step });
      for (const words of says) expect(steps.at(-1)?.error).toContain(words);
    } finally {
      rmSync(broken, { recursive: true });
    }
  }, 120_000);
});
