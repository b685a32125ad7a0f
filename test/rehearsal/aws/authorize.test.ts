import { authorize, type Access, type Verdict } from '../../../rehearsal/aws/authorize';
import { IamStore } from '../../../rehearsal/aws/iam';
import { parsePolicy } from '../../../rehearsal/aws/policy-document';
import { Sessions } from '../../../rehearsal/aws/sessions';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { allow, role, ROOT } from './fixture';

const THING = 'arn:aws:a:::thing';
const ROLE = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const bounded = (name: string, ...statements: object[]) => {
  const { Properties, ...resource } = role(name, ...statements) as { Properties: object };
  return { ...resource, Properties: { ...Properties, PermissionsBoundary: { Ref: 'Boundary' } } };
};

const iam = new IamStore(
  deployTemplates({
    S: {
      Resources: {
        Boundary: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Statement: [allow('b:*', '*')] } } },
        Allowed: role('allowed', allow('a:Do', THING)),
        Silent: role('silent'),
        Denied: role('denied', allow('a:Do', THING), { Effect: 'Deny', Action: 'a:Do', Resource: '*' }),
        Bounded: bounded('bounded', allow('a:Do', THING)),
      },
    },
  }),
);

function decide(caller: string, iamPolicies: Access['iamPolicies'], ...statements: object[]): Verdict {
  const session = new Sessions(iam, () => new Date()).open(iam.role(caller), 's', 3600);
  const resourcePolicy = statements.length === 0 ? undefined : parsePolicy({ Statement: statements }, 'resource', 'thing');
  return authorize(iam, { caller: session, action: 'a:Do', resource: THING, context: {}, resourcePolicy, iamPolicies });
}

const by = (AWS: string, Effect = 'Allow') => ({ Effect, Principal: { AWS }, Action: 'a:*', Resource: '*' });
const words = (verdict: Verdict) => (verdict.allowed ? 'allowed' : verdict.because);
const NO_IDENTITY = 'because no identity-based policy allows the a:Do action';
const NO_RESOURCE = 'because no resource-based policy allows the a:Do action';

test.each<[string, string, object[], string, string]>([
  // caller, what the resource's policy is about, the policy, verdict of most services, verdict of KMS
  ['allowed', 'nothing', [], 'allowed', NO_RESOURCE],
  ['silent', 'nothing', [], NO_IDENTITY, NO_RESOURCE],
  ['allowed', 'the account', [by(ROOT)], 'allowed', 'allowed'],
  ['allowed', 'the account by number', [by(ACCOUNT)], 'allowed', 'allowed'],
  ['silent', 'the account', [by(ROOT)], NO_IDENTITY, NO_IDENTITY],
  ['silent', 'the role', [by(ROLE('silent'))], 'allowed', 'allowed'],
  ['silent', 'the session', [by(`arn:aws:sts::${ACCOUNT}:assumed-role/silent/s`)], 'allowed', 'allowed'],
  ['silent', 'everybody', [by('*')], 'allowed', 'allowed'],
  ['silent', 'another role', [by(ROLE('allowed'))], NO_IDENTITY, NO_RESOURCE],
  ['silent', 'another account', [by('arn:aws:iam::999999999999:root')], NO_IDENTITY, NO_RESOURCE],
  ['allowed', 'a refusal of the role', [by(ROOT), by(ROLE('allowed'), 'Deny')], 'with an explicit deny in a resource-based policy', 'with an explicit deny in a resource-based policy'],
  ['allowed', 'a refusal of the account', [by(ROLE('allowed')), by(ROOT, 'Deny')], 'with an explicit deny in a resource-based policy', 'with an explicit deny in a resource-based policy'],
  ['denied', 'the role', [by(ROLE('denied'))], 'with an explicit deny in an identity-based policy', 'with an explicit deny in an identity-based policy'],
  ['bounded', 'the role', [by(ROLE('bounded'))], 'because no permissions boundary allows the a:Do action', 'because no permissions boundary allows the a:Do action'],
  ['bounded', 'the account', [by(ROOT)], 'because no permissions boundary allows the a:Do action', 'because no permissions boundary allows the a:Do action'],
])('%s, where the policy of the resource says %s', (caller, _, policy, full, delegated) => {
  expect([words(decide(caller, 'full', ...policy)), words(decide(caller, 'delegated', ...policy))]).toEqual([full, delegated]);
});

test('says in the log whose policy it was', () => {
  expect(decide('silent', 'delegated', by(ROLE('allowed')))).toMatchObject({ by: 'resource', detail: `policy of ${THING}: no statement allows a:Do` });
  expect(decide('silent', 'full')).toMatchObject({ by: 'identity', detail: 'policies of silent: no statement allows a:Do' });
});
