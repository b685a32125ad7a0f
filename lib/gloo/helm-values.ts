import { createHash } from 'node:crypto';
import type { AnyEnvironment } from '../environment/environment';
import { vaultAddresses } from '../vault/addresses';
import { TLS } from '../vault/tls';
import { glooDigests } from '../versions';
import { imagePins } from './image-pins';
import { VAULT_CLIENT } from './vault-client';

/** Release of Gloo's chart. */
export const GLOO_RELEASE = 'gloo';

const RETRIES = [
  { name: 'VAULT_MAX_RETRIES', value: String(VAULT_CLIENT.maxRetries) },
  { name: 'VAULT_CLIENT_TIMEOUT', value: String(VAULT_CLIENT.timeoutSeconds) },
];

/** Annotation of Gloo's pods: the role that they log in by. */
const AUTH_ROLE = 'gloo-vault/auth-role';

/** Annotation of the same: whom they trust to have signed Vault's certificate, where that is in another cluster. They read it when they start. */
const AUTHORITY_DIGEST = 'gloo-vault/authority';

/** Whom Gloo's Vault client trusts; it takes no file. Gloo's own TLS settings for Vault have to stay empty beside it. */
const AUTHORITY = 'VAULT_CACERT_BYTES';

/**
 * Values of the chart `gloo/gloo` (guide rows 11–13).
 * @param authRoleArn IAM role of Gloo's service accounts.
 */
export function glooHelmValues({ gloo, vault, region: own }: Pick<AnyEnvironment, 'gloo' | 'vault' | 'region'>, authRoleArn: string): Record<string, unknown> {
  const { address, region, watched, env, annotations } = wayTo(vault, own);
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
      [`extra${name === 'gloo' ? 'Gloo' : 'Discovery'}Annotations`]: { [AUTH_ROLE]: authRoleArn, ...annotations },
      customEnv: [...customEnvOf(gloo.values, name), ...RETRIES, ...env],
      ...(gloo.healing || (name === 'gloo' && watched) ? { stats: metricsPort(gloo.values, name) } : {}),
    },
  });
  return merge(merge(imagePins(glooDigests[gloo.chartVersion] ?? {}, gloo.values), gloo.values), {
    settings: {
      secretOptions: {
        sources: [
          {
            vault: {
              address,
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

/** What Gloo has to know of where its Vault is. */
interface Way {
  readonly address: string;
  /** Whose STS its login is signed for. */
  readonly region: string;
  /** Whether the environment's own alarms read Gloo's metrics. */
  readonly watched: boolean;
  readonly env: readonly unknown[];
  /** Of its pods. */
  readonly annotations: Readonly<Record<string, string>>;
}

function wayTo(vault: AnyEnvironment['vault'], region: string): Way {
  if ('owner' in vault) {
    const { url, caCertificate } = vault;
    const digest = createHash('sha256').update(caCertificate).digest('hex').slice(0, 16);
    return { address: url, region: vault.region, watched: false, env: [{ name: AUTHORITY, valueFrom: { configMapKeyRef: { name: TLS.authorityConfigMap, key: TLS.authorityKey } } }], annotations: { [AUTHORITY_DIGEST]: digest } };
  }
  const authority = { name: AUTHORITY, valueFrom: { secretKeyRef: { name: TLS.clientSecret, key: TLS.authorityKey } } };
  return { address: vaultAddresses(vault).url, region, watched: vault.raft !== undefined, env: vault.raft?.tls ? [authority] : [], annotations: {} };
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
