import { Chart } from 'cdk8s';
import { Namespaces, NetworkPolicy, NetworkPolicyIpBlock, NetworkPolicyPort, Pods } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface VaultNetworkPolicyProps {
  readonly namespace: string;
  readonly glooNamespace: string;
  /** The control plane's network interfaces: the API server's proxy is no pod, so only an address block can name it. */
  readonly controlPlaneCidrs: readonly string[];
}

/** Labels that Vault's chart gives its server pods. */
const VAULT_PODS = { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' };

/**
 * Who reaches Vault (guide row 16): Gloo's namespace, Vault's own pods, and the API server for the configuration
 * function, on 8200. Does nothing unless the CNI enforces policies.
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
          { peer: Namespaces.select(this, 'GlooNamespace', { labels: { 'kubernetes.io/metadata.name': props.glooNamespace } }), ports },
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
