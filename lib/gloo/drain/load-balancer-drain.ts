import { type CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import type { ClusterAccess } from '../../cluster/cluster-access';
import { functionResource } from '../../vault/function-resource';
import { VaultFunction } from '../../vault/vault-function';
import { RESOURCE_TYPE, type BalancerOwner, type LoadBalancerDrainProperties } from './properties';

export interface LoadBalancerDrainProps {
  readonly clusterName: string;
  readonly access: ClusterAccess;
  /** What makes the namespace, which the function's Role lives in. */
  readonly after: IDependable;
  /** Of the Services. */
  readonly namespace: string;
  /** Services that may have load balancers, by name. At least one. */
  readonly services: readonly string[];
  /** Whose they are. */
  readonly of: BalancerOwner;
  /** Name of the function's execution role. */
  readonly roleName: string;
}

/** A load balancer takes seconds to some minutes to go. Under the 15 minutes of the provider framework's own function. */
const FUNCTION_TIMEOUT = Duration.minutes(12);

/**
 * Keeps the stack's deletion waiting until the load balancers of Gloo's proxies, or Vault's own, are gone. The cluster removes them, not
 * CloudFormation: were it deleted before, they would stay, cost, and block the VPC's deletion.
 *
 * What makes the Services has to depend on it, so that it is deleted after that, whose deletion asks for theirs; it depends on its
 * own access, so that it still has that then. A Delete that comes while the stack stays, by an update or a rollback that
 * takes the resource away, waits for nothing.
 */
export class LoadBalancerDrain extends VaultFunction {
  /** When it is deleted, no load balancer of these Services is left. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: LoadBalancerDrainProps) {
    const { clusterName, access, namespace, services, of } = props;
    const whose = of === 'gloo' ? 'Gloo' : 'Vault';
    super(scope, id, {
      access,
      after: [props.after],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Waits for the load balancers of ${whose} in ${clusterName} to go`,
      roleName: props.roleName,
      roleDescription: `Waits for load balancers to go when ${whose} is deleted; reads its Services alone`,
      // Whether it is deleted, or only updated or rolled back.
      statements: [new PolicyStatement({ sid: 'ReadOwnStack', actions: ['cloudformation:DescribeStacks'], resources: [Stack.of(scope).stackId] })],
      group: `${of}-drain`,
      // By name, and no right to delete: what is left behind is a person's to judge.
      rules: { [namespace]: [{ resource: 'services', names: services, verbs: ['get'] }] },
      timeout: FUNCTION_TIMEOUT,
    });
    const { cluster } = access;
    const properties: LoadBalancerDrainProperties = {
      cluster: { name: clusterName, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      namespace,
      services: [...services],
      ...(of === 'gloo' ? {} : { of }),
    };
    this.resource = functionResource(this, {
      fn: this.fn,
      type: RESOURCE_TYPE,
      properties,
      timeout: FUNCTION_TIMEOUT,
      needs: this.needs,
    });
  }
}
