import { AccessEntries, type AccessEntry, accessPolicyBindings } from '../../../rehearsal/api-server/access-entries';

const ROLE = 'arn:aws:iam::111122223333:role/path/configurator';
const entry: AccessEntry = { principalArn: ROLE, kubernetesGroups: ['vault-configurators'] };

test('a role becomes the user that EKS makes of it, with the entry\'s groups', () => {
  const caller = { roleArn: ROLE, arn: 'arn:aws:sts::111122223333:assumed-role/configurator/run-1' };
  expect(new AccessEntries([entry]).subject(caller, 0)).toEqual({
    user: 'arn:aws:sts::111122223333:assumed-role/configurator/run-1',
    groups: ['vault-configurators', 'system:authenticated'],
  });
  expect(new AccessEntries([{ ...entry, username: 'lambda:{{SessionName}}' }]).subject(caller, 0)?.user).toBe('lambda:run-1');
});

test('nobody else becomes anybody', () => {
  const entries = new AccessEntries([entry]);
  expect(entries.subject({ roleArn: 'arn:aws:iam::111122223333:role/configurator' }, 0)).toBeUndefined();
  expect(entries.subject({ roleArn: 'arn:aws:iam::444455556666:role/path/configurator' }, 0)).toBeUndefined();
});

test('an entry counts from its time on, can be put off, and removed', () => {
  const entries = new AccessEntries([{ ...entry, effectiveFrom: 1000 }]);
  const at = (now: number) => entries.subject({ roleArn: ROLE }, now) !== undefined;
  expect([at(999), at(1000)]).toEqual([false, true]);
  entries.delayUntil(5000);
  expect([at(4999), at(5000)]).toEqual([false, true]);
  entries.remove(ROLE);
  expect(at(5000)).toBe(false);
  expect(() => entries.remove(ROLE)).toThrow(`access entry ${ROLE}: there is none to remove; there are: none`);
});

test.each<[string, AccessEntry[]]>([
  ['access entry arn:aws:iam::111122223333:user/a: it must be the ARN of an IAM role', [{ ...entry, principalArn: 'arn:aws:iam::111122223333:user/a' }]],
  [`access entry ${ROLE}: "system:masters" starts with "system:", which EKS reserves; choose another name`, [{ ...entry, kubernetesGroups: ['system:masters'] }]],
  [`access entry ${ROLE}: "eks:admin" starts with "eks:", which EKS reserves`, [{ ...entry, username: 'eks:admin' }]],
  [`access entry ${ROLE}: there are two, EKS allows one a principal; put the groups together`, [entry, entry]],
])('refused: %s', (words, entries) => {
  expect(() => new AccessEntries(entries)).toThrow(words);
});

test('whoever has an access policy is bound to the ClusterRole of the same rights', () => {
  const principalArn = 'arn:aws:iam::111122223333:role/Admin';
  const admin = { principalArn, kubernetesGroups: [], accessPolicies: ['AmazonEKSClusterAdminPolicy'] };
  const [binding, ...others] = accessPolicyBindings([admin, { ...admin, principalArn: `${principalArn}2` }]);
  expect(others).toEqual([]);
  expect(binding).toMatchObject({ kind: 'ClusterRoleBinding', roleRef: { kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ kind: 'Group', name: 'access-policy:AmazonEKSClusterAdminPolicy' }] });
  expect(new AccessEntries([admin]).subject({ roleArn: principalArn }, 0)?.groups).toEqual(['access-policy:AmazonEKSClusterAdminPolicy', 'system:authenticated']);
  expect(() => accessPolicyBindings([{ ...admin, accessPolicies: ['AmazonEKSAutoNodePolicy'] }])).toThrow('access policy AmazonEKSAutoNodePolicy: it is not known here; known are AmazonEKSClusterAdminPolicy,');
});
