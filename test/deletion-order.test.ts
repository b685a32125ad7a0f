import { CUSTOM_RESOURCES } from '../rehearsal/updates';
import { planned, environmentNames } from './cli/destroy-plan/plans';
import type { StackTemplate, TemplateResource } from '../cli/destroy-plan/templates';

// CloudFormation deletes backwards: what depends on another is gone before it.

const text = (value: unknown) => JSON.stringify(value) ?? '';
const refersTo = (resource: TemplateResource, id: string) => text(resource.Properties).includes(`{"Ref":"${id}"}`) || text(resource.Properties).includes(`"Fn::GetAtt":["${id}",`);

/** All that a resource of a stack depends on, by references and DependsOn, near and far. */
function dependencies({ resources }: StackTemplate, of: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    const resource = resources[id];
    if (!resource) return;
    const named = [resource.DependsOn ?? []].flat() as string[];
    for (const each of Object.keys(resources).filter((other) => other !== id && (named.includes(other) || refersTo(resource, other)))) {
      if (found.has(each)) continue;
      found.add(each);
      visit(each);
    }
  };
  visit(of);
  return found;
}

const ofType = ({ resources }: StackTemplate, type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
const own = (stack: StackTemplate) => Object.entries(stack.resources).filter(([, { Type }]) => CUSTOM_RESOURCES.includes(Type));

/** The function of the app behind a custom resource. */
function functionOf({ resources }: StackTemplate, { Properties }: TemplateResource): string {
  const framework = Object.keys(resources).find((id) => text(Properties.ServiceToken).includes(`"${id}"`)) ?? '';
  const variables = text((resources[framework]?.Properties.Environment as { Variables?: { USER_ON_EVENT_FUNCTION_ARN?: unknown } } | undefined)?.Variables?.USER_ON_EVENT_FUNCTION_ARN);
  const found = Object.keys(resources).find((id) => variables.includes(`"${id}"`));
  if (found === undefined) throw new Error(`No function of the app stands behind ${text(Properties.ServiceToken)}.`);
  return found;
}

describe.each(environmentNames)('%s', (name) => {
  const { stacks } = planned(name);
  const part = (of: string) => stacks.find((stack) => stack.part === of) as StackTemplate;

  test('a custom resource of the app has its function, and all that lets it in, until it is gone', () => {
    const seen = stacks.flatMap((stack) =>
      own(stack).map(([id, resource]) => {
        const needed = dependencies(stack, id);
        const fn = functionOf(stack, resource);
        const role = Object.keys(stack.resources).find((each) => text(stack.resources[fn]?.Properties.Role).includes(`"${each}"`)) ?? '';
        const entries = ofType(stack, 'AWS::EKS::AccessEntry').filter(([, { Properties }]) => text(Properties.PrincipalArn).includes(`"${role}"`));
        const groups = entries.flatMap(([, { Properties }]) => Properties.KubernetesGroups as string[]);
        const policies = ofType(stack, 'AWS::IAM::Policy').filter(([, { Properties }]) => text(Properties.Roles).includes(`"${role}"`));
        const rbac = ofType(stack, 'Custom::AWSCDK-EKS-KubernetesResource').filter(([, { Properties }]) => groups.some((group) => String(Properties.Manifest).includes(`"kind":"Group","name":"${group}"`)));
        const reachesCluster = resource.Properties.cluster !== undefined;
        for (const [what, ids] of Object.entries({ fn: [fn], role: [role], policies, ...(reachesCluster ? { entries, rbac } : {}) })) {
          expect([what, ids.length]).toEqual([what, 1]);
          for (const each of ids) expect([...needed]).toContain(typeof each === 'string' ? each : each[0]);
        }
        return resource.Type;
      }),
    );
    expect(seen).toContain('Custom::VaultConfiguration');
  });

  test('no schedule calls a function once the custom resource behind it is on its way out', () => {
    for (const stack of stacks) {
      for (const [id, resource] of own(stack)) {
        const fn = functionOf(stack, resource);
        for (const [rule] of ofType(stack, 'AWS::Events::Rule').filter(([, { Properties }]) => text(Properties.Targets).includes(`"${fn}"`))) {
          expect([...dependencies(stack, rule)]).toContain(id);
        }
      }
    }
  });

  test('load balancers are waited for after Gloo’s chart and before its namespace', () => {
    const gloo = part('Gloo');
    const [chart] = ofType(gloo, 'Custom::AWSCDK-EKS-HelmChart').filter(([, { Properties }]) => Properties.Chart === 'gloo').map(([id]) => id);
    const [drain] = ofType(gloo, 'Custom::LoadBalancerDrain').map(([id]) => id);
    const [namespace] = ofType(gloo, 'Custom::AWSCDK-EKS-KubernetesResource').filter(([id]) => id.startsWith('Namespace')).map(([id]) => id);
    if (name === 'quiet') {
      expect(drain).toBeUndefined();
      return;
    }
    expect([...dependencies(gloo, chart ?? '')]).toContain(drain);
    expect([...dependencies(gloo, drain ?? '')]).toContain(namespace);
  });

  test('and the one by which other clusters reach Vault after its Service, and before the namespace', () => {
    const vault = part('Vault');
    const drains = ofType(vault, 'Custom::LoadBalancerDrain').map(([id]) => id);
    expect(drains).toHaveLength(name === 'sharing' ? 1 : 0);
    const manifests = (beginning: string) => ofType(vault, 'Custom::AWSCDK-EKS-KubernetesResource').flatMap(([id]) => (id.startsWith(beginning) ? [id] : []));
    for (const drain of drains) {
      for (const service of manifests('SharedService')) expect([...dependencies(vault, service)]).toContain(drain);
      expect([...dependencies(vault, drain)]).toEqual(expect.arrayContaining(manifests('Namespace')));
    }
  });

  test('what runs in the cluster goes before what it runs on', () => {
    const order = stacks.map((stack) => stack.part);
    expect(order).toEqual(['Cluster', 'Identity', 'Vault', 'Gloo', 'Monitoring'].filter((each) => order.includes(each)));
    for (const [at, stack] of stacks.entries()) {
      // A chart or a manifest beside the nodes would need an order of its own.
      if (ofType(stack, 'AWS::EKS::Nodegroup').length > 0) expect([at, ofType(stack, 'Custom::AWSCDK-EKS-HelmChart').length]).toEqual([0, 0]);
      const [nodes] = ofType(stack, 'AWS::EKS::Nodegroup').map(([id]) => id);
      for (const [addon, { Properties }] of ofType(stack, 'AWS::EKS::Addon')) {
        if (nodes !== undefined && ['aws-ebs-csi-driver', 'cert-manager', 'coredns'].includes(Properties.AddonName as string)) expect([...dependencies(stack, addon)]).toContain(nodes);
      }
    }
  });
});
