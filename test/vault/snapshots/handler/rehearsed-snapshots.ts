import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handler } from '../../../../lib/vault/snapshots/handler';
import type { StoredSnapshot } from '../../../../lib/vault/snapshots/handler/snapshot';
import { startApiServer, type ApiServer } from '../../../../rehearsal/api-server/api-server';
import { IamStore } from '../../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../../rehearsal/aws/server';
import type { Credentials } from '../../../../rehearsal/aws/sessions';
import { createCertificateAuthority, type CertificateAuthority } from '../../../../rehearsal/certificate-authority';
import { signer } from '../../../rehearsal/aws/client';
import { exchangePlain } from '../../../rehearsal/aws/fixture';
import { deployTemplates } from '../../../rehearsal/cloudformation/assembly-on-disk';
import { snapshotStack } from '../stack';

const REGION = 'us-east-1';
const ROLE = 'vault-backup-gloo-prod';
/** What the handler keeps back of its time to answer. */
const TIME_TO_ANSWER = 20_000;

type Template = { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };

export interface RehearsalOptions {
  /** Where Vault's leader is; undefined while there is none. */
  readonly vault: () => string | undefined;
  /** Breaks the template before it is deployed. */
  readonly change?: (template: Template) => void;
}

export interface Outcome {
  readonly stored?: StoredSnapshot;
  readonly error?: string;
  readonly log: readonly string[];
}

/** The snapshot function, in this process, between stand-ins that carry out the template: its roles, its access entry, its RBAC, its event. */
export interface RehearsedSnapshots {
  readonly aws: Aws;
  readonly apiServer: ApiServer;
  readonly ca: CertificateAuthority;
  readonly event: Readonly<Record<string, unknown>> & { readonly bucket: string };
  /** @param patience milliseconds before it gives up. @default 400 */
  run(patience?: number, event?: unknown): Promise<Outcome>;
  /** Content of an object, read by a role that may read all. */
  read(key: string): Promise<Buffer>;
  /** Files that runs left behind. */
  left(): string[];
  /** Every secret that was given out. */
  readonly secrets: ReadonlySet<string>;
  close(): Promise<void>;
}

const reader = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'reader',
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] },
    Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 'kms:Decrypt'], Resource: '*' }] } }],
  },
};

export async function rehearseSnapshots({ vault, change }: RehearsalOptions): Promise<RehearsedSnapshots> {
  const template = snapshotStack().template().toJSON() as Template;
  template.Resources.Reader = reader;
  change?.(template);
  const deployment = deployTemplates({ Vault: template }, { region: REGION });
  const ca = await createCertificateAuthority('cluster');
  const aws = await startAws({ iam: new IamStore(deployment), issuers: [], region: REGION, ca });
  const manifests = deployment.ofType('Custom::AWSCDK-EKS-KubernetesResource').flatMap(({ properties }) => JSON.parse(properties.Manifest as string) as never[]);
  const apiServer = await startApiServer({
    ca,
    clusterName: 'gloo-prod',
    authenticate: (url, headers) => aws.whoSigned(url, headers),
    accessEntries: deployment.ofType('AWS::EKS::AccessEntry').map(({ properties }) => ({
      principalArn: properties.PrincipalArn as string,
      kubernetesGroups: (properties.KubernetesGroups as string[] | undefined) ?? [],
    })),
    manifests,
    services: [{ namespace: 'vault', name: 'vault-active', port: 8200, scheme: 'https', target: vault }],
  });
  const [target] = deployment.ofType('AWS::Events::Rule')[0]?.properties.Targets as unknown as [{ Input: string }];
  const event = {
    ...(JSON.parse(target.Input) as { bucket: string }),
    cluster: { name: 'gloo-prod', endpoint: apiServer.endpoint, certificateAuthority: Buffer.from(apiServer.caPem).toString('base64') },
  };
  const scratch = mkdtempSync(join(tmpdir(), 'scratch-'));
  const secrets = new Set<string>();
  const issue = (role: string): Credentials => {
    const credentials = aws.issueSession(role, 'function');
    for (const secret of [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]) secrets.add(secret);
    return credentials;
  };
  return {
    aws,
    apiServer,
    ca,
    event,
    secrets,
    run: async (patience = 400, given = event) => {
      const { accessKeyId, secretAccessKey, sessionToken } = issue(ROLE);
      const variables = { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, AWS_ENDPOINT_URL_S3: aws.s3Url };
      const before = { ...process.env };
      Object.assign(process.env, variables);
      // Node reads TMPDIR from the process, of which jest shows a copy.
      const temporary = jest.spyOn(jest.requireActual<typeof import('node:os')>('node:os'), 'tmpdir').mockReturnValue(scratch);
      const log: string[] = [];
      const printed = jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
      try {
        const limit = Date.now() + TIME_TO_ANSWER + patience;
        return { stored: await handler(given, { getRemainingTimeInMillis: () => limit - Date.now() }), log };
      } catch (error) {
        expect((error as Error).stack).toBe('');
        return { error: (error as Error).message, log };
      } finally {
        printed.mockRestore();
        temporary.mockRestore();
        process.env = before;
      }
    },
    read: async (key) => {
      const url = new URL(`${aws.s3Url}/${event.bucket}/${key}`);
      const { headers } = await signer({ credentials: issue('reader'), service: 's3', region: REGION }).sign({
        method: 'GET',
        protocol: url.protocol,
        hostname: url.host,
        path: url.pathname,
        query: {},
        headers: { host: url.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      });
      return (await exchangePlain(url, { method: 'GET', headers }, '')).content;
    },
    left: () => readdirSync(scratch),
    close: async () => {
      await apiServer.close();
      await aws.close();
      rmSync(scratch, { recursive: true });
    },
  };
}
