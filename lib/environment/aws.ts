import { X509Certificate } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Partition } from './environment';
import type { Check } from './fields';
import { joinOr, suggestion } from './words';

const partitions: readonly Partition['name'][] = ['aws', 'aws-cn', 'aws-us-gov'];

/** A region's partition; undefined for a region that AWS does not have or whose partition this app does not know. */
export function partitionOf(region: string): Partition | undefined {
  if (!RegionInfo.regions.some(({ name }) => name === region)) return undefined;
  const info = RegionInfo.get(region);
  const name = partitions.find((each) => each === info.partition);
  return name === undefined || info.domainSuffix === undefined ? undefined : { name, dnsSuffix: info.domainSuffix };
}

/** An account's number. */
export const account: Check = (value) =>
  /^\d{12}$/.test(value) ? undefined : 'is not an AWS account; allowed: 12 digits.';

/** What to say of an account written as a number: YAML and JSON drop its leading zeros. */
export function accountAsNumber(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value >= 1e12) return undefined;
  return `is a number, and a number loses its leading zeros; put the account in quotes: account: "${String(value).padStart(12, '0')}".`;
}

/** A region that AWS has, in a partition that this app knows. */
export const region: Check = (value) => {
  if (partitionOf(value) !== undefined) return undefined;
  const known = RegionInfo.regions.map(({ name }) => name);
  return known.includes(value)
    ? `lies in the partition ${RegionInfo.get(value).partition}; allowed: regions of ${joinOr(partitions)}.`
    : `is not an AWS region.${suggestion(value, known) || ' Allowed: us-east-1, eu-central-1 and the other regions of AWS.'}`;
};

/** What EKS takes as a cluster's name, short enough for the roles that end in it. */
export const clusterName: Check = (value) => {
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]*$/.test(value) || value.length > 100) {
    return "is not a cluster name that EKS takes; allowed: letters, digits, '-' and '_', the first a letter or digit.";
  }
  if (value.length <= 64 - longestRolePrefix.length) return undefined;
  return (
    `has ${value.length} characters, and ${longestRolePrefix}NAME would be an IAM role name of ${longestRolePrefix.length + value.length}; ` +
    `allowed: ${64 - longestRolePrefix.length}, for IAM takes 64.`
  );
};

const longestRolePrefix = 'dev-role-iam-';

/** Parts of an ARN that an environment has to agree with; undefined for what is no ARN. IAM's have no region. */
export function parseArn(value: string): { partition: string; region: string; account: string; resource: string } | undefined {
  const match = /^arn:(?<partition>aws[\w-]*):[\w-]+:(?<region>[\w-]*):(?<account>\d{12}):(?<resource>\S+)$/.exec(value)?.groups;
  return match === undefined
    ? undefined
    : { partition: match.partition ?? '', region: match.region ?? '', account: match.account ?? '', resource: match.resource ?? '' };
}

/** An IAM role or user. */
export const principalArn: Check = (value) => {
  if (/^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/.test(value)) return undefined;
  return value.includes(':assumed-role/')
    ? 'is a session of a role; give the role itself: arn:aws:iam::ACCOUNT:role/NAME.'
    : 'is not an IAM principal; allowed: arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME.';
};

/** An IAM role. */
export const roleArn: Check = (value) =>
  /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(value)
    ? undefined
    : 'is not an IAM role; allowed: arn:aws:iam::ACCOUNT:role/NAME.';

/** A key of KMS; an alias could be pointed at another one. */
export const keyArn: Check = (value) =>
  /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(value)
    ? undefined
    : `is not a KMS key; allowed: arn:aws:kms:REGION:ACCOUNT:key/ID${/:alias\/|^alias\//.test(value) ? ', not an alias, which may come to mean another key' : ''}.`;

/** A secret of Secrets Manager, with the six characters that end its ARN. */
export const secretArn: Check = (value) =>
  /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/.test(value)
    ? undefined
    : 'is not a secret of Secrets Manager; allowed: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX, as `aws secretsmanager describe-secret --query ARN` prints it.';

/** A topic of SNS; a FIFO topic takes no alarms. */
export const topicArn: Check = (value) =>
  /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/.test(value)
    ? undefined
    : `is ${/:sns:.*\.fifo$/.test(value) ? 'a FIFO topic, which takes no alarms' : 'not an SNS topic'}; allowed: arn:aws:sns:REGION:ACCOUNT:NAME.`;

/** A bucket of S3. */
export const bucketName: Check = (value) =>
  /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) && !/^\d+\.\d+\.\d+\.\d+$/.test(value)
    ? undefined
    : "is not a bucket's name; allowed: 3 to 63 lower-case letters, digits, '-' and '.', the first and last a letter or digit.";

/** IAM's OIDC provider of a cluster. */
export const oidcProviderArn: Check = (value) =>
  /^arn:aws[\w-]*:iam::\d{12}:oidc-provider\/[\w.-]+(\/[\w./-]*[\w.-])?$/.test(value)
    ? undefined
    : 'is not an OIDC provider of IAM; allowed: arn:aws:iam::ACCOUNT:oidc-provider/oidc.eks.REGION.amazonaws.com/id/ID.';

/** `https://` and no user, query, fragment or slash at the end: an OIDC issuer or an API server. */
export const httpsUrl: Check = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:') return 'is not an https URL; allowed: https://….';
  if (/\s/.test(value) || url.username !== '' || url.password !== '' || /[?#]/.test(value)) {
    return 'has more than host and path; leave out user, query and fragment.';
  }
  return value.endsWith('/') ? 'ends in a slash; leave it out.' : undefined;
};

/** An API server's URL: as {@link httpsUrl}, with no path. */
export const endpoint: Check = (value) =>
  httpsUrl(value) ?? (new URL(value).pathname === '/' ? undefined : 'has a path; allowed: https://HOST.');

/** The region in the host of an EKS endpoint or issuer: `us-east-1`; undefined for other hosts. */
export function regionInHost(url: string): string | undefined {
  return /^(?:https:\/\/)?(?:oidc\.eks\.|[\w.-]+\.)(?<region>[a-z]{2,}(?:-[a-z]+)+-\d)\.(?:eks\.)?amazonaws\.com/.exec(url)?.groups
    ?.region;
}

/** Base64 of a certificate's PEM, as `certificateAuthority.data` holds it. The value is not repeated: it may be a key. */
export function certificateFault(value: string): string | undefined {
  const mend = 'give certificateAuthority.data of `aws eks describe-cluster` as it is.';
  if (value.includes('-----BEGIN')) return `is a PEM, not the base64 of one; ${mend}`;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return `is not base64; ${mend}`;
  const pem = Buffer.from(value, 'base64').toString('latin1');
  if (!/^\s*-----BEGIN CERTIFICATE-----/.test(pem)) return `is base64, but not of a PEM certificate; ${mend}`;
  try {
    new X509Certificate(pem);
    return undefined;
  } catch (error) {
    return `is base64 of a PEM whose certificate cannot be read (${(error as NodeJS.ErrnoException).code ?? 'malformed'}); ${mend}`;
  }
}

/** An identifier such as `sg-0123456789abcdef0`. */
export const resourceId =
  (prefix: string): Check =>
  (value) =>
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(value)
      ? undefined
      : `is not an identifier of its kind; allowed: ${prefix}- and 17 (older ones 8) hexadecimal digits.`;

/** An IPv4 block in its plain form. */
export const cidr: Check = (value) => {
  const [address = '', length = '', ...rest] = value.split('/');
  if (!isIPv4(address) || !/^([0-9]|[12][0-9]|3[0-2])$/.test(length) || rest.length > 0) {
    return 'is not an IPv4 CIDR block; allowed: ADDRESS/LENGTH, such as 203.0.113.0/24.';
  }
  const bits = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const first = bits - (bits % 2 ** (32 - Number(length)));
  if (first === bits) return undefined;
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `has bits set behind its length; write ${octets.join('.')}/${length}.`;
};

/** The VPC's block: room for public, private and control-plane subnets in each of three zones. */
export const vpcCidr: Check = (value) => {
  const fault = cidr(value);
  if (fault !== undefined) return fault;
  const length = Number(value.split('/')[1]);
  return length >= 16 && length <= 21
    ? undefined
    : 'is not of a size that holds the subnets; allowed: /16 (what a VPC takes at most) to /21 (public, node and control-plane subnets in three zones).';
};

/** A block on the endpoint's allow-list; EKS takes public addresses only. */
export const publicCidr: Check = (value) => {
  const fault = cidr(value);
  if (fault !== undefined) return fault;
  if (value === '0.0.0.0/0') return "lets everybody in; say so: endpointAccess: 'public'.";
  return reserved.check(value.split('/')[0] ?? '')
    ? 'is a private or reserved block, which EKS refuses here and the internet never shows; allowed: public addresses.'
    : undefined;
};

/** A block that requests to a shared Vault come from. */
export const clientCidr: Check = (value) => {
  const fault = cidr(value);
  if (fault !== undefined) return fault;
  return Number(value.split('/')[1]) < 8 ? 'is wider than any network; allowed: /8 to /32, the blocks of the VPC, say.' : undefined;
};

/** Whether two blocks have an address in common. */
export function overlapping(a: string, b: string): boolean {
  const [[first, length], [second, other]] = [a.split('/'), b.split('/')] as [[string, string], [string, string]];
  const block = new BlockList();
  block.addSubnet(Number(length) <= Number(other) ? first : second, Math.min(Number(length), Number(other)));
  return block.check(Number(length) <= Number(other) ? second : first);
}

const reserved = new BlockList();
for (const block of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']) {
  const [address = '', length] = block.split('/');
  reserved.addSubnet(address, Number(length));
}

/** An EC2 instance type for the nodes, x86. */
export const instanceType: Check = (value) => {
  if (!/^[a-z]+\d{1,2}[a-z-]*\.[a-z0-9-]+$/.test(value)) return 'is not an EC2 instance type; allowed: m5.large and the like.';
  return new InstanceType(value).architecture === InstanceArchitecture.ARM_64
    ? 'is an ARM type, and Gloo has no ARM images; allowed: x86 types, such as m5.large.'
    : undefined;
};
