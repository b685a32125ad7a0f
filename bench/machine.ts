import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** What the figures were measured on. */
export interface Machine {
  /** Cores that this process may use. */
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  /** Load average of the last minute: near or above `cores`, times are of a machine that did other work too. */
  readonly load: number;
  /** `linux-x64`. */
  readonly platform: string;
  readonly node: string;
  /** Package to installed version. */
  readonly versions: Readonly<Record<string, string>>;
}

const packages = ['aws-cdk-lib', 'constructs', 'cdk8s', 'cdk8s-plus-28', 'zod', 'yaml', 'esbuild', 'ts-node', '@swc/core', 'typescript', 'jest'];

/** @param projectDir the checkout, whose node_modules are asked for their versions. */
export function describeMachine(projectDir: string): Machine {
  const version = (name: string) => (JSON.parse(readFileSync(join(projectDir, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    versions: Object.fromEntries(packages.map((name) => [name, version(name)])),
  };
}
