import type { BuildOptions } from '../build/go-program';
import type { VaultCommand } from '../vault/find-vault';
import { findControlPlane, type ControlPlanePrograms } from './find-control-plane';
import { isInNamespace, namespaceRefusal } from './network-namespace';

/** What a rehearsal with a real API server runs. */
export interface AvailableControlPlane {
  readonly programs: ControlPlanePrograms;
  /** Path of Vault's program. */
  readonly vault: string;
}

/**
 * A control plane and a network namespace for it, where this machine has both to give; builds what is missing.
 * @returns undefined where it has not, once it has said why in one line.
 */
export async function availableControlPlane(vault: VaultCommand, options: BuildOptions): Promise<AvailableControlPlane | undefined> {
  const { env, onProgress } = options;
  const refuse = (why: string): undefined => {
    onProgress(`No real control plane: ${why}; the stand-in is used`);
    return undefined;
  };
  if (vault.kind === 'docker') {
    return refuse('Vault runs in a container here, which is not in its network namespace; set VAULT_BIN');
  }
  const refusal = isInNamespace(env) ? undefined : await namespaceRefusal(env);
  if (refusal !== undefined) {
    return refuse(refusal);
  }
  try {
    return { programs: await findControlPlane(options), vault: vault.path };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
