import { HttpRequest } from '@smithy/protocol-http';
import { signer } from '../lib/vault/client/aws';
import { call } from './http';
import { demand } from './steps/step';
import type { World } from './world';

const LIMIT = 60_000;
/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Where an object lies. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** @default - the newest */
  readonly versionId?: string;
}

/** Lets a role read snapshots, which is decided outside of this app, with no more than that takes. @param objects ARN */
export function addReader({ iam, deployment }: World, roleName: string, objects: string): void {
  const backupKey = deployment.ofType('AWS::KMS::Key').find(({ logicalId }) => logicalId.startsWith('RaftBackupKey'));
  iam.addRole(roleName, 'lambda.amazonaws.com', [
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects },
    ...(backupKey ? [{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: backupKey.arn }] : []),
  ]);
}

/** What S3 gives that role. @throws where it refuses */
export async function readObject({ aws, awsCaPem, environment }: World, roleName: string, { bucket, key, versionId }: ObjectPlace): Promise<Buffer> {
  const url = new URL(`/${bucket}/${key}`, aws.tlsUrls.s3);
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  const request = new HttpRequest({ method: 'GET', protocol: 'https:', hostname: url.host, path: url.pathname, query, headers: { host: url.host, 'x-amz-content-sha256': EMPTY } });
  const { headers } = await signer(aws.issueSession(roleName, 'reader'), 's3', environment.region).sign(request);
  url.search = new URLSearchParams(query).toString();
  const { status, text, bytes } = await call({ method: 'GET', url: url.href, headers, ca: awsCaPem, limit: LIMIT });
  demand(status === 200, `S3 answered ${status} to a read of ${key}: ${text.slice(0, 300)}`);
  return bytes;
}
