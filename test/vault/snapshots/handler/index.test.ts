import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { LONGEST_MESSAGE } from '../../../../lib/vault/client/errors';
import { errors, json, playVault, TOKEN, type PlayingVault } from './playing-vault';
import { snapshotOf } from './snapshot-archive';
import { rehearseSnapshots, type Outcome, type RehearsalOptions, type RehearsedSnapshots } from './rehearsed-snapshots';

const SNAPSHOT = snapshotOf(randomBytes(3 * 1024 * 1024));
const said: string[] = [];
const secrets = new Set<string>([TOKEN]);

interface Scene extends RehearsedSnapshots {
  readonly vault: PlayingVault;
}

async function scene(change?: RehearsalOptions['change'], leader = true): Promise<Scene> {
  const behind: { vault?: PlayingVault } = {};
  const rehearsed = await rehearseSnapshots({ vault: () => (leader ? behind.vault?.address : undefined), ...(change ? { change } : {}) });
  behind.vault = await playVault(rehearsed.ca);
  behind.vault.snapshot = (response) => response.writeHead(200, { 'content-type': 'application/gzip' }).end(SNAPSHOT);
  return { ...rehearsed, vault: behind.vault };
}

/** Runs it, and keeps what it said for the search for secrets. */
async function run(at: Scene, patience?: number, event?: unknown): Promise<Outcome> {
  const outcome = await at.run(patience, event);
  said.push(...outcome.log, outcome.error ?? '');
  for (const secret of at.secrets) secrets.add(secret);
  expect(at.left()).toEqual([]);
  if (outcome.error !== undefined) {
    expect(outcome.error).not.toContain('\n');
    expect(Buffer.byteLength(outcome.error)).toBeLessThanOrEqual(LONGEST_MESSAGE);
    expect(outcome.log.join('\n')).not.toContain('SnapshotsTaken');
  }
  return outcome;
}

let whole: Scene;
let whenWell: Pick<PlayingVault, 'login' | 'snapshot'>;
beforeAll(async () => {
  whole = await scene();
  whenWell = { login: whole.vault.login, snapshot: whole.vault.snapshot };
});
afterEach(() => {
  Object.assign(whole.vault, whenWell);
  whole.vault.seen.length = 0;
});
afterAll(() => close(whole));

/** A scene of its own, for a broken template. */
async function within(opened: Promise<Scene>, act: (at: Scene) => Promise<void>): Promise<void> {
  const at = await opened;
  await act(at).finally(() => close(at));
}

async function close(at: Scene): Promise<void> {
  at.vault.close();
  await at.close();
}

const statements = (change: (statement: Record<string, unknown>) => void): RehearsalOptions['change'] => ({ Resources }) => {
  const [, rights] = Object.entries(Resources).find(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('SnapshotsRights')) ?? [];
  (rights?.Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement.forEach(change);
};
const puts = ({ aws }: Scene) => aws.requests.filter(({ action }) => action === 'PutObject').length;

describe('a snapshot', () => {
  test("is stored whole under the cluster's name and its time, and counted", async () => {
    const { stored, log } = await run(whole);
    expect(stored).toEqual({
      bucket: whole.event.bucket,
      key: expect.stringMatching(/^gloo-prod\/\d{4}\/\d\d\/\d\d\/vault-\d{8}T\d{6}Z\.snap$/) as unknown,
      versionId: expect.any(String) as unknown,
      bytes: SNAPSHOT.length,
    });
    expect((await whole.read(stored?.key ?? '')).equals(SNAPSHOT)).toBe(true);
    expect(JSON.parse(log.at(-1) ?? '')).toMatchObject({ Cluster: 'gloo-prod', SnapshotsTaken: 1, SnapshotBytes: SNAPSHOT.length });
    expect(whole.vault.seen).toEqual(['PUT /v1/auth/aws/login', 'GET /v1/sys/storage/raft/snapshot']);
  });

  test('logs in as its own role, to the server that the environment names', async () => {
    let sent: Record<string, string> = {};
    whole.vault.login = (response, body) => {
      sent = body;
      whenWell.login(response, body);
    };
    await run(whole);
    expect(sent.role).toBe('vault-backup-gloo-prod');
    expect(JSON.parse(Buffer.from(sent.iam_request_headers ?? '', 'base64').toString())).toMatchObject({ host: 'sts.us-east-1.amazonaws.com', 'x-vault-aws-iam-server-id': expect.any(String) as unknown });
  });

  test('is taken again when it was cut off, by its connection or in its midst', async () => {
    const ways: PlayingVault['snapshot'][] = [
      (response, request) => {
        response.writeHead(200, { 'content-type': 'application/gzip' }).write(SNAPSHOT.subarray(0, 100_000));
        setTimeout(() => request.socket.destroy(), 50);
      },
      (response) => response.writeHead(200).end(SNAPSHOT.subarray(0, 200_000)),
      whenWell.snapshot,
    ];
    whole.vault.snapshot = (response, request) => ways.shift()?.(response, request);
    const { stored, log } = await run(whole, 20_000);
    expect((await whole.read(stored?.key ?? '')).equals(SNAPSHOT)).toBe(true);
    expect(log).toEqual([
      expect.stringMatching(/^waiting: The snapshot broke off after \d+ bytes \(aborted\): nothing was stored\. Vault may have lost its leader/),
      expect.stringMatching(/^waiting: The snapshot broke off after 200000 bytes \(its gzip stream has no end\): nothing was stored/),
      expect.stringMatching(/^stored gloo-prod\//),
      expect.stringContaining('SnapshotsTaken'),
    ]);
  });

  test('that never gets whole is never stored', async () => {
    const before = puts(whole);
    whole.vault.snapshot = (response) => response.writeHead(200).end(SNAPSHOT.subarray(0, -8));
    expect((await run(whole)).error).toMatch(new RegExp(`^The snapshot broke off after ${SNAPSHOT.length - 8} bytes \\(its gzip stream has no end\\): .*kubectl logs`));
    whole.vault.snapshot = (response) => response.writeHead(200).end();
    expect((await run(whole)).error).toContain('The snapshot broke off after 0 bytes (its gzip stream has no end)');
    expect(puts(whole)).toBe(before);
  });

  test('that is something else, or was changed, is never stored', async () => {
    const before = puts(whole);
    const changed = Buffer.from(SNAPSHOT);
    changed[changed.length - 6] = (changed.at(-6) ?? 0) ^ 1;
    const answers = [
      [Buffer.from('<html>Sign in</html>'), 'whole gzip stream \\(incorrect header check'],
      [changed, 'whole gzip stream \\(incorrect data check'],
      [gzipSync('<html>Sign in</html>'), "snapshot of Vault's \\(its archive has no end, in \\d+ bytes\\): nothing was stored"],
      [Buffer.concat([SNAPSHOT, Buffer.alloc(10)]), "snapshot of Vault's \\(something follows its gzip stream"],
    ] as const;
    for (const [content, cause] of answers) {
      whole.vault.snapshot = (response) => response.writeHead(200).end(content);
      expect((await run(whole)).error).toMatch(new RegExp(`^What came as a snapshot is no ${cause}.*check which pods its Service selects`));
    }
    expect(puts(whole)).toBe(before);
  });
});

describe('Vault refuses', () => {
  test('the login: a second look, then which role and what mends it', async () => {
    whole.vault.login = (response) => errors(response, 400, 'entry for role "vault-backup-gloo-prod" not found');
    const { error } = await run(whole, 5000);
    expect(error).toBe(
      'Vault refused the login (PUT auth/aws/login as "vault-backup-gloo-prod": 400 entry for role "vault-backup-gloo-prod" not found). ' +
        "The configuration makes this role in Vault, bound to the function's IAM role of the same name: raise vault.revision and deploy the Vault stack, which configures Vault again.",
    );
    expect(whole.vault.seen).toEqual(['PUT /v1/auth/aws/login', 'PUT /v1/auth/aws/login']);
  });

  test('a login that AWS refused Vault, which may pass', async () => {
    whole.vault.login = (response) => errors(response, 400, 'error making upstream request: AccessDenied');
    expect((await run(whole)).error).toContain('AWS refused Vault or the function: check the trust and the policies of both roles');
  });

  test('to give a token', async () => {
    whole.vault.login = (response) => json(response, 200, { auth: null });
    expect((await run(whole)).error).toBe('PUT auth/aws/login was answered without a token: this is not a Vault that a snapshot can be taken of.');
  });

  test('the snapshot, for the policy lacks its path', async () => {
    whole.vault.snapshot = (response) => errors(response, 403, '1 error occurred: * permission denied');
    expect((await run(whole, 5000)).error).toMatch(
      /^GET sys\/storage\/raft\/snapshot was answered with 403 \(.*permission denied\): Vault lets "vault-backup-gloo-prod" in, and not at its storage\. Its policy of the same name must allow read on sys\/storage\/raft\/snapshot: raise vault\.revision/,
    );
  });

  test('the snapshot, for it has no such storage', async () => {
    whole.vault.snapshot = (response) => errors(response, 400, 'raft storage is not in use');
    expect((await run(whole)).error).toMatch(/answered with 400 \(raft storage is not in use\)\. Only a Vault of mode raft has snapshots/);
  });

  test('for it is sealed, or has no leader', async () => {
    whole.vault.login = (response) => errors(response, 503, 'Vault is sealed');
    expect((await run(whole)).error).toMatch(/503 \(Vault is sealed\): Vault is sealed or not initialised/);
    whole.vault.login = (response) => response.writeHead(307, { location: 'https://10.0.0.7:8200' }).end();
    expect((await run(whole)).error).toMatch(/Vault has no leader yet/);
    await within(scene(undefined, false), async (at) => {
      expect((await run(at)).error).toMatch(/no endpoints available for service "vault-active".*No pod of Vault is reachable/);
    });
  });
});

describe('AWS refuses', () => {
  test('the bucket: which object, and whose policy', () =>
    within(scene(statements((statement) => void (statement.Action === 's3:PutObject' && (statement.Resource = 'arn:aws:s3:::another/*')))), async (at) => {
      expect((await run(at)).error).toMatch(
        /^s3:PutObject of gloo-prod\/\S+ into the bucket \S+ was answered with AccessDenied \(.*not authorized to perform: s3:PutObject .*check its policy in the Vault stack and the bucket's own policy/,
      );
    }));

  test("the bucket's key", () =>
    within(scene(statements((statement) => void (statement.Action === 'kms:GenerateDataKey' && (statement.Action = 'kms:DescribeKey')))), async (at) => {
      expect((await run(at)).error).toMatch(/AccessDenied \(.*kms:GenerateDataKey on resource: .*The function's execution role needs kms:GenerateDataKey on the bucket's key/);
    }));

  test('a bucket that is gone', async () => {
    expect((await run(whole, 400, { ...whole.event, bucket: 'gone' })).error).toMatch(/into the bucket gone was answered with NoSuchBucket .*has somebody deleted it\?/);
  });

  test('to keep versions: what is stored counts as no snapshot', () =>
    within(scene(({ Resources }) => Object.values(Resources).forEach(({ Type, Properties }) => Type === 'AWS::S3::Bucket' && (Properties.VersioningConfiguration = { Status: 'Suspended' }))), async (at) => {
      const { error, log } = await run(at);
      expect(error).toMatch(/^s3:PutObject of gloo-prod\/\S+ into the bucket \S+ was answered without a version: .*put-bucket-versioning/);
      expect(log.filter((line) => line.includes('SnapshotsTaken'))).toEqual([]);
      expect(puts(at)).toBe(1);
    }));

  test('another prefix than its own', async () => {
    expect((await run(whole, 400, { ...whole.event, prefix: 'another' })).error).toMatch(/^s3:PutObject of another\/\S+ .*AccessDenied/);
  });

  test('for a moment: the object is put again, the snapshot not taken again', async () => {
    whole.aws.throttleNext('s3', 1);
    const { stored, log } = await run(whole, 10_000);
    expect(stored?.bytes).toBe(SNAPSHOT.length);
    expect(log[0]).toMatch(/^waiting: s3:PutObject of .* was answered with SlowDown/);
    expect(whole.vault.seen).toHaveLength(2);
  });
});

test('the cluster refuses what has no access entry', () =>
  within(scene(({ Resources }) => Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::EKS::AccessEntry').forEach((id) => delete Resources[id])), async (at) => {
    expect((await run(at)).error).toMatch(/the API server answered 401 .*its access entry is missing/);
  }));

test('an event that the construct did not write', async () => {
  expect((await run(whole, 400, { ...whole.event, cluster: undefined, bucket: '', prefix: '/a' })).error).toBe(
    'The event does not say what to take a snapshot of: cluster (invalid type), bucket (too small), prefix (invalid format). ' +
      'It is written by the VaultSnapshots construct: deploy the construct and its handler from one commit, and let its rule alone invoke the function.',
  );
});

test('nothing secret was said', () => {
  const all = said.join('\n');
  expect(said.length).toBeGreaterThan(20);
  expect([...secrets].filter((secret) => all.includes(secret) || all.includes(encodeURIComponent(secret)))).toEqual([]);
  expect(all).not.toMatch(/hv[sbr]\.[\w-]{8,}|k8s-aws-v1\.\w+|A[SK]IA\w{8,}|Signature=\w+/);
});
