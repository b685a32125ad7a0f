import { claimsOf, trustFaults, type Claims } from '../../../lib/gloo/proof/trust';

const HOST = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF';
const PROVIDER = `arn:aws:iam::111122223333:oidc-provider/${HOST}`;
const claims: Claims = { iss: `https://${HOST}`, sub: 'system:serviceaccount:gloo-system:gloo', aud: ['sts.amazonaws.com'] };
const equals = (sub: unknown = claims.sub, aud: unknown = 'sts.amazonaws.com', host = HOST) => ({ StringEquals: { [`${host}:aud`]: aud, [`${host}:sub`]: sub } });
const statement = (Condition: unknown = equals(), more: object = {}) => ({ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action: 'sts:AssumeRoleWithWebIdentity', Condition, ...more });
const faults = (...statements: object[]) => trustFaults(JSON.stringify({ Version: '2012-10-17', Statement: statements.length === 1 ? statements[0] : statements }), claims);

describe('a trust policy that admits the token has no fault', () => {
  test.each<[string, object]>([
    ['the app’s own', statement()],
    ['for several service accounts', statement(equals(['system:serviceaccount:gloo-system:discovery', claims.sub]))],
    ['without conditions', statement(undefined, { Condition: undefined })],
    ['the guide’s', statement({ StringEqualsIfExists: equals().StringEquals })],
    ['with wildcards', statement({ StringLike: { [`${HOST}:sub`]: 'system:serviceaccount:gloo-*:gl?o' } })],
    ['with an action among others, in other letters', statement(equals(), { Action: ['sts:TagSession', 'STS:assumerolewith*'] })],
    ['with conditions of AWS’s own, which are no claims', statement({ ...equals(), StringEquals: { ...equals().StringEquals, 'aws:RequestedRegion': 'us-east-1' } })],
    ['with other operators', statement({ ...equals(), Bool: { [`${HOST}:other`]: 'true' } })],
    ['with a claim that may be missing', statement({ ...equals(), StringEqualsIfExists: { [`${HOST}:amr`]: 'x' } })],
  ])('%s', (_, admitting) => {
    expect(faults(admitting)).toEqual([]);
    expect(faults(statement(equals('nobody')), admitting)).toEqual([]);
  });
});

test.each<[string, object, readonly unknown[]]>([
  ['another sub', statement(equals('system:serviceaccount:gloo:gloo')), [{ key: `${HOST}:sub`, wanted: ['system:serviceaccount:gloo:gloo'], got: [claims.sub] }]],
  ['another aud', statement(equals(claims.sub, ['vault', 'kubernetes'])), [{ key: `${HOST}:aud`, wanted: ['vault', 'kubernetes'], got: ['sts.amazonaws.com'] }]],
  ['letters of another case', statement(equals(claims.sub.toUpperCase())), [{ key: `${HOST}:sub`, wanted: [claims.sub.toUpperCase()], got: [claims.sub] }]],
  [
    'another issuer, whose claims the token does not have',
    statement(equals(claims.sub, 'sts.amazonaws.com', 'oidc.example'), { Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.example' } }),
    [
      { key: 'Principal.Federated', wanted: ['arn:aws:iam::111122223333:oidc-provider/oidc.example'], got: [claims.iss] },
      { key: 'oidc.example:aud', wanted: ['sts.amazonaws.com'], got: [] },
      { key: 'oidc.example:sub', wanted: [claims.sub], got: [] },
    ],
  ],
  ['an issuer that ends alike', statement({}, { Principal: { Federated: PROVIDER.replace('oidc.eks', 'x.oidc.eks') } }), [{ key: 'Principal.Federated', wanted: [PROVIDER.replace('oidc.eks', 'x.oidc.eks')], got: [claims.iss] }]],
  ['a service in the place of a provider', statement({}, { Principal: { Service: 'lambda.amazonaws.com' } }), [{ key: 'Principal.Federated', wanted: [], got: [claims.iss] }]],
  ['a pattern that does not fit', statement({ StringLike: { [`${HOST}:sub`]: 'system:serviceaccount:*:gl' } }), [{ key: `${HOST}:sub`, wanted: ['system:serviceaccount:*:gl'], got: [claims.sub] }]],
  ['another action', statement(equals(), { Action: 'sts:AssumeRole' }), [{ key: 'Action', wanted: ['sts:AssumeRole'], got: ['sts:AssumeRoleWithWebIdentity'] }]],
  ['no statement that allows', statement(equals(), { Effect: 'Deny' }), [{ key: 'Action', wanted: [], got: ['sts:AssumeRoleWithWebIdentity'] }]],
])('names key, wanted and got: %s', (_, refusing, found) => {
  expect(faults(refusing)).toEqual(found);
});

test('of several statements, the one that comes closest is told of', () => {
  expect(faults(statement(equals('nobody', 'nothing')), statement(equals('almost')))).toEqual([{ key: `${HOST}:sub`, wanted: ['almost'], got: [claims.sub] }]);
});

test('claims of a token, whether its audience is one or a list', () => {
  const token = (payload: object) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
  expect(claimsOf(token({ ...claims, exp: 1 }))).toEqual(claims);
  expect(claimsOf(token({ ...claims, aud: 'sts.amazonaws.com' }))).toEqual(claims);
  expect(() => claimsOf('no token')).toThrow(SyntaxError);
});
