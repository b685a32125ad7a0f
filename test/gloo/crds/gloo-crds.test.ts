import { App, Stack } from 'aws-cdk-lib';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EnvironmentInput } from '../../../lib/environment/input';
import { crdNames, digestOf, readCrds } from '../../../lib/gloo/crds/crds';
import { CRDS_FOLDER, decodeProperties, RESOURCE_TYPE } from '../../../lib/gloo/crds/properties';
import { vendoredCrds } from '../../../lib/gloo/crds/vendored';
import { handlerCode } from '../../../lib/vault/handler-asset';
import { environments } from '../../environments';
import { helmRelease, manifest, resource, resources } from '../../manifests';
import { synthesize } from '../../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template } = synthesize({
  plain: environment('plain'),
  older: environment('older', { gloo: { chartVersion: '1.21.3' } }),
  existing: environments.existing as EnvironmentInput,
});
const plain = template('plain-Gloo');
const folder = vendoredCrds('1.22.1') ?? '';
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';

test.each(['plain', 'existing'])("comes before Gloo's chart, and after all without which it would be refused: %s", (name) => {
  const stack = template(`${name}-Gloo`);
  const crds = resource(stack, RESOURCE_TYPE);
  expect(helmRelease(stack).DependsOn).toContain(crds.logicalId);
  const needed = [resource(stack, 'AWS::IAM::Policy', 'GlooCrdsRights'), resource(stack, 'AWS::EKS::AccessEntry', 'GlooCrds'), resource(stack, MANIFEST, 'GlooCrdsAccess')];
  expect(crds.DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
});

test('it may get, create and patch these CRDs by name, and nothing else', () => {
  const [role, binding, ...others] = manifest(plain, 'GlooCrdsAccess');
  expect(others).toEqual([]);
  expect(role).toMatchObject({ kind: 'ClusterRole', metadata: { name: 'gloo-crds' } });
  expect(role?.rules).toEqual(crdNames(folder).map((name) => ({ apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], resourceNames: [name], verbs: ['get', 'create', 'patch'] })));
  expect(binding).toMatchObject({ kind: 'ClusterRoleBinding', metadata: { name: 'gloo-crds' }, roleRef: { kind: 'ClusterRole', name: 'gloo-crds' }, subjects: [{ kind: 'Group', name: 'gloo-crds' }] });
  const { PolicyDocument } = resource(plain, 'AWS::IAM::Policy', 'GlooCrdsRights').Properties as { PolicyDocument: { Statement: { Action: unknown }[] } };
  expect(PolicyDocument.Statement.map(({ Action }) => Action)).toEqual([['logs:CreateLogStream', 'logs:PutLogEvents']]);
});

test('another chart or other CRDs are an update, and nothing else is', () => {
  const { Properties } = resource(plain, RESOURCE_TYPE);
  const told = { ...Properties, cluster: { ...(Properties.cluster as object), endpoint: 'https://cluster.example', certificateAuthority: 'an authority' } };
  expect(decodeProperties(told)).toEqual({ cluster: { name: 'plain', endpoint: 'https://cluster.example', certificateAuthority: 'an authority' }, chartVersion: '1.22.1', digest: digestOf(readCrds(folder)) });
  expect(Object.keys(Properties).sort()).toEqual(['ServiceTimeout', 'ServiceToken', 'chartVersion', 'cluster', 'digest']);
});

test('the CRDs lie beside the handler, byte for byte, in no template, and are far from Lambda’s 250 MB', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'gloo-crds-test-'));
  try {
    const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Stack');
    const handlerDirectory = join(dirname(require.resolve('../../../lib/gloo/crds/gloo-crds')), 'handler');
    handlerCode(handlerDirectory, { folder, as: CRDS_FOLDER }).bind(stack);
    const asset = join(outdir, readdirSync(outdir).find((name) => name.startsWith('asset.')) ?? '');
    expect(readCrds(join(asset, CRDS_FOLDER))).toEqual(readCrds(folder));
    expect(readdirSync(asset).sort()).toEqual([CRDS_FOLDER, 'index.js']);
    expect(readCrds(folder).reduce((size, { text }) => size + Buffer.byteLength(text), 0)).toBeLessThan(4_000_000);
    expect(statSync(join(asset, 'index.js')).size).toBeLessThan(250_000);
  } finally {
    rmSync(outdir, { recursive: true });
  }
  expect(JSON.stringify(plain.toJSON())).not.toContain('openAPIV3Schema');
});

test('it answers before CloudFormation gives it up', () => {
  expect(Number(resource(plain, RESOURCE_TYPE).Properties.ServiceTimeout)).toBeGreaterThan(resource(plain, 'AWS::Lambda::Function', 'GlooCrdsFunction').Properties.Timeout as number);
});

test('of a version whose CRDs nobody added there is none, and no release of them', () => {
  expect(resources(template('older-Gloo'), RESOURCE_TYPE)).toEqual([]);
  for (const name of ['plain', 'older']) expect(resources(template(`${name}-Gloo`), 'Custom::AWSCDK-EKS-HelmChart').map(({ Properties }) => Properties.Release)).toEqual(['gloo']);
});
