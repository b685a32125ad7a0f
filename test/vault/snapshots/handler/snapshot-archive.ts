import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

type Member = readonly [name: string, content: Buffer];

/** Members of a snapshot of Vault's. */
export function membersOf(state: Buffer): Member[] {
  const summed: Member[] = [['meta.json', Buffer.from('{"Version":1,"ID":"bolt-snapshot","Index":7,"Term":2}\n')], ['state.bin', state]];
  const list = summed.map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`).join('');
  return [...summed, ['SHA256SUMS', Buffer.from(list)]];
}

/** A tar archive, as Go writes it. */
export function tar(members: readonly Member[], type = '0'): Buffer {
  const blocks = members.flatMap(([name, content]) => [header(name, content.length, type), content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A snapshot as Vault sends it. */
export const snapshotOf = (state: Buffer): Buffer => gzipSync(tar(membersOf(state)));

function header(name: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string, at: number) => block.write(text, at, 'latin1');
  put(name, 0);
  put('0000600\0', 100);
  put(`${size.toString(8).padStart(11, '0')}\0`, 124);
  put('        ', 148);
  put(type, 156);
  put('ustar\x0000', 257);
  put(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
