import { rmSync } from 'node:fs';
import { parseEnvironments } from '../../lib/environment/parse';
import { createOidcIssuer, type OidcIssuer } from '../../rehearsal/aws/oidc-issuer';
import { issuerUrl } from '../../rehearsal/deployed-environment';
import { runSteps } from '../../rehearsal/run-steps';
import { createStep, devModeStep } from '../../rehearsal/steps/configuration';
import { glooSteps } from '../../rehearsal/steps/gloo';
import { rotationStep } from '../../rehearsal/steps/rotation';
import type { Step } from '../../rehearsal/steps/step';
import { synthesize } from '../../rehearsal/synthesize';
import { synthesizeGuide, type SynthesizedEnvironment } from '../vault/configuration/handler/synthesized';
import { breakAssembly, type Breakage } from './broken-assembly';
import { describeWithVault } from './vault/available';

interface Case extends Breakage {
  readonly what: string;
  readonly says: readonly string[];
}

const second = 'role/dev-role-iam-trial-2';

/** Of the templates with both generations, or with the later one alone where they are dropped. */
const cases: readonly Case[] = [
  { what: "the second role in Vault's right to read", stack: 'Identity', resource: 'ServerRoleGetRolePolicy', from: second, to: 'role/dev-role-iam-trial-3', says: ['guide-Vault: Custom::VaultConfiguration', 'iam:GetRole', 'gloo-vault-auth-get-role-policy'] },
  { what: "the second role in the function's right to read", stack: 'Vault', resource: 'ConfigurationRights', from: second, to: 'role/dev-role-iam-trial-3', says: ['guide-Vault: Custom::VaultConfiguration', 'iam:GetRole of dev-role-iam-trial-2 was answered with AccessDenied'] },
  { what: "the second role in Vault's configuration", stack: 'Vault', resource: 'Configuration', from: '"name":"dev-role-iam-trial-2"', to: '"name":"gateway"', says: ['Who is bound to dev-role-iam-trial-2 in Vault is absent'] },
  { what: 'the role of the new pods', stack: 'Gloo', resource: 'Chart', from: second, to: 'role/dev-role-iam-trial', says: ["The role of Gloo's new pods is", 'dev-role-iam-trial"'] },
];

describeWithVault('a rotation', (vault) => {
  let guide: SynthesizedEnvironment;
  let issuer: OidcIssuer;
  beforeAll(async () => {
    guide = await synthesizeGuide();
    issuer = await createOidcIssuer(issuerUrl(guide.environment));
  }, 60_000);
  afterAll(() => rmSync(guide.directory, { recursive: true }));

  test.each(cases.map((each) => [each.what, each] as const))('fails by %s', async (_, { says, ...breakage }) => {
    const broken: string[] = [];
    const breaking = async (environments: Readonly<Record<string, unknown>>, directory: string) => {
      const assembly = await synthesize(environments, directory);
      const [environment] = parseEnvironments(environments);
      if (environment?.identity.generations.join() !== '1,2') return assembly;
      broken.push(breakAssembly(assembly, environment.name, breakage));
      return broken.at(-1) ?? '';
    };
    const steps = [devModeStep, createStep, glooSteps[0] as Step, rotationStep];
    const results = await runSteps({ ...guide, projectDir: '', vault: vault(), issuer, functionTimeoutMs: 22_000, synthesize: breaking }, steps);
    broken.forEach((directory) => rmSync(directory, { recursive: true }));
    expect(broken).toHaveLength(1);
    expect(results.at(-1)).toMatchObject({ title: rotationStep.title });
    for (const words of says) expect(results.at(-1)?.error).toContain(words);
  }, 120_000);
});
