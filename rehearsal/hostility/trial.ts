import { chance, choice } from './chance';
import { DRIFTS, ofAGuest, type DriftName } from './drifts';
import { hostilityOf, type Hostility } from './faults';
import { AS_IT_IS, GUESTS, OTHER_GUESTS, VARIANTS, type Variant } from './variants';

/** What is done to a Vault while everything goes wrong, and what is done after it. */
export type Trial = { readonly seed: number; readonly hostility: Hostility } & (
  /** A Create in an empty Vault, then another one. */
  | { readonly kind: 'first'; readonly to: Variant }
  /** A Create where all is configured already. */
  | { readonly kind: 'again'; readonly to: Variant }
  /** An Update, then the same once more, or its rollback. */
  | { readonly kind: 'update'; readonly from: Variant; readonly to: Variant; readonly then: 'again' | 'rollback' }
  | { readonly kind: 'delete'; readonly to: Variant }
  /** The schedule, in a Vault that has drifted; a Check writes nothing, a Repair all that differs. */
  | { readonly kind: 'check' | 'repair'; readonly to: Variant; readonly drift: DriftName }
);

export type TrialKind = Trial['kind'];

const KINDS = ['first', 'first', 'again', 'update', 'update', 'update', 'delete', 'check', 'repair', 'repair'] as const satisfies readonly TrialKind[];

/** The trial of a seed. */
export function trialOf(seed: number): Trial {
  const kind = choice(KINDS, seed, 'trial');
  const common = { seed, hostility: hostilityOf(seed) };
  const other = choice(VARIANTS, seed, 'variant');
  switch (kind) {
    case 'first':
    case 'again':
    case 'delete':
      return { ...common, kind, to: other };
    case 'update': {
      const plain = other === OTHER_GUESTS ? GUESTS : AS_IT_IS;
      const [from, to]: [Variant, Variant] = chance(seed, 'way') < 0.5 ? [plain, other] : [other, plain];
      return { ...common, kind, from, to, then: chance(seed, 'then') < 0.5 ? 'again' : 'rollback' };
    }
    case 'check':
    case 'repair': {
      const drift = choice(DRIFTS, seed, 'drift');
      return { ...common, kind, to: ofAGuest(drift) ? GUESTS : AS_IT_IS, drift };
    }
  }
}

/** What Vault has to be configured as before it; undefined for a trial that begins with an empty one. */
export function startOf(trial: Trial): Variant | undefined {
  if (trial.kind === 'first') return undefined;
  return trial.kind === 'update' ? trial.from : trial.to;
}

/** For whoever reads: `update from as it is to names, then rollback`. */
export function describe(trial: Trial): string {
  const { seed, hostility } = trial;
  const more = trial.kind === 'update' ? ` from ${trial.from} to ${trial.to}, then ${trial.then}` : 'drift' in trial ? ` after ${trial.drift}` : `, ${trial.to}`;
  return `seed ${seed}: ${trial.kind}${more}; faults ${against(hostility)}`;
}

/** Which requests meet faults. */
export function against(hostility: Hostility): string {
  switch (hostility.kind) {
    case 'steady':
      return `at ${hostility.likelihood * 100} % of requests`;
    case 'one':
      return `at request ${hostility.number}`;
    case 'end':
      return `at request ${hostility.number} and all after it`;
  }
}
