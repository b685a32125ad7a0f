import { EnvironmentError } from '../../lib/environment/faults';
import { parseDiffRoles } from '../../lib/diff-role/parse';

const environments = [
  { account: '111122223333', region: 'us-east-1' },
  { account: '444455556666', region: 'cn-north-1' },
];
const role = { account: '111122223333', region: 'eu-central-1', repository: 'acme/gateway' };

function faults(...roles: readonly unknown[]): readonly string[] {
  try {
    parseDiffRoles(roles, environments);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}

test('a role an account, of a repository with or without ids', () => {
  const roles = [role, { account: '444455556666', region: 'cn-north-1', repository: 'acme@1001/gateway@2002', oidcProviderArn: 'arn:aws-cn:iam::444455556666:oidc-provider/token.actions.githubusercontent.com' }];
  expect(parseDiffRoles(roles, environments)).toEqual(roles);
  expect(parseDiffRoles([], environments)).toEqual([]);
});

test.each<readonly [unknown, string]>([
  [{ ...role, repository: 'acme' }, 'diffRoles[0].repository: "acme" is not a repository of GitHub; allowed: OWNER/NAME, or OWNER@ID/NAME@ID with both ids.'],
  [{ ...role, repository: 'acme/*' }, 'diffRoles[0].repository: "acme/*" is not a repository of GitHub'],
  [{ ...role, repository: 'acme@1/gateway' }, 'diffRoles[0].repository: "acme@1/gateway" is not a repository of GitHub'],
  [{ ...role, repository: 'acme/gateway:ref' }, 'diffRoles[0].repository: "acme/gateway:ref" is not a repository of GitHub'],
  [{ ...role, account: '111122223334' }, 'diffRoles[0].account: "111122223334" is no environment\'s; allowed: 111122223333 or 444455556666. Did you mean "111122223333"?'],
  [{ ...role, account: 111122223333 }, 'diffRoles[0].account: 111122223333 is a number'],
  [{ ...role, region: 'cn-north-1' }, 'diffRoles[0].region: "cn-north-1" lies in another partition than the account\'s environments; allowed: regions of aws, such as us-east-1.'],
  [{ ...role, oidcProviderArn: 'arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com' }, 'diffRoles[0].oidcProviderArn: "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com" is not of this account'],
  [{ ...role, oidcProviderArn: 'arn:aws:iam::111122223333:oidc-provider/gitlab.com' }, 'diffRoles[0].oidcProviderArn: "arn:aws:iam::111122223333:oidc-provider/gitlab.com" is the provider of another issuer'],
  [{ ...role, repo: 'acme/gateway' }, 'diffRoles[0].repo: unknown key. Allowed: account, region, repository, oidcProviderArn.'],
  ['acme/gateway', 'diffRoles[0]: "acme/gateway" is not a mapping'],
])('refused: %j', (input, words) => {
  expect(faults(input)).toEqual([expect.stringContaining(words)]);
});

test('all faults at once, and no account twice', () => {
  expect(faults({ ...role, repository: 'x' }, role, role)).toEqual([expect.stringContaining('diffRoles[0].repository'), 'diffRoles[2].account: "111122223333" has a role already, and needs one only; leave one out.']);
});
