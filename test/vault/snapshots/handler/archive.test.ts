import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SnapshotArchive } from '../../../../lib/vault/snapshots/handler/archive';
import { inspectSnapshot } from '../../../../rehearsal/vault/inspect-snapshot';
import { describeWithVault } from '../../../rehearsal/vault/available';
import { membersOf, tar } from './snapshot-archive';

const STATE = randomBytes(100_000);
const [META, WHOLE, LIST] = membersOf(STATE) as [[string, Buffer], [string, Buffer], [string, Buffer]];
const ALL = tar([META, WHOLE, LIST]);

const BROKEN: [string, Buffer, RegExp][] = [
  ['nothing', Buffer.alloc(0), /has no end/],
  ['a page', Buffer.from('<html>Sign in</html>'.repeat(100)), /no tar archive/],
  ['an archive that breaks off between two members', ALL.subarray(0, 512 * 2), /has no end/],
  ['one that breaks off before its end', ALL.subarray(0, -512), /has no end/],
  ['an archive of nothing', tar([]), /SHA256SUMS is not that of meta.json and state.bin/],
  ['one without the state', tar([META, LIST]), /SHA256SUMS is not that of state.bin/],
  ['one without checksums', tar([META, WHOLE]), /SHA256SUMS is not that of meta.json and state.bin/],
  ['one with another state', tar([META, [WHOLE[0], randomBytes(100_000)], LIST]), /SHA256SUMS is not that of state.bin/],
  ['one with another file', tar([META, WHOLE, LIST, ['more', META[1]]]), /another member than meta.json, state.bin, SHA256SUMS, SHA256SUMS.sealed/],
  ['one with a header that was changed', Buffer.concat([Buffer.from([0x6e]), ALL.subarray(1)]), /no tar archive/],
  ['one whose list names a third file', tar([META, WHOLE, [LIST[0], Buffer.concat([LIST[1], Buffer.from(`${'0'.repeat(64)}  more\n`)])]]), /names more than meta.json and state.bin/],
  ['two, one behind the other', Buffer.concat([ALL, ALL]), /something follows/],
];

const inPieces = (bytes: Buffer, size: number) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));

function wrong(bytes: Buffer, size: number): string | undefined {
  const archive = new SnapshotArchive();
  for (const piece of inPieces(bytes, size)) archive.add(piece);
  return archive.wrong();
}

test.each([1, 7, 511, 512, 513, 65_536])('a snapshot is whole in pieces of %i bytes', (size) => {
  expect(wrong(ALL, size)).toBeUndefined();
  expect(wrong(tar([META, WHOLE, LIST, ['SHA256SUMS.sealed', randomBytes(512)]]), size)).toBeUndefined();
});

test('a member that is too large for a plain header says so', () => {
  const [name] = META;
  const pax = tar([[`PaxHeaders.0/${name}`, Buffer.from('20 size=9000000000\n')]], 'x');
  expect(wrong(Buffer.concat([pax.subarray(0, -1024), ALL]), 512)).toMatch(/over 8 GiB/);
});

test.each(BROKEN)('%s is none', (_, bytes, why) => {
  for (const size of [100, 65_536]) expect(wrong(bytes, size)).toMatch(why);
});

describeWithVault('what Vault itself says of it', (command) => {
  const folder = mkdtempSync(join(tmpdir(), 'archives-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const says = (bytes: Buffer) => inspectSnapshot(command(), bytes, folder);

  test('is the same of a snapshot without entries', () => expect(says(gzipSync(tar(membersOf(Buffer.alloc(0)))))).resolves.toBeUndefined());

  test.each(BROKEN.map(([name, bytes]) => [name, gzipSync(bytes)] as const))('is the same of %s', (_, bytes) => expect(says(bytes)).rejects.toThrow('snapshot inspect'));
});
