import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IamStore } from '../../../rehearsal/aws/iam';
import { createOidcIssuer, type OidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { onFreePorts, runVault, type RunningVault } from '../../../rehearsal/vault/running-vault';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT, ISSUER } from '../cloudformation/small-app';
import { describeWithVault } from '../vault/available';
import { allow, REGION } from './fixture';

const SEAL_ROLE = `arn:aws:iam::${ACCOUNT}:role/vault-server`;
const SESSION = new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/vault-server/`);
const issuerHost = ISSUER.replace('https://', '');

const RESOURCES = {
  Provider: { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: ISSUER, ClientIdList: ['sts.amazonaws.com'] } },
  Seal: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
  SealAlias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/vault-seal', TargetKeyId: { 'Fn::GetAtt': ['Seal', 'Arn'] } } },
  Server: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'vault-server',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRoleWithWebIdentity',
            Principal: { Federated: { Ref: 'Provider' } },
            Condition: { StringEquals: { [`${issuerHost}:aud`]: 'sts.amazonaws.com', [`${issuerHost}:sub`]: 'system:serviceaccount:vault:vault' } },
          },
        ],
      },
      Policies: [
        { PolicyName: 'seal', PolicyDocument: { Statement: [allow(['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'], { 'Fn::GetAtt': ['Seal', 'Arn'] })] } },
      ],
    },
  },
};

jest.setTimeout(120_000);

describeWithVault('a real Vault sealed by awskms', (command) => {
  let issuer: OidcIssuer;
  let aws: Aws;
  let directory: string;
  let env: Record<string, string>;
  let address: string;
  let vault: RunningVault | undefined;

  beforeAll(async () => {
    issuer = await createOidcIssuer(ISSUER);
  });
  beforeEach(async () => {
    const ca = await createCertificateAuthority('test');
    aws = await startAws({ iam: new IamStore(deployTemplates({ S: { Resources: RESOURCES } })), issuers: [issuer], region: REGION, ca });
    directory = await mkdtemp(join(tmpdir(), 'vault-seal-'));
    const caFile = join(directory, 'ca.pem');
    const tokenFile = join(directory, 'token');
    await writeFile(caFile, ca.caPem);
    await writeFile(tokenFile, await issuer.issueToken({ namespace: 'vault', serviceAccount: 'vault', audience: 'sts.amazonaws.com', expiresIn: 3600 }));
    await mkdir(join(directory, 'data'));
    env = {
      HTTPS_PROXY: aws.proxyUrl,
      SSL_CERT_FILE: caFile,
      AWS_ROLE_ARN: SEAL_ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_REGION: REGION,
      AWS_STS_REGIONAL_ENDPOINTS: 'regional',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  });
  afterEach(async () => {
    await vault?.kill();
    vault = undefined;
    await aws.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  async function ask(method: string, path: string, body?: object, token = ''): Promise<Record<string, unknown>> {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers: token === '' ? {} : { 'X-Vault-Token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    }
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  const sealed = async () => (await ask('GET', 'sys/seal-status')).sealed;
  const start = async (): Promise<void> => {
    vault = await runVault({
      command: command(),
      args: ['server', `-config=${join(directory, 'vault.hcl')}`],
      env,
      home: directory,
      answers: () => ask('GET', 'sys/seal-status'),
      onAudit: () => undefined,
    });
  };
  const startFirst = () =>
    onFreePorts(2, async ([port = 0, clusterPort = 0]) => {
      address = `http://127.0.0.1:${port}`;
      await writeFile(
        join(directory, 'vault.hcl'),
        `disable_mlock = true
api_addr = "${address}"
cluster_addr = "https://127.0.0.1:${clusterPort}"
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${clusterPort}"
  tls_disable = true
}
storage "raft" {
  path = "${directory}/data"
  node_id = "vault-0"
}
seal "awskms" {
  region = "${REGION}"
  kms_key_id = "alias/vault-seal"
}
`,
      );
      await start();
    });
  const restart = async () => {
    await vault?.end();
    await start();
  };
  /** Asks up to 100 times, each 100 ms after the last. */
  const until = async (what: () => Promise<boolean>): Promise<boolean> => {
    for (let look = 0; look < 100; look += 1) {
      if (await what().catch(() => false)) {
        return true;
      }
      await sleep(100);
    }
    return false;
  };
  const isActive = async () => (await ask('GET', 'sys/leader')).is_self === true;

  test('is initialised with recovery keys, unseals itself, and cannot without its key', async () => {
    await startFirst();
    expect(await ask('GET', 'sys/seal-status')).toMatchObject({ type: 'awskms', initialized: false, sealed: true });
    const made = await ask('PUT', 'sys/init', { recovery_shares: 3, recovery_threshold: 2 });
    expect(made).toMatchObject({ keys: [], recovery_keys: [expect.any(String), expect.any(String), expect.any(String)] });
    const token = String(made.root_token);
    expect(await until(isActive)).toBe(true);
    await ask('PUT', 'sys/mounts/kept', { type: 'kv' }, token);
    await ask('PUT', 'kept/a', { value: 'kept' }, token);
    expect(aws.requests.filter(({ status }) => status !== 200)).toEqual([]);
    for (const action of ['AssumeRoleWithWebIdentity', 'DescribeKey', 'Encrypt']) {
      expect(aws.requests).toContainEqual(expect.objectContaining({ action, caller: expect.stringMatching(SESSION) as string }));
    }

    const before = aws.requests.length;
    await restart();
    expect(await until(isActive)).toBe(true);
    expect((await ask('GET', 'kept/a', undefined, token)).data).toEqual({ value: 'kept' });
    expect(aws.requests.slice(before).map(({ action }) => action)).toContain('Decrypt');

    aws.keys.disableKey('alias/vault-seal');
    await restart();
    expect(await until(() => Promise.resolve(aws.requests.some(({ error }) => error?.startsWith('DisabledException') === true)))).toBe(true);
    expect(await sealed()).toBe(true);
    aws.keys.enableKey('alias/vault-seal');
    expect(await until(isActive)).toBe(true);

    aws.keys.loseKey('alias/vault-seal');
    await vault?.end();
    await expect(start()).rejects.toThrow(/NotFoundException: Alias arn:aws:kms:eu-central-1:111122223333:alias\/vault-seal is not found/);
  });

  test('does not start with the token of another service account', async () => {
    env.AWS_WEB_IDENTITY_TOKEN_FILE = join(directory, 'stranger');
    await writeFile(env.AWS_WEB_IDENTITY_TOKEN_FILE, await issuer.issueToken({ namespace: 'vault', serviceAccount: 'default', audience: 'sts.amazonaws.com', expiresIn: 3600 }));

    await expect(startFirst()).rejects.toThrow('error fetching AWS KMS wrapping key information: NoCredentialProviders');
    expect(aws.requests.at(-1)?.error).toContain('wants "system:serviceaccount:vault:vault", the request has "system:serviceaccount:vault:default"');
  });
});
