import { glooAuthRole, glooGeneration, glooServiceAccounts, names } from '../../lib/identity/names';
import type { Role } from '../aws/iam';
import { assumeRoleWithWebIdentity, StsRefusal } from '../gloo/web-identity';
import type { World } from '../world';
import { demand, demandEqual, failureOf, type Step } from './step';

/** Row 3, on every resource. */
const GUIDE_READS = ['ec2:DescribeInstances', 'iam:GetInstanceProfile', 'iam:GetRole', 'iam:GetUser'];

/** With the seal's key, of a Vault with replicas. */
const UNSEAL = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'];

/** What of a deployed environment decides who may become which role: neither Vault nor the API server. */
export interface Account {
  readonly world: Pick<World, 'environment' | 'iam' | 'issuer' | 'aws' | 'awsCaPem' | 'objects' | 'pods'>;
}

/** Guide rows 1–3, 12 and 19: the OIDC provider, and who may become which role. */
export const identitySteps: readonly Step<Account>[] = [
  {
    title: 'OIDC provider of the cluster',
    run: ({ world }) => {
      const { issuer, iam, environment } = world;
      const provider = iam.findProvider(issuer.url);
      demand(provider, `IAM has no OIDC provider for the issuer ${issuer.url} of cluster ${environment.cluster.name}`);
      demand(provider.clientIds.includes('sts.amazonaws.com'), `The OIDC provider ${provider.arn} does not accept tokens for sts.amazonaws.com`);
      return { 1: `declared: ${environment.cluster.kind} cluster ${environment.cluster.name}, provider of its issuer for sts.amazonaws.com` };
    },
  },
  {
    title: "Trust policies: Gloo's and Vault's service accounts, and nobody else",
    run: async ({ world }) => {
      const { environment, pods, iam, issuer } = world;
      const { gloo, vault, cluster } = environment;
      const authRole = iam.role(glooAuthRole(world.environment));
      const accounts = glooServiceAccounts(gloo);
      demandEqual("The namespace of Gloo's chart, whose service accounts these are,", world.objects.release('gloo').namespace, gloo.namespace);
      for (const account of accounts) {
        demandEqual(`The role in the annotation of service account ${gloo.namespace}/${account}`, pods.roleArn(gloo.namespace, account), authRole.arn);
        await assumeRoleWithWebIdentity(world, authRole.arn, await pods.token(gloo.namespace, account));
      }
      const strangers = [
        { what: 'another service account', token: await pods.token(gloo.namespace, 'gateway-proxy') },
        { what: 'the same name in another namespace', token: await pods.token('default', 'gloo') },
        { what: 'a token for another audience', token: await pods.token(gloo.namespace, 'gloo', 'vault') },
        { what: 'an expired token', token: await issuer.issueToken({ namespace: gloo.namespace, serviceAccount: 'gloo', audience: 'sts.amazonaws.com', expiresIn: -60 }) },
        ...(gloo.discovery ? [] : [{ what: 'discovery, which is off', token: await pods.token(gloo.namespace, 'discovery') }]),
      ];
      for (const { what, token } of strangers) {
        const failure = await failureOf(`AssumeRoleWithWebIdentity with ${what}`, assumeRoleWithWebIdentity(world, authRole.arn, token));
        demand(failure instanceof StsRefusal, `AssumeRoleWithWebIdentity with ${what} failed otherwise than by STS's refusal: ${failure.message}`);
      }
      const serverRole = iam.role(names.serverRole(cluster.name));
      await assumeRoleWithWebIdentity(world, serverRole.arn, await pods.token(vault.namespace, world.objects.vaultServiceAccount()));
      await failureOf("Gloo's token at Vault's role", assumeRoleWithWebIdentity(world, serverRole.arn, await pods.token(gloo.namespace, 'gloo')));
      return {
        2: `STS gave ${authRole.name} to ${accounts.join(' and ')}, and refused ${strangers.length} others`,
        12: `role-arn on ${accounts.join(' and ')} names ${authRole.name}`,
      };
    },
  },
  {
    title: 'Permissions of the two roles',
    run: ({ world }) => {
      const { iam, environment } = world;
      const { cluster, identity } = environment;
      const authRole = iam.role(glooAuthRole(world.environment));
      const serverRole = iam.role(names.serverRole(cluster.name));
      const may = (role: typeof authRole, action: string, resource: string) => iam.authorize(role, 'rehearsal', action, resource).allowed;
      const guide = identity.authPolicy === 'guide';
      for (const action of GUIDE_READS) demandEqual(`${authRole.name} may ${action}`, may(authRole, action, '*'), guide);
      demandEqual(`${authRole.name} may assume itself`, may(authRole, 'sts:AssumeRole', authRole.arn), guide);
      demand(!may(authRole, 'sts:AssumeRole', serverRole.arn), `${authRole.name} may assume ${serverRole.name}`);
      demand(may(serverRole, 'iam:GetRole', authRole.arn), `${serverRole.name} may not read ${authRole.name}: Vault could not bind it`);
      demand(!may(serverRole, 'iam:GetRole', serverRole.arn), `${serverRole.name} may read more roles than ${authRole.name}`);
      demandEqual(`The list of what ${authRole.name} may do`, actionsOf(authRole), guide ? [...GUIDE_READS, 'sts:AssumeRole'] : []);
      const raft = environment.vault.raft !== undefined;
      demandEqual(`The list of what ${serverRole.name} may do`, actionsOf(serverRole), raft ? ['iam:GetRole', ...UNSEAL] : ['iam:GetRole']);
      for (const action of raft ? UNSEAL : []) demand(!may(serverRole, action, `arn:${iam.partition}:kms:${iam.region}:${iam.account}:key/another`), `${serverRole.name} may ${action} with every key`);
      return {
        3: guide ? `${names.authPolicy(cluster.name, glooGeneration(identity))} allows the guide's five actions` : 'narrow: no permission, for signing needs none',
        19: `${serverRole.name} may iam:GetRole on ${authRole.name} alone${raft ? ', and use the key of the seal' : ''}`,
      };
    },
  },
];

/** Actions that the policies of a role allow, in their order in the alphabet. */
function actionsOf({ policies }: Role): string[] {
  const allowed = policies.flatMap(({ Statement }) => Statement).filter(({ Effect }) => Effect === 'Allow');
  return [...new Set(allowed.flatMap(({ Action, NotAction }) => Action ?? [`all but ${(NotAction ?? []).join(', ')}`]))].sort();
}
