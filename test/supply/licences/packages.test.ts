import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { licenceFault, licenceMismatch, lockedPackages, packageOf } from '../../../supply/licences/packages';

const packages = lockedPackages({
  packages: {
    '': { version: '0.1.0', license: 'Apache-2.0' },
    'node_modules/zod': { version: '4.6.7', license: 'MIT' },
    'node_modules/@swc/core': { version: '1.0.0', license: 'Apache-2.0 AND MIT' },
    'node_modules/aws-cdk-lib/node_modules/case': { version: '1.6.3', license: '(MIT OR GPL-3.0-or-later)' },
    'node_modules/nameless': { version: '1.0.0', dev: true },
  },
});
const named = (name: string) => {
  const found = packages.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
};

test('the packages of a lockfile, without the project itself', () => {
  expect(packages.map(({ name, dev }) => [name, dev])).toEqual([['zod', false], ['@swc/core', false], ['case', false], ['nameless', true]]);
});

test.each([
  ['node_modules/zod/v4/core/index.js', 'zod'],
  ['../../elsewhere/node_modules/@swc/core/index.js', '@swc/core'],
  ['node_modules/aws-cdk-lib/node_modules/case/dist/Case.js', 'case'],
  ['lib/gloo/drain/handler/index.ts', undefined],
])('%s is of %s', (file, name) => {
  expect(packageOf(packages, file)?.name).toBe(name);
});

test('a file of a package that is not locked', () => {
  expect(() => packageOf(packages, 'node_modules/stray/index.js')).toThrow('node_modules/stray/index.js is in no package of package-lock.json; run: npm ci');
});

test('what may not ship says why, and what to do', () => {
  expect(packages.slice(0, 3).map(licenceFault)).toEqual([undefined, undefined, undefined]);
  expect(licenceFault(named('nameless'))).toBe('nameless@1.0.0 names no licence: use another package, or, once somebody has read it, add it to supply/licences/policy.ts with the reason.');
  expect(licenceFault({ ...named('zod'), licence: 'AGPL-3.0-only' })).toMatch(/^zod@4\.6\.7 has the licence "AGPL-3\.0-only", which is copyleft: /);
  expect(licenceFault({ ...named('zod'), licence: 'BUSL-1.1' })).toMatch(/which is not among those that may ship: /);
});

test('a package that says another licence than the lockfile', () => {
  const root = mkdtempSync(join(tmpdir(), 'licences-'));
  try {
    mkdirSync(join(root, 'node_modules', 'zod'), { recursive: true });
    writeFileSync(join(root, 'node_modules', 'zod', 'package.json'), '{"license":"GPL-3.0-only"}');
    expect(licenceMismatch(root, named('zod'))).toBe('zod@4.6.7 says "GPL-3.0-only" where it is installed, and package-lock.json "MIT"; run: npm ci');
    expect(licenceMismatch(root, named('@swc/core'))).toBeUndefined();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
