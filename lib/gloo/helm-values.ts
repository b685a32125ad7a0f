import type { Environment } from '../environment/environment';

/**
 * Settings of Gloo's Vault client. Its renewal loop ends for good after one re-login that fails three times within some
 * three seconds; with these it keeps trying for as long as a Vault pod takes to come back.
 */
const RETRIES = [
  { name: 'VAULT_MAX_RETRIES', value: '30' },
  { name: 'VAULT_CLIENT_TIMEOUT', value: '300' },
];

/**
 * Values of the chart `gloo/gloo` (guide rows 11–13).
 * @param authRoleArn IAM role of Gloo's service accounts.
 */
export function glooHelmValues({ gloo, vault, region }: Pick<Environment, 'gloo' | 'vault' | 'region'>, authRoleArn: string): Record<string, unknown> {
  const component = (name: 'gloo' | 'discovery') => ({
    serviceAccount: {
      extraAnnotations: {
        'eks.amazonaws.com/role-arn': authRoleArn,
        // The signed host is the regional one that Vault is told to use.
        'eks.amazonaws.com/sts-regional-endpoints': 'true',
      },
    },
    deployment: { customEnv: [...customEnvOf(gloo.values, name), ...RETRIES] },
  });
  return merge(gloo.values, {
    settings: {
      secretOptions: {
        sources: [
          {
            vault: {
              address: `http://vault.${vault.namespace}:8200`,
              aws: { iamServerIdHeader: vault.auth.serverIdHeader, mountPath: vault.auth.mountPath, region },
              pathPrefix: vault.kv.mountPath,
            },
          },
          { kubernetes: {} },
        ],
      },
    },
    gloo: component('gloo'),
    discovery: gloo.discovery ? { enabled: true, ...component('discovery') } : { enabled: false },
  });
}

type Values = Readonly<Record<string, unknown>>;

/** The user's own variables of a deployment: Helm replaces lists, so they are kept by hand. */
function customEnvOf(values: Values, component: string): readonly unknown[] {
  const customEnv = ['deployment', 'customEnv'].reduce<unknown>((inside, key) => (isMapping(inside) ? inside[key] : undefined), values[component]);
  return Array.isArray(customEnv) ? customEnv : [];
}

/** `over` on top of `under`, mapping by mapping, as Helm merges values. */
function merge(under: Values, over: Values): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMapping(value) && isMapping(below) ? merge(below, value) : value;
  }
  return merged;
}

const isMapping = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
