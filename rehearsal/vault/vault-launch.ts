import { dirname } from 'node:path';
import type { VaultCommand } from './find-vault';

/** What to spawn for a Vault, and how to reach it with a signal afterwards. */
export interface VaultLaunch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Command that sends a signal to Vault, given the id of the spawned process. */
  signal(name: VaultSignal, pid: number): readonly [string, ...string[]];
}

export type VaultSignal = 'KILL' | 'TERM' | 'STOP' | 'CONT' | 'HUP';

export interface VaultLaunchOptions {
  readonly command: VaultCommand;
  /** Vault's own arguments. */
  readonly args: readonly string[];
  /** The whole environment that Vault gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder that Vault may write to; a container sees it under the same path. */
  readonly home: string;
  /** Name of the container. */
  readonly container: string;
  /** `uid:gid` that a container runs as, so that it may read what the caller may read. */
  readonly user: string;
  /** Environment of the Docker client itself. */
  readonly dockerEnv: NodeJS.ProcessEnv;
}

/** The program, arguments and environment that start Vault, from a binary or in a container on the host's network. */
export function vaultLaunch(options: VaultLaunchOptions): VaultLaunch {
  const { command, args, env, container } = options;
  if (command.kind === 'binary') {
    return {
      program: command.path,
      args,
      env: { ...env },
      signal: (name, pid) => ['kill', `-${name}`, String(pid)],
    };
  }
  // Files are replaced by renaming (a web-identity token), which a mounted file would not show: mount their folders.
  const folders = Object.entries(env)
    .filter(([name]) => name.endsWith('_FILE'))
    .map(([, path]) => dirname(path))
    .filter((folder) => folder !== options.home);
  return {
    program: 'docker',
    args: [
      ...['run', '--rm', '--name', container, '--network', 'host', '--user', options.user, '--entrypoint', 'vault'],
      ...['--volume', `${options.home}:${options.home}`],
      ...[...new Set(folders)].flatMap((folder) => ['--volume', `${folder}:${folder}:ro`]),
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      command.image,
      ...args,
    ],
    env: options.dockerEnv,
    signal: (name) => ['docker', 'kill', '--signal', name, container],
  };
}
