import { Chart } from 'cdk8s';
import { Namespaces, NetworkPolicy, NetworkPolicyIpBlock, NetworkPolicyPort, NetworkPolicyTrafficDefault, Pods, type NetworkPolicyRule } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface VaultNetworkPolicyProps {
  readonly namespace: string;
  readonly glooNamespace: string;
  /** Values of the label `gloo` on the pods that read secrets: not the proxy, which faces the internet. */
  readonly glooPods: readonly string[];
  /** The control plane's network interfaces: the API server's proxy is no pod, so only an address block can name it. */
  readonly controlPlaneCidrs: readonly string[];
  /**
   * Blocks that other clusters' requests come from.
   * @default - there are none
   */
  readonly clientCidrs?: readonly string[];
  /**
   * Whether Vault's pods may open connections to no more than they need: a Vault with replicas, whose needs are known.
   * @default false
   */
  readonly limitEgress?: boolean;
}

/** Labels that Vault's chart gives its server pods. */
export const VAULT_PODS = { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' };

/**
 * Who reaches Vault (guide row 16): the pods of Gloo that read secrets, Vault's own, the API server for the configuration
 * function, and other clusters that share it, on 8200. Does nothing unless the CNI enforces policies, and in EKS's standard mode a pod is
 * open for some seconds until its policy is programmed.
 */
export class VaultNetworkPolicyChart extends Chart {
  constructor(scope: Construct, id: string, props: VaultNetworkPolicyProps) {
    super(scope, id, { namespace: props.namespace });
    const vault = Pods.select(this, 'VaultPods', { labels: VAULT_PODS });
    const ports = [NetworkPolicyPort.tcp(8200)];
    const controlPlane = props.controlPlaneCidrs.map((cidr, index) => NetworkPolicyIpBlock.ipv4(this, `ControlPlane${index}`, cidr));
    new NetworkPolicy(this, 'NetworkPolicy', {
      metadata: { name: 'vault' },
      selector: vault,
      ingress: {
        rules: [
          ...props.glooPods.map((name) => ({
            peer: Pods.select(this, `Gloo-${name}`, {
              labels: { gloo: name },
              namespaces: Namespaces.select(this, `Gloo-${name}-Namespace`, { labels: { 'kubernetes.io/metadata.name': props.glooNamespace } }),
            }),
            ports,
          })),
          { peer: vault, ports: [...ports, NetworkPolicyPort.tcp(8201)] },
          ...controlPlane.map((peer) => ({ peer, ports })),
          ...(props.clientCidrs ?? []).map((cidr, index) => ({ peer: NetworkPolicyIpBlock.ipv4(this, `Client${index}`, cidr), ports })),
        ],
      },
      ...(props.limitEgress ? { egress: { default: NetworkPolicyTrafficDefault.DENY, rules: this.egress(vault, controlPlane) } } : {}),
    });
  }

  private egress(vault: Pods, controlPlane: readonly NetworkPolicyIpBlock[]): NetworkPolicyRule[] {
    const https = [NetworkPolicyPort.tcp(443)];
    return [
      // Names. By no other label: the CNI admits the Service's address only if its selector has all that stand here.
      {
        peer: Pods.select(this, 'Dns', {
          labels: { 'k8s-app': 'kube-dns' },
          namespaces: Namespaces.select(this, 'Dns-Namespace', { labels: { 'kubernetes.io/metadata.name': 'kube-system' } }),
        }),
        ports: [NetworkPolicyPort.udp(53), NetworkPolicyPort.tcp(53)],
      },
      // The other replicas: joining and answering for the leader, and Raft.
      { peer: vault, ports: [NetworkPolicyPort.tcp(8200), NetworkPolicyPort.tcp(8201)] },
      // The API server, where Vault labels its pods: without the labels, vault-active selects none.
      ...controlPlane.map((peer) => ({ peer, ports: https })),
      // STS, IAM and KMS, which have no addresses of their own, and the address of the Service `kubernetes`; not the
      // instance metadata service, which has the node's credentials.
      { peer: NetworkPolicyIpBlock.ipv4(this, 'Aws', '0.0.0.0/0', ['169.254.169.254/32']), ports: https },
    ];
  }
}
