import { Http } from '../../../lib/vault/client/http';
import { charts, glooImageNames, kubernetes } from '../../../lib/versions';
import { askAll } from '../../../supply/versions/ask';
import type { Pinned } from '../../../supply/versions/propose';
import { exitCodeOf, renderAnswer } from '../../../supply/versions/report';
import { publishedSources } from '../../../supply/versions/sources';
import { listening } from '../../vault/client/listening';
import { calendar, digestOf, helmIndex, movedTo, pinned, publishing, type Published } from './published';

const http = new Http(undefined, 10_000);
afterAll(() => http.close());

const vaultRow = { version: charts.vault.version, appVersion: '2.0.4', kubeVersion: '>= 1.20.0-0', digest: charts.vault.sha256 };
const glooRow = { version: charts.gloo.version, digest: charts.gloo.sha256 };
const unchanged: Published = { vaultIndex: helmIndex('vault', [vaultRow]), glooIndex: helmIndex('gloo', [glooRow]), eks: calendar };
const vaults = Object.fromEntries(Object.entries(pinned.vaultCharts).map(([chart, row]) => [chart, { ...row, digest: digestOf(`hashicorp/vault:${row.vault}`) }]));
const images = Object.fromEntries(glooImageNames.map((name) => [name, digestOf(`solo-io/${name}:${charts.gloo.version}`)]));
/** As if the digests of the stand-in's images had been pinned. */
const settled: Pinned = { ...pinned, vaultCharts: vaults, glooDigests: { [charts.gloo.version]: images } };

async function ask(published: Partial<Published>, from: Pinned = settled, layer: (name: string) => string = (name) => Object.entries(kubernetes).find(([version]) => name.endsWith(`v${version.replace('1.', '')}`))?.[1].layer ?? '') {
  const url = await listening(publishing({ ...unchanged, ...published }));
  return askAll(from, { ...publishedSources(http, movedTo(url)), npm: (name) => Promise.resolve(layer(name)) });
}

test('all is the newest', async () => {
  const answer = await ask({});
  expect(answer).toEqual({ proposals: [], unanswered: [], calendar: true });
  expect(renderAnswer(answer)).toBe('All is the newest, and as it was pinned.');
  expect(exitCodeOf(answer)).toBe(0);
});

test('digests that are missing are filled in, by what the registry holds', async () => {
  const answer = await ask({}, { ...settled, glooDigests: {} });
  expect(answer.proposals).toMatchObject([{ what: 'images of Gloo 1.22.1', kind: 'newer' }]);
  const [{ at, to } = { at: [], to: '' }] = answer.proposals[0]?.changes ?? [];
  expect(at).toEqual(['glooDigests']);
  for (const [name, digest] of Object.entries(images)) expect(to).toMatch(new RegExp(`'?${name}'?: '${digest}'`));
});

test('a newer chart of Vault brings its version, its package, its row and its image', async () => {
  const next = { version: '0.35.0', appVersion: '2.1.0', kubeVersion: '>= 1.25.0-0', digest: 'b'.repeat(64) };
  const { proposals } = await ask({ vaultIndex: helmIndex('vault', [{ ...next, version: '0.36.0-rc1' }, next, vaultRow]) });
  expect(proposals).toEqual([
    {
      what: 'chart vault',
      now: '0.34.1',
      published: '0.35.0',
      kind: 'newer',
      note: 'Vault 2.1.0',
      changes: [
        { at: ['charts', 'vault', 'version'], to: "'0.35.0'" },
        { at: ['charts', 'vault', 'sha256'], to: `'${'b'.repeat(64)}'` },
        { at: ['vaultCharts'], to: `'0.35.0': { vault: '2.1.0', digest: '${digestOf('hashicorp/vault:2.1.0')}', kubernetesFrom: '1.25' }` },
      ],
    },
  ]);
});

test('a newer chart of Gloo brings its own images; one whose support nobody has read is for a person', async () => {
  const { proposals } = await ask({ glooIndex: helmIndex('gloo', [{ version: '1.23.0', digest: 'd'.repeat(64) }, { version: '1.22.2', digest: 'c'.repeat(64) }, glooRow]) });
  expect(proposals.map(({ what, published, kind }) => [what, published, kind])).toEqual([
    ['chart gloo', '1.23.0', 'by hand'],
    ['chart gloo', '1.22.2', 'newer'],
    ['images of Gloo 1.22.2', '5 digests', 'newer'],
  ]);
  expect(proposals[2]?.changes[0]?.to).toContain(digestOf('solo-io/certgen:1.22.2'));
});

test('a tag that was moved, and a package that is another one, are never taken over', async () => {
  const answer = await ask({ vaultIndex: helmIndex('vault', [{ ...vaultRow, digest: 'e'.repeat(64) }]), glooIndex: helmIndex('gloo', [{ version: '1.22.0', digest: 'f'.repeat(64) }]) }, { ...settled, vaultCharts: pinned.vaultCharts, glooDigests: { [charts.gloo.version]: { ...images, gloo: `sha256:${'0'.repeat(64)}` } } });
  const others = answer.proposals.filter(({ kind }) => kind === 'other');
  expect(others.map(({ what, published }) => [what, published])).toEqual([
    ['chart vault 0.34.1', 'e'.repeat(64)],
    ['image hashicorp/vault:2.0.3', digestOf('hashicorp/vault:2.0.3')],
    ['image hashicorp/vault:2.0.4', digestOf('hashicorp/vault:2.0.4')],
    ['chart gloo 1.22.1', 'nothing'],
    ['image quay.io/solo-io/gloo:1.22.1', images.gloo],
  ]);
  expect(others.flatMap(({ changes }) => changes)).toEqual([]);
  expect(exitCodeOf(answer)).toBe(1);
  expect(renderAnswer(answer)).toContain('5 of what is pinned is published with another content. Nothing of it is taken over.');
});

test("EKS's dates, a version that is not in the table, and a newer layer", async () => {
  const eks = [{ cycle: '1.37', eol: '2027-12-02', extendedSupport: '2028-12-02' }, { cycle: '1.20', eol: '2022-11-01', extendedSupport: '2023-11-01' }, ...calendar.map((each) => (each.cycle === '1.36' ? { ...each, eol: '2027-08-03' } : each))];
  const { proposals } = await ask({ eks }, settled, (name) => (name.endsWith('v35') ? '2.2.3' : '1.0.0'));
  expect(proposals.map(({ what, published, kind }) => [what, published, kind])).toEqual([
    ['Kubernetes 1.37', 'until 2027-12-02, 2028-12-02', 'by hand'],
    ['Kubernetes 1.36', 'until 2027-08-03, 2028-08-02', 'newer'],
    ['kubectl layer for 1.35', '2.2.3', 'by hand'],
  ]);
  expect(proposals[1]?.changes).toEqual([{ at: ['kubernetes', '1.36', 'standardUntil'], to: "'2027-08-03'" }]);
});

test('what is not answered is said, and the rest compared', async () => {
  const answer = await ask({ vaultIndex: '<html>', eks: { message: 'gone' }, statuses: { 'solo-io/kubectl:1.22.1': 429 } }, { ...settled, glooDigests: {} });
  expect(answer.unanswered).toEqual([
    expect.stringMatching(/^chart vault: /),
    expect.stringMatching(/^calendar of EKS: /),
    expect.stringMatching(/^image solo-io\/kubectl:1\.22\.1: http:.*\/v2\/solo-io\/kubectl\/manifests\/1\.22\.1 was answered with 429$/),
  ]);
  expect(answer.calendar).toBe(false);
  expect(answer.proposals).toMatchObject([{ what: 'images of Gloo 1.22.1', published: '4 digests', note: 'gloo, discovery, gloo-envoy-wrapper, certgen' }]);
  expect(exitCodeOf(answer)).toBe(3);
});
