import type { DiffRoleInput } from '../lib/diff-role/input';

/**
 * Roles by which pull requests show what they would change (.github/workflows/diff.yml): one for each account, each read-only
 * and for one repository. None: nothing of it is made, and the workflow says so. Deployed once, `npx cdk deploy 'DiffRole-*'`.
 * What each key means stands in lib/diff-role/input.ts.
 */
export const diffRoles: DiffRoleInput[] = [
  // { account: '111122223333', region: 'us-east-1', repository: 'OWNER/NAME' },
];
