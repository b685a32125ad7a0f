import { accessInWords, markRequests, refusalSince } from '../../../rehearsal/steps/refusals';
import { demand, demandEqual, failureOf } from '../../../rehearsal/steps/step';
import type { World } from '../../../rehearsal/world';

describe('demands', () => {
  test('say what was found and what is wanted', () => {
    expect(() => demand(0, 'The token still works')).toThrow('The token still works');
    expect(() => demandEqual('sts_region', 'eu-west-1', 'us-east-1')).toThrow('sts_region is "eu-west-1", and the environment wants "us-east-1"');
    expect(() => demandEqual('The policy', undefined, ['a'])).toThrow('The policy is absent, and the environment wants ["a"]');
    expect(() => demandEqual('The policy', ['a'], ['a'])).not.toThrow();
  });

  test('a failure that has to come', async () => {
    expect(await failureOf('A login', Promise.reject(new Error('refused')))).toMatchObject({ message: 'refused' });
    await expect(failureOf('A login', Promise.resolve('in'))).rejects.toThrow('A login went through, and must not');
  });
});

describe('why the last request was refused', () => {
  const world = { aws: { requests: [{ action: 'GetRole', error: 'AccessDenied: before' }] as unknown[] }, apiServer: { requests: [] as unknown[] } };
  const typed = world as unknown as World;

  test('nothing before the mark, nothing when it went well', () => {
    const mark = markRequests(typed);
    expect(refusalSince(typed, mark)).toBe('');
    world.aws.requests.push({ action: 'GetRole', error: 'AccessDenied: since' }, { action: 'GetCallerIdentity' });
    expect(refusalSince(typed, mark)).toBe('');
  });

  test("AWS's refusal, and before it EKS's of the token", () => {
    const mark = markRequests(typed);
    world.aws.requests.push({ action: 'GetRole', error: 'AccessDenied: no statement allows iam:GetRole' });
    expect(refusalSince(typed, mark)).toBe('AWS refused GetRole: AccessDenied: no statement allows iam:GetRole');
    world.apiServer.requests.push({ status: 401, refusal: 'no access entry is in effect for arn:x' });
    expect(refusalSince(typed, mark)).toBe('EKS refused the token: no access entry is in effect for arn:x');
  });

  test('the access that the templates give, entry by entry', () => {
    const rbac = 'rbac.authorization.k8s.io';
    const words = accessInWords({
      deployment: { ofType: () => [{ properties: { PrincipalArn: 'arn:f', KubernetesGroups: ['g'] } }, { properties: { PrincipalArn: 'arn:k' } }] },
      objects: {
        all: [
          { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'r', namespace: 'vault' }, rules: [{ apiGroups: [''], resources: ['services/proxy'], resourceNames: ['http:vault:8200'], verbs: ['get'] }] },
          { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'b', namespace: 'vault' }, roleRef: { apiGroup: rbac, kind: 'Role', name: 'r' }, subjects: [{ kind: 'Group', name: 'g', apiGroup: rbac }] },
        ],
      },
    } as unknown as World);
    expect(words).toBe(
      'access entry arn:f: groups g; access entry arn:k: groups none; RoleBinding b: Group g to Role r; Role r in vault: get on services/proxy http:vault:8200',
    );
  });
});
