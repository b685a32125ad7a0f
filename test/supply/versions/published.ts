import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { charts, gloo, glooDigests, kubernetes, vaultCharts } from '../../../lib/versions';
import type { Pinned } from '../../../supply/versions/propose';

/** What lib/versions.ts says. */
export const pinned: Pinned = { charts, gloo, glooDigests, kubernetes, vaultCharts };

export const manifestOf = (image: string) => JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [{ digest: image }] });
export const digestOf = (image: string) => `sha256:${createHash('sha256').update(manifestOf(image)).digest('hex')}`;

/** An index of a Helm repository, as `helm repo index` writes it. */
export const helmIndex = (chart: string, versions: readonly { readonly version: string; readonly appVersion?: string; readonly kubeVersion?: string; readonly digest?: string }[]) =>
  `apiVersion: v1\nentries:\n  ${chart}:\n${versions.map((each) => `  - name: ${chart}\n${Object.entries(each).map(([key, value]) => `    ${key}: '${value}'\n`).join('')}    urls: [${chart}-${each.version}.tgz]\n`).join('')}generated: '2026-11-24T00:00:00Z'\n`;

export interface Published {
  readonly vaultIndex: string;
  readonly glooIndex: string;
  readonly eks: unknown;
  /** Status of an image's manifest, by `repository:tag`. @default - 200 */
  readonly statuses?: Readonly<Record<string, number>>;
}

/** One server in the place of the charts' repositories, the registries and endoflife.date. */
export function publishing({ vaultIndex, glooIndex, eks, statuses = {} }: Published): RequestListener {
  return ({ url = '', headers }, response) => {
    const path = new URL(url, 'http://127.0.0.1');
    const manifest = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(path.pathname);
    if (path.pathname === '/index.yaml') response.end(vaultIndex);
    else if (path.pathname === '/solo-public-helm/index.yaml') response.end(glooIndex);
    else if (path.pathname === '/api/amazon-eks.json') response.end(JSON.stringify(eks));
    // What is asked for comes back as the token, so that a manifest is given only to who may read just it.
    else if (path.pathname === '/token' || path.pathname === '/v2/auth') response.end(JSON.stringify({ token: `anybody:${path.searchParams.get('service')}:${path.searchParams.get('scope')}` }));
    else if (manifest) {
      const [, repository = '', tag = ''] = manifest;
      const service = repository.startsWith('solo-io/') ? 'quay.io' : 'registry.docker.io';
      if (headers.authorization !== `Bearer anybody:${service}:repository:${repository}:pull`) response.writeHead(401).end();
      else if (headers.accept?.startsWith('application/vnd.oci.image.index.v1+json') !== true) response.writeHead(406).end();
      else response.writeHead(statuses[`${repository}:${tag}`] ?? 200).end(manifestOf(`${repository}:${tag}`));
    } else response.writeHead(404).end();
  };
}

/** Every address of the real sources, in one place. */
export const movedTo = (url: string) => Object.fromEntries(['https://helm.releases.hashicorp.com', 'https://storage.googleapis.com', 'https://registry-1.docker.io', 'https://auth.docker.io', 'https://quay.io', 'https://endoflife.date'].map((origin) => [origin, url]));

/** EKS's calendar as the table has it, in endoflife.date's words. */
export const calendar = Object.entries(kubernetes).map(([cycle, { standardUntil, extendedUntil }]) => ({ cycle, releaseDate: '2024-01-01', eol: standardUntil, extendedSupport: extendedUntil, latest: `${cycle}-eks-1`, lts: false }));
