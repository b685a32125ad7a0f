/**
 * A role that a GitHub Actions run of a pull request takes to read the deployed templates of an account, so that the
 * pull request shows what it would change. One an account, whatever the number of environments in it.
 */
export interface DiffRoleInput {
  /** Account of one or more environments, 12 digits. */
  readonly account: string;
  /** Region of the stack that holds the role; the role itself is the whole account's. */
  readonly region: string;
  /**
   * The one repository whose pull requests may take the role, as the subject of its tokens spells it: `OWNER/NAME`, or
   * `OWNER@ID/NAME@ID` where GitHub writes immutable subjects (repositories made or renamed since July 2026, and those that
   * chose it). `gh api repos/OWNER/NAME/actions/oidc/customization/sub --jq .sub_claim_prefix` prints it after `repo:`.
   * Capitals count.
   */
  readonly repository: string;
  /**
   * IAM's OIDC provider of GitHub, of which an account has one at most: give it where there is one.
   * @default - made, for `https://token.actions.githubusercontent.com` and the audience `sts.amazonaws.com`; it stays when the stack goes
   */
  readonly oidcProviderArn?: string;
}
