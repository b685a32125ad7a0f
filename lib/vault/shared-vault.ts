import { App as Cdk8sApp } from 'cdk8s';
import { Construct, type IDependable } from 'constructs';
import { SHARED_VAULT_SERVICE, SharedVaultServiceChart } from '../../cdk8s/shared-vault-service';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { Environment } from '../environment/environment';
import { LoadBalancerDrain } from '../gloo/drain/load-balancer-drain';
import { names } from '../identity/names';
import type { Apply } from './raft-ground';

export interface SharedVaultProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** Vault's namespace. */
  readonly namespace: IDependable;
  readonly apply: Apply;
}

/** IPv4 blocks that guests of an environment's Vault come from, each once. */
export function clientCidrs({ guests }: Pick<Environment, 'guests'>): readonly string[] {
  return [...new Set(guests.flatMap(({ vault }) => vault.clientCidrs))].sort();
}

/** The way of other clusters to Vault: a load balancer, which is gone before the cluster goes. */
export class SharedVault extends Construct {
  constructor(scope: Construct, id: string, { environment, access, namespace, apply }: SharedVaultProps) {
    super(scope, id);
    const { vault, cluster } = environment;
    const drain = new LoadBalancerDrain(this, 'Drain', {
      clusterName: cluster.name,
      access,
      after: namespace,
      namespace: vault.namespace,
      services: [SHARED_VAULT_SERVICE],
      of: 'vault',
      roleName: names.vaultDrainRole(cluster.name),
    });
    const service = apply('SharedService', new SharedVaultServiceChart(new Cdk8sApp(), 'shared-service', { namespace: vault.namespace, clientCidrs: clientCidrs(environment) }));
    service.node.addDependency(namespace, drain.resource);
  }
}
