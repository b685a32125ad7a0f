import { withoutPath } from '../../../../../lib/identity/principal';
import { vaultLogin } from '../../../../../lib/vault/client/aws';
import type { VaultConfigurationProperties } from '../../../../../lib/vault/configuration/properties';
import { call } from '../../../../../rehearsal/http';
import { contents } from '../../../../../rehearsal/vault/contents';
import type { RehearsedVault } from '../rehearsed-vault';

const OPERATOR = 'vault-operator-trial';
const PERSON = 'AWSReservedSSO_Platform_0123456789abcdef';
const STRANGER = 'AWSReservedSSO_Guests_0123456789abcdef';
const SSO = 'sso.amazonaws.com';
const PATH = `/aws-reserved/${SSO}/eu-west-1/`;

interface Answer {
  readonly status: number;
  readonly body: { readonly auth?: { readonly client_token: string; readonly token_policies: string[]; readonly lease_duration: number; readonly token_type: string }; readonly errors?: string[] };
}

/** The setting put in and taken away, and who may log in by it. */
export function operators(vault: () => RehearsedVault): void {
  let named: VaultConfigurationProperties;
  beforeAll(async () => {
    const { world, reset, configure, props } = vault();
    await reset();
    await configure();
    for (const role of [PERSON, STRANGER]) world.iam.addRole(role, SSO, [], PATH);
    named = { ...props(), operators: { name: OPERATOR, principalArns: [withoutPath(`arn:aws:iam::111122223333:role${PATH}${PERSON}`), 'arn:aws:iam::999999999999:user/me'] } };
  });

  const ask = async (method: string, path: string, token?: string, body?: unknown): Promise<Answer> => {
    const { status, text } = await call({ method, url: `${(await vault().world.vault.place()).address}/v1/${path}`, headers: token === undefined ? {} : { 'x-vault-token': token }, limit: 10_000, ...(body === undefined ? {} : { body }) });
    return { status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  };
  const logIn = async (role: string): Promise<Answer> => {
    const { authMethod } = named;
    return ask('PUT', `auth/${authMethod.mountPath}/login`, undefined, await vaultLogin(vault().world.aws.issueSession(role, 'me@example.org', SSO), { ...authMethod, role: OPERATOR }));
  };

  test('named in an Update log in, through a role that has a path, which their session does not show', async () => {
    const { configure, props } = vault();
    await configure({ props: named, previous: props() });
    const { body } = await logIn(PERSON);
    expect(body).toMatchObject({ auth: { token_policies: ['default', OPERATOR], lease_duration: 1800, token_type: 'service' } });
    expect(await configure({ props: named })).toContain('nothing to write');
  });

  test('another role of the account is refused', async () => {
    expect(await logIn(STRANGER)).toMatchObject({ status: 400, body: { errors: [expect.stringContaining(`does not belong to the role "${OPERATOR}"`)] } });
  });

  test('write and remove secrets of Gloo, and read the configuration', async () => {
    const token = (await logIn(PERSON)).body.auth?.client_token;
    const secret = 'gloo/gloo.solo.io/v1/Secret/gloo-system/by-operator';
    const wanted: [string, string, number, unknown?][] = [
      ['PUT', `dev/data/${secret}`, 200, { data: { metadata: { name: 'by-operator' } } }],
      ['GET', `dev/data/${secret}`, 200],
      ['GET', 'dev/metadata/gloo/gloo.solo.io/v1/Secret?list=true', 200],
      ['GET', 'dev/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system?list=true', 200],
      ['DELETE', `dev/metadata/${secret}`, 204],
      ['GET', 'sys/audit', 200],
      ['GET', 'sys/auth', 200],
      ['GET', 'sys/mounts', 200],
      ['GET', `sys/policies/acl/${OPERATOR}`, 200],
      ['GET', 'sys/policies/acl/dev', 200],
      ['GET', 'auth/aws/config/client', 200],
      ['GET', 'auth/aws/role/dev-role-iam-trial', 200],
      ['GET', 'auth/token/accessors?list=true', 200],
      ['PUT', 'auth/token/revoke-self', 204],
    ];
    for (const [method, path, status, body] of wanted) expect([method, path, (await ask(method, path, token, body)).status]).toEqual([method, path, status]);
    expect((await ask('GET', 'auth/token/lookup-self', token)).status).toBe(403);
  });

  test.each([
    ['PUT', 'sys/policies/acl/root'],
    ['PUT', `sys/policies/acl/${OPERATOR}`],
    ['PUT', 'auth/aws/role/dev-role-iam-trial'],
    ['PUT', 'auth/aws/config/client'],
    ['PUT', 'auth/token/create'],
    ['PUT', 'auth/token/revoke-accessor'],
    ['PUT', 'sys/auth/userpass'],
    ['DELETE', 'sys/audit/stdout'],
    ['DELETE', 'dev/data/gloo/gloo.solo.io/v1/Secret/gloo-system/x'],
    ['GET', 'dev/data/other'],
    ['GET', 'sys/policies/acl/default'],
  ])('may not %s %s', async (method, path) => {
    const token = (await logIn(PERSON)).body.auth?.client_token;
    expect((await ask(method, path, token, method === 'PUT' ? {} : undefined)).status).toBe(403);
  });

  test('are gone with the setting, role and policy, and their login with them', async () => {
    const { configure, props, observer } = vault();
    await configure({ props: props(), previous: named });
    expect(JSON.stringify(await contents(observer))).not.toContain(OPERATOR);
    expect((await logIn(PERSON)).status).toBe(400);
    expect(await configure()).toContain('nothing to write');
  });
}
