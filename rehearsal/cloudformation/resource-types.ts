import { base32Of, ec2Id, roleUniqueId, uuidOf } from '../aws/unique-id';
import type { Partition } from '../../lib/environment/environment';
import { isObject, type Json, type JsonObject } from './template';

/** What the EKS service would answer for the cluster that a deployment makes. */
export interface ClusterAttributes {
  /** `https://…`. */
  readonly endpoint: string;
  /** Base64 of the API server's CA, PEM. */
  readonly certificateAuthorityData: string;
  /** `https://oidc.eks.…/id/…`. */
  readonly openIdConnectIssuerUrl: string;
  readonly clusterSecurityGroupId: string;
}

/** A resource about to be made. */
export interface Blueprint {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Resolved. */
  readonly properties: JsonObject;
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  readonly cluster: ClusterAttributes | undefined;
}

/** A resource that was made: what `Ref` and `Fn::GetAtt` give. */
export interface Made {
  readonly physicalId: string;
  /** Only for the types whose ARN matters here. */
  readonly arn?: string;
  /** @throws for an attribute that the type does not have. */
  attribute(name: string): Json;
}

const TYPES: Readonly<Record<string, (blueprint: Blueprint) => Made>> = {
  'AWS::IAM::Role': (blueprint) => {
    const name = nameOf(blueprint, 'RoleName', 64);
    const arn = iamArn(blueprint, `role${pathOf(blueprint)}${name}`);
    return made(blueprint, name, { Arn: arn, RoleId: roleUniqueId(arn) }, arn);
  },
  'AWS::IAM::ManagedPolicy': (blueprint) => {
    const arn = iamArn(blueprint, `policy${pathOf(blueprint)}${nameOf(blueprint, 'ManagedPolicyName', 128)}`);
    return made(blueprint, arn, { PolicyArn: arn }, arn);
  },
  'AWS::IAM::Policy': (blueprint) => made(blueprint, nameOf(blueprint, 'PolicyName', 128), {}),
  'AWS::IAM::OIDCProvider': (blueprint) => {
    const url = requiredText(blueprint, 'Url');
    if (!url.startsWith('https://')) {
      throw new Error(`${label(blueprint)}: Url "${url}" has to begin with https://`);
    }
    const arn = iamArn(blueprint, `oidc-provider/${url.slice('https://'.length)}`);
    return made(blueprint, arn, { Arn: arn }, arn);
  },
  'AWS::EKS::Cluster': (blueprint) => {
    const { cluster } = blueprint;
    if (cluster === undefined) {
      throw new Error(`${label(blueprint)}: the stack makes a cluster: give its endpoint, CA, issuer and security group as attributes.cluster`);
    }
    const name = nameOf(blueprint, 'Name', 100);
    const arn = serviceArn(blueprint, 'eks', `cluster/${name}`);
    return made(
      blueprint,
      name,
      {
        Arn: arn,
        Endpoint: cluster.endpoint,
        CertificateAuthorityData: cluster.certificateAuthorityData,
        OpenIdConnectIssuerUrl: cluster.openIdConnectIssuerUrl,
        ClusterSecurityGroupId: cluster.clusterSecurityGroupId,
      },
      arn,
    );
  },
  'AWS::Lambda::Function': (blueprint) => {
    const name = nameOf(blueprint, 'FunctionName', 64);
    const arn = serviceArn(blueprint, 'lambda', `function:${name}`);
    return made(blueprint, name, { Arn: arn }, arn);
  },
  'AWS::KMS::Key': (blueprint) => {
    const { stack, logicalId, properties } = blueprint;
    const id = properties.MultiRegion === true ? `mrk-${uuidOf(`${stack}/${logicalId}`).replaceAll('-', '')}` : uuidOf(`${stack}/${logicalId}`);
    const arn = serviceArn(blueprint, 'kms', `key/${id}`);
    return made(blueprint, id, { Arn: arn, KeyId: id }, arn);
  },
  'AWS::KMS::Alias': (blueprint) => {
    const name = requiredText(blueprint, 'AliasName');
    if (!/^alias\/(?!aws\/)[\w/-]{1,250}$/.test(name)) {
      throw new Error(`${label(blueprint)}: AliasName "${name}" has to be alias/ and a name of letters, digits, "/", "_" and "-" that does not begin with aws/`);
    }
    return made(blueprint, name, {}, serviceArn(blueprint, 'kms', name));
  },
  'AWS::SecretsManager::Secret': (blueprint) => {
    const name = nameOf(blueprint, 'Name', 512);
    // AWS ends a secret's ARN with six characters of its own, so that a secret made again under a name is another one.
    const arn = serviceArn(blueprint, 'secretsmanager', `secret:${name}-${base32Of(`secret/${name}`, 6)}`);
    return made(blueprint, arn, { Id: arn }, arn);
  },
  'AWS::S3::Bucket': (blueprint) => {
    const { partition, region } = blueprint;
    const name = blueprint.properties.BucketName === undefined ? nameOf(blueprint, 'BucketName', 63).toLowerCase() : nameOf(blueprint, 'BucketName', 63);
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new Error(`${label(blueprint)}: BucketName "${name}" has to be 3 to 63 lower-case letters, digits, "." and "-", with a letter or digit at both ends`);
    }
    const arn = `arn:${partition.name}:s3:::${name}`;
    return made(
      blueprint,
      name,
      {
        Arn: arn,
        DomainName: `${name}.s3.${partition.dnsSuffix}`,
        RegionalDomainName: `${name}.s3.${region}.${partition.dnsSuffix}`,
      },
      arn,
    );
  },
  'Custom::AWSCDKCfnJson': (blueprint) => made(blueprint, blueprint.logicalId, { Value: parsedValue(blueprint) }),
};

/** Parts of a network whose identifiers are read: what stands before the dash. */
const EC2_PREFIXES: Readonly<Record<string, string>> = {
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::NatGateway': 'nat',
};

/**
 * Makes a resource as far as others can see it. Types that do not matter to the rehearsal get `<LogicalId>` as physical
 * id and `<LogicalId>.<Attribute>` as attributes.
 * @throws for a name that AWS would refuse and for a nested stack, whose resources would go unseen.
 */
export function makeResource(blueprint: Blueprint): Made {
  const { type, stack, logicalId } = blueprint;
  if (type === 'AWS::CloudFormation::Stack') {
    throw new Error(`${label(blueprint)}: nested stacks are not deployed here`);
  }
  const make = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const prefix = Object.hasOwn(EC2_PREFIXES, type) ? EC2_PREFIXES[type] : undefined;
  const physicalId = prefix === undefined ? logicalId : ec2Id(prefix, `${stack}/${logicalId}`);
  return make?.(blueprint) ?? { physicalId, attribute: (name) => `${logicalId}.${name}` };
}

function made(blueprint: Blueprint, physicalId: string, attributes: JsonObject, arn?: string): Made {
  return {
    physicalId,
    ...(arn === undefined ? {} : { arn }),
    attribute: (name) => {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (value === undefined) {
        throw new Error(`${blueprint.type} has no attribute ${name} here; it has ${Object.keys(attributes).join(', ') || 'none'}`);
      }
      return value;
    },
  };
}

function nameOf(blueprint: Blueprint, property: string, longest: number): string {
  if (blueprint.properties[property] !== undefined) {
    const name = requiredText(blueprint, property);
    if (name.length === 0 || name.length > longest) {
      throw new Error(`${label(blueprint)}: ${property} "${name}" has ${name.length} characters, 1 to ${longest} are allowed`);
    }
    return name;
  }
  const { stack, logicalId } = blueprint;
  return `${`${stack}-${logicalId}`.slice(0, Math.min(longest, 64) - 13)}-${base32Of(`${stack}/${logicalId}`, 12)}`;
}

function pathOf(blueprint: Blueprint): string {
  return blueprint.properties.Path === undefined ? '/' : requiredText(blueprint, 'Path');
}

function parsedValue(blueprint: Blueprint): Json {
  const value = requiredText(blueprint, 'Value');
  try {
    return JSON.parse(value) as Json;
  } catch (error) {
    throw new Error(`${label(blueprint)}: Value is not JSON: ${String(error)}`, { cause: error });
  }
}

function requiredText(blueprint: Blueprint, property: string): string {
  const value = blueprint.properties[property];
  if (typeof value !== 'string') {
    const found = value === undefined ? 'absent' : isObject(value) ? 'an object' : typeof value;
    throw new Error(`${label(blueprint)}: ${property} has to be a text, it is ${found}`);
  }
  return value;
}

function iamArn({ partition, account }: Blueprint, resource: string): string {
  return `arn:${partition.name}:iam::${account}:${resource}`;
}

function serviceArn({ partition, region, account }: Blueprint, service: string, resource: string): string {
  return `arn:${partition.name}:${service}:${region}:${account}:${resource}`;
}

function label({ stack, logicalId }: Blueprint): string {
  return `stack ${stack}, resource ${logicalId}`;
}
