import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../../lib/environment/environment';
import { parseEnvironments } from '../../lib/environment/parse';
import type { World } from '../world';
import { demand, demandEqual, type Step } from './step';

/** What docs/commands.md names for the command. */
const ACTIONS = ['eks:DescribeCluster', 'eks:ListAddons', 'eks:DescribeAddon', 'ec2:DescribeSubnets', 'ec2:DescribeRouteTables', 'iam:ListOpenIDConnectProviders'];
const ROLE = 'cluster-importer';
const TIMEOUT = 60_000;

/** A person with just these permissions has the cluster's entry printed, and an environment takes it as it stands. */
export const importClusterStep: Step = {
  title: 'import-cluster prints an entry for this cluster',
  run: async ({ world, projectDir }) => {
    const { environment } = world;
    const entries = JSON.parse(await importCluster(world, projectDir)) as Record<string, unknown>;
    const [imported] = parseEnvironments(entries, { source: 'what import-cluster printed' });
    demand(imported?.cluster.kind === 'imported', 'import-cluster printed no imported cluster');
    const { name, kubernetesVersion, endpointAccess, issuerHost } = imported.cluster;
    demandEqual('The entry', { name, kubernetesVersion, endpointAccess, account: imported.account, region: imported.region }, wanted(environment));
    demandEqual("The issuer of the entry's provider", `https://${issuerHost}`, world.issuer.url);
    demandEqual("The entry's endpoint", imported.cluster.endpoint, world.apiServer.endpoint);
    if (environment.cluster.kind === 'imported') {
      for (const key of ['certificateAuthority', 'securityGroupId', 'oidc'] as const) demandEqual(`The entry's ${key}`, imported.cluster[key], environment.cluster[key]);
      demandEqual("The entry's controlPlaneCidrs", [...imported.cluster.controlPlaneCidrs], [...environment.cluster.controlPlaneCidrs].sort());
    }
    return { beyond: `import-cluster ${name}: an environment takes the entry as it is printed; ${ACTIONS.length} read permissions` };
  },
};

function wanted({ cluster, account, region }: Environment): object {
  const { name, kubernetesVersion, endpointAccess } = cluster;
  return { name, kubernetesVersion, endpointAccess, account, region };
}

/** The command, as a person runs it. @returns what it wrote to stdout. */
async function importCluster({ aws, iam, environment: { cluster, region } }: World, projectDir: string): Promise<string> {
  if (iam.findRole(ROLE) === undefined) iam.addRole(ROLE, 'lambda.amazonaws.com', [{ Effect: 'Allow', Action: ACTIONS, Resource: '*' }]);
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession(ROLE, 'person');
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_EKS: aws.eksUrl,
    AWS_ENDPOINT_URL_EC2: aws.ec2Url,
    AWS_ENDPOINT_URL_IAM: aws.iamUrl,
  };
  const args = [join(projectDir, 'bin', 'gloo-vault.js'), 'import-cluster', cluster.name, '--name', 'printed', '--json'];
  return promisify(execFile)(process.execPath, args, { env, cwd: projectDir, timeout: TIMEOUT }).then(
    ({ stdout }) => stdout,
    ({ code, stderr = '', message }: Error & { code?: number | string; stderr?: string }) => {
      throw new Error(`gloo-vault import-cluster ended with ${code ?? 'an error'}: ${stderr.trim() || message}`);
    },
  );
}
