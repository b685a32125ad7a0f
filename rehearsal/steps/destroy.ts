import { RESOURCE_TYPE as DRAIN } from '../../lib/gloo/drain/properties';
import { names } from '../../lib/identity/names';
import { RESOURCE_TYPE as CONFIGURATION } from '../../lib/vault/configuration/properties';
import type { DeployedResource } from '../cloudformation/deployment';
import type { DestroyOptions } from '../removals';
import { accessInWords } from './refusals';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

/** What somebody else has in Vault. */
const OTHERS = 'rehearsal-others';
/** Milliseconds: what the function keeps for its answer, and what it waits here in the place of minutes. */
const SHORT = 20_000 + 3_000;
/** Until a function is killed that waits. */
const KILLED_AFTER = 1_000;
/** Milliseconds for all deletions of the app's own. */
const LONGEST = 60_000;

/** The end of the environment, in three attempts: two that are stopped half-way, and one that goes on from there. The last steps: nothing is left for others. */
export const destroySteps: readonly Step[] = [
  {
    title: 'cdk destroy, killed while it waits for a load balancer, and again one that does not go',
    run: async (stage) => {
      const { world } = stage;
      const observer = observerOf(stage);
      await observer.write(`sys/policies/acl/${OTHERS}`, { policy: JSON.stringify({ path: {} }) });
      await observer.write(`sys/mounts/${OTHERS}`, { type: 'kv' });
      await observer.write(`${OTHERS}/kept`, { value: 'kept' });
      const services = world.objects.proxyServices().filter(({ type }) => type === 'LoadBalancer').map(({ namespace, name }) => `${namespace}/${name}`);
      demandEqual('The load balancers of the cluster', world.loadBalancers.left(), services);
      if (services.length === 0) return {};
      const release = world.loadBalancers.hold();
      const killed = await failureOf('A deletion that is killed', destroy(stage, { own: 'first', before: killAt(DRAIN) }));
      demand(killed.message.includes('ended without an answer'), `A deletion that is killed says: ${killed.message}`);
      const failed = await failureOf('A deletion whose load balancer stays', destroy(stage, { own: 'first', timeoutMs: SHORT }));
      release();
      const said = `${world.environment.name}-Gloo: ${DRAIN}: Gloo's load balancer is not gone yet: Service ${services[0] ?? ''} (`;
      demand(failed.message.startsWith(said) && failed.message.includes('Then run cdk destroy again.'), `A deletion whose load balancer stays fails with: ${failed.message}`);
      demand(!world.objects.installs('gloo') && world.objects.installs('vault'), "Gloo's chart has to go first, and Vault's after the load balancers");
      return { beyond: `the function of ${DRAIN} killed; then its limit: ${services.join(', ')} named, with the address, the commands, and Vault untouched` };
    },
  },
  {
    title: 'cdk destroy again goes through, in order',
    run: async (stage) => {
      const { world } = stage;
      const { aws, apiServer } = world;
      const [requests, started] = [apiServer.requests.length, performance.now()];
      let asked = 0;
      const calls = await destroy(stage, {
        before: async (resource) => {
          checkOrder(stage, resource);
          if (isChart(resource, 'vault')) {
            asked = apiServer.requests.length - requests;
            await checkVault(stage);
          }
        },
      });
      const took = performance.now() - started;
      demandEqual('The load balancers that are left', world.loadBalancers.left(), []);
      const stranded = calls.flatMap(({ type, log }) => log.filter((line) => /^(left Vault as it is|waited for no load balancer)/.test(line)).map((line) => `${type}: ${line}`));
      demand(stranded.length === 0, `A deletion passed over what it had to do: ${stranded.join('; ')} [${accessInWords(world)}]`);
      demand(took < LONGEST, `The deletions took ${Math.round(took)} ms, and ${LONGEST} is the most that this rehearsal takes`);
      const { resources } = world.deployment;
      const gone = resources.filter(({ kept }) => !kept).map(({ stack, logicalId }) => `${stack}/${logicalId}`);
      demand(gone.length === 0, `Still there: ${gone.join(', ')}`);
      for (const { physicalId } of world.deployment.ofType('AWS::KMS::Key')) demandEqual(`The state of key ${physicalId}`, aws.keys.key(physicalId).state, 'Enabled');
      return {
        20: 'Create, Update and Delete by the functions',
        beyond: `load balancers before the cluster, rules before what they call, Vault cleared of what the app made and of nothing else; ${asked} requests in ${(took / 1000).toFixed(1)} s; ${resources.length} resources kept: ${typesOf(resources)}`,
      };
    },
  },
];

const isChart = ({ type, properties }: DeployedResource, chart: string) => type === 'Custom::AWSCDK-EKS-HelmChart' && properties.Chart === chart;

const destroy = ({ world }: Stage, options: DestroyOptions) => world.destroy(options);

/** Kills the function of a custom resource that has run for a while. */
function killAt(type: string): NonNullable<DestroyOptions['before']> {
  return (resource) => (resource.type === type ? AbortSignal.timeout(KILLED_AFTER) : undefined);
}

/** @throws where a resource is about to go before what it has to outlive. */
function checkOrder({ world }: Stage, { type, stack, logicalId }: DeployedResource): void {
  const { deployment, loadBalancers } = world;
  const rules = deployment.ofType('AWS::Events::Rule').filter((rule) => rule.stack === stack);
  if (type === CONFIGURATION) demand(rules.length === 0, `${logicalId} goes, and its schedules are still there: ${rules.map((rule) => rule.logicalId).join(', ')}`);
  if (['AWS::EKS::Nodegroup', 'AWS::EKS::Cluster', 'AWS::EKS::Addon'].includes(type)) {
    demandEqual(`The load balancers when ${logicalId} goes`, loadBalancers.left(), []);
    demand(deployment.ofType('Custom::AWSCDK-EKS-HelmChart').length === 0 || type === 'AWS::EKS::Addon', `${logicalId} goes before a chart that runs on it`);
  }
}

/** What is in Vault when the app has taken its own out, and Vault is about to go. */
async function checkVault(stage: Stage): Promise<void> {
  const { vault, cluster, gloo } = stage.world.environment;
  const observer = observerOf(stage);
  const own = [names.authRole(cluster.name, 1), names.operatorRole(cluster.name), names.configurationRole(cluster.name), names.snapshotRole(cluster.name), vault.policy.name];
  const found = [...(await observer.list(`auth/${vault.auth.mountPath}/role`)), ...(await observer.list('sys/policies/acl'))];
  demandEqual('What the app left of its own in Vault', found.filter((name) => own.some((each) => name === each || name.startsWith(`${each}-`))), []);
  demand(found.includes(OTHERS), `The policy "${OTHERS}" is gone, which is somebody else's`);
  demandEqual(`The secret in ${OTHERS}/`, (await observer.read(`${OTHERS}/kept`))?.value, 'kept');
  const secrets = await observer.list(`${vault.kv.mountPath}/metadata/gloo/gloo.solo.io/v1/Secret/${gloo.namespace}`);
  demand(secrets.length > 0, "Gloo's secrets are gone, and a deletion never touches KV data");
}

function typesOf(resources: readonly DeployedResource[]): string {
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type.replace('Custom::AWSCDK-EKS-', '')}`).join(', ');
}
