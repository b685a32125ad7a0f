import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import satisfies from 'semver/functions/satisfies';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(__dirname, '..', '..');
const names = z.array(z.string()).min(1);

/** What of Dependabot's configuration is used, and nothing else. Source: docs.github.com, "Dependabot options reference". */
const configuration = z.strictObject({
  version: z.literal(2),
  updates: z.array(
    z.strictObject({
      'package-ecosystem': z.enum(['npm', 'github-actions', 'gomod']),
      directory: z.enum(['/', '/.github/actionlint']),
      schedule: z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']), day: z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday']) }),
      'open-pull-requests-limit': z.int().positive().optional(),
      cooldown: z.strictObject({ 'default-days': z.int().min(1).max(90) }),
      'versioning-strategy': z.enum(['increase', 'increase-if-necessary', 'lockfile-only', 'widen']).optional(),
      groups: z.record(
        z.string(),
        z.strictObject({ patterns: names.optional(), 'exclude-patterns': names.optional(), 'dependency-type': z.enum(['development', 'production']).optional(), 'update-types': z.array(z.enum(['major', 'minor', 'patch'])).optional() }),
      ),
      ignore: z.array(z.strictObject({ 'dependency-name': z.string(), versions: names })).optional(),
    }),
  ),
});

const { updates } = configuration.parse(parse(readFileSync(join(root, '.github', 'dependabot.yml'), 'utf8')));
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
const lock = (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version?: string }> }).packages;
const ours = Object.keys({ ...dependencies, ...devDependencies });
const npm = updates.find((each) => each['package-ecosystem'] === 'npm');
const matches = (patterns: readonly string[] = [], name: string) => patterns.some((pattern) => new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\*', '.*')}$`).test(name));

test('the packages of CDK come in one pull request', () => {
  const together = ours.filter((name) => matches(npm?.groups.cdk?.patterns, name));
  expect(together.sort()).toEqual(ours.filter((name) => /cdk|^constructs$/.test(name)).sort());
  expect(together).toEqual(expect.arrayContaining(['aws-cdk', 'aws-cdk-lib', 'constructs', 'cdk8s', '@aws-cdk/lambda-layer-kubectl-v35']));
});

test('no pattern is about a package that is not there', () => {
  for (const { groups, ignore = [] } of updates.filter((each) => each['package-ecosystem'] === 'npm')) {
    const patterns = [...Object.values(groups).flatMap((group) => [...(group.patterns ?? []), ...(group['exclude-patterns'] ?? [])]), ...ignore.map((each) => each['dependency-name'])];
    for (const pattern of patterns) expect([pattern, ours.some((name) => matches([pattern], name))]).toEqual([pattern, true]);
  }
});

test('what is ignored is not what is installed', () => {
  for (const { 'dependency-name': name, versions } of npm?.ignore ?? []) {
    const installed = lock[`node_modules/${name}`]?.version ?? '';
    expect([name, versions.some((range) => satisfies(installed, range))]).toEqual([name, false]);
  }
  const cli = npm?.ignore?.find((each) => each['dependency-name'] === 'aws-cdk')?.versions ?? [];
  expect(cli.some((range) => satisfies('3.0.0', range))).toBe(true);
});

test("the range of aws-cdk-lib, whose lower end is tested, is not raised with each release", () => {
  expect(npm?.['versioning-strategy']).toBe('increase-if-necessary');
});

test('Actions are raised too, and every folder is there', () => {
  expect(updates.map((each) => each['package-ecosystem'])).toContain('github-actions');
  for (const { directory } of updates) expect([directory, existsSync(join(root, directory))]).toEqual([directory, true]);
});
