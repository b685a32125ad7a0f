import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PictureFile } from '../../../rehearsal/picture/picture-file';
import { reportOf } from '../../../rehearsal/report';

const folder = mkdtempSync(join(tmpdir(), 'picture-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('it is there from the beginning, and has after each environment what there is', () => {
  const path = join(folder, 'report.html');
  const page = new PictureFile(path, { began: '2026-11-24T10:00:00.000Z', vault: 'Vault 1.21.1', apiServer: 'stand-in' }, ['dev', 'prod']);
  expect(readFileSync(path, 'utf8')).toContain('Not rehearsed when this was written: dev, prod.');
  page.add(reportOf('dev', [{ title: 'All', began: 0, ms: 1, evidence: {} }]), []);
  expect(readFileSync(path, 'utf8')).toMatch(/Not rehearsed when this was written: prod\..*id="dev-guide"/s);
  page.fail(new Error('cdk synth failed with hvs.CAESIabcdefgh'));
  expect(readFileSync(path, 'utf8')).toMatch(/It ended early.*cdk synth failed with •••.*id="dev-guide"/s);
});
