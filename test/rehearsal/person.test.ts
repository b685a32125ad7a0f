import { parseEnvironments } from '../../lib/environment/parse';
import { operatorOf, withOperator } from '../../rehearsal/person';

const environment = (...operators: string[]) => {
  const [parsed] = parseEnvironments({ it: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'c' } }, vault: { operators } } });
  if (!parsed) throw new Error('parseEnvironments made nothing of one environment.');
  return parsed;
};

test('the operator is the first role of the account that the environment names, with its path', () => {
  const named = environment('arn:aws:iam::999999999999:role/Guest', 'arn:aws:iam::111122223333:user/me', 'arn:aws:iam::111122223333:role/a/b/Admin', 'arn:aws:iam::111122223333:role/Other');
  expect(operatorOf(named)).toEqual({ roleName: 'Admin', path: '/a/b/', roleArn: 'arn:aws:iam::111122223333:role/a/b/Admin', named: true });
  expect(operatorOf(environment('arn:aws:iam::111122223333:role/Admin'))).toMatchObject({ roleName: 'Admin', path: '/' });
});

test('or one of the rehearsal\'s own, where it names none that can be played', () => {
  const own = { roleName: 'operator', path: '/rehearsal/', roleArn: 'arn:aws:iam::111122223333:role/rehearsal/operator', named: false };
  expect(operatorOf(environment())).toEqual(own);
  expect(operatorOf(environment('arn:aws:iam::999999999999:role/Guest'))).toEqual(own);
});

test('has the way into the cluster that the templates give, or an administrator', () => {
  const operator = operatorOf(environment());
  const other = { principalArn: 'arn:aws:iam::111122223333:role/other', kubernetesGroups: ['others'] };
  expect(withOperator([other], operator)).toEqual([other, { principalArn: operator.roleArn, kubernetesGroups: [], accessPolicies: ['AmazonEKSClusterAdminPolicy'] }]);
  const limited = { principalArn: operator.roleArn, kubernetesGroups: ['viewers'] };
  expect(withOperator([limited], operator)).toEqual([limited]);
});
