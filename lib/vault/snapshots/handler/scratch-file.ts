import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file for the time of `use`. It has no name, so that it is gone with this process, however that ends. */
export async function withScratchFile<T>(use: (file: FileHandle) => Promise<T>, folder = tmpdir()): Promise<T> {
  const path = join(folder, `snapshot-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    return await use(file);
  } finally {
    await file.close();
  }
}
