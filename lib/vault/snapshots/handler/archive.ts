import { createHash, type Hash } from 'node:crypto';

const BLOCK = 512;
const END = 2 * BLOCK;
/** Bytes of a list of checksums, of which Vault reads no more. */
const LONGEST_LIST = 8192;
const LIST = 'SHA256SUMS';
const SUMMED = ['meta.json', 'state.bin'];
const MEMBERS = [...SUMMED, LIST, `${LIST}.sealed`];

/**
 * What is in a snapshot, as Vault looks at it before it takes one back: a tar archive of four members, two of them with checksums
 * in a third, and nothing behind its end. What only the storage that it goes back into can tell, the seal of that list among
 * it, is left to Vault. Source: hashicorp/raft-snapshot, `archive.go` and `snapshot.go`.
 */
export class SnapshotArchive {
  private fault: string | undefined;
  private block: Buffer = Buffer.alloc(0);
  private member: { readonly name: string; left: number; padding: number } | undefined;
  private readonly digests = new Map<string, Hash>();
  private list = '';
  private zeros = 0;

  /** Takes what comes next of it. */
  add(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0 && this.fault === undefined; ) rest = this.member ? this.content(this.member, rest) : this.header(rest);
  }

  /** Why all that came is no snapshot; undefined where it is one. */
  wrong(): string | undefined {
    return this.fault ?? (this.zeros < END ? 'its archive has no end' : this.wrongSums());
  }

  private header(bytes: Buffer): Buffer {
    const missing = BLOCK - this.block.length;
    this.block = Buffer.concat([this.block, bytes.subarray(0, missing)]);
    if (this.block.length === BLOCK) {
      this.begin(this.block);
      this.block = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  }

  private begin(block: Buffer): void {
    if (this.zeros === END) this.fault = 'something follows the end of its archive';
    else if (block.every((byte) => byte === 0)) this.zeros += BLOCK;
    else {
      const name = text(block, 0, 100);
      const size = text(block, 124, 12).trim();
      if (this.zeros > 0 || text(block, 257, 5) !== 'ustar' || !/^[0-7]+$/.test(size) || !isSummed(block)) this.fault = 'it is no tar archive';
      // Go writes such a header before a member of 8 GiB.
      else if (text(block, 156, 1) === 'x') this.fault = 'its state has over 8 GiB, which this function cannot look into';
      else if (!MEMBERS.includes(name) || this.digests.has(name)) this.fault = `its archive has another member than ${MEMBERS.join(', ')}, once each`;
      else {
        const left = parseInt(size, 8);
        this.digests.set(name, createHash('sha256'));
        this.member = { name, left, padding: (BLOCK - (left % BLOCK)) % BLOCK };
        this.leave(this.member);
      }
    }
  }

  private content(member: NonNullable<typeof this.member>, bytes: Buffer): Buffer {
    const own = bytes.subarray(0, member.left);
    member.left -= own.length;
    this.digests.get(member.name)?.update(own);
    if (member.name === LIST) this.list += own.toString('latin1');
    if (this.list.length >= LONGEST_LIST) this.fault = `its ${LIST} has ${LONGEST_LIST} bytes and more`;
    const padding = Math.min(member.padding, bytes.length - own.length);
    member.padding -= padding;
    this.leave(member);
    return bytes.subarray(own.length + padding);
  }

  private leave({ left, padding }: NonNullable<typeof this.member>): void {
    if (left + padding === 0) this.member = undefined;
  }

  private wrongSums(): string | undefined {
    if (this.list.split('\n').filter((line) => line !== '').length > SUMMED.length) return `its ${LIST} names more than ${SUMMED.join(' and ')}`;
    const sums = new Map(this.list.split('\n').map((line) => [line.slice(66), line.slice(0, 64)]));
    const wrong = SUMMED.filter((name) => !sums.has(name) || sums.get(name) !== this.digests.get(name)?.digest('hex'));
    return wrong.length === 0 ? undefined : `its ${LIST} is not that of ${wrong.join(' and ')}`;
  }
}

/** Whether a header has its own checksum: the sum of its bytes, those of the checksum taken for spaces. */
function isSummed(block: Buffer): boolean {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return parseInt(text(block, 148, 8).trim(), 8) === sum;
}

/** A field of a header, which a NUL ends. */
const text = (block: Buffer, start: number, length: number): string => block.toString('latin1', start, start + length).replace(/\0.*$/s, '');
