import { z } from 'zod';
import { withoutPath } from '../identity/principal';
import { charts, glooChartFault } from '../versions';
import { account, accountAsNumber, clientCidr, principalArn, region } from './aws';
import { authorityFault } from './authorities';
import { cluster } from './cluster';
import { always, choice, flag, list, section, text, whole } from './fields';
import { generation } from './generation';
import { glooValuesFaults } from './gloo-values';
import {
  authMount,
  chartVersion,
  driftInterval,
  environmentName,
  hostname,
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

const shared = section({
  hostname: text('a host name', hostname),
  // Not led by its value: what was pasted here may be a key.
  caCertificate: text('the PEM of a certificate authority', () => undefined, () => 'is not the PEM of a certificate authority.')
    .superRefine((value, context) => {
      const fault = authorityFault(value);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .optional(),
});

const glooValues = z
  // Not led by its value: that may be secret.
  .record(z.string(), z.unknown(), { error: 'is not a mapping of Helm values.' })
  .superRefine((values, context) => {
    for (const { path, message } of glooValuesFaults(values)) context.addIssue({ code: 'custom', path: [...path], message });
  });

/** What every environment has, with a Vault of its own or without. */
const common = {
  account: text('an AWS account, 12 digits in quotes', account, accountAsNumber),
  region: text('an AWS region', region),
  production: flag().default(false),
  tags: tags.default({}),
  cluster,
  identity: section({ authPolicy: choice(['guide', 'narrow']).optional(), generation: generation.default(1) }).prefault({}),
};

const gloo = section({
  namespace: text('a namespace', namespace).default('gloo-system'),
  chartVersion: text('a chart version', glooChartFault).default(charts.gloo.version),
  discovery: flag().default(false),
  loginProof: flag().default(true),
  healing: flag().default(true),
  values: glooValues.default({}),
}).prefault({});

const revision = whole(1, 1_000_000).default(1);
const maxVersions = whole(0, 1000).default(0);

/** What a user writes, field by field, with every default. What needs two fields of different parts is in rules.ts. */
export const environmentSchema = section({
  ...common,
  vault: section({
    mode: choice(['dev', 'raft']).optional(),
    raft: raft.optional(),
    namespace: text('a namespace', namespace).default('vault'),
    chartVersion: text('a chart version', chartVersion).default(charts.vault.version),
    audit: flag().default(true),
    revision,
    networkPolicy: flag().default(true),
    auth: section({
      mountPath: text('a mount path', authMount).default('aws'),
      serverIdHeader: text('a header value', serverIdHeader).default('vault.gloo.example.com'),
      session: session.optional(),
    }).prefault({}),
    kv: section({ mountPath: text('a mount path', kvMount).default('dev'), maxVersions }).prefault({}),
    policy: section({
      name: text('a policy name', policyName).default('dev'),
      form: choice(['guide', 'smallest']).optional(),
    }).prefault({}),
    operators,
    drift: drift.prefault({}),
    shared: shared.optional(),
  }).prefault({}),
  gloo,
});

const ofTheVault = (key: string) => (Object.hasOwn(environmentSchema.shape.vault.unwrap().shape, key) ? "is a setting of the Vault itself, which is another environment's here; say it there." : undefined);

/** The same of an environment without a Vault of its own. What the two sides say together is in sharing-rules.ts. */
export const guestSchema = section({
  ...common,
  vault: section(
    {
      sharedFrom: text("the key of the environment whose Vault it is", environmentName),
      clientCidrs: list('CIDR blocks', text('a CIDR block', clientCidr), { min: 1, max: 10 }).optional(),
      revision,
      auth: section({ session: session.optional() }, (key) => (['mountPath', 'serverIdHeader'].includes(key) ? ofTheVault('auth') : undefined)).prefault({}),
      kv: section({ mountPath: text('a mount path', kvMount), maxVersions }),
      policy: section({ name: text('a policy name', policyName) }, (key) => (key === 'form' ? "is 'smallest' for whoever is a guest in a Vault; leave it out." : undefined)),
    },
    ofTheVault,
  ),
  gloo,
});

/** An environment with its defaults, before it is resolved. */
export type Fields = z.output<typeof environmentSchema>;

/** The same of one without a Vault of its own. */
export type GuestFields = z.output<typeof guestSchema>;

/** What the two have in common. */
export type CommonFields = Pick<Fields & GuestFields, keyof typeof common | 'gloo'>;
