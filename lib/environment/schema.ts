import { z } from 'zod';
import { withoutPath } from '../identity/principal';
import { charts, glooChartFault } from '../versions';
import { account, accountAsNumber, principalArn, region } from './aws';
import { cluster } from './cluster';
import { always, choice, flag, list, section, text, whole } from './fields';
import { generation } from './generation';
import { glooValuesFaults } from './gloo-values';
import {
  authMount,
  chartVersion,
  driftInterval,
  kvMount,
  namespace,
  policyName,
  serverIdHeader,
  sessionLength,
  tagKey,
  tagValue,
} from './names';
import { raft } from './raft';
import { quote } from './words';

const notAMapping = (what: string) => ({ input }: { input?: unknown }) => `${quote(input)} is not a mapping of ${what}.`;

const minutes = (value: unknown) => (typeof value === 'number' ? `is a number without a unit; write "${value}m" for minutes, in quotes.` : undefined);

const duration = text('a duration', sessionLength, minutes).optional();

const session = section({ maxTtl: duration, period: duration }).superRefine(({ maxTtl, period }, context) => {
  if ((maxTtl === undefined) !== (period === undefined)) return;
  context.addIssue({
    code: 'custom',
    message: `has ${maxTtl === undefined ? 'neither maxTtl nor period' : 'both maxTtl and period'}; give one of the two.`,
  });
}, always);

const drift = section({
  action: choice(['report', 'repair', 'off']).optional(),
  every: text('a duration', driftInterval, minutes).optional(),
}).superRefine(({ action, every }, context) => {
  if (action === 'off' && every !== undefined) context.addIssue({ code: 'custom', message: `has every: ${quote(every)} beside action: 'off', which looks for nothing; leave it out, or choose another action.` });
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

// As many as leave room in the input of the rule that checks drift, of which EventBridge takes 8192 characters; it has them without their paths.
const operators = list('ARNs of IAM roles and users', text('the ARN of an IAM role or user', principalArn), { max: 20 })
  .superRefine((arns, context) => {
    const bare = arns.map(withoutPath);
    arns.forEach((arn, index) => {
      const other = arns[bare.indexOf(withoutPath(arn))];
      if (other !== undefined && other !== arn) context.addIssue({ code: 'custom', path: [index], message: `${quote(arn)} is ${quote(other)} with another path; leave one out.` });
    });
  })
  .default([]);

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
  identity: section({ authPolicy: choice(['guide', 'narrow']).optional(), generation: generation.default(1) }).prefault({}),
  vault: section({
    mode: choice(['dev', 'raft']).optional(),
    raft: raft.optional(),
    namespace: text('a namespace', namespace).default('vault'),
    chartVersion: text('a chart version', chartVersion).default(charts.vault.version),
    audit: flag().default(true),
    revision: whole(1, 1_000_000).default(1),
    networkPolicy: flag().default(true),
    auth: section({
      mountPath: text('a mount path', authMount).default('aws'),
      serverIdHeader: text('a header value', serverIdHeader).default('vault.gloo.example.com'),
      session: session.optional(),
    }).prefault({}),
    kv: section({ mountPath: text('a mount path', kvMount).default('dev'), maxVersions: whole(0, 1000).default(0) }).prefault({}),
    policy: section({
      name: text('a policy name', policyName).default('dev'),
      form: choice(['guide', 'smallest']).optional(),
    }).prefault({}),
    operators,
    drift: drift.prefault({}),
  }).prefault({}),
  gloo: section({
    namespace: text('a namespace', namespace).default('gloo-system'),
    chartVersion: text('a chart version', glooChartFault).default(charts.gloo.version),
    discovery: flag().default(false),
    loginProof: flag().default(true),
    healing: flag().default(true),
    values: glooValues.default({}),
  }).prefault({}),
});

/** An environment with its defaults, before it is resolved. */
export type Fields = z.output<typeof environmentSchema>;
