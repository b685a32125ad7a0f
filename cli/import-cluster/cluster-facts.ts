import type { Addon, Cluster } from '@aws-sdk/client-eks';
import type { RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import type { ImportedClusterInput } from '../../lib/environment/input';

/** Add-ons that an environment's entry names. */
export const ADDONS = ['vpc-cni', 'aws-ebs-csi-driver', 'cert-manager'] as const satisfies readonly (keyof NonNullable<ImportedClusterInput['addons']>)[];
export type AddonName = (typeof ADDONS)[number];

const required = z.string().min(1);

const clusterAnswer = z.object({
  name: required,
  arn: required,
  version: required,
  status: required,
  endpoint: required,
  certificateAuthority: z.object({ data: required }),
  identity: z.object({ oidc: z.object({ issuer: required }) }),
  resourcesVpcConfig: z.object({
    vpcId: required,
    subnetIds: z.array(required).min(1),
    clusterSecurityGroupId: required,
    endpointPublicAccess: z.boolean(),
    endpointPrivateAccess: z.boolean(),
    publicAccessCidrs: z.array(z.string()).default([]),
  }),
  /** Absent from clusters that are older than access entries. */
  accessConfig: z.object({ authenticationMode: z.string().default('CONFIG_MAP') }).prefault({}),
  kubernetesNetworkConfig: z.object({ ipFamily: z.string().default('ipv4') }).prefault({}),
  computeConfig: z.object({ enabled: z.boolean().default(false) }).prefault({}),
});

/** A cluster as EKS describes it, as far as an environment's entry needs it. */
export type DescribedCluster = z.output<typeof clusterAnswer>;

/** What AWS says of a cluster and of what stands around it. */
export interface ClusterFacts {
  readonly cluster: DescribedCluster;
  /** Those of {@link ADDONS} that EKS installed. */
  readonly addons: readonly Addon[];
  /** All subnets of the cluster's VPC. */
  readonly subnets: readonly Subnet[];
  /** All route tables of the VPC; none where nothing has to run in it. */
  readonly routeTables: readonly RouteTable[];
  /** IAM's OIDC providers, all of the account. */
  readonly oidcProviderArns: readonly string[];
}

/** @throws {Error} for a cluster that lacks what an entry needs: it is being made, or it failed. */
export function describedCluster(cluster: Cluster | undefined): DescribedCluster {
  const { data, error } = clusterAnswer.safeParse(cluster);
  if (data !== undefined) return data;
  const lacking = error.issues.map(({ path }) => path.join('.')).join(', ');
  const { name = 'NAME', status = 'in an unknown state' } = cluster ?? {};
  throw new Error(`The cluster "${name}" is ${status} and has no ${lacking} yet; wait for it: aws eks wait cluster-active --name ${name}`);
}
