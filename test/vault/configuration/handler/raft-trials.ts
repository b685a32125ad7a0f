import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../../../../lib/environment/environment';
import type { EnvironmentInput } from '../../../../lib/environment/input';
import { parseEnvironments } from '../../../../lib/environment/parse';
import { createOidcIssuer, type OidcIssuer } from '../../../../rehearsal/aws/oidc-issuer';
import type { VaultCommand } from '../../../../rehearsal/vault/find-vault';
import { issuerUrl } from '../../../../rehearsal/deployed-environment';
import { breakAssembly, type Breakage } from '../../../rehearsal/broken-assembly';
import { Heard } from './heard';
import { startTrial, type RaftTrial } from './raft-trial';

const projectDir = resolve(__dirname, '..', '..', '..', '..');

const trial = (replicas: 1 | 3): EnvironmentInput => ({
  account: '111122223333',
  region: 'us-east-1',
  production: true,
  cluster: { create: { name: `trial-${replicas}`, zones: replicas === 1 ? 2 : 3, nodes: { minSize: replicas, desiredSize: replicas, maxSize: replicas } } },
  vault: { raft: { replicas } },
});

const inputs = { one: trial(1), three: trial(3) };

/** Which environment: one replica of Vault, or three. */
export type Size = keyof typeof inputs;

/** Synthesized environments with replicas, from which any number of fresh Vaults are started. */
export interface RaftTrials {
  readonly heard: Heard;
  /** @param breakage something broken in the templates. The caller closes it. */
  start(options?: { readonly size?: Size; readonly breakage?: Breakage }): Promise<RaftTrial>;
  /** {@link start}, with `close` at the end of what is done with it. */
  with<T>(action: (trial: RaftTrial) => Promise<T>, options?: { readonly size?: Size; readonly breakage?: Breakage }): Promise<T>;
  close(): void;
}

/** Synthesizes them by bin/app.ts in a process of its own: esbuild does not run inside jest. */
export async function createRaftTrials(vault: VaultCommand): Promise<RaftTrials> {
  const environments = Object.fromEntries(parseEnvironments(inputs).map((environment) => [environment.name, environment])) as Record<Size, Environment>;
  const directory = mkdtempSync(join(tmpdir(), 'raft-trials-'));
  const file = join(directory, 'environments.json');
  writeFileSync(file, JSON.stringify(inputs));
  const { context } = JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const assemblyDir = join(directory, 'cdk.out');
  const issuers = Promise.all(Object.entries(environments).map(async ([size, environment]): Promise<[string, OidcIssuer]> => [size, await createOidcIssuer(issuerUrl(environment))]));
  await promisify(execFile)(process.execPath, ['-r', 'ts-node/register', join('bin', 'app.ts')], {
    cwd: projectDir,
    env: { ...process.env, CDK_OUTDIR: assemblyDir, CDK_CONTEXT_JSON: JSON.stringify({ ...context, environments: file }) },
  });
  const issuerOf = Object.fromEntries(await issuers) as Record<Size, OidcIssuer>;
  const heard = new Heard();
  const trials: RaftTrials = {
    heard,
    start: async ({ size = 'one', breakage } = {}) => {
      const broken = breakage && breakAssembly(assemblyDir, size, breakage);
      try {
        const started = await startTrial({ assemblyDir: broken ?? assemblyDir, environment: environments[size], vault, issuer: issuerOf[size] }, heard);
        return broken === undefined ? started : { ...started, close: () => started.close().finally(() => rmSync(broken, { recursive: true })) };
      } catch (error) {
        if (broken !== undefined) rmSync(broken, { recursive: true });
        throw error;
      }
    },
    with: async (action, options) => {
      const started = await trials.start(options);
      return action(started).finally(() => started.close());
    },
    close: () => rmSync(directory, { recursive: true }),
  };
  return trials;
}

/** Cases under way at once: most of a case is waiting for Vault. */
const AHEAD = 4;

/** Starts each case some time before its turn. @returns what case `index` came to. */
export function ahead<C, T>(cases: readonly C[], action: (each: C) => Promise<T>): (index: number) => Promise<T> {
  const underWay = new Map<number, Promise<T>>();
  return (index) => {
    cases.slice(index, index + AHEAD).forEach((each, offset) => {
      if (underWay.has(index + offset)) return;
      const begun = action(each);
      // Who asks for it gets the error.
      begun.catch(() => undefined);
      underWay.set(index + offset, begun);
    });
    return underWay.get(index) as Promise<T>;
  };
}
