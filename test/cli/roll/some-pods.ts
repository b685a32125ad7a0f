import type { VaultPod, VaultPods, VaultState } from '../../../cli/roll/pods';

export const NEW = 'vault-new';

type Changes = Partial<Omit<VaultPod, 'vault'>> & { readonly vault?: Partial<VaultState> | { readonly silent: string } };

/** A pod that is well, `vault-0` leading, and what is different of it. */
export function pod(index: number, { vault = {}, ...changes }: Changes = {}): VaultPod {
  const state = { initialized: true, sealed: false, leads: index === 0, version: '2.0.4', committed: 100, applied: 100, led: true };
  return { name: `vault-${index}`, uid: `uid-${index}`, revision: 'vault-old', ready: true, ...changes, vault: 'silent' in vault ? vault : { ...state, ...vault } };
}

/** Three pods of an older template, all well. */
export function pods(changes: Readonly<Record<number, Changes>> = {}, more: Partial<VaultPods> = {}): VaultPods {
  return { pods: [0, 1, 2].map((index) => pod(index, changes[index])), wanted: NEW, voters: ['vault-0', 'vault-1', 'vault-2'], ...more };
}
