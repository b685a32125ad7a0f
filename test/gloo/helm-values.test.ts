import { glooHelmValues } from '../../lib/gloo/helm-values';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';

const ROLE = 'arn:aws:iam::111122223333:role/dev-role-iam-c';
function values(more: Partial<EnvironmentInput> = {}): Record<string, unknown> {
  const [environment] = parseEnvironments({ dev: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'c' } }, ...more } });
  return glooHelmValues(environment!, ROLE);
}

test('values of the chart gloo/gloo, with Function Discovery', () => {
  expect(values({ gloo: { discovery: true } })).toMatchInlineSnapshot(`
{
  "discovery": {
    "deployment": {
      "customEnv": [
        {
          "name": "VAULT_MAX_RETRIES",
          "value": "30",
        },
        {
          "name": "VAULT_CLIENT_TIMEOUT",
          "value": "300",
        },
      ],
      "extraDiscoveryAnnotations": {
        "gloo-vault/auth-role": "arn:aws:iam::111122223333:role/dev-role-iam-c",
      },
      "stats": {
        "enabled": true,
        "serviceMonitorEnabled": true,
      },
    },
    "enabled": true,
    "serviceAccount": {
      "extraAnnotations": {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/dev-role-iam-c",
        "eks.amazonaws.com/sts-regional-endpoints": "true",
        "helm.sh/resource-policy": "keep",
      },
    },
  },
  "gloo": {
    "deployment": {
      "customEnv": [
        {
          "name": "VAULT_MAX_RETRIES",
          "value": "30",
        },
        {
          "name": "VAULT_CLIENT_TIMEOUT",
          "value": "300",
        },
      ],
      "extraGlooAnnotations": {
        "gloo-vault/auth-role": "arn:aws:iam::111122223333:role/dev-role-iam-c",
      },
      "stats": {
        "enabled": true,
        "serviceMonitorEnabled": true,
      },
    },
    "serviceAccount": {
      "extraAnnotations": {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/dev-role-iam-c",
        "eks.amazonaws.com/sts-regional-endpoints": "true",
        "helm.sh/resource-policy": "keep",
      },
    },
  },
  "settings": {
    "secretOptions": {
      "sources": [
        {
          "vault": {
            "address": "http://vault.vault:8200",
            "aws": {
              "iamServerIdHeader": "vault.gloo.example.com",
              "mountPath": "aws",
              "region": "us-east-1",
            },
            "pathPrefix": "dev",
          },
        },
        {
          "kubernetes": {},
        },
      ],
    },
  },
}
`);
});

test('without it, discovery is off and has no account', () => {
  expect(values().discovery).toEqual({ enabled: false });
});

test('Vault first, Kubernetes second: where the environment put Vault', () => {
  const changed = values({
    region: 'eu-central-1',
    vault: { namespace: 'secrets', auth: { mountPath: 'aws-iam', serverIdHeader: 'vault.example.org' }, kv: { mountPath: 'team/a' } },
  });
  expect(changed.settings).toEqual({
    secretOptions: {
      sources: [
        {
          vault: {
            address: 'http://vault.secrets:8200',
            aws: { iamServerIdHeader: 'vault.example.org', mountPath: 'aws-iam', region: 'eu-central-1' },
            pathPrefix: 'team/a',
          },
        },
        { kubernetes: {} },
      ],
    },
  });
});

test('further values are merged below the app’s own, mapping by mapping', () => {
  const merged = values({ gloo: { values: { gloo: { logLevel: 'debug', deployment: { replicas: 2 } }, gatewayProxies: { gatewayProxy: { kind: { deployment: { replicas: 3 } } } } } } });
  expect(merged).toMatchObject({
    gloo: { logLevel: 'debug', deployment: { replicas: 2, customEnv: expect.any(Array) as unknown }, serviceAccount: { extraAnnotations: { 'eks.amazonaws.com/role-arn': ROLE } } },
    gatewayProxies: { gatewayProxy: { kind: { deployment: { replicas: 3 } } } },
  });
});

test('variables of the user’s own stand before the app’s: Helm would replace the list', () => {
  const proxy = { name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' };
  const merged = values({ gloo: { values: { gloo: { deployment: { customEnv: [proxy] } } } } }) as { gloo: { deployment: { customEnv: { name: string }[] } } };
  expect(merged.gloo.deployment.customEnv.map(({ name }) => name)).toEqual(['HTTPS_PROXY', 'VAULT_MAX_RETRIES', 'VAULT_CLIENT_TIMEOUT']);
});

describe('the port of its metrics', () => {
  const statsOf = (gloo?: EnvironmentInput['gloo'], mode: 'raft' | 'dev' = 'raft') => {
    const three = { zones: 3, nodes: { minSize: 3, desiredSize: 3 } };
    const of = values({ vault: { mode }, cluster: { create: { name: 'c', ...three } }, ...(gloo ? { gloo } : {}) }) as Record<'gloo' | 'discovery', { deployment?: { stats?: unknown } }>;
    return [of.gloo.deployment?.stats, of.discovery.deployment?.stats];
  };
  const healing = false;
  const open = { enabled: true, serviceMonitorEnabled: true };

  test('is open at the Services of all that is healed, and else where Vault is watched', () => {
    expect(statsOf({ discovery: true })).toEqual([open, open]);
    expect(statsOf({}, 'dev')).toEqual([open, undefined]);
    expect(statsOf({ discovery: true, healing })).toEqual([open, undefined]);
    expect(statsOf({ discovery: true, healing }, 'dev')).toEqual([undefined, undefined]);
  });

  test('takes nothing away from what the user says of metrics', () => {
    const everywhere = { podMonitorEnabled: true, enabled: false };
    expect(statsOf({ values: { gloo: { deployment: { stats: { podMonitorEnabled: true } } } } })).toEqual([{ ...open, podMonitorEnabled: true }, undefined]);
    expect(statsOf({ values: { global: { glooStats: everywhere } } })).toEqual([{ ...open, podMonitorEnabled: true }, undefined]);
    // Where a deployment has settings of its own, the chart reads no others.
    expect(statsOf({ values: { global: { glooStats: everywhere }, gloo: { deployment: { stats: { enabled: true } } } } })).toEqual([open, undefined]);
  });
});
