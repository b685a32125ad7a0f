import { z } from 'zod';
import type { CertManager } from './cert-manager';
import type { HelmRelease } from './kubernetes-objects';
import type { VaultCommand } from './vault/find-vault';
import { startRaftCluster, type RaftCluster } from './vault/raft-cluster';
import type { Sidecar } from './vault/sidecars';
import { watchRaftServices, type RaftServices } from './vault/raft-services';

const values = z.looseObject({
  server: z.looseObject({
    service: z.looseObject({ publishNotReadyAddresses: z.boolean().default(true) }).prefault({}),
    volumes: z.array(z.looseObject({ name: z.string(), secret: z.looseObject({ secretName: z.string() }).optional() })).default([]),
    volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
    extraContainers: z
      .array(z.looseObject({ name: z.string(), command: z.array(z.string()), env: z.array(z.object({ name: z.string(), value: z.string() })).default([]) }))
      .default([]),
    ha: z.looseObject({
      enabled: z.literal(true),
      replicas: z.literal([1, 3, 5]),
      raft: z.looseObject({ enabled: z.literal(true), config: z.string() }),
    }),
  }),
});

/** Vault as its chart's values say: real processes, with the Services in front of them. */
export interface RaftVault extends RaftCluster {
  readonly services: RaftServices;
  readonly sidecars: readonly Sidecar[];
  readonly caPem: string;
  close(): Promise<void>;
}

export interface RaftVaultOptions {
  readonly release: HelmRelease;
  readonly certManager: CertManager;
  readonly command: VaultCommand;
  readonly env: Readonly<Record<string, string>>;
  /** Addresses of the pods, one a replica. @default - none: nodes are on loopback alone */
  readonly podAddresses?: readonly string[];
  readonly onLine?: (line: string) => void;
}

/** Starts the pods of the release. @throws where the certificate that they mount is no Certificate's, or lies elsewhere than the configuration says. */
export async function startRaftVault({ release, certManager, command, env, podAddresses, onLine }: RaftVaultOptions): Promise<RaftVault> {
  const { server } = values.parse(release.values);
  const mounted = server.volumes.flatMap(({ name, secret }) => {
    const mount = server.volumeMounts.find((each) => each.name === name);
    return secret && mount ? [{ secretName: secret.secretName, path: mount.mountPath }] : [];
  });
  const { config } = server.ha.raft;
  const certificate = mounted.find(({ path }) => config.includes(`"${path}/tls.crt"`));
  if (!certificate) throw new Error(`Vault's configuration reads its certificate where no Secret is mounted; mounted are ${mounted.map(({ path }) => path).join(', ') || 'none'}`);
  const { names } = certManager.certificate(release.namespace, certificate.secretName);
  const cluster = await startRaftCluster({
    command,
    size: server.ha.replicas,
    ca: certManager.authority,
    seal: 'awskms',
    env,
    configuration: config,
    dnsNames: names,
    ...(podAddresses ? { podAddresses } : {}),
    ...(onLine ? { onLine } : {}),
  });
  const services = watchRaftServices({ nodes: cluster.nodes, namespace: release.namespace, publishNotReadyAddresses: server.service.publishNotReadyAddresses });
  return {
    ...cluster,
    services,
    sidecars: server.extraContainers.map(({ name, command: line, env: variables }) => ({ name, command: line, env: Object.fromEntries(variables.map((each) => [each.name, each.value])) })),
    caPem: certManager.authority.caPem,
    close: async () => {
      await services.close();
      await cluster.close();
    },
  };
}
