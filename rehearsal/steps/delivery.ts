import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demand, demandEqual, type Step } from './step';

/** Guide rows 20–22. */
export const deliverySteps: readonly Step[] = [
  {
    title: 'Order of the stacks',
    run: ({ world }) => {
      const order = world.deployment.stacks.map(({ name }) => name.replace(`${world.environment.name}-`, ''));
      demandEqual('The order of the stacks', order, [...(world.environment.cluster.kind === 'new' ? ['Cluster'] : []), 'Identity', 'Vault', 'Gloo', ...(world.environment.vault.raft ? ['Monitoring'] : [])]);
      return { 20: `${world.deployment.resources.length} resources of ${order.join(' → ')} carried out in the templates' order` };
    },
  },
  {
    title: 'Templates hold no secret, and snapshots hold the templates',
    run: async ({ world, assemblyDir, projectDir }) => {
      const { name } = world.environment;
      const directory = join(assemblyDir, `assembly-${name}`);
      const templates = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
      demandEqual('The number of templates', templates.length, world.deployment.stacks.length);
      const secret = /(hv[sbr]\.[A-Za-z0-9]{20})|(A(KIA|SIA)[A-Z0-9]{16})|-----BEGIN [A-Z ]*PRIVATE KEY/;
      for (const file of templates) demand(!secret.test(readFileSync(join(directory, file), 'utf8')), `${file} holds something that looks like a secret`);
      const jest = await run(projectDir, 'jest/bin/jest.js', ['--ci', '--silent', 'test/stacks.test.ts']);
      demand(jest.ok, 'The snapshot tests fail; npm test says where');
      return { 22: `snapshot tests of the guide's templates pass; no secret in the ${templates.length} of ${name}` };
    },
  },
  {
    title: 'cdk diff shows a changed setting, and only that',
    run: async ({ world, assemblyDir, projectDir }) => {
      const { name } = world.environment;
      const stack = `${name}/Vault`;
      const file = readdirSync(join(assemblyDir, `assembly-${name}`)).find((candidate) => /Vault[0-9A-F]{8}\.template\.json$/.test(candidate));
      demand(file, `There is no template of ${stack}`);
      const template = readFileSync(join(assemblyDir, `assembly-${name}`, file), 'utf8');
      const deployed = join(world.directory, 'deployed.template.json');
      const diff = async (content: string) => {
        writeFileSync(deployed, content);
        const result = await run(projectDir, 'aws-cdk/bin/cdk', ['diff', stack, '--exclusively', '--template', deployed, '--app', assemblyDir, '--no-change-set', '--no-notices', '--no-color']);
        demand(result.ok, `cdk diff failed: ${result.output}`);
        return result.output;
      };
      const same = await diff(template);
      demand(same.includes('There were no differences'), `cdk diff of an unchanged template shows differences: ${same}`);
      const changed = await diff(template.replace(/"(maxTtl|period)": "[1-9]\d*"/, '"$1": "1"'));
      const resources = changed.match(/^\[[~+-]\].*$/gm) ?? [];
      demand(resources.length === 1 && /\b(maxTtl|period)\b/.test(changed), `cdk diff of a changed session shows ${resources.join(', ') || 'nothing'}`);
      return { 21: `a changed session is one line of one resource: ${(resources[0] ?? '').trim()}` };
    },
  },
];

/** A program of the checkout's own packages, on its own Node. */
function run(projectDir: string, program: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(projectDir, 'node_modules', program), ...args], { cwd: projectDir }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim().slice(0, 1500) }),
    );
  });
}
