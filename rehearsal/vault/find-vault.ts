import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { buildVault, builtVault, pinnedVault } from './build-vault';
import { runProgram } from '../run-program';

/** A Vault that runs: which, and in words where it came from. */
export type VaultCommand = {
  /** `1.21.1`, as the program itself says. */
  readonly version: string;
  /** For the reader: `vault 1.21.1 from VAULT_BIN=/opt/vault`. */
  readonly description: string;
} & (
  | { readonly kind: 'binary'; readonly path: string }
  /** Run with `docker run --network host`. */
  | { readonly kind: 'docker'; readonly image: string }
);

export interface FindVaultOptions {
  /** Read: `VAULT_BIN`, `PATH`, `XDG_CACHE_HOME`, `HOME`, and what Docker and Go read themselves. */
  readonly env: NodeJS.ProcessEnv;
  /** One line for the reader whenever something takes a while. */
  readonly onProgress: (line: string) => void;
}

/** How each source is asked. Each rejects with one line that says why it has no Vault to give. */
export interface VaultProbes {
  /** Version of the Vault program at `path`. */
  binaryVersion(path: string, env: NodeJS.ProcessEnv): Promise<string>;
  /** Path of `vault` on `PATH`. */
  onPath(env: NodeJS.ProcessEnv): string | undefined;
  /** Version of the Vault in `image`, if a Docker engine answers. */
  imageVersion(image: string, options: FindVaultOptions): Promise<string>;
  /** Path of a Vault built from the pinned Go module, building it if need be. */
  build(options: FindVaultOptions): Promise<string>;
}

/**
 * Finds a Vault to run: `VAULT_BIN`, else `vault` on `PATH`, else Docker, else a build with Go that is made once.
 * A `VAULT_BIN` that does not run is an error: whoever sets it means that one.
 * @throws one line: every source that was asked with its reason, and the mend.
 */
export async function findVault(options: FindVaultOptions, probes: VaultProbes = realProbes): Promise<VaultCommand> {
  const { env } = options;
  const pinned = pinnedVault();
  if (env.VAULT_BIN) {
    return fromVaultBin(env.VAULT_BIN, env, probes);
  }

  const image = `hashicorp/vault:${pinned.version}`;
  const sources: (() => Promise<VaultCommand>)[] = [
    async () => {
      const path = probes.onPath(env);
      if (!path) {
        throw new Error('no vault on PATH');
      }
      return binary(await probes.binaryVersion(path, env), path, `PATH (${path})`);
    },
    async () => {
      const version = await probes.imageVersion(image, options);
      return { kind: 'docker', image, version, description: `vault ${version} from Docker (${image})` };
    },
    async () => {
      const path = await probes.build(options);
      return binary(await probes.binaryVersion(path, env), path, `the build of rehearsal/vault/go.mod (${path})`);
    },
  ];

  const reasons = ['VAULT_BIN is not set'];
  for (const source of sources) {
    try {
      return await source();
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `no Vault to run: ${reasons.join('; ')}. ` +
      `Set VAULT_BIN to a vault program (${pinned.version} is the version that is pinned), start Docker, or install Go ${pinned.go} or newer.`,
  );
}

/**
 * The Vault that is on this machine already, found without running or building anything: `VAULT_BIN`, `PATH`, an earlier build.
 * For whoever must decide at once (tests); {@link findVault} is the whole search.
 */
export function installedVault(env: NodeJS.ProcessEnv): string | undefined {
  return env.VAULT_BIN || onPath(env) || builtVault(env);
}

async function fromVaultBin(value: string, env: NodeJS.ProcessEnv, probes: VaultProbes): Promise<VaultCommand> {
  try {
    return binary(await probes.binaryVersion(resolve(value), env), resolve(value), `VAULT_BIN=${value}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`VAULT_BIN=${value}: ${reason}; set it to a vault program that runs here, or unset it to let one be found`);
  }
}

function binary(version: string, path: string, origin: string): VaultCommand {
  return { kind: 'binary', path, version, description: `vault ${version} from ${origin}` };
}

/** The version in the words of `vault version`. */
export function parseVersion(output: string, program: string): string {
  const version = /^Vault v(\d+\.\d+\.\d+[\w.+-]*)/.exec(output)?.[1];
  if (!version) {
    throw new Error(`"${program} version" answers "${output.split('\n')[0] ?? ''}", not "Vault v…"`);
  }
  return version;
}

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'vault'))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    return false;
  }
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const QUICK = 20_000;
const PULL = 10 * 60_000;

const realProbes: VaultProbes = {
  onPath,
  binaryVersion: async (path, env) => parseVersion(await runProgram(path, ['version'], { env, timeout: QUICK }), path),
  imageVersion: async (image, { env, onProgress }) => {
    if (process.platform !== 'linux') {
      throw new Error(`Docker is not used on ${process.platform}, where containers do not share the host's loopback`);
    }
    await runProgram('docker', ['version', '--format', '{{.Server.Version}}'], { env, timeout: QUICK });
    onProgress(`Docker answers; ${image} is pulled if it is not there`);
    const args = ['run', '--rm', '--entrypoint', 'vault', image, 'version'];
    return parseVersion(await runProgram('docker', args, { env, timeout: PULL }), image);
  },
  build: buildVault,
};
