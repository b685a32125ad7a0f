import type { Command } from 'commander';
import type { Io } from '../io';
import type { GlobalOptions } from '../options';

export function register(program: Command, io: Io): void {
  program
    .command('destroy-plan')
    .description('Says what cdk destroy removes of an environment, in which order, what it refuses, and what it keeps on purpose: why, for how much a month, and how to remove that too.')
    .addHelpText('after', '\nReads the templates that the app makes of the environment, and asks neither AWS nor the cluster. Removes nothing.\nPrices are those of npm run costs.')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const [{ chosenEnvironment }, { templatesOf }, { destroyPlan }, { keptFunction, showPlan }] = await Promise.all([
        import('../environment'),
        import('../destroy-plan/templates'),
        import('../destroy-plan/plan'),
        import('../destroy-plan/show'),
      ]);
      const environment = await chosenEnvironment(io, options);
      const plan = destroyPlan(environment, templatesOf(environment));
      const { region } = environment;
      io.stdout.write(options.json ? `${JSON.stringify({ ...plan, shellFunction: keptFunction(region) }, undefined, 2)}\n` : `${showPlan(plan, region)}\n`);
    });
}
