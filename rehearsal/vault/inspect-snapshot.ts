import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../run-program';
import type { VaultCommand } from './find-vault';
import { vaultLaunch } from './vault-launch';

const LIMIT = 60_000;

/**
 * Has Vault itself read a snapshot: its archive, the checksums in it, and every entry (`vault operator raft snapshot inspect`).
 * @param folder for the time of it.
 * @throws one line, with what Vault says is wrong.
 */
export async function inspectSnapshot(command: VaultCommand, snapshot: Buffer, folder: string): Promise<void> {
  const name = `inspected-${randomBytes(6).toString('hex')}`;
  const file = join(folder, name);
  await writeFile(file, snapshot);
  const args = ['operator', 'raft', 'snapshot', 'inspect', file];
  const { program, args: all, env } = vaultLaunch({ command, args, env: { HOME: folder }, home: folder, container: name, user: `${userInfo().uid}:${userInfo().gid}`, dockerEnv: process.env });
  await runProgram(program, all, { env, timeout: LIMIT }).finally(() => rm(file));
}
