import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { isSettling, tokenOf } from '../../client/answers';
import { attempts, type Run } from '../../client/attempts';
import { eksToken, vaultLogin } from '../../client/aws';
import { ConfigurationError, Forbidden, Setback } from '../../client/errors';
import { Http, NoAnswer, type HttpAnswer, type HttpRequest } from '../../client/http';
import { retrying } from '../../client/retry';
import { Bucket, type ObjectContent } from '../../client/s3';
import { VaultClient, type Backend } from '../../client/vault-client';
import { LARGEST_SNAPSHOT, type SnapshotProperties } from '../properties';
import { Receiver } from './receive';
import { withScratchFile } from './scratch-file';

/** Where a snapshot lies. */
export interface StoredSnapshot {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
}

export interface Limits {
  /** Milliseconds without a byte after which a transfer is given up. */
  readonly idle: number;
  /** Bytes of a snapshot. @default LARGEST_SNAPSHOT */
  readonly largest?: number;
  /** Where the bytes are kept meanwhile. @default - the system's folder for temporary files */
  readonly folder?: string;
}

const SNAPSHOT = 'sys/storage/raft/snapshot';

/** Takes a snapshot of Vault's storage and stores it: nothing reaches the bucket that is not whole. */
export function takeSnapshot(run: Run, props: SnapshotProperties, { idle, largest = LARGEST_SNAPSHOT, folder }: Limits): Promise<StoredSnapshot> {
  return withScratchFile(async (file) => {
    const taken = new Date();
    const content = await attempts(run, props.cluster, async (reach) => {
      const backend: Backend = { kind: 'services', ...props.vault, name: props.vault.service };
      const token = await logIn(run, reach.vault(backend), props);
      return download(run, props, backend, token, file, { idle, largest });
    });
    const key = snapshotKey(props.prefix, taken);
    const { versionId } = await retrying(run.patience, run.log, () => upload(run, props, key, content, idle));
    return { bucket: props.bucket, key, versionId, bytes: content.size };
  }, folder);
}

/** Each attempt has the time that is left by then, and not that of the first. */
async function upload(run: Run, { bucket }: SnapshotProperties, key: string, content: ObjectContent, idle: number): ReturnType<Bucket['put']> {
  const http = new Http(undefined, timeLeft(run));
  try {
    return await new Bucket(http, run.aws, bucket, run.env).put(key, content, idle);
  } finally {
    http.close();
  }
}

/** `prod/2026/11/23/vault-20261123T231405Z.snap`, in UTC. */
export function snapshotKey(prefix: string, taken: Date): string {
  const stamp = taken.toISOString().replace(/\.\d+/, '');
  return `${prefix}/${stamp.slice(0, 10).replaceAll('-', '/')}/vault-${stamp.replace(/[-:]/g, '')}.snap`;
}

async function logIn(run: Run, vault: VaultClient, { authMethod, role }: SnapshotProperties): Promise<string> {
  const login = `auth/${authMethod.mountPath}/login`;
  const payload = await vaultLogin(run.aws, { ...authMethod, role });
  run.mask.add(payload.iam_request_headers);
  const answer = await vault.put(login, payload);
  if (!answer.ok) {
    const said = `Vault refused the login (PUT ${login} as "${role}": ${answer.status} ${answer.reason}`.trimEnd() + ')';
    if (isSettling(answer.reason)) throw new Setback('settling', `${said}. AWS refused Vault or the function: check the trust and the policies of both roles in the Identity and Vault stacks.`);
    throw new Forbidden(`${said}. The configuration makes this role in Vault, bound to the function's IAM role of the same name: raise vault.revision and deploy the Vault stack, which configures Vault again.`);
  }
  const token = tokenOf(answer.body);
  if (token === undefined) throw new ConfigurationError(`PUT ${login} was answered without a token: this is not a Vault that a snapshot can be taken of.`);
  run.mask.add(token);
  return token;
}

async function download(run: Run, { cluster, role }: SnapshotProperties, backend: Backend, token: string, file: FileHandle, limits: Required<Pick<Limits, 'idle' | 'largest'>>): Promise<ObjectContent> {
  const receiver = new Receiver(file, limits.largest);
  let content: ObjectContent | undefined;
  const http = new ReceivingHttp(Buffer.from(cluster.certificateAuthority, 'base64').toString('utf8'), timeLeft(run), limits.idle, receiver, (received) => (content = received));
  try {
    const bearer = await eksToken(run.aws, run.env.AWS_REGION ?? '', cluster.name);
    run.mask.add(bearer);
    const answer = await VaultClient.throughProxy(http, cluster.endpoint, backend, { authorization: `Bearer ${bearer}` }).get(SNAPSHOT, token);
    if (answer.ok && content) return content;
    const said = `GET ${SNAPSHOT} was answered with ${answer.ok ? 'no content' : `${answer.status} (${answer.reason})`}`;
    if (!answer.ok && answer.status === 403) {
      throw new Forbidden(`${said}: Vault lets "${role}" in, and not at its storage. Its policy of the same name must allow read on ${SNAPSHOT}: raise vault.revision and deploy the Vault stack, which configures Vault again.`);
    }
    throw new ConfigurationError(`${said}. Only a Vault of mode raft has snapshots: check that the one behind the Service is this stack's.`);
  } finally {
    http.close();
  }
}

/** Milliseconds for one transfer. */
function timeLeft({ patience, requestTimeout }: Run): number {
  return Math.max(requestTimeout, patience.deadline - Date.now());
}

/** Hands what Vault answers with success to a receiver, in place of keeping it. */
class ReceivingHttp extends Http {
  constructor(
    authority: string,
    timeoutMs: number,
    private readonly idleMs: number,
    private readonly receiver: Receiver,
    private readonly received: (content: ObjectContent) => void,
  ) {
    super(authority, timeoutMs);
  }

  override async send(request: HttpRequest): Promise<HttpAnswer> {
    const receive = async (content: Readable) => this.received(await this.receiver.receive(content));
    try {
      const answer = await this.download(request, receive, this.idleMs);
      // What was handed on is not there any more: 200 with nothing is what an answer that was cut to nothing looks like.
      return answer.status === 200 ? { ...answer, status: 204 } : answer;
    } catch (error) {
      throw error instanceof NoAnswer && this.receiver.size > 0 ? this.receiver.brokenOff(error.message) : error;
    }
  }
}
