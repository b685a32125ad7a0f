import { STORAGE_CLASS } from '../../cdk8s/storage-class';
import { VAULT_SERVICE_ACCOUNT } from '../../cdk8s/vault-service-account';
import type { Raft } from '../environment/environment';
import type { Image } from '../versions';
import { VAULT_RELEASE } from './addresses';
import { TLS } from './tls';

export interface RaftHelmValuesProps {
  readonly raft: Raft;
  readonly region: string;
  /** Key that seals Vault. */
  readonly sealKeyArn: string;
  /** Vault's. */
  readonly image: Image;
}

/** Seconds between two looks at the certificate. The kubelet itself takes up to a minute to bring a renewed one. */
const CERTIFICATE_POLL = 30;

/** Of which one can be lost, with a majority of the replicas in the others. */
const ZONES = 3;

/**
 * Values of the chart `hashicorp/vault` with integrated storage. What they leave to the chart: pods that restart only when
 * somebody deletes them (OnDelete).
 */
export function raftHelmValues(props: RaftHelmValuesProps): Record<string, unknown> {
  const { raft, image } = props;
  return {
    global: { tlsDisable: !raft.tls },
    injector: { enabled: false },
    csi: { enabled: false },
    ui: { enabled: false },
    server: {
      image,
      authDelegator: { enabled: false },
      serviceAccount: { create: false, name: VAULT_SERVICE_ACCOUNT },
      // A changed configuration is a changed pod then: else nothing tells the pods that run the last one.
      includeConfigAnnotation: true,
      // Else a leader that died stays behind the Service of the leader.
      service: { publishNotReadyAddresses: false },
      resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
      // The preStop hook takes five seconds, stepping down and closing the storage the rest.
      terminationGracePeriodSeconds: 60,
      affinity: oneANode(),
      ...(raft.replicas > 1 ? { topologySpreadConstraints: [zones()] } : {}),
      dataStorage: { enabled: true, size: `${raft.storageSize}Gi`, storageClass: STORAGE_CLASS },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ...(raft.tls ? certificate(image) : {}),
      ha: {
        enabled: true,
        replicas: raft.replicas,
        disruptionBudget: budget(raft.replicas),
        // The address in a redirect: a name that is in the certificate.
        apiAddr: `${scheme(raft)}://$(VAULT_K8S_POD_NAME).${VAULT_RELEASE}-internal:8200`,
        raft: { enabled: true, setNodeId: true, config: configuration(props) },
      },
    },
  };
}

const scheme = ({ tls }: Raft) => (tls ? 'https' : 'http');

/** Vault's own configuration, HCL. */
function configuration({ raft, region, sealKeyArn }: RaftHelmValuesProps): string {
  const peers = Array.from({ length: raft.replicas }, (_, index) =>
    [
      '  retry_join {',
      `    leader_api_addr = "${scheme(raft)}://${VAULT_RELEASE}-${index}.${VAULT_RELEASE}-internal:8200"`,
      ...(raft.tls ? [`    leader_ca_cert_file = "${TLS.directory}/ca.crt"`] : []),
      '  }',
    ].join('\n'),
  );
  const tls = raft.tls
    ? [`  tls_cert_file = "${TLS.directory}/tls.crt"`, `  tls_key_file = "${TLS.directory}/tls.key"`, '  tls_min_version = "tls12"']
    : ['  tls_disable = 1'];
  return `${[
    'ui = false',
    'listener "tcp" {',
    '  address = "[::]:8200"',
    '  cluster_address = "[::]:8201"',
    ...tls,
    '}',
    'storage "raft" {',
    '  path = "/vault/data"',
    // A new leader after 2 to 3 seconds; with Vault's default, 5, after 11 to 22.
    '  performance_multiplier = 1',
    ...peers,
    '}',
    'seal "awskms" {',
    `  region = "${region}"`,
    `  kms_key_id = "${sealKeyArn}"`,
    '}',
    // Sets the labels that vault-active and vault-standby select by.
    'service_registration "kubernetes" {}',
  ].join('\n')}\n`;
}

/** The pods, by the labels that the chart gives them. */
const PODS = { matchLabels: { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': VAULT_RELEASE, component: 'server' } };

function oneANode(): Record<string, unknown> {
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: PODS, topologyKey: 'kubernetes.io/hostname' }] } };
}

/** Without `minDomains`, three replicas would do with two zones: only zones that have a node are counted. */
function zones(): Record<string, unknown> {
  return { maxSkew: 1, minDomains: ZONES, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: PODS };
}

/** As many as may be away while a majority stays. The chart's budget for one replica would let no node be drained at all, and so none be upgraded. */
function budget(replicas: number): Record<string, unknown> {
  return replicas === 1 ? { enabled: false } : { enabled: true, maxUnavailable: (replicas - 1) / 2 };
}

/**
 * The certificate in the pods, and a container that tells Vault when it was renewed: Vault reads it again on SIGHUP, and
 * not by itself. The same image as Vault's, so that nothing else has to be trusted.
 */
function certificate(image: Image): Record<string, unknown> {
  const mount = { name: 'tls', mountPath: TLS.directory, readOnly: true };
  return {
    extraEnvironmentVars: { VAULT_CACERT: `${TLS.directory}/ca.crt` },
    volumes: [{ name: 'tls', secret: { secretName: TLS.serverSecret, defaultMode: 0o440 } }],
    volumeMounts: [mount],
    shareProcessNamespace: true,
    extraContainers: [
      {
        name: 'certificate-reload',
        image: `${image.repository}:${image.tag}`,
        command: ['/bin/sh', '-c', RELOAD],
        env: [
          { name: 'CERTIFICATE', value: `${TLS.directory}/tls.crt` },
          { name: 'POLL_SECONDS', value: String(CERTIFICATE_POLL) },
        ],
        volumeMounts: [mount],
        resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '32Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}

const RELOAD = `
seen=$(sha256sum < "$CERTIFICATE")
while sleep "$POLL_SECONDS"; do
  now=$(sha256sum < "$CERTIFICATE") || continue
  if [ "$now" != "$seen" ] && kill -HUP $(pidof vault); then
    seen=$now
    echo "certificate renewed, and Vault told to read it"
  fi
done
`;
