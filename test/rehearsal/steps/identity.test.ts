import { rmSync } from 'node:fs';
import { parseEnvironments } from '../../../lib/environment/parse';
import { IamStore } from '../../../rehearsal/aws/iam';
import { createOidcIssuer, type OidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { startAws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { deployStage } from '../../../rehearsal/cloudformation/deploy-stage';
import { KubernetesObjects } from '../../../rehearsal/kubernetes-objects';
import { PodIdentity } from '../../../rehearsal/pod-identity';
import { identitySteps } from '../../../rehearsal/steps/identity';
import { issuerUrl } from '../../../rehearsal/deployed-environment';
import { synthesize } from '../../synthesize';
import { identityBreakages, rehearsed } from '../breakages';
import { breakAssembly } from '../broken-assembly';

const [environment] = parseEnvironments({ rehearsed });
if (!environment) throw new Error('There is no environment.');
const { name: stageName, account, region } = environment;

let assemblyDir: string;
let issuer: OidcIssuer;
let ca: CertificateAuthority;
beforeAll(async () => {
  const { app, outdir } = synthesize({ rehearsed });
  app.synth();
  assemblyDir = outdir;
  [issuer, ca] = await Promise.all([createOidcIssuer(issuerUrl(environment)), createCertificateAuthority('test')]);
});
afterAll(() => rmSync(assemblyDir, { recursive: true, force: true }));

/** The step that fails, and why: AWS's own words, then the stand-in's. Undefined where all go well. */
async function firstFailure(directory: string): Promise<{ title: string; error: string } | undefined> {
  const cluster = { endpoint: 'https://127.0.0.1:6443', certificateAuthorityData: '', openIdConnectIssuerUrl: issuer.url, clusterSecurityGroupId: 'sg-1' };
  const deployment = deployStage({ assemblyDir: directory, stageName, account, region, attributes: { cluster } });
  const objects = new KubernetesObjects(deployment);
  const iam = new IamStore(deployment);
  const aws = await startAws({ iam, issuers: [issuer], region, ca });
  const pods = new PodIdentity({ objects, tokens: issuer, region, directory });
  try {
    for (const { title, run } of identitySteps) {
      const error = await Promise.resolve({ world: { environment: environment!, iam, issuer, aws, awsCaPem: ca.caPem, objects, pods } })
        .then(run)
        .then(() => undefined, (thrown: Error) => thrown.message);
      if (error !== undefined) return { title, error: `${error} ${aws.requests.at(-1)?.error ?? ''}` };
    }
    return undefined;
  } finally {
    await aws.close();
  }
}

test('whole templates pass', async () => {
  expect(await firstFailure(assemblyDir)).toBeUndefined();
});

test.each(identityBreakages.map((breakage) => [breakage.what, breakage] as const))('%s', async (_, { step, says, ...breakage }) => {
  const broken = breakAssembly(assemblyDir, stageName, breakage);
  try {
    const failure = await firstFailure(broken);
    expect(failure?.title).toBe(step);
    for (const words of says) expect(failure?.error).toContain(words);
  } finally {
    rmSync(broken, { recursive: true });
  }
});
