import type { IamStore } from '../../../rehearsal/aws/iam';
import { parsePolicy } from '../../../rehearsal/aws/policy-document';
import { describeProven, type ProofOptions, type ProvenGloo } from './proven-gloo';

const ISSUER = 'https://oidc.eks.us-east-1.amazonaws.com/id/79891E980747FFBD21E690297394EFE7';
const HOST = ISSUER.replace('https://', '');
const ROLE = 'dev-role-iam-trial';
const ROLE_ARN = `arn:aws:iam::111122223333:role/${ROLE}`;
const VAULT_ROLE = `auth/aws/role/${ROLE}`;
const REFUSED = `STS refused ${ROLE_ARN} with AccessDenied (Not authorized to perform sts:AssumeRoleWithWebIdentity).`;
const TRUST = `${REFUSED} Its trust policy does not admit Gloo's token:`;
const IDENTITY = "The Identity stack writes it, from gloo.namespace, gloo.discovery and the cluster's issuer: deploy that, then this stack again.";
const WRITE_AGAIN = 'Deploy with another vault.revision, which writes it again.';
const PUT_BACK = 'Deploy the Vault stack, then this one; if somebody changed it in Vault, by whose setting the configuration logs in as well, it takes a token: vault write auth/aws/config/client';
const NOT_REVOKED =
  'The token could not be revoked either, and ends by itself: PUT auth/token/revoke-self was answered by Vault with 403 (1 error occurred: * permission denied). A token may do this by the policy "default": Gloo\'s role in Vault has to give it that, and vault policy read default shows whether somebody changed it.';
const LIST = 'dev/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system/';

interface Broken {
  readonly what: string;
  readonly hop: string;
  /** Breaks it. @returns what the login then says otherwise than the templates. */
  readonly breaks: (gloo: ProvenGloo, account: string) => ProofOptions['login'] | void | Promise<void>;
  /** What is said after the name of the hop. */
  readonly says: (account: string) => string;
  /** Whether it is in Vault, and has to be mended there. */
  readonly inVault?: boolean;
}

/** The auth role as IAM would have it with another trust policy; undefined for none. */
function trust(iam: IamStore, change: (policy: string) => string | undefined): void {
  const changed = (name: string) => {
    const role = iam.role(name);
    const policy = change(JSON.stringify(role.trustPolicy));
    return policy === undefined ? undefined : { ...role, trustPolicy: parsePolicy(JSON.parse(policy), 'trust', name) };
  };
  const [byName, byArn] = [iam.findRole.bind(iam), iam.findRoleByArn.bind(iam)];
  jest.spyOn(iam, 'findRole').mockImplementation((name) => (name === ROLE ? changed(name) : byName(name)));
  jest.spyOn(iam, 'findRoleByArn').mockImplementation((arn) => (arn === ROLE_ARN ? changed(ROLE) : byArn(arn)));
}

/** What is another one each time: Vault's session, AWS's request ids, ports. */
const comparable = (message: string) => message.replace(/(vault-server-trial\/)\d+/, '$1N').replace(/(request id: )[\w-]+/, '$1N').replace(/(127\.0\.0\.1):\d+/, '$1');

const sub = (account: string) => `system:serviceaccount:gloo-system:${account}`;
const policy = (paths: Record<string, string[]>) => ({ policy: JSON.stringify({ path: Object.fromEntries(Object.entries(paths).map(([path, capabilities]) => [path, { capabilities }])) }) });
const denied = (policies: string) => `The token has the policies ${policies}, and none allows it: compare them (vault policy read) with vault.policy and vault.kv.mountPath. ${WRITE_AGAIN}`;

const onTheWayToAToken: readonly Broken[] = [
  {
    what: 'an API server that does not know the function',
    hop: 'service account token',
    breaks: ({ world }) => world.apiServer.delayAccessEntries(60_000),
    says: (account) =>
      `POST serviceaccounts/${account}/token in gloo-system: the API server answered 401 (Unauthorized). It does not know the caller's IAM identity: its access entry is missing (the app makes those of its functions; a person's comes from cluster.create.adminArns or aws eks create-access-entry), or the cluster's authentication mode is not API or API_AND_CONFIG_MAP (aws eks describe-cluster --query cluster.accessConfig).`,
  },
  {
    what: 'RBAC for another service account',
    hop: 'service account token',
    breaks: () => ({ serviceAccount: 'default' }),
    says: () =>
      'POST serviceaccounts/default/token in gloo-system was answered by the API server with 403 (serviceaccounts "default" is forbidden: User "arn:aws:sts::111122223333:assumed-role/gloo-proof-trial/trial" cannot create resource "serviceaccounts/token" in API group "" in the namespace "gloo-system"). RBAC must allow create on serviceaccounts/token for exactly this name: check Role and RoleBinding in the namespace gloo-system.',
  },
  {
    what: 'no service account',
    hop: 'service account token',
    breaks: ({ world }) => void jest.spyOn(world.objects, 'hasServiceAccount').mockReturnValue(false),
    says: (account) =>
      `POST serviceaccounts/${account}/token in gloo-system was answered by the API server with 404 (serviceaccounts "${account}" not found). The Gloo stack makes it before the chart: was it deleted since? This makes it again, for Helm to take over: kubectl create sa ${account} -n gloo-system; kubectl label sa ${account} -n gloo-system app.kubernetes.io/managed-by=Helm; kubectl annotate sa ${account} -n gloo-system meta.helm.sh/release-name=gloo meta.helm.sh/release-namespace=gloo-system`,
  },
];

const atSts: readonly Broken[] = [
  {
    what: 'another issuer in IAM',
    hop: 'web identity',
    breaks: ({ world }) => void jest.spyOn(world.iam, 'findProvider').mockReturnValue(undefined),
    says: () =>
      `STS refused ${ROLE_ARN} with InvalidIdentityToken (No OpenIDConnect provider found in your account for ${ISSUER}). IAM needs an OIDC provider for exactly the issuer of the cluster's tokens, ${ISSUER}: aws iam list-open-id-connect-providers shows those there are. The Cluster stack makes it; for an imported cluster, cluster.import.oidcProviderArn or oidcIssuer has to be what aws eks describe-cluster --query cluster.identity.oidc.issuer prints.`,
  },
  {
    what: 'an OIDC provider for another audience',
    hop: 'web identity',
    breaks: ({ world: { iam } }) => void jest.spyOn(iam, 'findProvider').mockReturnValue({ arn: `arn:aws:iam::111122223333:oidc-provider/${HOST}`, issuerHost: HOST, clientIds: ['vault'] }),
    says: () =>
      `STS refused ${ROLE_ARN} with InvalidIdentityToken (Incorrect token audience). The OIDC provider of ${ISSUER} in IAM has to list the audience "sts.amazonaws.com" among its client ids: aws iam get-open-id-connect-provider shows them.`,
  },
  {
    what: "another issuer in the role's trust policy",
    hop: 'web identity',
    breaks: ({ world }) => trust(world.iam, (text) => text.replaceAll(HOST, 'oidc.example/id/B')),
    says: () =>
      `${TRUST} Principal.Federated wants "arn:aws:iam::111122223333:oidc-provider/oidc.example/id/B", and the token has "${ISSUER}"; oidc.example/id/B:aud wants "sts.amazonaws.com", and the token has none; oidc.example/id/B:sub wants "${sub('gloo')}" or "${sub('discovery')}", and the token has none. ${IDENTITY}`,
  },
  {
    what: 'another aud in the trust policy',
    hop: 'web identity',
    breaks: ({ world }) => trust(world.iam, (text) => text.replaceAll('"sts.amazonaws.com"', '"vault"')),
    says: () => `${TRUST} ${HOST}:aud wants "vault", and the token has "sts.amazonaws.com". ${IDENTITY}`,
  },
  {
    what: 'another sub in the trust policy',
    hop: 'web identity',
    breaks: ({ world }, account) => trust(world.iam, (text) => text.replaceAll(sub(account), 'system:serviceaccount:other:other')),
    says: (account) => `${TRUST} ${HOST}:sub wants ${['gloo', 'discovery'].map((each) => (each === account ? '"system:serviceaccount:other:other"' : `"${sub(each)}"`)).join(' or ')}, and the token has "${sub(account)}". ${IDENTITY}`,
  },
  {
    what: 'no role',
    hop: 'web identity',
    breaks: ({ world }) => trust(world.iam, () => undefined),
    says: () => `${REFUSED} iam:GetRole of ${ROLE} was answered with NoSuchEntity: the role does not exist. The Identity stack makes it; deploy it, then this stack again.`,
  },
  {
    what: 'a trust policy that has not spread',
    hop: 'web identity',
    breaks: ({ world }) => void jest.spyOn(world.iam, 'findRoleByArn').mockReturnValue(undefined),
    says: () => `${REFUSED} The trust policy of ${ROLE}, as IAM has it, admits this token: a change that has not spread passes by itself; if it stays, an explicit Deny stands in it or in a service control policy.`,
  },
  {
    what: 'an STS that throttles',
    hop: 'web identity',
    // Not before, for EKS asks STS who the function is.
    breaks: ({ world: { aws, issuer } }) => {
      const issueToken = issuer.issueToken.bind(issuer);
      jest.spyOn(issuer, 'issueToken').mockImplementationOnce((request) => {
        aws.throttleNext('sts', 1);
        return issueToken(request);
      });
    },
    says: () => 'sts:AssumeRoleWithWebIdentity was answered by 127.0.0.1 with Throttling (Rate exceeded).',
  },
];

const atVault: readonly Broken[] = [
  {
    what: "another server id in Gloo's values",
    hop: 'login',
    breaks: () => ({ serverIdHeader: 'vault.example.org' }),
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (error validating X-Vault-AWS-IAM-Server-ID header: expected "vault.gloo.example.com" but got "vault.example.org"). Gloo signs the server id "vault.example.org", and auth/aws/config/client has another; vault.auth.serverIdHeader feeds both. ${PUT_BACK} iam_server_id_header_value=vault.example.org`,
  },
  {
    what: 'another server id in Vault',
    hop: 'login',
    inVault: true,
    breaks: ({ observer }) => observer.write('auth/aws/config/client', { iam_server_id_header_value: 'vault.example.org' }),
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (error validating X-Vault-AWS-IAM-Server-ID header: expected "vault.example.org" but got "vault.gloo.example.com"). Gloo signs the server id "vault.gloo.example.com", and auth/aws/config/client has another; vault.auth.serverIdHeader feeds both. ${PUT_BACK} iam_server_id_header_value=vault.gloo.example.com`,
  },
  {
    what: 'another region',
    hop: 'login',
    breaks: () => ({ region: 'eu-west-1' }),
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (error making upstream request: received error code 403 from STS: SignatureDoesNotMatch: Credential should be scoped to a valid region, not 'eu-west-1'). Gloo's values have it sign for the region eu-west-1, and sts_endpoint and sts_region in auth/aws/config/client are another's; the environment's region feeds all three. ${PUT_BACK} sts_region=eu-west-1 sts_endpoint=https://sts.eu-west-1.amazonaws.com`,
  },
  {
    what: 'no auth mount',
    hop: 'login',
    breaks: () => ({ mountPath: 'aws-iam' }),
    says: () =>
      `PUT auth/aws-iam/login was answered by Vault with 403 (permission denied). So Vault answers where nothing is mounted at auth/aws-iam, and where a role admits other addresses only: vault auth list shows the mounts; Gloo's is vault.auth.mountPath. Deploy the Vault stack, then this one.`,
  },
  {
    what: 'no role in Vault',
    hop: 'login',
    inVault: true,
    breaks: ({ observer }) => observer.delete(VAULT_ROLE),
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (entry for role ${ROLE} not found). Gloo names no role, so Vault takes the one that is called as Gloo's IAM role, and auth/aws has none of that name. ${WRITE_AGAIN}`,
  },
  {
    what: "a role of Vault's that is bound to another unique id",
    hop: 'login',
    inVault: true,
    breaks: ({ world }) => void world.iam.recreateRole(ROLE),
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (IAM Principal "arn:aws:sts::111122223333:assumed-role/${ROLE}/gloo-login-proof" does not belong to the role "${ROLE}"). ${VAULT_ROLE} is bound to another principal than Gloo's IAM role as it is now: that was made again and has another unique id, or somebody changed the binding. ${WRITE_AGAIN}`,
  },
  {
    what: 'a Vault that cannot call iam:GetRole',
    hop: 'login',
    inVault: true,
    breaks: async ({ world: { iam }, observer }) => {
      await observer.delete(VAULT_ROLE);
      await observer.write(VAULT_ROLE, { auth_type: 'iam', bound_iam_principal_arn: ['arn:aws:iam::111122223333:role/dev-*'], resolve_aws_unique_ids: false, token_policies: ['dev'] });
      const authorize = iam.authorize.bind(iam);
      jest.spyOn(iam, 'authorize').mockImplementation((role, ...more) => (role.name === 'vault-server-trial' ? { allowed: false, explicit: false, reason: 'of the test' } : authorize(role, ...more)));
    },
    says: () =>
      `PUT auth/aws/login was answered by Vault with 400 (error looking up full ARN of entity &{aws 111122223333 assumed-role ${ROLE} gloo-login-proof} when attempting login for role "${ROLE}": error fetching role "${ROLE}": AccessDenied: User: arn:aws:sts::111122223333:assumed-role/vault-server-trial/N is not authorized to perform: iam:GetRole on resource: role ${ROLE} because no identity-based policy allows the iam:GetRole action status code: 403, request id: N). Vault itself calls iam:GetRole here, for its role ${ROLE} is bound by a wildcard: the service account "vault" needs eks.amazonaws.com/role-arn, its pod has to be younger than that, and the role needs the policy gloo-vault-auth-get-role-policy-* (guide row 19). The app binds by the unique id, which needs no such call. ${WRITE_AGAIN}`,
  },
  {
    what: 'a token without the policy "default"',
    hop: 'renewal',
    inVault: true,
    breaks: ({ observer }) => observer.write(VAULT_ROLE, { auth_type: 'iam', token_no_default_policy: true }),
    says: () =>
      `PUT auth/token/renew-self was answered by Vault with 403 (1 error occurred: * permission denied). The token has no policy "default" (it has dev), which lets it renew itself; without, Gloo would log in again and again: token_no_default_policy of its role in Vault was changed. Take the role away, vault delete ${VAULT_ROLE}. ${WRITE_AGAIN} ${NOT_REVOKED}`,
  },
  {
    what: 'a batch token',
    hop: 'renewal',
    inVault: true,
    breaks: ({ observer }) => observer.write(VAULT_ROLE, { auth_type: 'iam', token_type: 'batch' }),
    says: () => `PUT auth/token/renew-self was answered by Vault with 400 (batch tokens cannot be renewed). A batch token cannot be renewed: token_type of Gloo's role in Vault was changed. Take the role away, vault delete ${VAULT_ROLE}. ${WRITE_AGAIN}`,
  },
  {
    what: 'a policy that does not let it list',
    hop: 'list',
    inVault: true,
    breaks: ({ observer }) => observer.write('sys/policies/acl/dev', policy({ 'dev/data/*': ['read'] })),
    says: () => `GET ${LIST} was answered by Vault with 403 (1 error occurred: * permission denied). ${denied('default, dev')}`,
  },
  {
    what: "another path prefix in Gloo's values",
    hop: 'list',
    breaks: () => ({ pathPrefix: 'qa' }),
    says: () => `GET ${LIST.replace('dev', 'qa')} was answered by Vault with 403 (1 error occurred: * permission denied). ${denied('default, dev')}`,
  },
  {
    what: 'no secrets engine',
    hop: 'list',
    inVault: true,
    breaks: ({ observer }) => observer.delete('sys/mounts/dev'),
    says: () => `GET ${LIST} was answered by Vault with 404 (no handler for route "${LIST}". route entry not found). Nothing is mounted at dev/: vault secrets list shows the mounts; Gloo's is vault.kv.mountPath. ${WRITE_AGAIN}`,
  },
  {
    what: 'a policy that does not let it read',
    hop: 'capabilities',
    inVault: true,
    breaks: ({ observer }) => observer.write('sys/policies/acl/dev', policy({ 'dev/metadata/*': ['list'] })),
    says: () => `Vault says that the token may not read dev/data/gloo/gloo.solo.io/v1/Secret/gloo-system/any. ${denied('default, dev')}`,
  },
];

describeProven("Gloo's way to its secrets", (gloo) => {
  afterEach(() => {
    jest.restoreAllMocks();
    gloo().world.apiServer.delayAccessEntries(0);
  });

  const all = [...onTheWayToAToken, ...atSts, ...atVault];
  describe.each(['gloo', 'discovery'])('with one thing broken, for %s', (account) => {
    test.each(all.map((broken) => [broken.what, broken] as const))('%s', async (_, { hop, breaks, says, inVault }) => {
      const { world, observer, refusal, mend } = gloo();
      try {
        const login = (await breaks(gloo(), account)) ?? {};
        const before = world.apiServer.requests.length;
        const message = await refusal({ only: account, login });
        const named = login.serviceAccount ?? account;
        expect(comparable(message)).toBe(`Gloo cannot log in to Vault as gloo-system/${named}, at the hop "${hop}": ${says(named)}`);
        const asked = world.apiServer.requests.slice(before).map(({ path }) => path.replace(/^.*\/proxy\/v1\//, ''));
        // Whoever has logged in leaves no token behind.
        if (['renewal', 'list', 'capabilities'].includes(hop)) expect(asked.at(-1)).toBe('auth/token/revoke-self');
      } finally {
        jest.restoreAllMocks();
        if (inVault) {
          await observer.delete(VAULT_ROLE);
          await mend();
        }
      }
    });
  });

  test('mended, it is whole again, and all that it says is what it saw', async () => {
    const { observer, prove } = gloo();
    await observer.write(`${LIST.replace('metadata', 'data')}one`, { data: { metadata: { name: 'one', namespace: 'gloo-system' } } });
    const of = (account: string) => [
      `service account token: iss ${ISSUER}, sub ${sub(account)}, aud sts.amazonaws.com`,
      `web identity: STS gave ${ROLE_ARN}`,
      'login: a token of 900 s with the policies default, dev',
      'renewal: the token renews itself',
      `list: 1 secrets at ${LIST}`,
      `capabilities: list on ${LIST}, read on ${LIST.replace('metadata', 'data')}any`,
      'revocation: the token is revoked',
    ];
    expect(await prove()).toEqual(['gloo', 'discovery'].flatMap((account) => of(account).map((line) => `gloo-system/${account}: ${line}`)));
    expect(await observer.list(LIST.slice(0, -1))).toEqual(['one']);
    await observer.delete(`${LIST}one`);
  });

  test('a token that cannot be revoked either is told of beside the first failure', async () => {
    const { observer, mend } = gloo();
    await observer.write('sys/policies/acl/dev', policy({ 'dev/data/*': ['read'], 'auth/token/revoke-self': ['deny'] }));
    try {
      const message = await gloo().refusal({ only: 'gloo' });
      expect(message).toContain('at the hop "list": GET ');
      expect(message.endsWith(` ${NOT_REVOKED}`)).toBe(true);
    } finally {
      await mend();
    }
  });

  test('what settles is waited for, with a new token each time', async () => {
    const { world, prove } = gloo();
    const issued = jest.spyOn(world.issuer, 'issueToken');
    jest.spyOn(world.iam, 'findProvider').mockReturnValueOnce(undefined).mockReturnValueOnce(undefined);
    const log = await prove({ only: 'gloo', patience: 10_000 });
    expect(log.filter((line) => line.startsWith('waiting: '))).toEqual([expect.stringContaining('at the hop "web identity": STS refused')]);
    expect(issued).toHaveBeenCalledTimes(3);
    expect(new Set(await Promise.all(issued.mock.results.map(({ value }) => value as Promise<string>))).size).toBe(3);
  });

  test('what IAM itself shows to be wrong is not waited for', async () => {
    const { world, refusal } = gloo();
    trust(world.iam, (text) => text.replaceAll('"sts.amazonaws.com"', '"vault"'));
    const started = Date.now();
    expect(await refusal({ patience: 60_000 })).not.toContain('gave up');
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});
