import type { Environment } from '../../lib/environment/environment';
import { proveLogin } from '../../lib/gloo/proof/hops';
import { ServiceAccountTokens } from '../../lib/gloo/proof/service-account-tokens';
import { withoutPath } from '../../lib/identity/principal';
import type { Mask } from '../../lib/vault/client/errors';
import { Http } from '../../lib/vault/client/http';
import { roleUniqueId } from '../../lib/vault/client/iam';
import { VaultClient } from '../../lib/vault/client/vault-client';
import { openAccess, type Access } from '../access';
import { awsIdentity } from '../aws-identity';
import { refusal } from '../aws-refusals';
import type { Io } from '../io';
import type { GlobalOptions } from '../options';
import { NotKnown } from './finding';
import { Kube } from './kube';
import type { Ports } from './ports';

export interface OpenPorts {
  readonly ports: Ports;
  /** Revokes the token of the checks and ends every connection. Never throws. */
  close(): Promise<void>;
}

/** Milliseconds. */
const REQUEST_TIMEOUT = 20_000;

/** The world by the operator's own identities. What cannot be opened, the checks that need it say: the others go on. */
export async function openPorts(io: Io, mask: Mask, options: GlobalOptions, environment: Environment, now: Date): Promise<OpenPorts> {
  const opened = await openAccess(io, mask, options).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const aws = new Http(undefined, REQUEST_TIMEOUT);
  const access = (): Access => {
    if (opened instanceof Error) throw new NotKnown(opened.message);
    return opened;
  };
  const { profile } = options;
  const identity = once(async () => (opened instanceof Error ? awsIdentity({ aws, mask, env: io.env, environment, ...(profile === undefined ? {} : { profile }) }) : opened.identity()));
  const kube = once(async () => {
    const reader = new Kube(access().cluster);
    // One that does not answer is waited for once, not by every check.
    await reader.find('/version');
    return reader;
  });
  const ports: Ports = {
    environment,
    now,
    identity: async () => {
      const { arn } = await identity();
      return { arn, account: arn.split(':')[4] ?? '' };
    },
    clusterEndpoint: async () => eksEndpoint(environment, (await identity()).credentials, profile),
    roleUniqueId: async (roleArn) => roleUniqueId(aws, (await identity()).credentials, roleArn, io.env),
    kube,
    vault: async (backend) => {
      await kube();
      const { vault, cluster } = access();
      return backend === undefined ? vault : VaultClient.throughProxy(cluster.http, cluster.endpoint, backend, cluster.headers);
    },
    vaultToken: once(async () => {
      const { principalArn, arn } = await identity();
      if (!environment.vault.operators.map(withoutPath).includes(withoutPath(principalArn))) {
        throw new NotKnown(
          `${arn} is no operator of "${environment.name}", and this needs a login to Vault`,
          `Name your ARN in vault.operators of "${environment.name}", "${principalArn}" (with its path, if the role has one), and deploy: npx cdk deploy '${environment.name}/Vault'`,
        );
      }
      await kube();
      return (await access().logIn()).token;
    }),
    prove: async (login, onHop) => {
      await kube();
      const { cluster, vault } = access();
      const { credentials } = await identity();
      return proveLogin({ tokens: new ServiceAccountTokens(cluster), aws, env: io.env, credentials, vault, mask }, login, onHop);
    },
  };
  return {
    ports,
    close: async () => {
      if (!(opened instanceof Error)) await opened.close();
      aws.close();
    },
  };
}

/** Asked once, however many wait for it. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

/** `eks:DescribeCluster`: where the environment's cluster is. */
async function eksEndpoint({ cluster: { name }, region }: Environment, credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }, profile: string | undefined): Promise<string> {
  const { DescribeClusterCommand, EKSClient } = await import('@aws-sdk/client-eks');
  const client = new EKSClient({ region, credentials, maxAttempts: 2, requestHandler: { connectionTimeout: 5_000, requestTimeout: REQUEST_TIMEOUT } });
  try {
    const { cluster } = await client.send(new DescribeClusterCommand({ name }));
    if (cluster?.endpoint === undefined) throw new Error(`EKS knows no endpoint of the cluster "${name}".`);
    return cluster.endpoint;
  } catch (error) {
    throw refusal('eks:DescribeCluster', error, profile);
  } finally {
    client.destroy();
  }
}
