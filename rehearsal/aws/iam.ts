import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { together, type DeployedResource, type Deployment } from '../cloudformation/deployment';
import type { ConditionContext } from './condition';
import { evaluate, type Decision } from './evaluate';
import { parsePolicy, type PolicyDocument } from './policy-document';
import { roleUniqueId } from './unique-id';

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** `/` or `/a/b/`. */
  readonly path: string;
  /** `AROA` and 17 characters; another one after {@link IamStore.recreateRole}. */
  readonly id: string;
  readonly created: Date;
  readonly trustPolicy: PolicyDocument;
  /** Inline and attached customer-managed policies. AWS-managed ones grant nothing here. */
  readonly policies: readonly PolicyDocument[];
  /** Permissions boundary: what is not allowed here too is refused. */
  readonly boundary: readonly PolicyDocument[] | undefined;
  /** Seconds. */
  readonly maxSessionDuration: number;
}

/** An OIDC provider in IAM. Its thumbprints are not kept: AWS checks EKS issuers against its own trusted CAs. */
export interface OidcProvider {
  readonly arn: string;
  /** The issuer without `https://`, as it stands in the ARN and before `:aud` in condition keys. */
  readonly issuerHost: string;
  readonly clientIds: readonly string[];
}

export interface IamOptions {
  /** OIDC providers that exist outside the deployment (imported clusters). */
  readonly providers?: readonly OidcProvider[];
  /** Names of roles that exist outside the deployment. Policies may be attached to them; they cannot be assumed. */
  readonly existingRoles?: readonly string[];
}

const names = z.array(z.string()).default([]);
const inlinePolicies = z.array(z.object({ PolicyName: z.string(), PolicyDocument: z.unknown() })).default([]);

const roleProperties = z.object({
  RoleName: z.string().optional(),
  Path: z.string().default('/'),
  AssumeRolePolicyDocument: z.unknown(),
  ManagedPolicyArns: names,
  Policies: inlinePolicies,
  PermissionsBoundary: z.string().optional(),
  MaxSessionDuration: z.coerce.number().default(3600),
});
const managedPolicyProperties = z.object({ PolicyDocument: z.unknown(), Roles: names });
const attachedPolicyProperties = z.object({ PolicyName: z.string(), PolicyDocument: z.unknown(), Roles: names });
const rolePolicyProperties = z.object({ PolicyName: z.string(), PolicyDocument: z.unknown(), RoleName: z.string() });
const providerProperties = z.object({ Url: z.string(), ClientIdList: names });

const AWS_MANAGED_POLICY = /^arn:aws[a-z-]*:iam::aws:policy\//;

/** A stage of the account. */
interface Member {
  readonly deployment: Deployment;
  readonly options: IamOptions;
}

/** IAM as deployments leave it: roles with their policies, and OIDC providers. */
export class IamStore {
  /** 12 digits. */
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  private readonly roles = new Map<string, Role>();
  /** Roles as the templates alone have them. */
  private templated: ReadonlyMap<string, Role> = new Map();
  private readonly generations = new Map<string, number>();
  private readonly members = new Map<string, Member>();
  private made: Deployment;
  private providers: readonly OidcProvider[] = [];

  /**
   * @throws for a policy that IAM would not store, one attached to a role that nobody knows, and an attached policy or
   *   boundary that neither the deployment makes nor AWS manages.
   */
  constructor(deployment: Deployment, options: IamOptions = {}) {
    this.made = deployment;
    this.account = deployment.account;
    this.partition = deployment.partition.name;
    this.region = deployment.region;
    this.join(deployment, options);
  }

  /**
   * Takes in another stage of the same account.
   * @throws as the constructor, and where it makes what another stage has made.
   */
  join(deployment: Deployment, options: IamOptions = {}): void {
    this.members.set(deployment.stage, { deployment, options });
    this.takeIn();
  }

  /** What made it, all stages together: the other services' resources stand in it too. */
  get deployment(): Deployment {
    return this.made;
  }

  get oidcProviders(): readonly OidcProvider[] {
    return this.providers;
  }

  /**
   * Takes in what another deployment of a stage has changed: a role that stays keeps its unique id, and what somebody's hand did to one
   * that the templates leave as it was.
   * @throws as the constructor.
   */
  update(deployment: Deployment): void {
    this.join(deployment, this.members.get(deployment.stage)?.options);
  }

  private takeIn(): void {
    const members = [...this.members.values()];
    const deployment = together(members.map((member) => member.deployment) as [Deployment, ...Deployment[]]);
    const managed = managedPolicies(deployment);
    const attached = attachedPolicies(deployment, managed);
    const templated = new Map(deployment.ofType('AWS::IAM::Role').map((resource) => [resource.physicalId, roleOf(resource, managed, attached.get(resource.physicalId) ?? [])]));
    const known = new Set([...templated.keys(), ...members.flatMap(({ options }) => options.existingRoles ?? [])]);
    const stranger = [...attached.keys()].find((name) => !known.has(name));
    if (stranger !== undefined) {
      throw new Error(`IAM: a policy is attached to role "${stranger}", which the deployment does not make; name it in existingRoles if it exists`);
    }
    for (const name of this.templated.keys()) {
      if (!templated.has(name)) {
        this.roles.delete(name);
        this.generations.set(name, this.generation(name) + 1);
      }
    }
    for (const [name, role] of templated) {
      const [before, current] = [this.templated.get(name), this.roles.get(name)];
      if (before === undefined || current === undefined) this.roles.set(name, { ...role, id: roleUniqueId(role.arn, this.generation(name)) });
      else if (!isDeepStrictEqual({ ...before, created: role.created }, role)) this.roles.set(name, { ...role, id: current.id, created: current.created });
    }
    this.templated = templated;
    this.made = deployment;
    this.providers = [...members.flatMap(({ options }) => options.providers ?? []), ...deployment.ofType('AWS::IAM::OIDCProvider').map(providerOf)];
  }

  /** @throws when there is no role of that name; the error lists those there are. */
  role(name: string): Role {
    const role = this.roles.get(name);
    if (role === undefined) {
      throw new Error(`IAM: there is no role "${name}"; there are ${[...this.roles.keys()].join(', ') || 'none'}`);
    }
    return role;
  }

  findRole(name: string): Role | undefined {
    return this.roles.get(name);
  }

  findRoleByArn(arn: string): Role | undefined {
    return [...this.roles.values()].find((role) => role.arn === arn);
  }

  /**
   * A role of somebody who is not in the templates.
   * @param service that may assume it.
   * @param statements of its one policy; none for a role that may do nothing.
   * @param path `/` or `/a/b/`.
   */
  addRole(name: string, service: string, statements: readonly unknown[], path = '/'): Role {
    const arn = `arn:${this.partition}:iam::${this.account}:role${path}${name}`;
    const role: Role = {
      name,
      arn,
      path,
      id: roleUniqueId(arn),
      created: new Date(),
      trustPolicy: parsePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] }, 'trust', name),
      policies: statements.length === 0 ? [] : [parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', name)],
      boundary: undefined,
      maxSessionDuration: 3600,
    };
    this.roles.set(name, role);
    return role;
  }

  /** Gives a role another trust policy, as somebody would by hand. */
  changeTrust(name: string, statements: readonly unknown[]): Role {
    const role: Role = { ...this.role(name), trustPolicy: parsePolicy({ Version: '2012-10-17', Statement: statements }, 'trust', name) };
    this.roles.set(name, role);
    return role;
  }

  /** Gives a role a policy besides what it has, as somebody would by hand. */
  addPolicy(name: string, statements: readonly unknown[]): Role {
    const before = this.role(name);
    const role: Role = { ...before, policies: [...before.policies, parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', name)] };
    this.roles.set(name, role);
    return role;
  }

  /** Deletes a role and makes it again as it was: same name, same policies, another unique id. */
  recreateRole(name: string): Role {
    const role = this.role(name);
    const generation = this.generation(name) + 1;
    this.generations.set(name, generation);
    const recreated = { ...role, id: roleUniqueId(role.arn, generation), created: new Date() };
    this.roles.set(name, recreated);
    return recreated;
  }

  /** @param issuer the issuer's URL with `https://`. */
  findProvider(issuer: string): OidcProvider | undefined {
    return this.oidcProviders.find(({ issuerHost }) => `https://${issuerHost}` === issuer);
  }

  /**
   * Whether a session of a role may do something, by the role's policies and its boundary.
   * @param context what the service adds to the keys that every request has.
   */
  authorize(role: Role, sessionName: string, action: string, resource: string, context: ConditionContext = {}): Decision & { readonly byBoundary?: boolean } {
    const decision = this.evaluate(role.policies, role, sessionName, action, resource, context);
    return decision.allowed ? this.withinBoundary(role, sessionName, action, resource, context) : decision;
  }

  /** Whether a role's boundary lets something pass, whoever allows it. Without a boundary everything passes. */
  withinBoundary(role: Role, sessionName: string, action: string, resource: string, context: ConditionContext = {}): Decision & { readonly byBoundary?: boolean } {
    if (role.boundary === undefined) {
      return { allowed: true };
    }
    return { ...this.evaluate(role.boundary, role, sessionName, action, resource, context), byBoundary: true };
  }

  /** The condition keys that every request of a role session has. */
  contextOf(role: Role, sessionName: string): ConditionContext {
    return {
      'aws:PrincipalArn': role.arn,
      'aws:PrincipalAccount': this.account,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': `${role.id}:${sessionName}`,
      'aws:SecureTransport': 'true',
    };
  }

  private generation(name: string): number {
    return this.generations.get(name) ?? 0;
  }

  private evaluate(policies: readonly PolicyDocument[], role: Role, sessionName: string, action: string, resource: string, context: ConditionContext): Decision {
    return evaluate({ policies, action, resource, context: { ...this.contextOf(role, sessionName), ...context } });
  }
}

type ManagedPolicies = ReadonlyMap<string, PolicyDocument>;

function managedPolicies(deployment: Deployment): ManagedPolicies {
  return new Map(
    deployment.ofType('AWS::IAM::ManagedPolicy').map((resource) => {
      const { PolicyDocument } = managedPolicyProperties.parse(resource.properties);
      return [resource.physicalId, parsePolicy(PolicyDocument, 'identity', label(resource))];
    }),
  );
}

/** Policies that name their roles, by role name. */
function attachedPolicies(deployment: Deployment, managed: ManagedPolicies): ReadonlyMap<string, PolicyDocument[]> {
  const byRole = new Map<string, PolicyDocument[]>();
  const attach = (roleName: string, policy: PolicyDocument) => byRole.set(roleName, [...(byRole.get(roleName) ?? []), policy]);
  for (const resource of deployment.ofType('AWS::IAM::ManagedPolicy')) {
    const policy = managed.get(resource.physicalId);
    for (const roleName of policy === undefined ? [] : managedPolicyProperties.parse(resource.properties).Roles) {
      attach(roleName, policy as PolicyDocument);
    }
  }
  for (const resource of deployment.ofType('AWS::IAM::Policy')) {
    const { PolicyDocument, Roles } = attachedPolicyProperties.parse(resource.properties);
    const policy = parsePolicy(PolicyDocument, 'identity', label(resource));
    Roles.forEach((roleName) => attach(roleName, policy));
  }
  for (const resource of deployment.ofType('AWS::IAM::RolePolicy')) {
    const { PolicyDocument, RoleName } = rolePolicyProperties.parse(resource.properties);
    attach(RoleName, parsePolicy(PolicyDocument, 'identity', label(resource)));
  }
  return byRole;
}

function roleOf(resource: DeployedResource, managed: ManagedPolicies, attached: readonly PolicyDocument[]): Role {
  const where = label(resource);
  const properties = roleProperties.parse(resource.properties);
  const policiesOf = (arn: string): PolicyDocument[] => {
    const policy = managed.get(arn);
    if (policy === undefined && !AWS_MANAGED_POLICY.test(arn)) {
      throw new Error(`${where}: policy ${arn} is attached, which neither the deployment makes nor AWS manages`);
    }
    return policy === undefined ? [] : [policy];
  };
  const arn = resource.arn ?? '';
  return {
    name: resource.physicalId,
    arn,
    path: properties.Path,
    id: roleUniqueId(arn),
    created: new Date(),
    trustPolicy: parsePolicy(properties.AssumeRolePolicyDocument, 'trust', where),
    policies: [
      ...properties.Policies.map((inline) => parsePolicy(inline.PolicyDocument, 'identity', `${where} policy ${inline.PolicyName}`)),
      ...properties.ManagedPolicyArns.flatMap(policiesOf),
      ...attached,
    ],
    boundary: properties.PermissionsBoundary === undefined ? undefined : policiesOf(properties.PermissionsBoundary),
    maxSessionDuration: properties.MaxSessionDuration,
  };
}

function providerOf(resource: DeployedResource): OidcProvider {
  const { Url, ClientIdList } = providerProperties.parse(resource.properties);
  return { arn: resource.arn ?? '', issuerHost: Url.replace(/^https:\/\//, ''), clientIds: ClientIdList };
}

function label({ stack, logicalId, type }: DeployedResource): string {
  return `stack ${stack}, ${type} ${logicalId}`;
}
