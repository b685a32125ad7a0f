import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { EnvironmentStage } from '../../lib/environment-stage';
import { helmRelease, manifest, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template } = synthesize({
  plain: environment('plain'),
  moved: environment('moved', { vault: { namespace: 'secrets', networkPolicy: false }, gloo: { namespace: 'gateway' } }),
});
const plain = template('plain-Vault');
const moved = template('moved-Vault');
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';

describe('the namespace', () => {
  test('stands alone in its manifest: deleting one deletes what is in it', () => {
    expect(manifest(plain, 'Namespace')).toMatchObject([{ kind: 'Namespace', metadata: { name: 'vault' } }]);
    expect(manifest(moved, 'Namespace')).toMatchObject([{ kind: 'Namespace', metadata: { name: 'secrets' } }]);
  });

  test('goes with a development environment, and outlives a production one', () => {
    expect(resource(plain, MANIFEST, 'Namespace').DeletionPolicy).toBe('Delete');
    const [parsed] = parseEnvironments({ live: environment('live') });
    const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
    const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });
    // No production environment passes the checks as long as Vault's only mode is dev; the stacks are ready for one.
    const stage = new EnvironmentStage(app, { ...parsed!, production: true });
    for (const id of ['Vault', 'Gloo']) {
      const stack = stage.node.findChild(id) as Parameters<typeof Template.fromStack>[0];
      expect(resource(Template.fromStack(stack), MANIFEST, 'Namespace').DeletionPolicy).toBe('Retain');
      expect(stack.terminationProtection).toBe(true);
    }
    rmSync(app.outdir, { recursive: true });
  });

  test('is there before all that lives in it', () => {
    const namespace = resource(plain, MANIFEST, 'Namespace').logicalId;
    for (const prefix of ['ServiceAccount', 'NetworkPolicy', 'ConfigurationAccess']) expect(resource(plain, MANIFEST, prefix).DependsOn).toContain(namespace);
  });
});

test('no manifest is pruned: a renamed id must not delete what replaced it', () => {
  for (const stack of [plain, moved, template('plain-Gloo')]) stack.resourcePropertiesCountIs(MANIFEST, { PruneLabel: Match.anyValue() }, 0);
});

describe("Vault's chart", () => {
  test('in its release, at its version, in the namespace', () => {
    expect(helmRelease(plain).Properties).toMatchObject({
      Release: 'vault',
      Chart: 'vault',
      Repository: 'https://helm.releases.hashicorp.com',
      Version: '0.34.1',
      Namespace: 'vault',
    });
    expect(helmRelease(moved).Properties).toMatchObject({ Release: 'vault', Namespace: 'secrets' });
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { CreateNamespace: true }, 0);
  });

  test('does not wait and is not rolled back: Helm knows nothing of Vault, the configuration does', () => {
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { Wait: true }, 0);
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { Atomic: true }, 0);
  });

  test('comes after its service account and its network policy: a dev-mode Vault starts with a token that everyone knows', () => {
    expect(helmRelease(plain).DependsOn).toEqual(expect.arrayContaining([resource(plain, MANIFEST, 'ServiceAccount').logicalId, resource(plain, MANIFEST, 'NetworkPolicy').logicalId]));
  });
});

test("the service account is Vault's own role's, and not the chart's", () => {
  expect(manifest(moved, 'ServiceAccount')).toMatchObject([
    {
      kind: 'ServiceAccount',
      metadata: {
        name: 'vault',
        namespace: 'secrets',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/vault-server-moved', 'eks.amazonaws.com/sts-regional-endpoints': 'true' },
      },
    },
  ]);
  expect(helmRelease(moved).values).toMatchObject({ server: { serviceAccount: { create: false, name: 'vault' } } });
});

describe('nobody outside the cluster reaches Vault', () => {
  test("the control plane's subnets, Gloo's namespace and Vault's own pods are let in", () => {
    const blocks = resources(template('plain-Cluster'), 'AWS::EC2::Subnet', 'EksNetworkVpcControlPlane').map(({ Properties }) => Properties.CidrBlock);
    const [policy] = manifest(plain, 'NetworkPolicy') as { spec: { ingress: { from: { ipBlock?: { cidr: string } }[] }[] } }[];
    expect(policy?.spec.ingress.flatMap(({ from }) => from.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []))).toEqual(blocks);
    expect(blocks).toHaveLength(2);
  });

  test('off, there is none', () => {
    expect(resources(moved, MANIFEST, 'NetworkPolicy')).toEqual([]);
  });

  test('no load balancer, no node port, no ingress', () => {
    for (const stack of [plain, template('plain-Gloo')]) {
      stack.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
      for (const { Properties } of resources(stack, MANIFEST)) expect(Properties.Manifest).not.toMatch(/"kind":"(Service|Ingress)"|LoadBalancer|NodePort/);
    }
    expect(JSON.stringify(helmRelease(plain).values)).not.toMatch(/LoadBalancer|NodePort|ingress/);
  });
});
