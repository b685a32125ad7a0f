import { LONGEST_MESSAGE } from '../../../lib/vault/client/errors';
import { draining, leftService, undeleted, type LeftService } from '../../../lib/gloo/drain/left';

const body = (spec: object, more: object = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'gateway-proxy', namespace: 'gloo-system', uid: 'u', ...more }, spec, status: { loadBalancer: { ingress: [{ hostname: 'a1.us-east-1.elb.amazonaws.com' }, { ip: '203.0.113.7' }] } } });
const kept: LeftService = { name: 'gateway-proxy', namespace: 'gloo-system', hosts: ['a1.us-east-1.elb.amazonaws.com'] };
const going: LeftService = { ...kept, deletedAt: '2026-11-24T11:00:00Z' };

test('a Service of type LoadBalancer counts, and no other', () => {
  expect(leftService(body({ type: 'LoadBalancer' }))).toEqual({ name: 'gateway-proxy', namespace: 'gloo-system', hosts: ['a1.us-east-1.elb.amazonaws.com', '203.0.113.7'] });
  expect(leftService(body({ type: 'ClusterIP' }))).toBeUndefined();
  expect(leftService({ metadata: { name: 'a', namespace: 'b' } })).toBeUndefined();
  expect(leftService(body({ type: 'LoadBalancer' }, { deletionTimestamp: '2026-11-24T11:00:00Z' }))).toMatchObject({ deletedAt: '2026-11-24T11:00:00Z' });
});

test('one that nobody deleted', () => {
  expect(undeleted([kept], 'gloo')).toBe(
    "Gloo's chart is deleted, and Service gloo-system/gateway-proxy (a1.us-east-1.elb.amazonaws.com) is not: helm uninstall failed, over which CDK's kubectl function passes (its log has helm's word). " +
      'Nothing was deleted here. To have it gone: kubectl delete service -n gloo-system gateway-proxy. Then run cdk destroy again. ' +
      'To keep it: it costs until somebody deletes it; the cluster must not go before it (kubectl get service -n gloo-system gateway-proxy).',
  );
});

test('one that the cluster has not let go of', () => {
  expect(draining([going], 'gloo')).toBe(
    "Gloo's load balancer is not gone yet: Service gloo-system/gateway-proxy (a1.us-east-1.elb.amazonaws.com; deleted 2026-11-24T11:00:00Z). The cluster removes it, and then lets go of the Service (finalizer service.kubernetes.io/load-balancer-cleanup; where it is service.k8s.aws/resources, the AWS Load Balancer Controller does, and has to run). " +
      'What keeps it says kubectl describe service -n gloo-system gateway-proxy; whether it is still there, aws elb describe-load-balancers and aws elbv2 describe-load-balancers. Then run cdk destroy again. ' +
      `If it is gone and nobody lets go of the Service: kubectl patch service -n gloo-system gateway-proxy --type merge -p '{"metadata":{"finalizers":null}}'.`,
  );
});

test.each([undeleted, draining])('several are named, in what CloudFormation takes: %p', (say) => {
  const many = Array.from({ length: 4 }, (_, index) => ({ ...kept, name: `gateway-proxy-of-some-length-${index}`, hosts: [`${'a'.repeat(40)}.us-east-1.elb.amazonaws.com`] }));
  const said = say(many, 'vault');
  for (const { name } of many) expect(said).toContain(`gloo-system/${name} (`);
  expect(Buffer.byteLength(said)).toBeLessThan(LONGEST_MESSAGE);
  expect(say([{ ...kept, hosts: [] }], 'gloo')).toContain('(no address yet)');
});

test("Vault's own, by which other clusters reach it", () => {
  const shared: LeftService = { ...kept, name: 'vault-shared', namespace: 'vault' };
  expect(undeleted([shared], 'vault')).toMatch(/^The manifest of Vault's load balancer is deleted, and Service vault\/vault-shared \(.*\) is not: kubectl delete failed, over which CDK's kubectl function passes \(its log has kubectl's word\)\. /);
  expect(draining([shared], 'vault')).toMatch(/^Vault's load balancer is not gone yet: Service vault\/vault-shared /);
});
