import { Option, type Command } from 'commander';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  /** Name of the environment. @default - the only one */
  readonly environment?: string;
  /** YAML or JSON file with the environments, as cdk's `-c environments=FILE`. @default - bin/environments.ts */
  readonly environments?: string;
  /** @default - as kubectl: KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig. @default - its current one */
  readonly context?: string;
  /** The result as JSON. */
  readonly json?: true;
  /** Profile of the AWS configuration. @default - as every AWS tool: AWS_PROFILE and the default credential chain */
  readonly profile?: string;
}

export function addGlobalOptions(program: Command): void {
  const options: readonly (readonly [string, string])[] = [
    ['-e, --environment <name>', 'environment to work on (default: the only one)'],
    ['--environments <file>', 'environments from a YAML or JSON file, as with cdk -c environments=FILE (default: bin/environments.ts)'],
    ['--kubeconfig <file>', 'kubeconfig (default: as kubectl, $KUBECONFIG or ~/.kube/config)'],
    ['--context <name>', 'context of the kubeconfig (default: its current one)'],
    ['--profile <name>', 'profile of the AWS configuration (default: as the AWS CLI)'],
    ['--json', 'print the result as JSON'],
  ];
  for (const [flags, description] of options) program.addOption(new Option(flags, description));
}
