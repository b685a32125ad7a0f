import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { ConfigurationError, Setback } from '../../client/errors';
import type { ObjectContent } from '../../client/s3';
import { SnapshotArchive } from './archive';

const MEBIBYTE = 1024 ** 2;
const PIECE = 64 * 1024;

/** A snapshot on its way into a file. Vault sends a gzip stream without a length: whether it is whole shows in its own checksums alone. */
export class Receiver {
  /** Bytes so far. */
  size = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly largest: number,
  ) {}

  /**
   * Writes all that comes.
   * @returns what is in the file now.
   * @throws Setback when it is cut off, or no snapshot that Vault would take back; ConfigurationError when there is no room for it.
   */
  async receive(content: Readable): Promise<ObjectContent> {
    this.size = 0;
    await this.file.truncate(0);
    const hash = createHash('sha256');
    const archive = new SnapshotArchive();
    const gunzip = createGunzip().on('data', (bytes: Buffer) => archive.add(bytes));
    const whole = finished(gunzip);
    whole.catch(() => undefined); // Awaited at the end, unless a write fails before.
    try {
      await pipeline(content, async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          await this.write(chunk);
          hash.update(chunk);
          await unzip(gunzip, chunk);
        }
        gunzip.end();
        await whole;
      });
      const wrong = gunzip.bytesWritten < this.size ? 'something follows its gzip stream' : archive.wrong();
      if (wrong !== undefined) throw this.another(`snapshot of Vault's (${wrong}, in ${this.size} bytes)`);
    } catch (error) {
      throw this.explain(error);
    } finally {
      gunzip.destroy();
    }
    const { size, file } = this;
    return { size, sha256: hash.digest(), read: () => Readable.from(contentOf(file, size), { objectMode: false }) };
  }

  private async write(chunk: Buffer): Promise<void> {
    const start = this.size;
    this.size += chunk.length;
    if (this.size > this.largest) throw this.tooLarge();
    for (let done = 0; done < chunk.length; ) done += (await this.file.write(chunk, done, chunk.length - done, start + done)).bytesWritten;
  }

  private explain(error: unknown): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') return this.tooLarge();
    if (code === 'Z_BUF_ERROR') return this.brokenOff('its gzip stream has no end');
    if (code?.startsWith('Z_')) {
      return this.another(`whole gzip stream (${message}, within the first ${this.size} bytes)`);
    }
    return error;
  }

  private another(than: string): Setback {
    return new Setback('passing', `What came as a snapshot is no ${than}: nothing was stored. Something on the way changes it, or something else answers for Vault: check which pods its Service selects.`);
  }

  /** Why the bytes so far are no snapshot. */
  brokenOff(why: string): Setback {
    return new Setback('passing', `The snapshot broke off after ${this.size} bytes (${why}): nothing was stored. Vault may have lost its leader, or its disk is slow or full: kubectl logs -n <namespace> vault-0 and its neighbours' have the cause.`);
  }

  private tooLarge(): ConfigurationError {
    return new ConfigurationError(
      `The snapshot is larger than ${Math.floor(this.largest / MEBIBYTE)} MiB, all that the function has room for: nothing was stored. Raise LARGEST_SNAPSHOT in lib/vault/snapshots/properties.ts (S3 takes 5 GiB in one piece), or have less in Vault: old versions of its secrets, say.`,
    );
  }
}

/** Zlib calls no write back whose content it cannot read. */
function unzip(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    gunzip.once('error', reject);
    gunzip.write(chunk, (error) => {
      gunzip.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** A file's stream would close the file when it is given up, and another attempt reads it again. */
async function* contentOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, position);
    if (bytesRead === 0) throw new Error(`the snapshot's file ends after ${position} of ${size} bytes`);
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}
