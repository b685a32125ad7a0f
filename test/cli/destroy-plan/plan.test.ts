import { destroyPlan } from '../../../cli/destroy-plan/plan';
import type { StackTemplate } from '../../../cli/destroy-plan/templates';
import { environmentNames, planned } from './plans';

const retained = (stacks: readonly StackTemplate[]) =>
  stacks.flatMap(({ name, resources }) => Object.entries(resources).flatMap(([id, { DeletionPolicy = 'Delete' }]) => (DeletionPolicy === 'Delete' ? [] : [`${name} ${id}`])));

describe.each(environmentNames)('%s', (name) => {
  const { stacks, plan } = planned(name);
  const named = plan.keeps.flatMap(({ resources }) => resources.map(({ stack, id }) => `${stack} ${id}`));

  test('all that a template keeps is in it once, and it knows what that is', () => {
    expect(retained(stacks).filter((each) => !named.includes(each))).toEqual([]);
    expect(named.filter((each, index) => named.indexOf(each) !== index)).toEqual([]);
    expect(plan.keeps.map(({ why }) => why).filter((why) => why.includes('does not know'))).toEqual([]);
  });

  test('what has a price, or is opaque once it is gone, has commands, and what goes by itself has none', () => {
    for (const { monthly, commands, goesWith } of plan.keeps) {
      expect(commands.length > 0).toBe(goesWith === undefined);
      if (monthly > 0) expect(goesWith).toBeUndefined();
    }
  });

  test('stacks go in the reverse order of their deployment, and the protected ones refuse', () => {
    expect(plan.removes.map(({ stack }) => stack)).toEqual(stacks.map((stack) => stack.name).reverse());
    expect(plan.refuses.map(({ stack }) => stack)).toEqual(stacks.filter(({ terminationProtection }) => terminationProtection).map((stack) => stack.name).reverse());
    expect(plan.removes.reduce((sum, { resources }) => sum + resources, 0) + retained(stacks).length).toBe(stacks.reduce((sum, { resources }) => sum + Object.keys(resources).length, 0));
  });
});

test('what it costs is what the same things cost while they are deployed', () => {
  const priced = (name: string) => Object.fromEntries(planned(name).plan.keeps.flatMap(({ what, monthly }) => (monthly > 0 ? [[what, Number(monthly.toFixed(2))]] : [])));
  expect(priced('prod')).toEqual({
    "Vault's volumes, 3 of 10 GiB (EBS)": 2.4,
    "Vault's snapshots": 0.06,
    "Vault's recovery keys": 0.4,
    'KMS key that seals Vault': 1,
    'KMS key of recovery keys and snapshots': 1,
    'KMS key of the Kubernetes secrets': 1,
  });
  expect(priced('private')).toMatchObject({ "Vault's volumes, 1 of 25 GiB (EBS)": 2 });
  // What it took over is its owner's, and no key of the cluster's is among the templates.
  expect(priced('full')).toEqual({ "Vault's volumes, 3 of 10 GiB (EBS)": 2.4, 'KMS key of recovery keys and snapshots': 1, 'KMS key of the Kubernetes secrets': 1 });
  expect(priced('dev')).toEqual({ 'KMS key of the Kubernetes secrets': 1 });
  expect(priced('existing')).toEqual({});
  expect(planned('prod').plan.monthly).toBeCloseTo(5.86, 2);
});

test('what is encrypted goes before its key, claims before their volumes, and logs last', () => {
  const order = planned('imported-raft').plan.keeps.map(({ what }) => what);
  const wanted = [/Namespace vault/, /volumes/, /snapshots/, /recovery keys$/, /seals Vault/, /KMS key of recovery keys/, /Logs of CDK's kubectl/];
  const places = wanted.map((what) => order.findIndex((each) => what.test(each)));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test('what cannot be taken back is said where it is done', () => {
  for (const name of ['prod', 'imported-production']) {
    for (const { what, commands, warning } of planned(name).plan.keeps) {
      if (commands.some((command) => /schedule-key-deletion|delete-secret|delete-bucket|delete-volume|delete namespace/.test(command))) expect(`${what}: ${warning ?? ''}`).toMatch(/: \S/);
    }
  }
  expect(planned('prod').plan.keeps.find(({ what }) => what === 'KMS key that seals Vault')?.warning).toBe(
    "Once it is deleted, what is left of this Vault, volumes and snapshots, can't be opened by anybody. 30 days long, aws kms cancel-key-deletion takes it back.",
  );
});

test('Kubernetes objects go with a cluster of the stacks, and are removed by hand from another', () => {
  const goes = (name: string) => planned(name).plan.keeps.filter(({ what }) => what.startsWith('In the cluster: ')).map(({ goesWith }) => goesWith);
  expect(new Set(goes('prod'))).toEqual(new Set(['the cluster']));
  expect(new Set(goes('existing'))).toEqual(new Set([undefined, 'its namespace']));
  const commands = planned('imported-production').plan.keeps.flatMap((each) => each.commands);
  expect(commands).toEqual(
    expect.arrayContaining(['kubectl delete namespace vault', 'kubectl delete namespace gloo-system', 'kubectl delete storageclass.v1.storage.k8s.io vault-gp3', 'kubectl delete certificate.v1.cert-manager.io vault-ca -n cert-manager', 'kubectl delete serviceaccount gloo -n gloo-system']),
  );
});

test('a resource that some template keeps and nobody here knows is named all the same', () => {
  const { environment, stacks } = planned('dev');
  const more = stacks.map((stack) => (stack.part === 'Vault' ? { ...stack, resources: { ...stack.resources, Table: { Type: 'AWS::DynamoDB::Table', Properties: {}, DeletionPolicy: 'RetainExceptOnCreate' }, KeyOfAnother: { Type: 'AWS::KMS::Key', Properties: {}, DeletionPolicy: 'Retain' } } } : stack));
  const kept = destroyPlan(environment, more).keeps.filter(({ why }) => why.includes('does not know'));
  expect(kept).toMatchObject([
    { what: 'AWS::KMS::Key KeyOfAnother of dev-Vault', monthly: 1 },
    { what: 'AWS::DynamoDB::Table Table of dev-Vault', why: 'its template keeps it, and this plan does not know why or how it is removed', commands: ['echo "$(kept dev-Vault Table)"'] },
  ]);
});

test('of a Vault that is shared: its guests first, and the wait for its load balancer', () => {
  const { before, removes } = planned('sharing').plan;
  expect(before.slice(0, 3)).toEqual([
    { why: '"payments" reads its secrets from the Vault of "sharing", and has none once that is gone: destroy it before, or give it another', command: "npx cdk destroy 'payments/*'" },
    { why: '"orders" reads its secrets from the Vault of "sharing", and has none once that is gone: destroy it before, or give it another', command: "npx cdk destroy 'orders/*'" },
    { why: expect.stringMatching(/^load balancers that are not Gloo's proxies' or Vault's: /) as string, command: 'kubectl get services -A | grep LoadBalancer' },
  ]);
  expect(removes.find(({ stack }) => stack === 'sharing-Vault')?.what).toContain('and it waits for the load balancer of vault-shared to go, 12 minutes at most');
  expect(JSON.stringify(planned('prod').plan)).not.toContain('vault-shared');
});
