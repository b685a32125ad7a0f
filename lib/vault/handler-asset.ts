import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type BuildOptions } from 'esbuild';
import { cpSync } from 'node:fs';
import { join } from 'path';

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

/** Bundles an entry point into one file. */
export function bundleHandler(entry: string, outputDir: string): void {
  buildSync({ ...bundleOptions, entryPoints: [entry], outfile: join(outputDir, 'index.js') });
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
