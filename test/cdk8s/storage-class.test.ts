import { Testing } from 'cdk8s';
import { STORAGE_CLASS, StorageClassChart } from '../../cdk8s/storage-class';

test('volumes are encrypted, wait for their pod’s zone, and outlive their claims', () => {
  expect(Testing.synth(new StorageClassChart(Testing.app(), 'class'))).toEqual([
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      // Not the cluster's default: no annotation makes it one.
      metadata: { name: STORAGE_CLASS },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true' },
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    },
  ]);
});
