import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { App as Cdk8sApp, type Chart } from 'cdk8s';
import { Construct, type IDependable } from 'constructs';
import { AuthorityGuardChart, CertificateAuthorityChart, CertificateChart } from '../../cdk8s/certificates';
import { StorageClassChart } from '../../cdk8s/storage-class';
import type { Environment, Raft } from '../environment/environment';
import { vaultImage } from '../versions';
import { raftHelmValues } from './raft-helm-values';
import { RecoveryKeys } from './recovery/recovery-keys';
import { SealKey } from './seal-key';
import { serverNames, TLS } from './tls';

/** Applies a chart of manifests under an id; a policy of `RETAIN` leaves them behind. */
export type Apply = (id: string, chart: Chart, removalPolicy?: RemovalPolicy) => Construct;

export interface RaftGroundProps {
  readonly environment: Environment;
  readonly raft: Raft;
  /** Vault's namespace. */
  readonly namespace: IDependable;
  readonly apply: Apply;
}

/** What a Vault with replicas stands on: its seal, the place for its recovery keys, volumes, certificates. */
export class RaftGround extends Construct {
  readonly sealKeyArn: string;
  readonly recoveryKeys: RecoveryKeys;
  /** Encrypts recovery keys and snapshots at rest. Not the seal's key: who reads the one needs no right on the other. */
  readonly backupKey: Key;
  readonly helmValues: Record<string, unknown>;
  /** What has to be there before the pods. */
  readonly needs: readonly IDependable[];

  constructor(scope: Construct, id: string, { environment, raft, namespace, apply }: RaftGroundProps) {
    super(scope, id);
    const { cluster, region, vault, gloo } = environment;
    const image = vaultImage(vault.chartVersion);
    if (image === undefined) throw new Error(`The Vault of chart ${vault.chartVersion} passed its check and is not known.`);
    const seal = new SealKey(this, 'Seal', { clusterName: cluster.name, ...(raft.kmsKeyArn === undefined ? {} : { existingKeyArn: raft.kmsKeyArn }) });
    this.sealKeyArn = seal.keyArn;
    this.backupKey = new Key(this, 'BackupKey', {
      description: `Encrypts the recovery keys and snapshots of Vault in ${cluster.name}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { secret } = raft.recovery;
    this.recoveryKeys = new RecoveryKeys(this, 'RecoveryKeys', { clusterName: cluster.name, key: this.backupKey, ...(secret === undefined ? {} : { existing: secret }) });
    this.helmValues = raftHelmValues({ raft, region, sealKeyArn: seal.keyArn, image });

    const manifests = new Cdk8sApp();
    // Kept: deleting it deletes no volume, but a claim that is left names it.
    const storage = apply('StorageClass', new StorageClassChart(manifests, 'storage-class'), RemovalPolicy.RETAIN);
    this.needs = [seal, storage, ...(raft.tls ? [this.certificates(manifests, vault, gloo.namespace, namespace, apply)] : [])];
  }

  private certificates(manifests: Cdk8sApp, vault: Environment['vault'], glooNamespace: string, namespace: IDependable, apply: Apply): IDependable {
    // As long as the authority is there, which is longer than this stack.
    const guard = apply('AuthorityGuard', new AuthorityGuardChart(manifests, 'authority-guard', { namespaces: [vault.namespace, glooNamespace] }), RemovalPolicy.RETAIN);
    // Another authority would be one that a running Gloo does not trust.
    const authority = apply('CertificateAuthority', new CertificateAuthorityChart(manifests, 'certificate-authority'), RemovalPolicy.RETAIN);
    authority.node.addDependency(guard);
    const certificate = apply(
      'Certificate',
      new CertificateChart(manifests, 'certificate', { namespace: vault.namespace, name: TLS.serverSecret, usage: 'server auth', ...serverNames(vault) }),
    );
    certificate.node.addDependency(namespace, authority);
    return certificate;
  }
}
