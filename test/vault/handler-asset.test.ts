import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler, handlerEntries } from '../../lib/vault/handler-asset';

const folder = mkdtempSync(join(tmpdir(), 'handlers-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('each function has a bundle of its own', () => {
  const bundles = handlerEntries().map((entry, index) => {
    const output = join(folder, String(index));
    mkdirSync(output);
    bundleHandler(entry, output);
    return readFileSync(join(output, 'index.js'), 'utf8');
  });
  expect(bundles.length).toBeGreaterThan(1);
  expect(new Set(bundles).size).toBe(bundles.length);
});

test('a handler that lies elsewhere is bundled by itself', async () => {
  const entry = join(folder, 'mine.ts');
  writeFileSync(entry, "export const handler = (): string => 'mine';\n");
  bundleHandler(entry, folder);
  const { handler } = (await import(join(folder, 'index.js'))) as { handler: () => string };
  expect(handler()).toBe('mine');
});
