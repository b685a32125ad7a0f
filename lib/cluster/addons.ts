import { CfnAddon } from 'aws-cdk-lib/aws-eks-v2';
import { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acceptManagedPolicies } from '../accepted-findings';
import type { AddonName, AnyEnvironment } from '../environment/environment';
import { serviceAccountTrust } from '../identity/web-identity';
import type { OidcProvider } from './cluster-access';

export interface AddonsProps {
  readonly clusterName: string;
  readonly oidcProvider: OidcProvider;
  readonly addons: readonly AddonName[];
}

/** Add-ons that an environment's Vault needs and its cluster does not have: a driver for volumes, certificates. */
export function neededAddons({ cluster, vault }: Pick<AnyEnvironment, 'cluster' | 'vault'>): readonly AddonName[] {
  const raft = 'raft' in vault ? vault.raft : undefined;
  if (raft === undefined) return [];
  const needed: readonly AddonName[] = raft.tls ? ['aws-ebs-csi-driver', 'cert-manager'] : ['aws-ebs-csi-driver'];
  return cluster.kind === 'imported' ? needed.filter((name) => !cluster.addons.includes(name)) : needed;
}

/**
 * EKS add-ons, at the version that EKS gives the cluster's Kubernetes by default. `aws-ebs-csi-driver` has a role of its
 * own; `cert-manager`, a community add-on, needs none.
 */
export class Addons extends Construct {
  constructor(scope: Construct, id: string, { clusterName, oidcProvider, addons }: AddonsProps) {
    super(scope, id);
    const ids: Readonly<Record<AddonName, string>> = { 'aws-ebs-csi-driver': 'EbsCsi', 'cert-manager': 'CertManager' };
    for (const addonName of addons) {
      new CfnAddon(this, ids[addonName], {
        clusterName,
        addonName,
        resolveConflicts: 'OVERWRITE',
        ...(addonName === 'aws-ebs-csi-driver' ? { serviceAccountRoleArn: this.driverRole(clusterName, oidcProvider).roleArn } : {}),
      });
    }
  }

  private driverRole(clusterName: string, { arn, issuerHost }: OidcProvider): Role {
    const role = new Role(this, 'EbsCsiRole', {
      description: `Makes and attaches EBS volumes for ${clusterName}`,
      assumedBy: serviceAccountTrust(this, 'EbsCsiTrust', {
        oidcProviderArn: arn,
        issuerHost,
        namespace: 'kube-system',
        serviceAccounts: ['ebs-csi-controller-sa'],
      }),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEBSCSIDriverPolicy')],
    });
    acceptManagedPolicies(role, 'EKS documents this policy as the one that the driver has; it acts on volumes that carry the driver’s tags.', 'service-role/AmazonEBSCSIDriverPolicy');
    return role;
  }
}
