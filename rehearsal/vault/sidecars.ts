import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RaftNode } from './raft-node';

/** A container that runs beside Vault in its pods. */
export interface Sidecar {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Sidecars {
  /** What they have printed, of all pods. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

/**
 * Runs a container's very command beside each node. What differs from the pod: absolute paths in its variables lie below
 * the node's root, and `pidof vault` finds that node's Vault, as in the process namespace that a pod's containers share.
 * @param changed variables that the rehearsal sets otherwise.
 */
export async function startSidecars(nodes: readonly RaftNode[], { command, env }: Sidecar, changed: Readonly<Record<string, string>>): Promise<Sidecars> {
  const [program = '', ...args] = command;
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-sidecars-'));
  const lines: string[] = [];
  const children = await Promise.all(
    nodes.map(async (node) => {
      const bin = await mkdtemp(join(folder, 'bin-'));
      await writeFile(join(bin, 'pidof'), `#!/bin/sh\necho ${node.pid()}\n`);
      await chmod(join(bin, 'pidof'), 0o700);
      const inPod = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value.startsWith('/') ? node.root + value : value]));
      const child = spawn(program, args, { env: { ...inPod, ...changed, PATH: `${bin}:${process.env.PATH ?? ''}` }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => lines.push(`${node.name}: ${chunk.toString().trim()}`));
      return child;
    }),
  );
  return {
    lines,
    close: async () => {
      for (const { pid } of children) {
        // The shell and what it waits for.
        if (pid !== undefined) {
          try {
            process.kill(-pid, 'SIGKILL');
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
          }
        }
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
