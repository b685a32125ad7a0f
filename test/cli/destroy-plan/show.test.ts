import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptFunction, showPlan } from '../../../cli/destroy-plan/show';
import { environmentNames, planned } from './plans';

test.each(['prod', 'imported-raft'])('%s, in words', (name) => {
  const { plan, environment } = planned(name);
  expect(showPlan(plan, environment.region).replace(/\d+ resources/g, 'N resources')).toMatchSnapshot();
});

/** What stands in for aws and kubectl: says what it was asked, and answers as a deleted stack would. */
const STAND_IN = `#!/bin/sh
printf '%s' "$(basename "$0")" >> "$ASKED"; for each in "$@"; do printf '\\t%s' "$each" >> "$ASKED"; done; printf '\\n' >> "$ASKED"
case "$*" in
  *list-stacks*) echo '"arn:aws:cloudformation:us-east-1:111122223333:stack/prod-Vault/1"' ;;
  *list-stack-resources*Missing*) echo null ;;
  *list-stack-resources*) echo '"physical-name"' ;;
  *list-object-versions*) if [ -e "$ASKED.once" ]; then echo '{"Objects": []}'; else touch "$ASKED.once"; echo '{"Objects": [{"Key": "a", "VersionId": "1"}]}'; fi ;;
  *"get crd"*) echo customresourcedefinition.apiextensions.k8s.io/upstreams.gloo.solo.io ;;
esac
`;

/** Runs commands as somebody would who copies them. @returns what aws and kubectl were asked, and what was printed. */
function copied(commands: readonly string[]): { asked: string[][]; printed: string } {
  const directory = mkdtempSync(join(tmpdir(), 'destroy-plan-'));
  try {
    for (const program of ['aws', 'kubectl']) {
      writeFileSync(join(directory, program), STAND_IN);
      chmodSync(join(directory, program), 0o755);
    }
    const asked = join(directory, 'asked');
    const printed = execFileSync('sh', ['-c', [keptFunction('us-east-1'), ...commands].join('\n')], { cwd: directory, env: { PATH: `${directory}:${process.env.PATH ?? ''}`, ASKED: asked }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return { asked: readFileSync(asked, 'utf8').trimEnd().split('\n').map((line) => line.split('\t')), printed };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a name is asked of the deleted stack', () => {
  const { asked, printed } = copied(['kept prod-Vault RaftSealKey9D38E3F5', 'kept prod-Vault Missing || echo none']);
  expect(printed).toBe('physical-name\nnone\n');
  expect(asked.slice(0, 2)).toEqual([
    ['aws', 'cloudformation', 'list-stacks', '--stack-status-filter', 'DELETE_COMPLETE', '--region', 'us-east-1', '--query', "sort_by(StackSummaries[?StackName=='prod-Vault'],&DeletionTime)[-1].StackId", '--output', 'json'],
    ['aws', 'cloudformation', 'list-stack-resources', '--stack-name', 'arn:aws:cloudformation:us-east-1:111122223333:stack/prod-Vault/1', '--region', 'us-east-1', '--query', "StackResourceSummaries[?LogicalResourceId=='RaftSealKey9D38E3F5'].PhysicalResourceId | [0]", '--output', 'json'],
  ]);
});

test.each(environmentNames)('the commands of %s are ones that a shell takes, and name what they are about', (name) => {
  const { plan } = planned(name);
  const { asked } = copied([...plan.refuses, ...plan.before].map(({ command }) => command).concat(plan.keeps.flatMap(({ commands }) => commands)));
  const own = asked.filter(([, , verb = '']) => !verb.startsWith('list-'));
  expect(own.length).toBeGreaterThan(3);
  for (const args of own) expect(args.join(' ')).not.toMatch(/\$|undefined|REFERENCE/);
});

test('a bucket is emptied of every version, by the thousand, before it is deleted', () => {
  const { commands = [] } = planned('prod').plan.keeps.find(({ what }) => what === "Vault's snapshots") ?? {};
  const { asked } = copied(commands);
  expect(asked.slice(2).map(([, , verb, ...args]) => [verb, args.includes('physical-name')])).toEqual([
    ['list-object-versions', true],
    ['delete-objects', true],
    ['list-object-versions', true],
    ['delete-bucket', true],
  ]);
});
