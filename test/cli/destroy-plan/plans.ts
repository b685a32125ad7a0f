import { destroyPlan, type DestroyPlan } from '../../../cli/destroy-plan/plan';
import { templatesOf, type StackTemplate } from '../../../cli/destroy-plan/templates';
import type { Environment } from '../../../lib/environment/environment';
import { parseEnvironments } from '../../../lib/environment/parse';
import { guest, owner } from '../../environment/sharing';
import { fullRaft, importedRaft, input, withValue } from '../../environment/inputs';

export interface Planned {
  readonly environment: Environment;
  readonly stacks: readonly StackTemplate[];
  readonly plan: DestroyPlan;
}

/** Of each kind of environment one. */
const inputs: Readonly<Record<string, Record<string, unknown>>> = {
  dev: input('dev'),
  existing: input('existing'),
  prod: input('prod'),
  full: fullRaft(),
  'imported-raft': importedRaft(),
  'imported-production': withValue(importedRaft(), 'production', true),
  private: withValue(withValue(input('prod'), 'cluster.create.endpointAccess', 'private'), 'vault.raft', { replicas: 1, storageSize: 25 }),
  sharing: withValue(owner(), 'cluster.create.name', 'sharing'),
  quiet: withValue(withValue(input('dev'), 'gloo', { loginProof: false, values: { gatewayProxies: { gatewayProxy: { disabled: true } } } }), 'vault.networkPolicy', false),
};

/** That read from the Vault of `sharing`. */
const guests = () => Object.fromEntries(['payments', 'orders'].map((name, index) => [name, withValue(guest(name, `10.${index + 1}.0.0/16`), 'vault.sharedFrom', 'sharing')]));

export const environmentNames = Object.keys(inputs);

const known = new Map<string, Planned>();

/** The plan of one of these environments, made once. */
export function planned(name: string): Planned {
  const found = known.get(name);
  if (found) return found;
  const [environment] = parseEnvironments({ ...(name === 'sharing' ? guests() : {}), [name]: inputs[name] });
  if (!environment) throw new Error(`There is no environment "${name}".`);
  const stacks = templatesOf(environment);
  const made = { environment, stacks, plan: destroyPlan(environment, stacks) };
  known.set(name, made);
  return made;
}
