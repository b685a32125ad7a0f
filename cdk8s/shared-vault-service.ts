import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { VAULT_PODS } from './vault-network-policy';

export interface SharedVaultServiceProps {
  readonly namespace: string;
  /** IPv4 blocks that may come in. At least one: without any, everybody may. */
  readonly clientCidrs: readonly string[];
}

/** Name of the Service by which other clusters reach Vault. */
export const SHARED_VAULT_SERVICE = 'vault-shared';

const annotation = (name: string) => `service.beta.kubernetes.io/aws-load-balancer-${name}`;

/** Seconds from one look at a node to the next, and how many of them decide. */
const HEALTH = { interval: '10', looks: '2' };

/**
 * Vault for other clusters, by an internal Network Load Balancer that hands TLS on as it comes. To the leader alone: a
 * standby that has lost it redirects to a name that only its own cluster knows, and Gloo's client would try again there.
 * A lost leader is outlived in the twenty seconds or so that the load balancer takes to see the next one.
 * Source: Kubernetes cloud provider for AWS, "The Service Controller"; AWS Load Balancer Controller, "Service annotations".
 */
export class SharedVaultServiceChart extends Chart {
  constructor(scope: Construct, id: string, { namespace, clientCidrs }: SharedVaultServiceProps) {
    super(scope, id, { namespace });
    if (clientCidrs.length === 0) throw new Error('A load balancer without source ranges lets everybody in.');
    new ApiObject(this, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: SHARED_VAULT_SERVICE,
        annotations: {
          [annotation('type')]: 'nlb',
          // Never to the internet: in the words of the cluster's own controller, and of the AWS Load Balancer Controller.
          [annotation('internal')]: 'true',
          [annotation('scheme')]: 'internal',
          // Clients by their own addresses, which the NetworkPolicy names; of the cluster's own controller both are the default.
          [annotation('nlb-target-type')]: 'instance',
          [annotation('target-group-attributes')]: 'preserve_client_ip.enabled=true',
          // The leader is in one zone.
          [annotation('cross-zone-load-balancing-enabled')]: 'true',
          [annotation('healthcheck-interval')]: HEALTH.interval,
          [annotation('healthcheck-healthy-threshold')]: HEALTH.looks,
          [annotation('healthcheck-unhealthy-threshold')]: HEALTH.looks,
        },
      },
      spec: {
        type: 'LoadBalancer',
        // Else a request has a node's address when it comes to the pod, and the NetworkPolicy could name no client.
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: [...clientCidrs],
        selector: { ...VAULT_PODS, 'vault-active': 'true' },
        ports: [{ name: 'https', port: 8200, targetPort: 8200, protocol: 'TCP' }],
      },
    });
  }
}
