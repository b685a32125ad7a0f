import type { ConfigurationProperties } from '../world';

type Properties = ConfigurationProperties;
type Change = Readonly<Record<string, unknown>>;

/** What a deployment may change: rights and session, the way in itself, what has to be removed again, and all at once. */
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
} as const satisfies Record<string, Change>;

/** Name of properties: those of the templates, or changed. */
export type Variant = keyof typeof CHANGES;

export const AS_IT_IS = 'as it is' satisfies Variant;

export const VARIANTS = Object.keys(CHANGES) as [Variant, ...Variant[]];

/** @param properties as CloudFormation hands them over. */
export function variantOf(properties: Properties, variant: Variant): Properties {
  const change: Change = CHANGES[variant];
  return { ...properties, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, changed(properties[key], value)])) };
}

function changed(value: unknown, change: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => changed(each, change));
  return typeof change === 'object' && change !== null ? { ...(value as object), ...change } : change;
}
