import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Http } from '../../lib/vault/client/http';
import { readText } from './read';

/** A version of a chart, as its repository's index has it. */
export interface ChartVersion {
  readonly version: string;
  /** Of what it deploys, `2.0.4`. */
  readonly appVersion: string | undefined;
  /** Kubernetes versions that it takes, `>= 1.20.0-0`. */
  readonly kubeVersion: string | undefined;
  /** SHA-256 of its package, in hex. */
  readonly sha256: string | undefined;
}

/** What EKS supports for how long. */
export interface EksRelease {
  readonly version: string;
  readonly standardUntil: string;
  readonly extendedUntil: string;
}

/** Where versions are published. */
export interface Sources {
  readonly chart: (repository: string, chart: string) => Promise<readonly ChartVersion[]>;
  /** Digest of an image's index, or of its manifest where it is for one platform. */
  readonly imageDigest: (image: { readonly registry: Registry; readonly repository: string; readonly tag: string }) => Promise<string>;
  readonly eks: () => Promise<readonly EksRelease[]>;
  /** Newest version of an npm package. */
  readonly npm: (packageName: string) => Promise<string>;
}

/** Addresses of a registry of images: its API, and who gives a token to anybody. */
const registries = {
  'docker.io': { api: 'https://registry-1.docker.io', token: 'https://auth.docker.io/token?service=registry.docker.io' },
  'quay.io': { api: 'https://quay.io', token: 'https://quay.io/v2/auth?service=quay.io' },
} as const;
export type Registry = keyof typeof registries;

const EKS = 'https://endoflife.date/api/amazon-eks.json';
/** Milliseconds for npm to answer. */
const NPM_TIMEOUT = 60_000;

/** An index first: the digest then is the same for every platform. */
const MANIFESTS = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'].join(', ');

const chartVersion = z.object({ version: z.string(), appVersion: z.coerce.string().optional(), kubeVersion: z.string().optional(), digest: z.string().regex(/^(sha256:)?[0-9a-f]{64}$/).optional() });
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const release = z.object({ cycle: z.string().regex(/^\d+\.\d+$/), eol: day, extendedSupport: day });

/**
 * The real ones.
 * @param moved other addresses for some of them, by origin: `https://quay.io` → `http://127.0.0.1:…`. @default - none
 */
export function publishedSources(http: Http, moved: Readonly<Record<string, string>> = {}): Sources {
  const read = async (url: string, headers?: Readonly<Record<string, string>>) => {
    const { origin } = new URL(url);
    return readText(http, `${moved[origin] ?? origin}${url.slice(origin.length)}`, headers);
  };
  return {
    chart: async (repository, chart) => {
      const index = z.object({ entries: z.record(z.string(), z.unknown()) }).parse(parse(await read(`${repository}/index.yaml`)));
      return z.array(chartVersion).min(1).parse(index.entries[chart]).map(({ version, appVersion, kubeVersion, digest }) => ({ version, appVersion, kubeVersion, sha256: digest?.replace('sha256:', '') }));
    },
    imageDigest: async ({ registry, repository, tag }) => {
      const { api, token } = registries[registry];
      const { token: bearer } = z.object({ token: z.string() }).parse(JSON.parse(await read(`${token}&scope=repository:${repository}:pull`)));
      const manifest = await read(`${api}/v2/${repository}/manifests/${tag}`, { accept: MANIFESTS, authorization: `Bearer ${bearer}` });
      z.object({ schemaVersion: z.literal(2) }).parse(JSON.parse(manifest));
      // By its definition, so that nobody's word has to be taken for it.
      return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    },
    eks: async () => z.array(release).min(1).parse(JSON.parse(await read(EKS))).map(({ cycle, eol, extendedSupport }) => ({ version: cycle, standardUntil: eol, extendedUntil: extendedSupport })),
    npm: async (packageName) => {
      const { stdout } = await promisify(execFile)('npm', ['view', packageName, 'version', '--json'], { timeout: NPM_TIMEOUT });
      return z.string().parse(JSON.parse(stdout));
    },
  };
}
