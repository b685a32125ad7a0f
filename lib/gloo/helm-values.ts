import type { Environment } from '../environment/environment';
import { vaultAddresses } from '../vault/addresses';
import { TLS } from '../vault/tls';
import { VAULT_CLIENT } from './vault-client';

/** Release of Gloo's chart. */
export const GLOO_RELEASE = 'gloo';

const RETRIES = [
  { name: 'VAULT_MAX_RETRIES', value: String(VAULT_CLIENT.maxRetries) },
  { name: 'VAULT_CLIENT_TIMEOUT', value: String(VAULT_CLIENT.timeoutSeconds) },
];

/** Annotation of Gloo's pods: the role that they log in by. */
const AUTH_ROLE = 'gloo-vault/auth-role';

/** Whom Gloo's Vault client trusts; it takes no file. Gloo's own TLS settings for Vault have to stay empty beside it. */
const AUTHORITY = { name: 'VAULT_CACERT_BYTES', valueFrom: { secretKeyRef: { name: TLS.clientSecret, key: TLS.authorityKey } } };

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
        // It is there before the chart: a first install that fails would otherwise delete what it took over.
        'helm.sh/resource-policy': 'keep',
      },
    },
    deployment: {
      // A pod has the role that its service account had when it was made: with another one, there have to be other pods.
      [`extra${name === 'gloo' ? 'Gloo' : 'Discovery'}Annotations`]: { [AUTH_ROLE]: authRoleArn },
      customEnv: [...customEnvOf(gloo.values, name), ...RETRIES, ...(vault.raft?.tls ? [AUTHORITY] : [])],
      ...(gloo.healing || (name === 'gloo' && vault.raft) ? { stats: metricsPort(gloo.values, name) } : {}),
    },
  });
  return merge(gloo.values, {
    settings: {
      secretOptions: {
        sources: [
          {
            vault: {
              address: vaultAddresses(vault).url,
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
  const customEnv = at(values, component, 'deployment', 'customEnv');
  return Array.isArray(customEnv) ? customEnv : [];
}

/**
 * Opens port 9091 of a Deployment's Service, by which its metrics are read. The chart takes these settings in place of
 * `global.glooStats`, so where the user has none of their own here, those go along.
 */
function metricsPort(values: Values, name: string): Values {
  const everywhere = at(values, 'global', 'glooStats');
  const own = at(values, name, 'deployment', 'stats');
  return { ...(isMapping(everywhere) && !isMapping(own) ? everywhere : {}), enabled: true, serviceMonitorEnabled: true };
}

const at = (values: Values, ...path: readonly string[]) => path.reduce<unknown>((inside, key) => (isMapping(inside) ? inside[key] : undefined), values);

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
