import { z } from 'zod';
import { charts, glooChartFault, isInstalled } from '../versions';
import { account, accountAsNumber, region } from './aws';
import { cluster } from './cluster';
import type { Environment } from './environment';
import { EnvironmentError, faultsOf, line, type Fault } from './faults';
import { always, choice, flag, section, text, whole } from './fields';
import { glooValuesFaults } from './gloo-values';
import {
  authMount,
  chartVersion,
  environmentName,
  kvMount,
  namespace,
  policyName,
  serverIdHeader,
  sessionLength,
  tagKey,
  tagValue,
} from './names';
import { resolveEnvironment } from './resolve';
import { joinMissing, rules, sharedClusters } from './rules';
import { quote } from './words';

const notAMapping = (what: string) => ({ input }: { input?: unknown }) => `${quote(input)} is not a mapping of ${what}.`;

const duration = text('a duration', sessionLength, (value) =>
  typeof value === 'number' ? `is a number without a unit; write "${value}s" or "${value}m", in quotes.` : undefined,
).optional();

const session = section({ maxTtl: duration, period: duration }).superRefine(({ maxTtl, period }, context) => {
  if ((maxTtl === undefined) !== (period === undefined)) return;
  context.addIssue({
    code: 'custom',
    message: `has ${maxTtl === undefined ? 'neither maxTtl nor period' : 'both maxTtl and period'}; give one of the two.`,
  });
}, always);

const tags = z
  .record(
    z.string(),
    text('a tag value', tagValue, (value) => `is not a tag value: put it in quotes${typeof value === 'object' ? ', as one string' : ''}.`),
    { error: notAMapping('tags') },
  )
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      const fault = tagKey(key);
      if (fault !== undefined) context.addIssue({ code: 'custom', path: [key], message: `${quote(key)} ${fault}` });
    }
    if (Object.keys(given).length > 50) context.addIssue({ code: 'custom', message: 'has more than 50 tags, which AWS does not take.' });
  });

const glooValues = z
  // Not led by its value: that may be secret.
  .record(z.string(), z.unknown(), { error: 'is not a mapping of Helm values.' })
  .superRefine((values, context) => {
    for (const { path, message } of glooValuesFaults(values)) context.addIssue({ code: 'custom', path: [...path], message });
  });

/** What a user writes, field by field, with every default. What needs two fields of different parts is in rules.ts. */
export const environmentSchema = section({
  account: text('an AWS account, 12 digits in quotes', account, accountAsNumber),
  region: text('an AWS region', region),
  production: flag().default(false),
  tags: tags.default({}),
  cluster,
  identity: section({ authPolicy: choice(['guide', 'narrow']).optional() }).prefault({}),
  vault: section({
    mode: choice(['dev']).default('dev'),
    namespace: text('a namespace', namespace).default('vault'),
    chartVersion: text('a chart version', chartVersion).default(charts.vault.version),
    audit: flag().default(true),
    revision: whole(1, 1_000_000).default(1),
    networkPolicy: flag().default(true),
    auth: section({
      mountPath: text('a mount path', authMount).default('aws'),
      serverIdHeader: text('a header value', serverIdHeader).default('vault.gloo.example.com'),
      session: session.default({ maxTtl: '15m' }),
    }).prefault({}),
    kv: section({ mountPath: text('a mount path', kvMount).default('dev') }).prefault({}),
    policy: section({
      name: text('a policy name', policyName).default('dev'),
      form: choice(['guide', 'smallest']).default('guide'),
    }).prefault({}),
  }).prefault({}),
  gloo: section({
    namespace: text('a namespace', namespace).default('gloo-system'),
    chartVersion: text('a chart version', glooChartFault).default(charts.gloo.version),
    discovery: flag().default(false),
    values: glooValues.default({}),
  }).prefault({}),
});

/** An environment with its defaults, before it is resolved. */
export type Fields = z.output<typeof environmentSchema>;

export interface ParseContext {
  /**
   * Whether an npm package can be required.
   * @default - asks Node
   */
  readonly isInstalled?: (packageName: string) => boolean;
  /**
   * The file that holds the environments, for the error.
   * @default 'bin/environments.ts'
   */
  readonly source?: string;
}

/**
 * Environments as the stacks read them, from what a user wrote: an {@link EnvironmentInput} by each name.
 * @throws EnvironmentError with all faults of all environments.
 */
export function parseEnvironments(input: Readonly<Record<string, unknown>>, context: ParseContext = {}): readonly Environment[] {
  const { source = 'bin/environments.ts', isInstalled: installed = isInstalled } = context;
  const parsed = Object.entries(input).map(([name, value]) => parseEnvironment(name, value, installed));
  const faults = [...parsed.flatMap((each) => each.faults), ...sharedClusters(input)].map(line);
  if (parsed.length === 0) faults.push('environments: has none; give at least one.');
  if (faults.length > 0) throw new EnvironmentError(source, faults);
  return parsed.flatMap(({ environment }) => environment ?? []);
}

function parseEnvironment(
  name: string,
  value: unknown,
  installed: (packageName: string) => boolean,
): { readonly environment?: Environment; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const nameFault = environmentName(name);
  if (nameFault !== undefined) faults.push({ path: [name], message: `${quote(name)} ${nameFault}` });
  const { data, error } = environmentSchema.superRefine(rules(installed), always).safeParse(value);
  faults.push(...joinMissing(faultsOf(error?.issues ?? [], []), value).map((fault) => ({ ...fault, path: [name, ...fault.path] })));
  return data === undefined || faults.length > 0 ? { faults } : { environment: resolveEnvironment(name, data, installed), faults };
}
