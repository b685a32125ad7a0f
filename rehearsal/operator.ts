import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Environment } from '../lib/environment/environment';
import { environmentInput } from './environment-input';
import { IDENTITY_CENTER } from './person';
import type { World } from './world';

/** What a command ended with. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** @default - nothing */
  readonly stdin?: string;
  /** Name of the role whose credentials AWS's tools find. The kubeconfig keeps the operator's, as one that names a profile does. @default - the operator's */
  readonly as?: string;
  /** Milliseconds. @default 60_000 */
  readonly timeout?: number;
}

const COMMAND_TIMEOUT = 60_000;

/**
 * Runs `gloo-vault` as the operator does: a process of its own, a kubeconfig whose command signs in, credentials of AWS in
 * the environment, and the environment in a file, with the operator named.
 */
export async function runCommand(world: World, projectDir: string, args: readonly string[], { stdin = '', as, timeout = COMMAND_TIMEOUT }: CommandOptions = {}): Promise<Ended> {
  const { environment, aws, operator } = world;
  const { environments, kubeconfig } = writeFiles(world, projectDir);
  const session = aws.issueSession(as ?? operator.roleName, 'operator', IDENTITY_CENTER);
  const child = spawn(process.execPath, [join(projectDir, 'bin', 'gloo-vault.js'), ...args, '--environments', environments, '--environment', environment.name], {
    cwd: projectDir,
    env: {
      PATH: process.env.PATH,
      HOME: world.directory,
      KUBECONFIG: kubeconfig,
      AWS_REGION: environment.region,
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken,
      AWS_ENDPOINT_URL_STS: aws.tlsUrls.sts,
      AWS_ENDPOINT_URL_IAM: aws.tlsUrls.iam,
      AWS_ENDPOINT_URL_EKS: aws.eksUrl,
      NODE_EXTRA_CA_CERTS: world.awsCaFile,
    },
    timeout,
  });
  // A command that reads nothing may have closed it.
  child.stdin.on('error', () => undefined).end(stdin);
  const code = new Promise<number>((resolve, reject) => child.once('error', reject).once('close', (status) => resolve(status ?? -1)));
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  return { code: ended, stdout, stderr };
}

function writeFiles(world: World, projectDir: string): { readonly environments: string; readonly kubeconfig: string } {
  const { environment, apiServer, aws, operator, directory } = world;
  const { name, region, account, partition, cluster, vault } = environment;
  const folder = join(directory, 'operator');
  mkdirSync(folder, { recursive: true });
  const certificateAuthority = Buffer.from(apiServer.caPem).toString('base64');
  const here: Environment = {
    ...environment,
    // An imported cluster's endpoint is the user's; here, the rehearsal's API server answers in its place.
    cluster: cluster.kind === 'new' ? cluster : { ...cluster, endpoint: apiServer.endpoint, certificateAuthority },
    vault: { ...vault, operators: operator.named ? vault.operators : [...vault.operators, operator.roleArn] },
  };
  const environments = join(folder, 'environments.json');
  writeFileSync(environments, JSON.stringify({ [name]: environmentInput(here) }));
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession(operator.roleName, 'operator', IDENTITY_CENTER);
  const arn = `arn:${partition.name}:eks:${region}:${account}:cluster/${cluster.name}`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: process.execPath,
    args: ['-r', join(projectDir, 'node_modules', 'ts-node', 'register'), join(projectDir, 'rehearsal', 'eks-get-token.ts'), '--cluster-name', cluster.name, '--region', region],
    env: Object.entries({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken }).map(([variable, value]) => ({ name: variable, value })),
  };
  const kubeconfig = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: arn, cluster: { server: apiServer.endpoint, 'certificate-authority-data': certificateAuthority } }],
    users: [{ name: 'operator', user: { exec } }],
    contexts: [{ name: arn, context: { cluster: arn, user: 'operator' } }],
    'current-context': arn,
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return { environments, kubeconfig };
}
