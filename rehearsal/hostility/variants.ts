import type { VaultConfigurationProperties } from '../../lib/vault/configuration/properties';
import type { ConfigurationProperties } from '../world';

type Properties = ConfigurationProperties;
type Change = Readonly<Record<string, unknown>>;

/** Of an account of its own, whose roles Vault does not look up. */
function guest(name: string, ...roles: readonly string[]): NonNullable<VaultConfigurationProperties['guests']>[number] {
  return { cluster: name, account: '444455556666', mountPath: name, maxVersions: '0', policy: name, roles: [...roles], session: { maxTtl: '3600', period: '0' } };
}

/** What a deployment may change: rights and session, the way in itself, what has to be removed again, all at once, and who else reads. */
const CHANGES = {
  'as it is': {},
  rights: { policy: { paths: { 'dev/*': ['read'] } }, session: { maxTtl: '60' } },
  'server id': { authMethod: { serverIdHeader: 'vault.example.org' } },
  names: { roles: { name: 'gateway' }, policy: { name: 'gloo' } },
  versions: { secretsEngine: { maxVersions: '3' } },
  everything: {
    auditDevice: 'none',
    authMethod: { mountPath: 'iam', serverIdHeader: 'vault.example.org' },
    secretsEngine: { mountPath: 'secrets' },
    policy: { name: 'gloo' },
    roles: { name: 'gateway' },
    session: { maxTtl: '0', period: '900' },
    provisioner: { name: 'configurator' },
  },
  guests: { guests: [guest('payments', 'gloo-payments'), guest('orders', 'gloo-orders', 'gloo-orders-2')] },
  'other guests': { guests: [guest('payments', 'gloo-payments-2'), guest('invoices', 'gloo-invoices')] },
} as const satisfies Record<string, Change>;

/** Name of properties: those of the templates, or changed. */
export type Variant = keyof typeof CHANGES;

/** Where one guest moves to another role, one leaves and one joins. */
export const GUESTS = 'guests' satisfies Variant;
export const OTHER_GUESTS = 'other guests' satisfies Variant;

export const AS_IT_IS = 'as it is' satisfies Variant;

export const VARIANTS = Object.keys(CHANGES) as [Variant, ...Variant[]];

/** @param properties as CloudFormation hands them over. */
export function variantOf(properties: Properties, variant: Variant): Properties {
  const change: Change = CHANGES[variant];
  return { ...properties, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, changed(properties[key], value)])) };
}

function changed(value: unknown, change: unknown): unknown {
  if (Array.isArray(change)) return change;
  if (Array.isArray(value)) return value.map((each) => changed(each, change));
  return typeof change === 'object' && change !== null ? { ...(value as object), ...change } : change;
}
