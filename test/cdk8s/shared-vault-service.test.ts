import { Testing } from 'cdk8s';
import { SharedVaultServiceChart } from '../../cdk8s/shared-vault-service';

const charted = (clientCidrs: readonly string[]) => Testing.synth(new SharedVaultServiceChart(Testing.app(), 'service', { namespace: 'vault', clientCidrs })) as unknown[];

test('an internal load balancer for the clients alone, in the words of both controllers', () => {
  expect(charted(['10.1.0.0/16', '10.2.0.0/16'])).toMatchInlineSnapshot(`
[
  {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {
      "annotations": {
        "service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled": "true",
        "service.beta.kubernetes.io/aws-load-balancer-healthcheck-healthy-threshold": "2",
        "service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval": "10",
        "service.beta.kubernetes.io/aws-load-balancer-healthcheck-unhealthy-threshold": "2",
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "instance",
        "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
        "service.beta.kubernetes.io/aws-load-balancer-target-group-attributes": "preserve_client_ip.enabled=true",
        "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
      },
      "name": "vault-shared",
      "namespace": "vault",
    },
    "spec": {
      "externalTrafficPolicy": "Local",
      "loadBalancerSourceRanges": [
        "10.1.0.0/16",
        "10.2.0.0/16",
      ],
      "ports": [
        {
          "name": "https",
          "port": 8200,
          "protocol": "TCP",
          "targetPort": 8200,
        },
      ],
      "selector": {
        "app.kubernetes.io/instance": "vault",
        "app.kubernetes.io/name": "vault",
        "component": "server",
        "vault-active": "true",
      },
      "type": "LoadBalancer",
    },
  },
]
`);
});

test('without clients there is none, for it would let everybody in', () => {
  expect(() => charted([])).toThrow('A load balancer without source ranges lets everybody in.');
});
