import { eksToken, type AwsCredentials } from './aws';
import { Forbidden, Setback, type Mask } from './errors';
import { Http } from './http';
import { retrying, type Patience } from './retry';
import { VaultClient, type Backend, type DirectVault } from './vault-client';

/** What a run of a function works with. */
export interface Run {
  readonly env: NodeJS.ProcessEnv;
  readonly aws: AwsCredentials;
  readonly mask: Mask;
  readonly patience: Patience;
  /** Milliseconds after which one request counts as lost. */
  readonly requestTimeout: number;
  readonly log: (line: string) => void;
}

/** The cluster's API server, whose proxy leads to Vault. */
export interface ApiServer {
  readonly name: string;
  /** `https://…` */
  readonly endpoint: string;
  /** Base64 of the PEM that signed its certificate. */
  readonly certificateAuthority: string;
}

/** A way to the API server itself. */
export interface ApiServerAccess {
  readonly http: Http;
  /** `https://…` */
  readonly endpoint: string;
  /** What says who asks. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What one attempt can reach. */
export interface Reach {
  /** AWS's own endpoints: the well-known authorities, never the cluster's. */
  readonly aws: Http;
  readonly apiServer: ApiServerAccess;
  /** @param requestTimeout milliseconds. @default - the run's */
  vault(at: Backend | DirectVault, requestTimeout?: number): VaultClient;
}

/** Whole attempts, each with connections and an EKS token of its own, until one ends or patience does. */
export async function attempts<T>(run: Run, cluster: ApiServer, attempt: (reach: Reach) => Promise<T>): Promise<T> {
  let forbidden = 0;
  return retrying(run.patience, run.log, async () => {
    const authority = Buffer.from(cluster.certificateAuthority, 'base64').toString('utf8');
    const open: Http[] = [];
    const connect = (ca: string | undefined, timeout: number) => {
      const http = new Http(ca, timeout);
      open.push(http);
      return http;
    };
    try {
      const bearer = await eksToken(run.aws, run.env.AWS_REGION ?? '', cluster.name);
      run.mask.add(bearer);
      const apiServer = connect(authority, run.requestTimeout);
      return await attempt({
        aws: connect(undefined, run.requestTimeout),
        apiServer: { http: apiServer, endpoint: cluster.endpoint, headers: { authorization: `Bearer ${bearer}` } },
        vault: (at, requestTimeout) =>
          at.kind === 'direct'
            ? VaultClient.directly(connect(at.authority, requestTimeout ?? run.requestTimeout), at.address)
            : VaultClient.throughProxy(requestTimeout === undefined ? apiServer : connect(authority, requestTimeout), cluster.endpoint, at, { authorization: `Bearer ${bearer}` }),
      });
    } catch (error) {
      if (error instanceof Forbidden && forbidden++ === 0) throw new Setback('passing', error.message);
      throw error;
    } finally {
      for (const http of open) http.close();
    }
  });
}
