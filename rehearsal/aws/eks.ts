import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../cloudformation/template';
import { authorize } from './authorize';
import type { IamStore } from './iam';
import type { Infrastructure, KnownAddon, KnownCluster } from './infrastructure';
import { AwsError, type Operation, type Reply, type ServiceApi } from './protocol';
import type { Session } from './sessions';
import { uuidOf } from './unique-id';

interface Route {
  readonly name: string;
  readonly path: RegExp;
  run(iam: IamStore, infrastructure: Infrastructure, names: readonly string[], caller: Session): JsonObject;
}

const ROUTES: readonly Route[] = [
  {
    name: 'ListClusters',
    path: /^\/clusters$/,
    run: (iam, { clusters }, _, caller) => {
      permit(iam, caller, 'ListClusters', '*');
      return { clusters: clusters.map(({ name }) => name), nextToken: null };
    },
  },
  {
    name: 'DescribeCluster',
    path: /^\/clusters\/([^/]+)$/,
    run: (iam, infrastructure, [name = ''], caller) => {
      permit(iam, caller, 'DescribeCluster', clusterArn(iam, name));
      const cluster = find(infrastructure, name);
      return { cluster: described(cluster, clusterArn(iam, name)) };
    },
  },
  {
    name: 'ListAddons',
    path: /^\/clusters\/([^/]+)\/addons$/,
    run: (iam, infrastructure, [name = ''], caller) => {
      permit(iam, caller, 'ListAddons', clusterArn(iam, name));
      return { addons: find(infrastructure, name).addons.map((addon) => addon.name), nextToken: null };
    },
  },
  {
    name: 'DescribeAddon',
    path: /^\/clusters\/([^/]+)\/addons\/([^/]+)$/,
    run: (iam, infrastructure, [name = '', addonName = ''], caller) => {
      const arn = `${clusterArn(iam, name).replace(':cluster/', ':addon/')}/${addonName}/${uuidOf(`${name}/${addonName}`)}`;
      permit(iam, caller, 'DescribeAddon', arn);
      const addon = find(infrastructure, name).addons.find((each) => each.name === addonName);
      if (addon === undefined) throw new AwsError('ResourceNotFoundException', 404, `No addon: ${addonName} found in cluster: ${name}`);
      return { addon: describedAddon(addon, name, arn) };
    },
  },
];

/** EKS as far as one reads a cluster: REST with JSON. @param infrastructure asked anew by every request. */
export function eksApi(iam: IamStore, infrastructure: () => Infrastructure): ServiceApi {
  return {
    commonErrors: {
      MissingAuthenticationToken: ['MissingAuthenticationTokenException', 403],
      IncompleteSignature: ['IncompleteSignatureException', 400],
      InvalidClientTokenId: ['UnrecognizedClientException', 403],
      ExpiredToken: ['ExpiredTokenException', 403],
      SignatureDoesNotMatch: ['InvalidSignatureException', 403],
      Throttling: ['ThrottlingException', 400],
    },
    operationOf: ({ method, path, query }): Operation => {
      const parameter = [...query.keys()].find((name) => !name.startsWith('X-Amz-'));
      if (parameter !== undefined) throw new AwsError('InvalidParameterException', 400, `parameter ${parameter} is not modelled here`);
      const route = ROUTES.find((each) => method === 'GET' && each.path.test(path));
      if (route === undefined) throw new AwsError('UnknownOperationException', 404, '', `${method} ${path} is not modelled here`);
      const names = (route.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
      return { kind: 'signed', name: route.name, run: (caller) => json(200, route.run(iam, infrastructure(), names, caller)) };
    },
    renderError: ({ code, status, message }) => json(status, { message }, { 'x-amzn-errortype': code }),
  };
}

function permit(iam: IamStore, caller: Session, operation: string, resource: string): void {
  const action = `eks:${operation}`;
  const verdict = authorize(iam, { caller, action, resource, context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (verdict.allowed) return;
  const words = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${verdict.because}`;
  throw new AwsError('AccessDeniedException', 403, words, verdict.detail);
}

function find({ clusters }: Infrastructure, name: string): KnownCluster {
  const cluster = clusters.find((each) => each.name === name);
  if (cluster === undefined) throw new AwsError('ResourceNotFoundException', 404, `No cluster found for name: ${name}.`);
  return cluster;
}

function described(cluster: KnownCluster, arn: string): JsonObject {
  return {
    name: cluster.name,
    arn,
    createdAt: 1_763_000_000,
    version: cluster.version,
    endpoint: cluster.endpoint,
    resourcesVpcConfig: {
      subnetIds: [...cluster.subnetIds],
      securityGroupIds: [],
      clusterSecurityGroupId: cluster.securityGroupId,
      vpcId: cluster.vpcId,
      endpointPublicAccess: cluster.publicAccess,
      endpointPrivateAccess: cluster.privateAccess,
      publicAccessCidrs: cluster.publicAccess ? [...cluster.publicAccessCidrs] : [],
    },
    kubernetesNetworkConfig: { ipFamily: 'ipv4' },
    identity: { oidc: { issuer: cluster.issuer } },
    status: cluster.status ?? 'ACTIVE',
    certificateAuthority: { data: cluster.certificateAuthority },
    accessConfig: { authenticationMode: cluster.authenticationMode },
  };
}

function describedAddon(addon: KnownAddon, clusterName: string, addonArn: string): JsonObject {
  return {
    addonName: addon.name,
    clusterName,
    status: addon.status ?? 'ACTIVE',
    addonVersion: addon.version,
    addonArn,
    ...(addon.configurationValues === undefined ? {} : { configurationValues: addon.configurationValues }),
  };
}

function clusterArn({ partition, region, account }: IamStore, name: string): string {
  return `arn:${partition}:eks:${region}:${account}:cluster/${name}`;
}

function json(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers }, body: JSON.stringify(body) };
}
