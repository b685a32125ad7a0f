import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type BuildOptions } from 'esbuild';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'path';

const LIB = join(__dirname, '..');

/** How the bundle is made. Same sources, same bytes, in any folder. */
export const bundleOptions: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  // Older than Lambda's runtime: the rehearsal runs these very bytes on the Node at hand.
  target: 'node20',
  // ES modules first: what is not used of a CommonJS package stays in the bundle, two thirds of it.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'error',
};

/** Entry points of all functions, as absolute paths. */
export function handlerEntries(): readonly string[] {
  return readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => /[/\\]handler[/\\]index\.ts$/.test(file))
    .sort()
    .map((file) => join(LIB, file));
}

/** Of all functions by entry point, once one is asked for. */
let bundles: ReadonlyMap<string, Uint8Array> | undefined;

/** Each has the bytes that it would have alone, and what they share is read a single time. */
function bundleTogether(entries: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const { outputFiles } = buildSync({ ...bundleOptions, entryPoints: entries.map((entry, index) => ({ in: entry, out: String(index) })), outdir: LIB, write: false });
  return new Map(outputFiles.map(({ path, contents }) => [entries[Number(basename(path, '.js'))] ?? path, contents]));
}

/** Writes the bundle of an entry point into a folder, as its `index.js`: one of {@link handlerEntries} out of what they all are made in, another by itself. */
export function bundleHandler(entry: string, outputDir: string): void {
  bundles ??= bundleTogether(handlerEntries());
  const bundle = bundles.get(entry) ?? bundleTogether([entry]).get(entry);
  if (bundle === undefined) throw new Error(`esbuild made nothing of ${entry}.`);
  writeFileSync(join(outputDir, 'index.js'), bundle);
}

/** A folder that a function reads, beside its `index.js`. */
export interface HandlerFiles {
  readonly folder: string;
  /** The folder's name there. */
  readonly as: string;
}

/**
 * A function's code. Hashed by its output, so that only a change of what runs is a change in `cdk diff`.
 * @param directory with the handler's `index.ts`.
 * @param files what lies beside it.
 */
export function handlerCode(directory: string, files?: HandlerFiles): Code {
  return Code.fromAsset(directory, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused: esbuild bundles in this process'),
      local: {
        tryBundle: (outputDir) => {
          bundleHandler(join(directory, 'index.ts'), outputDir);
          if (files) cpSync(files.folder, join(outputDir, files.as), { recursive: true });
          return true;
        },
      },
    },
  });
}
