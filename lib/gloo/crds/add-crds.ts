import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { joinOr, quote } from '../../environment/words';
import { NoAnswer, type Http } from '../../vault/client/http';
import { glooChartFault } from '../../versions';
import { crdFiles, SOURCE_FILE, type GlooChart } from './crd-files';

export interface AddCrdsOptions {
  /** Of Gloo's chart, `1.22.1`. */
  readonly version: string;
  /** Helm repository that has the chart, `https://…`. */
  readonly repository: string;
  readonly http: Http;
  /** Folder that gets one of the version's name, in the place of an earlier one. */
  readonly into: string;
  /** The chart's package. @default - it is pulled from the repository */
  readonly file?: string;
}

/** Milliseconds that a download may pause, and that unpacking may take. */
const IDLE = 30_000;
/** Bytes; the repository's index has every version of every chart. */
const LARGEST = 64 * 1024 * 1024;
/** Newest versions that an error names. */
const NAMED = 5;

const index = z.object({ entries: z.object({ gloo: z.array(z.object({ version: z.string(), digest: z.string(), urls: z.array(z.string()).min(1) })) }) });

/**
 * Writes the CRDs of a version of Gloo's chart.
 * @returns the folder, and how many CRDs there are in it.
 * @throws for a version or package that is none, a package that is another than the repository's index says, and no answer.
 */
export async function addCrds(options: AddCrdsOptions): Promise<{ readonly folder: string; readonly crds: number }> {
  const { version, into, file } = options;
  const fault = glooChartFault(version);
  if (fault !== undefined) throw new Error(`${quote(version)} ${fault}`);
  const work = mkdtempSync(join(tmpdir(), 'gloo-crds-'));
  try {
    const pulled = file === undefined ? await pull(options) : undefined;
    const archive = file ?? join(work, 'gloo.tgz');
    if (pulled) writeFileSync(archive, pulled.content);
    const files = crdFiles(await unpack(archive, work), version, file ?? pulled?.url ?? archive, pulled?.url ?? `${options.repository}/charts/gloo-${version}.tgz`);
    const made = join(work, version);
    mkdirSync(made);
    for (const [name, text] of files) writeFileSync(join(made, name), text);
    const folder = join(into, version);
    rmSync(folder, { recursive: true, force: true });
    cpSync(made, folder, { recursive: true });
    return { folder, crds: [...files.keys()].filter((name) => name !== SOURCE_FILE).length };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The package of the repository's index, whose digest it has. */
async function pull({ version, repository, http }: AddCrdsOptions): Promise<{ readonly url: string; readonly content: Buffer }> {
  const base = `${repository.replace(/\/+$/, '')}/`;
  const found = index.safeParse(parse((await download(http, `${base}index.yaml`)).toString('utf8')));
  if (!found.success) throw new Error(`${base}index.yaml is no index of a Helm repository that has the chart gloo.`);
  const versions = found.data.entries.gloo;
  const entry = versions.find((each) => each.version === version);
  if (!entry) throw new Error(`${repository} has no chart gloo ${version}; it has ${joinOr(versions.slice(0, NAMED).map((each) => each.version))}${versions.length > NAMED ? ' and older ones' : ''}.`);
  const url = new URL(entry.urls[0] ?? '', base).href;
  const content = await download(http, url);
  const digest = createHash('sha256').update(content).digest('hex');
  if (digest !== entry.digest) throw new Error(`${url} has the digest ${digest}, and the repository's index says ${quote(entry.digest)}: pull it again, and if that does not help, ask the chart's owner.`);
  return { url, content };
}

async function download(http: Http, url: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const receive = async (content: Readable): Promise<void> => {
    let size = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST) throw new NoAnswer(`${url} has over ${LARGEST} bytes`, 'E2BIG');
      chunks.push(chunk);
    }
  };
  const { status } = await http.download({ method: 'GET', url, headers: {} }, receive, IDLE).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
    throw new Error(`GET ${url}: no answer (${error.code}: ${error.message}). Without a way out, give the package: --chart FILE.tgz`);
  });
  if (status !== 200) throw new Error(`GET ${url} was answered with ${status}.`);
  return Buffer.concat(chunks);
}

/** By the command `tar`, which knows compression and hostile names. */
async function unpack(archive: string, work: string): Promise<GlooChart> {
  await promisify(execFile)('tar', ['-xzf', archive, '-C', work, 'gloo/Chart.yaml', 'gloo/crds'], { timeout: IDLE }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${archive} cannot be unpacked as a chart of Gloo with CRDs (tar: ${error.stderr?.trim().split('\n')[0] || error.message}).`);
  });
  const root = join(work, 'gloo');
  const files = ['Chart.yaml', ...readdirSync(join(root, 'crds')).sort().map((name) => `crds/${name}`)];
  return new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
