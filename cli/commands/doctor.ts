import type { Command } from 'commander';
import type { Mask } from '../../lib/vault/client/errors';
import { CheckFailed } from '../failures';
import type { Io } from '../io';
import type { GlobalOptions } from '../options';

export function register(program: Command, io: Io, mask: Mask): void {
  program
    .command('doctor')
    .description(
      "Goes the way that Gloo goes, and looks at all that it rests on: Vault, its configuration and audit log, certificates, NetworkPolicy, service accounts, versions. Ends with what to do.",
    )
    .addHelpText(
      'after',
      '\nReads only. What it makes and does not leave: a token of a service account of Gloo (10 minutes), logins to AWS and Vault by it, and your own login to\n' +
        'Vault, both tokens of which it revokes.\n' +
        'Without an entry in vault.operators, what needs a login to Vault is not known; the other checks go on.\n' +
        'AWS: eks:DescribeCluster on the cluster, iam:GetRole on Gloo\'s role. Kubernetes: what cluster-admin may read, pods/proxy and services/proxy of\n' +
        'Vault, create on serviceaccounts/token.\n' +
        'Ends with 0 where nothing failed (warnings and what is not known are no failures), 1 for a failure, 3 where nothing could be found out.',
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await doctor(options, io, mask);
    });
}

async function doctor(options: GlobalOptions, io: Io, mask: Mask): Promise<void> {
  const [{ chosenEnvironment }, { checksOf }, { diagnose, overall }, { openPorts }, { json, summary }, { show }] = await Promise.all([
    import('../environment'),
    import('../doctor/checks'),
    import('../doctor/diagnose'),
    import('../doctor/open-ports'),
    import('../doctor/report'),
    import('../doctor/show'),
  ]);
  const environment = await chosenEnvironment(io, options);
  const opened = await openPorts(io, mask, options, environment, new Date());
  try {
    const looks = diagnose(checksOf(environment), opened.ports, mask);
    const diagnoses = options.json ? await Promise.all(looks.map(({ diagnosis }) => diagnosis)) : await show(looks, io);
    io.stdout.write(options.json ? `${json(environment.name, diagnoses)}\n` : `\n${summary(environment.name, diagnoses)}\n`);
    const failed = diagnoses.filter(({ status }) => status === 'failure').map(({ title }) => title);
    if (failed.length > 0) throw new CheckFailed(`${environment.name}: ${failed.join(', ')}: failed.`);
    if (overall(diagnoses) === 'unknown') throw new Error(`Nothing could be found out about ${environment.name}.`);
  } finally {
    await opened.close();
  }
}
