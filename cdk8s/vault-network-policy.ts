import { Chart } from 'cdk8s';
import { Namespaces, NetworkPolicy, NetworkPolicyIpBlock, NetworkPolicyPort, Pods } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface VaultNetworkPolicyProps {
  readonly namespace: string;
  readonly glooNamespace: string;
  /** Values of the label `gloo` on the pods that read secrets: not the proxy, which faces the internet. */
  readonly glooPods: readonly string[];
  /** The control plane's network interfaces: the API server's proxy is no pod, so only an address block can name it. */
  readonly controlPlaneCidrs: readonly string[];
}

/** Labels that Vault's chart gives its server pods. */
const VAULT_PODS = { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' };

/**
 * Who reaches Vault (guide row 16): the pods of Gloo that read secrets, Vault's own, and the API server for the
 * configuration function, on 8200. Does nothing unless the CNI enforces policies, and in EKS's standard mode a pod is
 * open for some seconds until its policy is programmed.
 */
export class VaultNetworkPolicyChart extends Chart {
  constructor(scope: Construct, id: string, props: VaultNetworkPolicyProps) {
    super(scope, id, { namespace: props.namespace });
    const vault = Pods.select(this, 'VaultPods', { labels: VAULT_PODS });
    const ports = [NetworkPolicyPort.tcp(8200)];
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
          ...props.controlPlaneCidrs.map((cidr, index) => ({
            peer: NetworkPolicyIpBlock.ipv4(this, `ControlPlane${index}`, cidr),
            ports,
          })),
        ],
      },
    });
  }
}
