import type { ConditionContext } from './condition';
import { evaluate } from './evaluate';
import type { IamStore } from './iam';
import type { PolicyDocument } from './policy-document';
import type { Session } from './sessions';

/** One thing that a session wants to do to a resource of its own account. */
export interface Access {
  readonly caller: Session;
  /** `kms:Decrypt`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Condition keys of this request. */
  readonly context: ConditionContext;
  readonly resourcePolicy: PolicyDocument | undefined;
  /**
   * What IAM policies are worth without the resource's own policy: `full` for most services; `delegated` for KMS, where
   * they count only when the key policy names the account.
   */
  readonly iamPolicies: 'full' | 'delegated';
}

export type Verdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Whose word it was. */
      readonly by: 'identity' | 'resource' | 'boundary';
      readonly explicit: boolean;
      /** AWS's words: `because no identity-based policy allows the kms:Decrypt action`. */
      readonly because: string;
      /** For the log. */
      readonly detail: string;
    };

const POLICY_NAMES = { identity: 'an identity-based policy', resource: 'a resource-based policy', boundary: 'a permissions boundary' } as const;

/**
 * AWS's rule inside one account: a Deny anywhere wins; else the resource's policy may let the caller in by name (or
 * everybody), or the caller's IAM policies may. A permissions boundary limits both.
 * (AWS lets a resource policy that names the *session* pass the boundary: here it does not.)
 */
export function authorize(iam: IamStore, { caller, action, resource, context, resourcePolicy, iamPolicies }: Access): Verdict {
  const role = iam.role(caller.roleName);
  const own = [role.arn, caller.arn, '*'];
  const account = [iam.account, `arn:${iam.partition}:iam::${iam.account}:root`];
  const byResource = (names: readonly string[]) =>
    evaluate({
      policies: resourcePolicy === undefined ? [] : [resourcePolicy],
      action,
      resource,
      principal: { type: 'AWS', names },
      context: { ...iam.contextOf(role, caller.sessionName), ...context },
    });
  const refused = (by: keyof typeof POLICY_NAMES, { explicit, reason }: { explicit: boolean; reason: string }): Verdict => ({
    allowed: false,
    by,
    explicit,
    because: explicit ? `with an explicit deny in ${POLICY_NAMES[by]}` : `because no ${POLICY_NAMES[by].replace(/^an? /, '')} allows the ${action} action`,
    detail: by === 'resource' ? `policy of ${resource}: ${reason}` : `policies of ${role.name}: ${reason}`,
  });

  const delegated = byResource([...own, ...account]);
  const byIam = iam.authorize(role, caller.sessionName, action, resource, context);
  const boundary = iam.withinBoundary(role, caller.sessionName, action, resource, context);
  if (!delegated.allowed && delegated.explicit) {
    return refused('resource', delegated);
  }
  if (!byIam.allowed && byIam.explicit) {
    return refused(byIam.byBoundary === true ? 'boundary' : 'identity', byIam);
  }
  const direct = byResource(own).allowed;
  if (!boundary.allowed && (boundary.explicit || direct)) {
    return refused('boundary', boundary);
  }
  if (direct) {
    return { allowed: true };
  }
  if (iamPolicies === 'delegated' && !delegated.allowed) {
    return refused('resource', delegated);
  }
  return byIam.allowed ? { allowed: true } : refused(byIam.byBoundary === true ? 'boundary' : 'identity', byIam);
}
