import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Receiver } from '../../../../lib/vault/snapshots/handler/receive';
import { withScratchFile } from '../../../../lib/vault/snapshots/handler/scratch-file';
import { membersOf, snapshotOf, tar } from './snapshot-archive';

const MEBIBYTE = 1024 ** 2;
const SNAPSHOT = snapshotOf(randomBytes(MEBIBYTE));
const SMALL = tar(membersOf(Buffer.alloc(0)));
/** In pieces, as a network gives it. */
const stream = (bytes: Buffer) => Readable.from(Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) => bytes.subarray(index * 65_536, (index + 1) * 65_536)));
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('what came is in the file, with its digest, as often as it is read', () =>
  withScratchFile(async (file) => {
    const content = await new Receiver(file, 2 * MEBIBYTE).receive(stream(SNAPSHOT));
    expect([content.size, content.sha256.toString('hex')]).toEqual([SNAPSHOT.length, sha256(SNAPSHOT)]);
    for (let time = 0; time < 2; time++) expect(sha256(await buffer(content.read()))).toBe(sha256(SNAPSHOT));
  }));

test('a second snapshot takes the place of the one that broke off', () =>
  withScratchFile(async (file) => {
    const receiver = new Receiver(file, 2 * MEBIBYTE);
    await expect(receiver.receive(stream(SNAPSHOT.subarray(0, -1)))).rejects.toThrow(`broke off after ${SNAPSHOT.length - 1} bytes`);
    const small = gzipSync(SMALL);
    const content = await receiver.receive(stream(small));
    expect(content.size).toBe(small.length);
    expect((await buffer(content.read())).equals(small)).toBe(true);
    expect((await file.stat()).size).toBe(small.length);
  }));

test('of two members, as gzip allows, both count', () =>
  withScratchFile(async (file) => {
    const two = Buffer.concat([gzipSync(SMALL.subarray(0, 700)), gzipSync(SMALL.subarray(700))]);
    expect((await new Receiver(file, MEBIBYTE).receive(stream(two))).size).toBe(two.length);
    await expect(new Receiver(file, MEBIBYTE).receive(stream(two.subarray(0, -4)))).rejects.toThrow('its gzip stream has no end');
  }));

test.each([
  ['at once', (garbage: Buffer) => stream(Buffer.concat([gzipSync(SMALL), garbage]))],
  ['later', (garbage: Buffer) => Readable.from([gzipSync(SMALL), garbage, garbage])],
])('what follows the stream and is none, %s', (_, of) =>
  withScratchFile(async (file) => {
    await expect(new Receiver(file, MEBIBYTE).receive(of(Buffer.from('<html>')))).rejects.toMatchObject({ awaiting: 'passing' });
  }));

test('one that is too large ends at its limit, and says what to do', () =>
  withScratchFile(async (file) => {
    await expect(new Receiver(file, MEBIBYTE / 2).receive(stream(SNAPSHOT))).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^The snapshot is larger than 0 MiB, all that the function has room for: nothing was stored\. Raise LARGEST_SNAPSHOT in lib\/vault\/snapshots\/properties\.ts/) as unknown,
    });
    expect((await file.stat()).size).toBeLessThanOrEqual(MEBIBYTE / 2);
  }));

test('a full disk says the same', async () => {
  // Linux has one that is always full.
  const full = await open('/dev/full', 'r+');
  jest.spyOn(full, 'truncate').mockResolvedValue();
  await expect(new Receiver(full, 2 * MEBIBYTE).receive(stream(SNAPSHOT))).rejects.toThrow('The snapshot is larger than 2 MiB');
  await full.close();
});

test('an error of the stream is passed on', () =>
  withScratchFile(async (file) => {
    const content = new Readable({ read: () => content.destroy(new Error('reset')) });
    await expect(new Receiver(file, MEBIBYTE).receive(content)).rejects.toThrow('reset');
  }));

describe('the file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scratch-'));
    // Node reads TMPDIR from the process, of which jest shows a copy.
    jest.spyOn(jest.requireActual<typeof import('node:os')>('node:os'), 'tmpdir').mockReturnValue(folder);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  test('has no name while it is used, and so none after the process was killed', async () => {
    const seen = await withScratchFile(async (file) => {
      await file.write('x');
      return [(await file.stat()).mode & 0o777, await readdir(folder)];
    });
    expect(seen).toEqual([0o600, []]);
  });

  test('is closed whatever happens', async () => {
    let used: { fd: number } | undefined;
    await expect(
      withScratchFile((file) => {
        used = file;
        return Promise.reject(new Error('midway'));
      }),
    ).rejects.toThrow('midway');
    expect(used?.fd).toBe(-1);
  });
});
