/**
 * An IAM role's or user's ARN without its path: `arn:aws:iam::111122223333:role/Admin` of `…:role/teams/Admin`. IAM keeps a
 * name once an account, whatever the path, and a session's ARN has none: this is the form that Vault compares.
 */
export function withoutPath(principalArn: string): string {
  return principalArn.replace(/:(role|user)\/.*\//, ':$1/');
}
