import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

/** Name of the StorageClass of Vault's volumes. */
export const STORAGE_CLASS = 'vault-gp3';

/**
 * Encrypted gp3 volumes that outlive their claims: what deletes a claim, a namespace or a chart by mistake deletes no
 * data. Bound when the pod is scheduled, so that the volume is in the pod's zone. Encrypted under the account's key for
 * EBS, for Vault's data is encrypted by Vault itself already.
 */
export class StorageClassChart extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new ApiObject(this, 'StorageClass', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true' },
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    });
  }
}
