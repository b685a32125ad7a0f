import { mkdir, mkdtemp, rename, rm, symlink, writeFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Writes the keys of a Secret into a folder as the kubelet does: all of them change at the same moment, when the link `..data`
 * gets another target, and each file is a link through it. Who watches for a renewed certificate sees here what a pod sees.
 * @param keys file name to content.
 */
export async function mountSecret(folder: string, keys: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, '..data');
  const before = await readlink(data).catch(() => undefined);
  const version = await mkdtemp(join(folder, '..version_'));
  for (const [name, content] of Object.entries(keys)) {
    await writeFile(join(version, name), content, { mode: 0o600 });
  }
  await symlink(basename(version), `${data}_tmp`);
  await rename(`${data}_tmp`, data);
  if (before === undefined) {
    await Promise.all(Object.keys(keys).map((name) => symlink(join('..data', name), join(folder, name))));
  } else {
    await rm(join(folder, before), { recursive: true, force: true });
  }
}
