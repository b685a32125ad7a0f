import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import satisfies from 'semver/functions/satisfies';
import minVersion from 'semver/ranges/min-version';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = join(__dirname, '..', '..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
const manifest = read('package.json') as { dependencies: Record<string, string>; devDependencies: Record<string, string>; engines: { node: string } };
const { packages, lockfileVersion } = read('package-lock.json') as { packages: Record<string, Locked>; lockfileVersion: number };
const locked = Object.entries(packages).filter(([folder]) => folder !== '');

test('package-lock.json is that of package.json', () => {
  expect(lockfileVersion).toBe(3);
  expect(packages['']).toMatchObject({ dependencies: manifest.dependencies, devDependencies: manifest.devDependencies, engines: manifest.engines });
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const version = packages[`node_modules/${name}`]?.version ?? '';
    expect(`${name} ${range}: ${version} ${satisfies(version, range) ? 'is' : 'is not'} in it`).toBe(`${name} ${range}: ${version} is in it`);
  }
});

test('every package is held by the digest of its content, and comes from the registry', () => {
  expect(locked.length).toBeGreaterThan(500);
  const loose = locked.filter(([, { integrity, inBundle, link, resolved }]) => link === true || resolved?.startsWith('git') === true || (!inBundle && !/^sha512-/.test(integrity ?? '')));
  expect(loose.map(([folder]) => folder)).toEqual([]);
});

test('every package admits the lowest Node that engines admits, and npm refuses an older one', () => {
  const lowest = minVersion(manifest.engines.node)?.version ?? '';
  expect(lowest).toBe('20.19.0');
  const unfit = locked.filter(([, { engines }]) => engines?.node !== undefined && !satisfies(lowest, engines.node));
  expect(unfit.map(([folder, { engines }]) => `${folder} wants Node ${engines?.node}`)).toEqual([]);
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('engine-strict=true');
});

test('the gate and the workflows install by the lockfile', () => {
  const workflows = join(root, '.github', 'workflows');
  const files = ['.ci/run', ...(existsSync(workflows) ? readdirSync(workflows).map((file) => join('.github', 'workflows', file)) : [])];
  const installing = files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/\bnpm (ci|i|install|add|update)\b(?! failed)[^\n]*/g)].map(([command = '']) => `${file}: ${command.trim()}`));
  expect(installing.filter((line) => !/: npm ci\b/.test(line))).toEqual([]);
  expect(installing).toContainEqual(expect.stringMatching(/^\.ci\/run: npm ci/));
});
