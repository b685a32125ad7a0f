import { Option, type Command } from 'commander';
import { CheckFailed, WrongUse } from '../failures';
import type { ClusterFacts } from '../import-cluster/cluster-facts';
import type { Format } from '../import-cluster/render';
import { say, type Io } from '../io';
import type { GlobalOptions } from '../options';

interface Options extends GlobalOptions {
  readonly region?: string;
  readonly format: Format;
  readonly name?: string;
  readonly production?: true;
}

export function register(program: Command, io: Io): void {
  program
    .command('import-cluster')
    .argument('<name>', 'name of an EKS cluster')
    .description("Prints an environment's entry for a cluster that exists, from what AWS says of it. What stands between the cluster and a deployment is said on stderr. Reads only.")
    .option('--region <region>', "the cluster's region (default: AWS_REGION, else that of the profile)")
    .addOption(new Option('--format <format>', 'yaml, json: a file for --environments; ts: for bin/environments.ts').choices(['yaml', 'json', 'ts']).default('yaml'))
    .option('--name <key>', "the environment's name (default: from the cluster's)")
    .option('--production', 'a production environment')
    .addHelpText(
      'after',
      '\nNeeds eks:DescribeCluster, eks:ListAddons, eks:DescribeAddon, ec2:DescribeSubnets, iam:ListOpenIDConnectProviders, and unless the endpoint is\n' +
        'public ec2:DescribeRouteTables. eks:ListClusters names the clusters that are there when yours is not.\n' +
        'Ends with 1 where the entry was printed and an environment cannot have it as it stands.',
    )
    .action(async (cluster: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const region = [options.region, io.env.AWS_REGION, io.env.AWS_DEFAULT_REGION].find((each) => each !== undefined && each !== '');
      if (region !== undefined) await checkRegion(region);
      const { lookAtCluster, NoRegion } = await import('../import-cluster/look');
      const facts = await lookAtCluster(cluster, {
        ...(region === undefined ? {} : { region }),
        ...(options.profile === undefined ? {} : { profile: options.profile }),
      }).catch((error: unknown) => {
        throw error instanceof NoRegion ? new WrongUse(error.message) : error;
      });
      await print(facts, options, io);
    });
}

async function checkRegion(region: string): Promise<void> {
  const { region: check } = await import('../../lib/environment/aws');
  const fault = check(region);
  if (fault !== undefined) throw new WrongUse(`The region "${region}" ${fault}`);
}

/** The entry on stdout, doubts on stderr. @throws CheckFailed with what an environment has against the entry. */
async function print(facts: ClusterFacts, options: Options, io: Io): Promise<void> {
  const [{ environmentEntry, environmentKey }, { doubtsOf }, { renderEntry }, { parseEnvironments }, { EnvironmentError }] = await Promise.all([
    import('../import-cluster/entry'),
    import('../import-cluster/doubts'),
    import('../import-cluster/render'),
    import('../../lib/environment/parse'),
    import('../../lib/environment/faults'),
  ]);
  const key = options.name ?? environmentKey(facts.cluster.name);
  const entry = environmentEntry(facts, { production: options.production ?? false });
  io.stdout.write(renderEntry(key, entry, options.json ? 'json' : options.format));
  for (const doubt of doubtsOf(facts, entry)) say(io, `doubt: ${doubt}`);
  try {
    parseEnvironments({ [key]: entry.input });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    for (const fault of error.faults) say(io, `fault: ${fault}`);
    throw new CheckFailed(`The entry can't be used as it stands: ${error.faults.length === 1 ? 'a fault is' : `${error.faults.length} faults are`} named above.`);
  }
}
