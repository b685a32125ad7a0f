import { SHARED_VAULT_SERVICE } from '../../cdk8s/shared-vault-service';
import type { Environment } from '../../lib/environment/environment';
import { monthly, resourceCosts } from '../../lib/costs/costs';
import { proxyServices } from '../../lib/gloo/drain/services';
import { isKept, keptOf, type Kept } from './kept';
import type { StackTemplate } from './templates';

/** A stack that goes. */
export interface Removal {
  readonly stack: string;
  /** How many resources go with it. */
  readonly resources: number;
  readonly what: string;
}

/** What stays, with what it costs. */
export interface PricedKept extends Kept {
  /** USD a month; 0 for what costs nothing, or by use. */
  readonly monthly: number;
}

/** What `cdk destroy` does with an environment, and what it leaves. */
export interface DestroyPlan {
  readonly environment: string;
  /** Stacks that CloudFormation refuses to delete, each with the command that has it agree. */
  readonly refuses: readonly { readonly stack: string; readonly command: string }[];
  /** To be looked at while the cluster is there. */
  readonly before: readonly { readonly why: string; readonly command: string }[];
  /** In the order in which they go. */
  readonly removes: readonly Removal[];
  /** In the order in which it has to be removed. */
  readonly keeps: readonly PricedKept[];
  /** USD a month for all that stays. */
  readonly monthly: number;
}

/** @param stacks in the order of their deployment. */
export function destroyPlan(environment: Environment, stacks: readonly StackTemplate[]): DestroyPlan {
  const costs = resourceCosts(stacks.map(({ name, resources }) => ({ name, template: { Resources: resources } })));
  const keeps = keptOf(environment, stacks).map((kept): PricedKept => {
    const items = costs.filter(({ stack, id }) => kept.resources.some((each) => each.stack === stack && each.id === id)).flatMap((cost) => cost.items);
    return { ...kept, monthly: items.reduce((sum, { quantity, price }) => sum + monthly(quantity, price), 0) };
  });
  const { region } = environment;
  const reversed = [...stacks].reverse();
  return {
    environment: environment.name,
    refuses: reversed
      .filter(({ terminationProtection }) => terminationProtection)
      .map(({ name }) => ({ stack: name, command: `aws cloudformation update-termination-protection --region ${region} --stack-name ${name} --no-enable-termination-protection` })),
    before: before(environment),
    removes: reversed.map(({ name, part, resources }) => ({ stack: name, resources: Object.values(resources).filter((resource) => !isKept(resource)).length, what: words(environment, part) })),
    keeps,
    monthly: keeps.reduce((sum, kept) => sum + kept.monthly, 0),
  };
}

function before({ cluster, vault, guests, name }: Environment): DestroyPlan['before'] {
  return [
    ...guests.map((guest) => ({ why: `"${guest.name}" reads its secrets from the Vault of "${name}", and has none once that is gone: destroy it before, or give it another`, command: `npx cdk destroy '${guest.name}/*'` })),
    {
      why: `load balancers that are not Gloo's proxies'${guests.length > 0 ? " or Vault's" : ''}: ${cluster.kind === 'new' ? 'while one is left, the VPC cannot be deleted. ' : ''}Services of your own, and the proxies that Gloo makes for Gateways of the Kubernetes Gateway API, are not waited for`,
      command: 'kubectl get services -A | grep LoadBalancer',
    },
    ...(vault.raft && cluster.kind === 'new' ? [{ why: "the ids of Vault's volumes, while the cluster can say which are its own", command: `kubectl get pv -o custom-columns=CLAIM:.spec.claimRef.name,NAMESPACE:.spec.claimRef.namespace,VOLUME:.spec.csi.volumeHandle` }] : []),
  ];
}

function words({ vault, gloo, cluster, guests }: Environment, part: string): string {
  switch (part) {
    case 'Monitoring':
      return 'alarms, dashboard and the function that watches Vault';
    case 'Gloo': {
      const services = proxyServices(gloo.values).flatMap(({ name, type }) => (type === 'LoadBalancer' ? [name] : []));
      return `Gloo's chart${services.length === 0 ? '' : `; then it waits for the load balancers of ${services.join(', ')} to go, 12 minutes at most`}`;
    }
    case 'Vault':
      return vault.raft ? `schedules, then the app's roles and policies in Vault, then Vault's chart${guests.length > 0 ? `; and it waits for the load balancer of ${SHARED_VAULT_SERVICE} to go, 12 minutes at most` : ''}` : "the app's roles and policies in Vault, then Vault: a dev-mode Vault keeps nothing, and its secrets are lost";
    case 'Identity':
      return `IAM roles${cluster.kind === 'new' ? '' : ", and CDK's kubectl function"}`;
    case 'Cluster':
      return 'nodes, the cluster and all that is in it, its network';
    default:
      return 'its resources';
  }
}
