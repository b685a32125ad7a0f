import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { deployStage } from '../../../rehearsal/cloudformation/deploy-stage';
import type { Deployment } from '../../../rehearsal/cloudformation/deployment';
import { ACCOUNT } from '../cloudformation/small-app';
import { signer } from './client';
import { askJson, exchangePlain, REGION } from './fixture';

const PLAINTEXT = Buffer.from('a').toString('base64');

/** What CDK makes of keys, a secret and a bucket, with its own grants to `writer` and `reader` and none to `stranger`. */
function synthesize(assemblyDir: string): Deployment {
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir: assemblyDir });
  const stack = new Stack(new Stage(app, 'prod', { env: { account: ACCOUNT, region: REGION } }), 'Vault');
  const role = (roleName: string) => new iam.Role(stack, roleName, { roleName, assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const [writer, reader] = [role('writer'), role('reader')];
  role('stranger');
  new kms.Key(stack, 'Seal', { alias: 'vault/seal', enableKeyRotation: true }).grant(writer, 'kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey');
  const dataKey = new kms.Key(stack, 'DataKey');
  const secret = new secretsmanager.Secret(stack, 'Recovery', { secretName: 'recovery', encryptionKey: dataKey });
  secret.grantWrite(writer);
  secret.grantRead(reader);
  const bucket = new s3.Bucket(stack, 'Snapshots', {
    bucketName: 'snapshots',
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: dataKey,
    bucketKeyEnabled: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  });
  bucket.grantPut(writer);
  bucket.grantRead(reader);
  app.synth();
  return deployStage({ assemblyDir, stageName: 'prod', account: ACCOUNT, region: REGION, attributes: {} });
}

const directory = mkdtempSync(join(tmpdir(), 'cdk-grants-'));
let aws: Aws;
beforeAll(async () => {
  const deployment = synthesize(join(directory, 'cdk.out'));
  aws = await startAws({ iam: new IamStore(deployment), issuers: [], region: REGION, ca: await createCertificateAuthority('test') });
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true, force: true });
});

const json = async (service: 'kms' | 'secretsmanager', operation: string, input: object, roleName: string) => {
  const url = service === 'kms' ? aws.kmsUrl : aws.secretsManagerUrl;
  return (await askJson(url, service, operation, JSON.stringify(input), aws.issueSession(roleName, 'f'))).status;
};
const object = async (method: 'PUT' | 'GET', roleName: string) => {
  const url = new URL('/snapshots/raft/a', aws.s3Url);
  const signed = await signer({ credentials: aws.issueSession(roleName, 'f'), service: 's3', region: REGION }).sign({
    method,
    protocol: 'https:',
    hostname: url.host,
    path: url.pathname,
    headers: { host: url.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...(method === 'PUT' ? { 'content-length': '1' } : {}) },
  });
  return (await exchangePlain(url, { method, headers: signed.headers }, method === 'PUT' ? 'a' : '')).status;
};

test("CDK's grants are what AWS asks for, and no more", async () => {
  const forEach = async (ask: (roleName: string) => Promise<number>) => [await ask('writer'), await ask('reader'), await ask('stranger')];

  expect(await forEach((as) => json('kms', 'Encrypt', { KeyId: 'alias/vault/seal', Plaintext: PLAINTEXT }, as))).toEqual([200, 400, 400]);
  expect(await forEach((as) => json('secretsmanager', 'PutSecretValue', { SecretId: 'recovery', SecretString: 'a', ClientRequestToken: randomUUID() }, as))).toEqual([200, 400, 400]);
  expect(await forEach((as) => json('secretsmanager', 'GetSecretValue', { SecretId: 'recovery' }, as))).toEqual([400, 200, 400]);
  expect(await forEach((as) => object('PUT', as))).toEqual([200, 403, 403]);
  expect(await forEach((as) => object('GET', as))).toEqual([403, 200, 403]);
});
