/** Host of the issuer of GitHub Actions' tokens. */
export const GITHUB_ISSUER_HOST = 'token.actions.githubusercontent.com';

/** Audience of the tokens that STS is shown. */
export const STS_AUDIENCE = 'sts.amazonaws.com';

/** The role, in each account that has one. */
export const DIFF_ROLE_NAME = 'gloo-vault-diff';

/** Id of the stack of an account's role in the app, and its name. */
export function diffRoleStackName(account: string): string {
  return `DiffRole-${account}`;
}

/** ARN of an account's role. */
export function diffRoleArn(partition: string, account: string): string {
  return `arn:${partition}:iam::${account}:role/${DIFF_ROLE_NAME}`;
}

/** `repo:OWNER/NAME:pull_request`, the subject of a token of a pull request's run. */
export function pullRequestSubject(repository: string): string {
  return `repo:${repository}:pull_request`;
}
