import { account, accountAsNumber, oidcProviderArn, parseArn, partitionOf, region } from '../environment/aws';
import type { Environment } from '../environment/environment';
import { EnvironmentError, faultsOf, line, type Fault } from '../environment/faults';
import { section, text, type Check } from '../environment/fields';
import { joinOr, quote, suggestion } from '../environment/words';
import type { DiffRoleInput } from './input';
import { GITHUB_ISSUER_HOST } from './names';

/** A repository as GitHub's subjects spell it. An asterisk would let in others. */
const repository: Check = (value) =>
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d{1,20})?\/[\w.-]{1,100}(@\d{1,20})?$/.test(value) && value.split('@').length !== 2
    ? undefined
    : 'is not a repository of GitHub; allowed: OWNER/NAME, or OWNER@ID/NAME@ID with both ids.';

const githubProvider: Check = (value) =>
  oidcProviderArn(value) ?? (value.endsWith(`:oidc-provider/${GITHUB_ISSUER_HOST}`) ? undefined : `is the provider of another issuer; allowed: arn:aws:iam::ACCOUNT:oidc-provider/${GITHUB_ISSUER_HOST}.`);

const schema = section({
  account: text('an AWS account, 12 digits in quotes', account, accountAsNumber),
  region: text('an AWS region', region),
  repository: text('a repository, OWNER/NAME', repository),
  oidcProviderArn: text("the ARN of GitHub's OIDC provider", githubProvider).optional(),
});

/**
 * The roles, checked by themselves and against the environments whose accounts they are for.
 * @param source the file that holds them, for the error.
 * @throws EnvironmentError with all faults of all roles.
 */
export function parseDiffRoles(input: readonly unknown[], environments: readonly Pick<Environment, 'account' | 'region'>[], source = 'bin/diff-roles.ts'): readonly DiffRoleInput[] {
  const parsed = input.map((value) => schema.safeParse(value));
  const roles = parsed.map(({ data }) => data);
  const faults = parsed.flatMap(({ data, error }, index): readonly Fault[] => {
    const own = data === undefined ? faultsOf(error?.issues ?? [], []) : disagreements(data, environments);
    const twice = data !== undefined && roles.findIndex((role) => role?.account === data.account) < index;
    return [...own, ...(twice ? [{ path: ['account'], message: `${quote(data.account)} has a role already, and needs one only; leave one out.` }] : [])].map(({ path, message }) => ({ path: [index, ...path], message }));
  });
  if (faults.length > 0) throw new EnvironmentError(source, faults.map((fault) => line(fault, 'diffRoles')));
  return roles.flatMap((role) => role ?? []);
}

function disagreements(role: DiffRoleInput, environments: readonly Pick<Environment, 'account' | 'region'>[]): readonly Fault[] {
  const accounts = [...new Set(environments.map((environment) => environment.account))];
  const here = environments.find((environment) => environment.account === role.account);
  if (here === undefined) {
    return [{ path: ['account'], message: `${quote(role.account)} is no environment's; allowed: ${joinOr(accounts)}.${suggestion(role.account, accounts)}` }];
  }
  const partition = partitionOf(here.region)?.name;
  const faults: Fault[] = [];
  if (partitionOf(role.region)?.name !== partition) faults.push({ path: ['region'], message: `${quote(role.region)} lies in another partition than the account's environments; allowed: regions of ${partition}, such as ${here.region}.` });
  const provider = role.oidcProviderArn === undefined ? undefined : parseArn(role.oidcProviderArn);
  if (provider !== undefined && (provider.account !== role.account || provider.partition !== partition)) {
    faults.push({ path: ['oidcProviderArn'], message: `${quote(role.oidcProviderArn)} is not of this account; allowed: arn:${partition}:iam::${role.account}:oidc-provider/${GITHUB_ISSUER_HOST}.` });
  }
  return faults;
}
