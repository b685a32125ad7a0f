import type { TemplateDiff } from '@aws-cdk/cloudformation-diff';
import { isDeepStrictEqual } from 'node:util';
import { isMapping } from '../lib/environment/fields';
import type { Grant } from './model';

type IamChanges = TemplateDiff['iamChanges'];
type Statement = IamChanges['statements']['additions'][number];
type Targets = Statement['actions'];

/** What a statement is judged by, beside itself. */
export interface GrantContext {
  readonly stack: string;
  /** Accounts of the app's environments. */
  readonly accounts: ReadonlySet<string>;
  /** Whether a role of this logical id is deployed. */
  readonly isRole: (logicalId: string) => boolean;
}

/** The statements and attachments that come and go, what lets in more first. */
export function grantsOf(context: GrantContext, { statements, managedPolicies }: IamChanges): readonly Grant[] {
  const { stack } = context;
  const grants = [
    ...statements.additions.map((statement) => grantOf(stack, '+', statement, additionWarnings(context, statement, statements.removals))),
    ...managedPolicies.additions.map(({ identityArn, managedPolicyArn }) => attachment(stack, '+', identityArn, managedPolicyArn)),
    ...statements.removals.map((statement) => grantOf(stack, '-', statement, statement.effect.toString() === 'Deny' ? ['what it forbade is forbidden no longer'] : [])),
    ...managedPolicies.removals.map(({ identityArn, managedPolicyArn }) => attachment(stack, '-', identityArn, managedPolicyArn)),
  ];
  return [...grants.filter(({ warnings }) => warnings.length > 0), ...grants.filter(({ warnings }) => warnings.length === 0)];
}

/** What an added statement allows that none of those removed with it did. */
function additionWarnings({ accounts, isRole }: GrantContext, added: Statement, removed: readonly Statement[]): readonly string[] {
  if (added.effect.toString() !== 'Allow' || removed.some((earlier) => covers(earlier, added))) return [];
  const before = removed.filter((earlier) => earlier.effect.toString() === 'Allow' && isDeepStrictEqual(earlier.principals.values, added.principals.values));
  const star = (targets: (statement: Statement) => Targets) => isAny(targets(added)) && !before.some((earlier) => isAny(targets(earlier)));
  return [
    ...(star(({ actions }) => actions) ? ['`*` among its actions'] : []),
    ...(star(({ resources }) => resources) ? ['`*` as its resource'] : []),
    ...(added.resources.not ? [] : added.resources.values.filter((resource) => isEveryOne(resource) && !before.some((earlier) => reaches(earlier, added.actions, resource)))).map((resource) => `every one of its kind as its resource, \`${lastPart(resource)}\``),
    ...(added.principals.not || added.principals.values.some((principal) => /(^|:)\*$/.test(principal)) ? ['`*` as its principal'] : []),
    ...foreignAccounts(added.principals.values, accounts).map((account) => `it lets in the account ${account}, which no environment is in`),
    ...(isTrust(added) && added.resources.values.some((role) => isRole(logicalIdOf(role))) ? ['this trust policy lets in more than the one before'] : []),
  ];
}

/** Whether a statement let somebody do all of these to all of those already. */
function reaches(earlier: Statement, actions: Targets, resource: string): boolean {
  return includes(earlier.actions, actions) && (isAny(earlier.resources) || earlier.resources.values.includes(resource));
}

/** Kinds of resources that an ARN names before one of them. */
const KINDS = /^(role|user|group|policy|instance-profile|oidc-provider|secret|key|alias|stack|log-group|cluster|nodegroup|access-entry|parameter|table|loadbalancer|targetgroup|instance|volume|snapshot|vpc|subnet|security-group|function|layer|rule|event-bus|repository)[:/]/;

/** An ARN that names a kind and no one of it, `arn:aws:iam::111122223333:role/*`, or not even that. */
function isEveryOne(resource: string): boolean {
  const [, , name] = /^arn:([^:]*:){4}(.*)$/.exec(resource.replace(/\$\{[^}]*\}/g, 'x')) ?? [];
  return name !== undefined && /^[*?/:]*\*[*?/:]*$/.test(name.replace(KINDS, ''));
}

function lastPart(arn: string): string {
  return arn.replace(/\$\{[^}]*\}/g, '').split(':').slice(5).join(':');
}

function isTrust({ actions }: Statement): boolean {
  return actions.not || actions.values.some((action) => /^(\*|sts:(AssumeRole.*|\*))$/.test(action));
}

/** Of `${AuthRole.Arn}`. */
function logicalIdOf(reference: string): string {
  return /^\$\{([^.}]+)/.exec(reference)?.[1] ?? reference;
}

function foreignAccounts(principals: readonly string[], accounts: ReadonlySet<string>): readonly string[] {
  const named = principals.flatMap((principal) => /^AWS:(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})\b/.exec(principal)?.[1] ?? []);
  return [...new Set(named)].filter((account) => !accounts.has(account));
}

/** Whether all that the second statement allows, the first one did. Names are compared, not patterns: in doubt it says no. */
export function covers(first: Statement, second: Statement): boolean {
  return (
    first.effect === second.effect &&
    includes(first.actions, second.actions) &&
    includes(first.resources, second.resources) &&
    includes(first.principals, second.principals) &&
    isStricter(second.condition, first.condition)
  );
}

function includes(first: Targets, second: Targets): boolean {
  if (first.not || second.not) return first.not === second.not && isDeepStrictEqual(first.values, second.values);
  return second.values.every((value) => first.values.includes(value) || first.values.includes('*'));
}

/** Whether a condition holds only where the other one does: each operator and key of it, with the same values or fewer. */
export function isStricter(condition: unknown, than: unknown): boolean {
  if (than === undefined) return true;
  if (!isMapping(condition) || !isMapping(than)) return isDeepStrictEqual(condition, than);
  return Object.entries(than).every(([operator, keys]) => {
    const own = condition[operator];
    if (!isMapping(keys) || !isMapping(own)) return isDeepStrictEqual(own, keys);
    return Object.entries(keys).every(([key, values]) => {
      const allowed = [values].flat();
      // Of a negated operator, fewer values let in more.
      if (/not/i.test(operator)) return isDeepStrictEqual(own[key], values);
      return own[key] !== undefined && [own[key]].flat().every((value) => allowed.some((each) => isDeepStrictEqual(each, value)));
    });
  });
}

function isAny({ values, not }: Targets): boolean {
  return not || values.some((value) => value === '*' || /^[a-z0-9-]+:\*$/.test(value));
}

function grantOf(stack: string, sign: '+' | '-', statement: Statement, warnings: readonly string[]): Grant {
  const words = ({ values, not }: Targets) => (not ? values.map((value) => `not ${value}`) : values);
  return {
    stack,
    sign,
    effect: statement.effect,
    actions: words(statement.actions),
    resources: words(statement.resources),
    principals: words(statement.principals),
    ...(statement.condition === undefined ? {} : { condition: JSON.stringify(statement.condition) }),
    warnings,
  };
}

function attachment(stack: string, sign: '+' | '-', identity: string, policy: string): Grant {
  const administrator = /:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)\b/.test(policy);
  return { stack, sign, effect: 'Managed policy', actions: [policy], resources: [], principals: [identity], warnings: sign === '+' && administrator ? ['it allows nearly everything'] : [] };
}
