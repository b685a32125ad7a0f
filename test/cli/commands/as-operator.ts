import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eksToken } from '../../../lib/vault/client/aws';
import type { World } from '../../../rehearsal/world';

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT = 120_000;

/** What a person needs in AWS for the commands, beside the entry in `vault.operators`. */
const STATEMENTS = [{ Effect: 'Allow', Action: ['eks:DescribeCluster', 'iam:GetRole'], Resource: '*' }];

/**
 * Runs `npx gloo-vault` as the first of the environment's operators: with a kubeconfig, AWS's variables, and the
 * environments of a file.
 * @param principalArn another role than the first operator's.
 */
export async function asOperator(world: World, projectDir: string, environmentsFile: string, args: readonly string[], principalArn = world.environment.vault.operators[0]): Promise<Ended> {
  const { aws, iam, environment, directory, awsCaPem } = world;
  if (principalArn === undefined) throw new Error(`The environment "${environment.name}" names no operator.`);
  const [, path = '/', name = ''] = /:role(\/(?:.*\/)?)([^/]+)$/.exec(principalArn) ?? [];
  if (iam.findRole(name) === undefined) iam.addRole(name, 'lambda.amazonaws.com', STATEMENTS, path);
  const credentials = aws.issueSession(name, 'person');
  const kubeconfig = join(directory, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, kubeconfigOf(world, await eksToken(credentials, environment.region, environment.cluster.name)), { mode: 0o600 });
  const caFile = join(directory, 'person-ca.pem');
  writeFileSync(caFile, awsCaPem);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: directory,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL_STS: aws.tlsUrls.sts,
    AWS_ENDPOINT_URL_IAM: aws.tlsUrls.iam,
    AWS_ENDPOINT_URL_EKS: aws.eksUrl,
    NODE_EXTRA_CA_CERTS: caFile,
  };
  const all = [join(projectDir, 'bin', 'gloo-vault.js'), '--environments', environmentsFile, '--environment', environment.name, '--kubeconfig', kubeconfig, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env, cwd: projectDir, timeout: TIMEOUT }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

function kubeconfigOf({ apiServer, environment: { cluster, region, account, partition } }: World, token: string): string {
  const name = `arn:${partition.name}:eks:${region}:${account}:cluster/${cluster.name}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: apiServer.endpoint, 'certificate-authority-data': Buffer.from(apiServer.caPem).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
