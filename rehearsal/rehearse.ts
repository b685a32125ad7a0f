import { LEAST_REPLICAS } from '../cli/roll/judge';
import type { Environment } from '../lib/environment/environment';
import { vendoredCrds } from '../lib/gloo/crds/vendored';
import { atLeast, leastKubernetesForAdmissionPolicies } from '../lib/versions';
import { reportOf, type EnvironmentReport } from './report';
import { runSteps, type RehearsalOptions } from './run-steps';
import { configuredSteps, createStep, devModeStep } from './steps/configuration';
import { admissionStep, healingGuardStep, manifestsStep } from './steps/control-plane';
import { crdsSteps } from './steps/crds';
import { deliverySteps } from './steps/delivery';
import { destroySteps } from './steps/destroy';
import { doctorStep } from './steps/doctor';
import { driftSteps } from './steps/drift';
import { faultSteps } from './steps/faults';
import { glooSteps, glooValuesStep } from './steps/gloo';
import { healingSteps } from './steps/healing';
import { identitySteps } from './steps/identity';
import { importClusterStep } from './steps/import-cluster';
import { proofSteps } from './steps/proof';
import { operatorLeavesStep, operatorSteps } from './steps/operator';
import { breakGlassStep, podsStep } from './steps/raft';
import { fillStep, restoreSteps } from './steps/restore';
import { rotationStep } from './steps/rotation';
import { scheduleSteps, snapshotStep } from './steps/snapshots';
import { secretSteps } from './steps/secrets';
import type { Step } from './steps/step';
import { rollStep, upgradeSteps } from './steps/upgrades';

/** Rehearses one environment: what the templates say, then Vault, then Gloo, what happens in their life, then the way out. */
export async function rehearse(options: RehearsalOptions): Promise<EnvironmentReport> {
  const { environment } = options;
  return reportOf(environment.name, await runSteps(options, stepsOf(environment, options.controlPlane !== undefined)));
}

function stepsOf(environment: Environment, controlPlane: boolean): readonly Step[] {
  const { vault, gloo, cluster } = environment;
  const apiServerSteps = controlPlane ? [manifestsStep, ...(vault.raft ? [admissionStep] : []), ...(gloo.healing && atLeast(cluster.kubernetesVersion, leastKubernetesForAdmissionPolicies) ? [healingGuardStep] : [])] : [];
  const vaultSteps = vault.raft ? [podsStep, createStep, breakGlassStep] : [devModeStep, createStep];
  const life = vault.raft ? [snapshotStep, ...scheduleSteps, ...faultSteps] : [];
  return [...identitySteps, glooValuesStep, ...apiServerSteps, ...vaultSteps, ...configuredSteps, ...(vendoredCrds(gloo.chartVersion) === undefined ? [] : crdsSteps), ...(gloo.loginProof ? proofSteps : []), ...glooSteps, ...operatorSteps, ...secretSteps, doctorStep, operatorLeavesStep, ...life, ...driftSteps(environment), ...(gloo.healing ? healingSteps : []), rotationStep, ...upgradeSteps, ...(vault.raft && vault.raft.replicas >= LEAST_REPLICAS ? [rollStep] : []), importClusterStep, ...deliverySteps, ...destroySteps];
}

/**
 * Restores a snapshot of a full Vault into an empty one.
 * @throws for an environment whose Vault keeps nothing.
 */
export async function restoreDrill(options: RehearsalOptions): Promise<EnvironmentReport> {
  const { environment } = options;
  if (!environment.vault.raft) throw new Error(`"${environment.name}" has a dev-mode Vault, which keeps nothing to restore; environments with vault.mode 'raft' have snapshots.`);
  const steps = [podsStep, createStep, breakGlassStep, fillStep, snapshotStep, ...restoreSteps];
  const results = await runSteps(options, steps);
  return { ...reportOf(environment.name, results), rows: [], passed: results.every(({ error }) => error === undefined) };
}
