import { HttpRequest } from '@smithy/protocol-http';
import { signer, type AwsCredentials } from './aws';
import { ConfigurationError, Setback } from './errors';
import { NoAnswer, type Http, type StreamedBody } from './http';
import { element } from './xml';

/** Content of an object, which was read once for its digest. */
export interface ObjectContent extends StreamedBody {
  readonly sha256: Buffer;
}

const PASSING = /slowdown|throttl|requesttimeout|internalerror|serviceunavailable|operationaborted|^HTTP 5/i;
const CHANGED = /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|IncompleteBody)$/;
const ELSEWHERE = /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|HTTP 30\d)$/;

/**
 * One bucket of Amazon S3. Source: Amazon S3 API Reference, `PutObject`.
 * `AWS_ENDPOINT_URL_S3` moves the endpoint, as in every AWS SDK.
 */
export class Bucket {
  private readonly region: string;
  private readonly base: string;

  /** @param env with `AWS_REGION`, in which the bucket lies. */
  constructor(
    private readonly http: Http,
    private readonly credentials: AwsCredentials,
    private readonly name: string,
    env: NodeJS.ProcessEnv,
  ) {
    this.region = env.AWS_REGION ?? '';
    const host = `s3.${this.region}.amazonaws.com${this.region.startsWith('cn-') ? '.cn' : ''}`;
    const endpoint = env.AWS_ENDPOINT_URL_S3?.replace(/\/+$/, '');
    // S3's certificate is good for one label before its name: a bucket with a dot stands in the path.
    const inPath = endpoint !== undefined || name.includes('.');
    this.base = inPath ? `${endpoint ?? `https://${host}`}/${name}/` : `https://${name}.${host}/`;
  }

  /**
   * Puts an object, whose bytes S3 compares with their digest, into a bucket that keeps versions. The bucket decides how they are encrypted.
   * @param key of letters, digits and `-_./`, which need no escape.
   * @param idleMs milliseconds without a byte after which the transfer is given up.
   * @returns the version's id.
   * @throws ConfigurationError where S3 gives it none: the object is there, and the next of its name would take its place.
   */
  async put(key: string, content: ObjectContent, idleMs: number): Promise<{ readonly versionId: string }> {
    const url = new URL(this.base + key);
    const { headers } = await signer(this.credentials, 's3', this.region).sign(
      new HttpRequest({
        method: 'PUT',
        protocol: url.protocol,
        hostname: url.host,
        path: url.pathname,
        headers: {
          host: url.host,
          'content-type': 'application/gzip',
          'content-length': String(content.size),
          'x-amz-content-sha256': content.sha256.toString('hex'),
          'x-amz-checksum-sha256': content.sha256.toString('base64'),
        },
      }),
    );
    const answer = await this.http.upload({ method: 'PUT', url: url.href, headers }, content, idleMs).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new Setback('passing', `s3:PutObject had no answer from ${url.host}: ${error.message}. If the function runs in a VPC, its subnets need a way to S3 (NAT or an endpoint).`);
    });
    if (answer.status === 200) {
      const versionId = answer.headers['x-amz-version-id'];
      // "null" is the one version of a bucket whose versioning was suspended.
      if (typeof versionId === 'string' && versionId !== 'null') return { versionId };
      throw new ConfigurationError(
        `s3:PutObject of ${key} into the bucket ${this.name} was answered without a version: the bucket's versioning is off or suspended, and what is overwritten or deleted there is gone. ` +
          `Turn it on, which takes up to 15 minutes: aws s3api put-bucket-versioning --bucket ${this.name} --versioning-configuration Status=Enabled`,
      );
    }
    throw this.failure(key, element(answer.body, 'Code') ?? `HTTP ${answer.status}`, element(answer.body, 'Message') ?? '');
  }

  private failure(key: string, code: string, message: string): Error {
    const said = `s3:PutObject of ${key} into the bucket ${this.name} was answered with ${code}${message ? ` (${message.replace(/[. ]+$/, '')})` : ''}`;
    if (PASSING.test(code)) return new Setback('passing', `${said}. The next run tries again; S3's health page tells whether it is more than a moment.`);
    if (CHANGED.test(code)) return new Setback('passing', `${said}. The bytes changed on their way, or the connection broke.`);
    if (code === 'NoSuchBucket') {
      return new ConfigurationError(`${said}. The stack makes it and keeps it, or vault.raft.snapshots.bucket names it: has somebody deleted it? Objects in it are gone. Give another bucket's name, or make one of this name again.`);
    }
    if (ELSEWHERE.test(code)) return new ConfigurationError(`${said}. The bucket lies in another region than ${this.region}, where this function runs: give vault.raft.snapshots.bucket one of this region.`);
    if (code.startsWith('KMS.')) {
      return new ConfigurationError(`${said}. The key that the bucket encrypts with cannot be used: it is disabled, waits for its deletion or is gone (aws kms describe-key). Enable it, or cancel its deletion.`);
    }
    if (/\bkms:\w+/.test(message)) {
      return new Setback(
        'settling',
        `${said}. The function's execution role needs kms:GenerateDataKey on the bucket's key, by way of S3, and the key's policy must admit it: for a bucket of your own, name the key in vault.raft.snapshots.bucket.kmsKeyArn.`,
      );
    }
    if (code === 'AccessDenied') {
      return new Setback(
        'settling',
        `${said}. The function's execution role may put objects under this prefix alone: check its policy in the Vault stack and the bucket's own policy, and that no permission boundary or SCP takes it away.`,
      );
    }
    return new ConfigurationError(`${said}.`);
  }
}
