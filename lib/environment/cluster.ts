import { z } from 'zod';
import { creatable, defaultKubernetesVersion, importable, type KubernetesVersion } from '../versions';
import {
  certificateFault,
  cidr,
  clusterName,
  endpoint,
  httpsUrl,
  instanceType,
  oidcProviderArn,
  principalArn,
  publicCidr,
  resourceId,
  roleArn,
  vpcCidr,
} from './aws';
import { MISSING } from './faults';
import { always, choice, list, section, text, whole } from './fields';
import { quote, suggestion } from './words';

const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** A period that CloudWatch Logs keeps logs for, in days. */
export type LogRetentionDays = (typeof logRetentionDays)[number];

const name = text('the name of an EKS cluster', clusterName);

const endpointAccess = z
  .union(
    [
      z.literal('public'),
      z.literal('private'),
      section({
        publicFrom: list('CIDR blocks', text('a CIDR block', publicCidr), { min: 1, max: 40 }),
      }),
    ],
    {
      error: ({ input }) =>
        `${quote(input)} is not an access to the API server.${typeof input === 'string' ? suggestion(input, ['public', 'private']) : ''} ` +
        "Allowed: 'public', 'private' or { publicFrom: ['203.0.113.0/24'] }.",
    },
  )
  .default('public');

const nodes = section({
  instanceTypes: list('EC2 instance types', text('an EC2 instance type', instanceType), { min: 1, max: 30 }).default(['m5.large']),
  minSize: whole(1, 450).default(2),
  maxSize: whole(1, 450).default(4),
  desiredSize: whole(1, 450).default(2),
  diskSize: whole(20, 16_384, ' (GiB)').default(20),
}).superRefine(({ minSize, desiredSize, maxSize }, context) => {
  if (minSize <= desiredSize && desiredSize <= maxSize) return;
  context.addIssue({
    code: 'custom',
    message: `minSize ${minSize}, desiredSize ${desiredSize} and maxSize ${maxSize} are out of order; allowed: minSize ≤ desiredSize ≤ maxSize.`,
  });
});

const newCluster = section({
  name,
  kubernetesVersion: kubernetesVersion(creatable, 'that EKS creates clusters with').default(defaultKubernetesVersion),
  endpointAccess,
  vpcCidr: text('a CIDR block', vpcCidr).default('10.0.0.0/16'),
  zones: whole(2, 3).default(2),
  availabilityZones: list('availability zones', text('an availability zone', zone)).optional(),
  natGateways: whole(1, 3).default(1),
  nodes: nodes.prefault({}),
  logRetentionDays: choice(logRetentionDays).default(30),
  adminArns: list('ARNs of IAM roles and users', text('the ARN of an IAM role or user', principalArn)).default([]),
}).superRefine(({ zones, availabilityZones }, context) => {
  if (availabilityZones === undefined || new Set(availabilityZones).size === zones) return;
  context.addIssue({
    code: 'custom',
    path: ['availabilityZones'],
    message: `${availabilityZones.join(', ')} are ${new Set(availabilityZones).size} different zones while zones is ${zones}; name as many, or leave them out.`,
  });
}).superRefine(({ zones, natGateways }, context) => {
  if (natGateways <= zones) return;
  context.addIssue({
    code: 'custom',
    path: ['natGateways'],
    message: `${natGateways} is more than one a zone; allowed: 1 to ${zones}, the number of zones.`,
  });
});

const vpc = section({
  id: text('the ID of a VPC', resourceId('vpc')),
  availabilityZones: list('availability zones', text('an availability zone', zone), { min: 1, max: 6 }),
  privateSubnetIds: list('subnet IDs', text('the ID of a subnet', resourceId('subnet')), { min: 1 }),
}).superRefine(({ availabilityZones, privateSubnetIds }, context) => {
  if (privateSubnetIds.length % availabilityZones.length === 0) return;
  context.addIssue({
    code: 'custom',
    path: ['privateSubnetIds'],
    message: `${privateSubnetIds.length} subnets are no multiple of ${availabilityZones.length} zones; give as many subnets in each zone.`,
  });
});

const addonVersion = text('the version of an add-on', (value) =>
  /^v?\d{1,4}(\.\d{1,4}){1,2}([-+][\w.+-]*)?$/.test(value)
    ? undefined
    : "is not a version; allowed: 'v1.20.4-eksbuild.1' and the like, as `aws eks describe-addon --query addon.addonVersion` prints it.",
).optional();

const addons = section({ 'vpc-cni': addonVersion, 'aws-ebs-csi-driver': addonVersion, 'cert-manager': addonVersion });

const importedCluster = section({
  name,
  kubernetesVersion: kubernetesVersion(importable, 'of an EKS cluster'),
  endpoint: text("the URL of the cluster's API server", endpoint),
  certificateAuthority: text('the base64 of a PEM certificate', () => undefined, () => 'is not the base64 of a PEM certificate.')
    // Not led by its value, unlike the others: what was pasted here may be a key.
    .superRefine((value, context) => {
      const fault = certificateFault(value);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }),
  oidcProviderArn: text('the ARN of an OIDC provider', oidcProviderArn).optional(),
  oidcIssuer: text('the URL of an OIDC issuer', httpsUrl).optional(),
  securityGroupId: text('the ID of a security group', resourceId('sg')),
  kubectlRoleArn: text('the ARN of an IAM role', roleArn).optional(),
  endpointAccess,
  vpc: vpc.optional(),
  controlPlaneCidrs: list('CIDR blocks', text('a CIDR block', cidr)).default([]),
  addons: addons.optional(),
}).superRefine(({ oidcProviderArn: provider, oidcIssuer: issuer }, context) => {
  if (provider === undefined && issuer === undefined) {
    context.addIssue({ code: 'custom', path: ['oidcProviderArn (or oidcIssuer)'], message: `${MISSING}give one of the two.` });
  }
  if (provider !== undefined && issuer !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['oidcIssuer'],
      message: 'stands beside oidcProviderArn, which says the same; leave one out.',
    });
  }
}, always);

/** `cluster` of an environment: one to create or one to import. */
export const cluster = section({ create: newCluster.optional(), import: importedCluster.optional() }).superRefine(
  (value, context) => {
    if ((value.create === undefined) !== (value.import === undefined)) return;
    context.addIssue({
      code: 'custom',
      message: `has ${value.create === undefined ? 'neither create nor import' : 'both create and import'}; give one of the two.`,
    });
  },
  always,
);

function zone(value: string): string | undefined {
  return /^[a-z]{2,}(-[a-z]+)+-\d([a-z]|-[a-z]+-\d[a-z])$/.test(value)
    ? undefined
    : 'is not an availability zone; allowed: us-east-1a and the like.';
}

function kubernetesVersion(versions: readonly KubernetesVersion[], which: string) {
  const range = (all: readonly string[]) => `${all[0]} … ${all.at(-1)}`;
  const others = importable.filter((version) => !versions.includes(version));
  const allowed = `allowed: ${range(versions)}${others.length === 0 ? '' : ` (imported clusters also ${range(others)})`}.`;
  return text(
    'a Kubernetes minor version',
    (value) => (versions.some((version) => version === value) ? undefined : `is not a version ${which}; ${allowed}`),
    (value) => {
      if (typeof value !== 'number') return undefined;
      const written = versions.find((version) => [String(value), `${value}0`].includes(version));
      return `is a number, and a number loses its last zero; put the version in quotes${written === undefined ? `; ${allowed}` : `: "${written}".`}`;
    },
  );
}
