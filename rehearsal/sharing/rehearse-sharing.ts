import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentsInput } from '../environment-input';
import { reportOf, type EnvironmentReport } from '../report';
import { runSteps, type RehearsalOptions } from '../run-steps';
import { createStep } from '../steps/configuration';
import { breakGlassStep, podsStep } from '../steps/raft';
import { Sharing } from './sharing';
import { sharingSteps } from './steps';

/**
 * Rehearses how several clusters read from one Vault: that of an environment, first by itself, to which its guests then come.
 * @throws for an environment that has no guests.
 */
export async function rehearseSharing({ environment: owner, ...options }: RehearsalOptions): Promise<EnvironmentReport> {
  if (owner.guests.length === 0) throw new Error(`"${owner.name}" shares its Vault with nobody; environments with vault.sharedFrom: '${owner.name}' would be its guests.`);
  const directory = mkdtempSync(join(tmpdir(), 'sharing-'));
  const sharing = new Sharing(directory, options.controlPlane);
  try {
    const environment = { ...owner, guests: [] };
    const results = await runSteps({ ...options, environment, assemblyDir: await sharing.assembly(environmentsInput(environment)), synthesize: (environments) => sharing.assembly(environments), beforeClose: () => sharing.close() }, [podsStep, createStep, breakGlassStep, ...sharingSteps(owner, sharing)]);
    return { ...reportOf(owner.name, results), about: 'sharing', rows: [], passed: results.every(({ error }) => error === undefined) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
