import { matchesPattern, unmetCondition, type ConditionContext } from './condition';
import type { PolicyDocument, Statement } from './policy-document';

/** Who asks, for policies with a `Principal`: every name that the caller answers to (role ARN, session ARN, provider ARN, …). */
export interface Principal {
  readonly type: 'AWS' | 'Service' | 'Federated';
  readonly names: readonly string[];
}

export interface Question {
  readonly policies: readonly PolicyDocument[];
  /** `service:Name`. */
  readonly action: string;
  /** ARN; left out for trust policies, which have no `Resource`. */
  readonly resource?: string;
  readonly context: ConditionContext;
  readonly principal?: Principal;
}

export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** A matching `Deny`, as opposed to no matching `Allow`. */
      readonly explicit: boolean;
      /** For the log: names the statement and the condition that came nearest. */
      readonly reason: string;
    };

/**
 * IAM's decision over policies of one kind: a matching Deny wins, else a matching Allow is needed.
 * Actions match without regard to case, resources and principals with it.
 * @throws for what is not modelled (condition operators, policy variables) in a statement that would decide.
 */
export function evaluate(question: Question): Decision {
  const nearMisses: string[] = [];
  let allowed = false;
  for (const { statement, label } of statementsOf(question.policies)) {
    if (!concerns(statement, question)) {
      continue;
    }
    const unmet = unmetCondition(statement.Condition ?? {}, question.context);
    if (unmet !== undefined) {
      nearMisses.push(`${label}: ${unmet}`);
    } else if (statement.Effect === 'Deny') {
      return { allowed: false, explicit: true, reason: `${label} denies ${question.action}` };
    } else {
      allowed = true;
    }
  }
  if (allowed) {
    return { allowed: true };
  }
  const nearest = nearMisses.length === 0 ? '' : `; ${nearMisses.join('; ')}`;
  return { allowed: false, explicit: false, reason: `no statement allows ${question.action}${nearest}` };
}

function statementsOf(policies: readonly PolicyDocument[]): { statement: Statement; label: string }[] {
  return policies
    .flatMap((policy) => policy.Statement)
    .map((statement, index) => ({ statement, label: `statement ${statement.Sid ?? index + 1}` }));
}

function concerns(statement: Statement, { action, resource, principal }: Question): boolean {
  return (
    actionMatches(statement, action) && resourceMatches(statement, resource) && principalMatches(statement, principal)
  );
}

function actionMatches({ Action, NotAction = [] }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  return Action === undefined ? !NotAction.some(matches) : Action.some(matches);
}

function resourceMatches({ Resource, NotResource }: Statement, resource: string | undefined): boolean {
  if (Resource === undefined && NotResource === undefined) {
    return resource === undefined;
  }
  if (resource === undefined) {
    return false;
  }
  const matches = (pattern: string) => matchesPattern(pattern, resource);
  return Resource === undefined ? !(NotResource ?? []).some(matches) : Resource.some(matches);
}

function principalMatches(statement: Statement, principal: Principal | undefined): boolean {
  if (statement.Principal === undefined || principal === undefined) {
    return statement.Principal === principal;
  }
  const trusted: Partial<Record<Principal['type'], string[]>> = statement.Principal;
  return (trusted[principal.type] ?? []).some((name) => principal.names.includes(name));
}
