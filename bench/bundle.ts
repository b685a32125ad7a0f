import { buildSync, type BuildOptions } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { bundleHandler, bundleOptions, handlerEntries } from '../lib/vault/handler-asset';
import { invokeLambda } from '../rehearsal/lambda/invoke';
import type { Figure } from './figure';
import type { BundlePart } from './table';

const LOADS = 21;
/** Parts that the table names; the others make one line. */
const NAMED_PARTS = 9;

const libDir = join(__dirname, '..', 'lib');
const handlerEntry = join(libDir, 'vault', 'configuration', 'handler', 'index.ts');

/** The least that asks IAM for a role by AWS's own SDK; the functions sign their requests themselves. */
const SDK_CLIENT = "import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';\nexport const handler = (event) => new IAMClient({}).send(new GetRoleCommand(event));\n";

/** Sizes of the functions' bundles, and what loading the one that configures Vault costs over an empty one: fresh processes, in turns. */
export async function bundleFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-bundle-'));
  try {
    const [handler, empty] = [join(directory, 'handler'), join(directory, 'empty')];
    for (const folder of [handler, empty]) mkdirSync(folder);
    bundleHandler(handlerEntry, handler);
    writeFileSync(join(empty, 'index.js'), 'exports.handler = async () => ({});\n');
    const samples = { handler: [] as number[], empty: [] as number[] };
    for (let load = 0; load < LOADS; load++) {
      samples.empty.push(await loadMs(empty));
      samples.handler.push(await loadMs(handler));
    }
    const sizes = handlerEntries().map((entry) => ({ name: dirname(dirname(relative(libDir, entry))), kB: bytesOf({ entryPoints: [entry] }) / 1000 }));
    const largest = [...sizes].sort((a, b) => b.kB - a.kB);
    const sdk = { what: "with the AWS SDK's IAM client", samples: [bytesOf({ stdin: { contents: SDK_CLIENT, resolveDir: libDir } }) / 1000] };
    return [
      { id: 'bundle.size', title: `Largest bundle of ${sizes.length} functions`, unit: 'kB', samples: largest.slice(0, 1).map(({ kB }) => kB), beside: sdk, limit: { on: 'value', atMost: 250 }, note: `${largest.map(({ name, kB }) => `${name} ${kB.toFixed(0)}`).join(', ')}; beside them a function that does nothing but ask IAM for a role` },
      { id: 'bundle.load', title: 'Loading the bundle that configures Vault', unit: 'ms', samples: samples.handler, beside: { what: 'empty handler', samples: samples.empty }, limit: { on: 'excess', atMost: 50 } },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function bytesOf(of: Pick<BuildOptions, 'entryPoints' | 'stdin'>): number {
  const { outputFiles } = buildSync({ ...bundleOptions, ...of, outfile: 'index.js', write: false });
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
}

/** An event without properties: the handler says so, and does nothing else. */
async function loadMs(assetDirectory: string): Promise<number> {
  const { loadMs: ms } = await invokeLambda({ assetDirectory, handler: 'index.handler', environment: {} }, {}, 10_000);
  if (ms === 0) throw new Error(`The handler in ${assetDirectory} did not load.`);
  return ms;
}

/** What the bundle is made of, by npm package and, of the app's own, as one. */
export function bundleParts(): BundlePart[] {
  const { metafile } = buildSync({ ...bundleOptions, entryPoints: [handlerEntry], outfile: 'index.js', write: false, metafile: true });
  const [output] = Object.values(metafile.outputs);
  if (!output) throw new Error('esbuild wrote no bundle.');
  return foldInputs(Object.fromEntries(Object.entries(output.inputs).map(([input, { bytesInOutput }]) => [input, bytesInOutput])), output.bytes);
}

/**
 * Bytes by package, the largest first; what is beyond the named parts, and the bundler's own, makes the last line.
 * @param inputs path of a source file to its bytes in the bundle.
 */
export function foldInputs(inputs: Readonly<Record<string, number>>, size: number, named: number = NAMED_PARTS): BundlePart[] {
  const bytes = new Map<string, number>();
  for (const [input, count] of Object.entries(inputs)) {
    const part = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? "the handler's own code";
    bytes.set(part, (bytes.get(part) ?? 0) + count);
  }
  const parts = [...bytes].map(([part, count]) => ({ part, bytes: count })).sort((a, b) => b.bytes - a.bytes);
  const shown = parts.slice(0, named);
  const rest = size - shown.reduce((sum, part) => sum + part.bytes, 0);
  return [...shown, { part: `${parts.length - shown.length} more, and the bundler's own`, bytes: rest }];
}
