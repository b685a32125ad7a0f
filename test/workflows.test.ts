import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { scripts } from '../package.json';

const projectDir = resolve(__dirname, '..');
const directory = join(projectDir, '.github', 'workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = readdirSync(directory).filter((file) => /\.ya?ml$/.test(file));
const texts = new Map(files.map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
const workflows = files.map((file) => [file, parse(texts.get(file) ?? '') as Workflow] as const);
const jobs = workflows.flatMap(([file, { jobs: all }]) => Object.entries(all).map(([name, job]) => [`${file}, ${name}`, job] as const));

/** What lets a job write: anywhere, or for others than itself. */
const writes = ({ permissions = {} }: Job) => Object.entries(permissions).filter(([, right]) => right === 'write').map(([name]) => name);

test.each(workflows)('%s: no right unless a job asks for it, one run at a time, never the rights of the target', (_, { on, permissions, concurrency }) => {
  expect(permissions).toEqual({});
  expect(concurrency).toBeDefined();
  // pull_request_target and workflow_run give the base's rights to what a fork's author may have written.
  expect(Object.keys(on).filter((event) => !['push', 'pull_request', 'schedule', 'workflow_dispatch'].includes(event))).toEqual([]);
});

test.each(jobs)('%s: rights of its own, an end, pinned actions, no credentials left in the checkout', (_, job) => {
  expect(job.permissions).toBeDefined();
  expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
  for (const { uses, with: inputs } of job.steps) {
    if (uses === undefined) continue;
    expect(uses).toMatch(/^actions\/[\w/-]+@[0-9a-f]{40}$/);
    if (uses.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
  }
});

test('an action has one commit everywhere, with its version beside it', () => {
  const pins = [...texts.values()].flatMap((text) => [...text.matchAll(/uses: (?<action>[\w-]+\/[\w-]+)[\w/-]*@(?<commit>\S+)(?<comment>.*)$/gm)].map(({ groups }) => groups ?? {}));
  for (const { comment } of pins) expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
  const commits = new Map<string, Set<string>>();
  for (const { action = '', commit = '', comment = '' } of pins) commits.set(action, (commits.get(action) ?? new Set<string>()).add(`${commit}${comment}`));
  expect([...commits].filter(([, different]) => different.size > 1)).toEqual([]);
});

test.each(jobs)('%s: what may write, or has a token, runs nothing of the pull request', (_, job) => {
  const written = writes(job);
  if (written.length === 0) return;
  for (const { uses = '', run = '', with: inputs } of job.steps) {
    if (uses.startsWith('actions/checkout@')) expect(inputs?.ref).toBe('${{ github.event.pull_request.base.sha }}');
    // A cache that the pull request's run has written is its word too.
    if (uses.startsWith('actions/setup-node@')) expect(inputs).toEqual({ 'node-version': '20', 'package-manager-cache': false });
    if (written.some((right) => right !== 'id-token')) expect(run).not.toMatch(/\b(npm|npx|yarn|make)\b/);
  }
});

test.each(jobs)("%s: what runs the pull request's code writes nowhere, and has no token", (_, job) => {
  const isOfPullRequest = job.steps.some(({ uses = '', with: inputs }) => uses.startsWith('actions/checkout@') && inputs?.ref === undefined);
  if (isOfPullRequest) expect(writes(job)).toEqual([]);
});

test('no secret is named, and no expression stands in a script', () => {
  for (const [file, text] of texts) {
    expect([file, text.match(/secrets\./g)]).toEqual([file, null]);
  }
  for (const [name, { steps }] of jobs) {
    // What a title or a branch is called would be run by the shell.
    const expressions = steps.flatMap(({ run = '' }) => run.match(/\$\{\{.*?\}\}/g) ?? []).filter((expression) => !/^\$\{\{ matrix\.\w+ \}\}$/.test(expression));
    expect([name, expressions]).toEqual([name, []]);
  }
});

test('each script that a workflow runs is there, and each that the gate runs is run by a workflow', () => {
  const called = (text: string) => new Set([...text.matchAll(/npm (?:run (?:--silent )?)?(?<script>test\b[\w:-]*|(?<=run )[\w:-]+|(?<=--silent )[\w:-]+)/g)].map(({ groups }) => groups?.script ?? ''));
  const inWorkflows = called([...texts.values()].join('\n'));
  expect([...inWorkflows].filter((script) => !(script in scripts))).toEqual([]);
  const inGate = called(readFileSync(join(projectDir, '.ci', 'run'), 'utf8'));
  expect(inGate.size).toBeGreaterThan(4);
  expect([...inGate].filter((script) => !inWorkflows.has(script))).toEqual([]);
});
