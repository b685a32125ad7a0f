import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountSecret } from '../../../rehearsal/vault/mounted-secret';

test('all keys of a Secret change with one link, and nothing of the old ones is left', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mounted-secret-'));
  const folder = join(root, 'userconfig/tls');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  try {
    await mountSecret(folder, { 'tls.crt': 'certificate 1', 'tls.key': 'key 1' });
    const before = readlinkSync(join(folder, '..data'));
    expect([read('tls.crt'), read('tls.key'), lstatSync(join(folder, 'tls.key')).isSymbolicLink()]).toEqual(['certificate 1', 'key 1', true]);
    await mountSecret(folder, { 'tls.crt': 'certificate 2', 'tls.key': 'key 2' });
    const after = readlinkSync(join(folder, '..data'));
    expect([read('tls.crt'), read('tls.key')]).toEqual(['certificate 2', 'key 2']);
    expect(after).not.toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['..data', after, 'tls.crt', 'tls.key']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
