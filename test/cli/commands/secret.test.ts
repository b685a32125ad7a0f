import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addSecretCommands } from '../../../cli/commands/secret';
import { EXIT } from '../../../cli/exit-codes';
import { present } from '../../../cli/failures';
import { addGlobalOptions } from '../../../cli/options';
import { Mask } from '../../../lib/vault/client/errors';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { describeWithVault } from '../../rehearsal/vault/available';
import { capturedIo } from '../captured-io';
import { startSecretsVault, type SecretsMount, type SecretsVault } from '../gloo-secret/vault';

const SECRET = 'correct-horse-battery-staple';

describeWithVault('secret', (command) => {
  let vault: SecretsVault;
  let mount: SecretsMount;
  let cwd: string;

  beforeAll(async () => {
    vault = await startSecretsVault(command());
    cwd = mkdtempSync(join(tmpdir(), 'secret-'));
    const ca = await createCertificateAuthority('the authority');
    const { cert, key } = await ca.issue(['shop.example.com']);
    const files = { 'tls.pem': cert, 'tls.key': key, 'ca.pem': ca.caPem, secret: `${SECRET}\n`, '.env': `authorization=${SECRET}\nx-other=${SECRET}2\n`, 'plugin.yaml': `token: ${SECRET}\n`, key: '0123456789abcdef0123456789abcdef' };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  });
  afterAll(async () => {
    rmSync(cwd, { recursive: true });
    await vault.close();
  });
  beforeEach(async () => {
    mount = await vault.mount();
  });

  async function run(args: readonly string[], stdin = '') {
    const io = capturedIo({ cwd, stdin });
    const mask = new Mask();
    const root = new Command('gloo-vault').exitOverride().configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
    addGlobalOptions(root);
    addSecretCommands(root, io, mask, (_io, _mask, _options, work) => work({ store: mount.store, mountPath: mount.path, namespace: 'gloo-system' }));
    let code: number = EXIT.ok;
    try {
      await root.parseAsync(['secret', ...args], { from: 'user' });
    } catch (error) {
      const presented = error instanceof CommanderError ? { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage, message: '' } : present(error, mask);
      code = presented.exitCode;
      if (presented.message) io.stderr.write(`${presented.message}\n`);
    }
    expect(io.written.stdout + io.written.stderr).not.toContain('BEGIN PRIVATE KEY');
    return { code, ...io.written };
  }
  const stored = async (name: string, namespace = 'gloo-system') => {
    const entry = await mount.store.read({ namespace, name });
    return entry?.state === 'present' ? entry.value : entry;
  };

  describe('put', () => {
    test.each([
      ['tls', ['--cert', 'tls.pem', '--key', 'tls.key', '--ca', 'ca.pem'], {}],
      ['header', ['authorization=@secret'], { header: { headers: { authorization: SECRET } } }],
      ['opaque', ['--from-env-file', '.env'], { header: { headers: { authorization: SECRET, 'x-other': `${SECRET}2` } } }],
      ['api-key', ['--from-file', 'secret', '--label', 'team=infra', '--metadata', 'user-id=shop'], { apiKey: { apiKey: SECRET, metadata: { 'user-id': 'shop' } }, metadata: { labels: { team: 'infra' } } }],
      ['basic-auth', ['--username', 'shop', '--from-file', 'password=secret'], { credentials: { username: 'shop', password: SECRET } }],
      ['credentials', ['--username', 'shop', 'password=@secret'], { credentials: { username: 'shop', password: SECRET } }],
      ['oauth', ['--from-file', 'secret'], { oauth: { clientSecret: SECRET } }],
      ['aws', ['--access-key', 'example-access-key', '--from-file', 'secret-key=secret'], { aws: { accessKey: 'example-access-key', secretKey: SECRET } }],
      ['azure', ['_master=@secret'], { azure: { apiKeys: { _master: SECRET } } }],
      ['encryption', ['--from-file', 'key'], { encryption: { key: '0123456789abcdef0123456789abcdef' } }],
      ['extensions', ['--from-file', 'plugin=plugin.yaml'], { extensions: { configs: { plugin: { token: SECRET } } } }],
    ])('%s', async (kind, args, value) => {
      const { code, stdout, stderr } = await run(['put', kind, 'shop', ...args]);
      const name = { opaque: 'header', credentials: 'basic-auth' }[kind] ?? kind;
      expect([code, stdout]).toEqual([0, `created: gloo-system/shop, ${name}, version 1\n`]);
      expect(stdout + stderr).not.toContain(SECRET);
      expect(await stored('shop')).toMatchObject(value);
      expect((await run(['put', kind, 'shop', ...args])).stdout).toBe(`unchanged: gloo-system/shop, ${name}, version 1\n`);
    });

    test('from standard input, into another namespace, as JSON', async () => {
      const { code, stdout } = await run(['put', 'oauth', 'shop', '-n', 'shop', '--from-file', '-', '--json'], `${SECRET}\n`);
      expect([code, JSON.parse(stdout)]).toEqual([0, { namespace: 'shop', name: 'shop', kind: 'oauth', change: 'created', version: 1, dryRun: false, findings: [] }]);
      expect(await stored('shop', 'shop')).toMatchObject({ oauth: { clientSecret: SECRET } });
    });

    test('in a dry run', async () => {
      expect((await run(['put', 'oauth', 'shop', '--from-file', 'secret', '--dry-run'])).stdout).toBe('would be created: gloo-system/shop, oauth\n');
      expect(await stored('shop')).toBeUndefined();
    });

    test('warns of a certificate that ends soon', async () => {
      const { code, stderr } = await run(['put', 'tls', 'shop', '--cert', 'tls.pem', '--key', 'tls.key']);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^▲ gloo-system\/shop: its certificate CN=shop.example.com expires on \S+, in 0 days\n {4}renew it, and put it again under the same name\n$/);
    });

    test.each([
      ['a literal value', ['header', 'shop', `authorization=${SECRET}`], /^The value of a header name \(not shown, for it may be a value\) stands on the command line, where the shell's history and the list of processes keep it/],
      ['an option for a value', ['oauth', 'shop', '--client-secret', SECRET], /^The value of client-secret stands on the command line/],
      ['the same with =', ['oauth', 'shop', `--client-secret=${SECRET}`], /^The value of client-secret stands on the command line/],
      ['a name that is none', ['oauth', 'My_Shop', '--from-file', 'secret'], /^The name of the secret \(not shown, for it may be a value\) must be at most 253 lower-case letters, .* \(a DNS-1123 subdomain\); it stands before the values\.\n$/],
      ['a value in place of the name', ['header', `authorization=${SECRET}`], /^The name of the secret \(not shown, for it may be a value\) must be/],
      ['a value in place of an entry', ['header', 'shop', SECRET], /^There is no value for a header name \(not shown, for it may be a value\), and nobody to ask: give --from-file NAME=FILE, or - for standard input\.\n$/],
      ['a value in place of a file', ['azure', 'shop', '--from-file', SECRET], /^A --from-file \(not shown, for it may be a value\) has no name: which function name is it\? Give --from-file NAME=FILE\.\n$/],
      ['a namespace that is none', ['oauth', 'shop', '-n', 'a/b', '--from-file', 'secret'], /^--namespace "a\/b" must be at most 63 lower-case letters/],
      ['a label that is none', ['oauth', 'shop', '--from-file', 'secret', '--label', 'x'], /^--label "x" is no KEY=VALUE[.]/],
      ['a value in place of its name', ['api-key', 'shop', SECRET], /^A name was given [(]not shown, for it may be a value[)] that is no part of a secret of kind api-key; its parts are api-key[.]\n$/],
      ['nobody to ask', ['oauth', 'shop'], /^There is no value for client-secret, and nobody to ask/],
      ['a certificate without key', ['tls', 'shop', '--cert', 'tls.pem'], /^Nothing was written, for gloo-system\/shop would be malformed: it has a certificate without its private key/],
      ['a key of 28 bytes', ['encryption', 'shop', '--from-file', 'secret'], /^Nothing was written, .*: its key has 28 bytes, and Gloo takes exactly 32 [(]make one: openssl rand -hex 16[)]/],
      ['an unknown kind', ['jwt', 'shop'], /unknown command 'jwt'/],
    ])('refuses %s', async (_, args, words) => {
      const { code, stdout, stderr } = await run(['put', ...args]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(words);
      expect(stderr).not.toContain(SECRET);
      expect(await mount.store.keys()).toEqual([]);
    });
  });

  describe('get', () => {
    test('shows a structure, and values where they are asked for', async () => {
      await run(['put', 'basic-auth', 'shop', '--username', 'shop', 'password=@secret']);
      expect(await run(['get', 'shop'])).toEqual({
        code: 0,
        stdout: 'gloo-system/shop, basic-auth, version 1\ncredentials:\n  username: shop\n  password: "***"\nmetadata:\n  name: shop\n  namespace: gloo-system\n',
        stderr: '',
      });
      expect((await run(['get', 'shop', '--show'])).stdout).toContain(`password: ${SECRET}`);
      expect(JSON.parse((await run(['get', 'shop', '--show', '--json'])).stdout)).toMatchObject({ kind: 'basic-auth', state: 'present', value: { credentials: { password: SECRET } } });
    });

    test('shows whom a certificate is for', async () => {
      await run(['put', 'tls', 'shop', '--cert', 'tls.pem', '--key', 'tls.key']);
      expect((await run(['get', 'shop'])).stdout).toMatch(/certChain:\n {4}- subject: CN=shop.example.com\n {6}issuer: CN=the authority\n {6}names: DNS:shop.example.com\n {6}notAfter: \S+\n {2}privateKey: "[*]{3}"\n/);
    });

    test('says what is not there', async () => {
      expect(await run(['get', 'shop'])).toEqual({ code: 3, stdout: '', stderr: 'There is no secret gloo-system/shop: "gloo-vault secret list" shows those that there are.\n' });
    });

    test('says what is malformed', async () => {
      await mount.request('PUT', 'data', 'gloo-system/shop', { data: { password: SECRET } });
      const { code, stdout, stderr } = await run(['get', 'shop']);
      expect([code, stdout]).toEqual([1, 'gloo-system/shop, of no kind, version 1\npassword: "***"\n']);
      expect(stderr).toContain("✖ gloo-system/shop: Gloo knows no field password, and Gloo's whole list fails on it\n");
    });
  });

  test.each([
    [['get', '../../../../../../sys/policies'], /^name "[.\/a-z]*" must be a single name, without \/, and not [.] or [.][.][.]\n$/],
    [['get', '..'], /^name "[.][.]" must be/],
    [['get', 'shop', '-n', '..'], /^--namespace "[.][.]" must be a single name/],
    [['delete', 'shop', '..', '--yes'], /^name "[.][.]" must be one or more names with single slashes between them/],
    [['delete', 'a/../b', '--yes'], /^name "a\/[.][.]\/b" must be/],
    [['delete', '', '--yes'], /^name "" must be/],
    [['delete', 'shop', '--yes', '-n', 'a/b'], /^--namespace "a\/b" must be/],
    [['list', '-n', '..'], /^--namespace "[.][.]" must be/],
    [['lint', '-n', ''], /^--namespace "" must be/],
  ])('%j does not leave the folder of Gloo', async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });

  describe('list', () => {
    test('of nothing', async () => {
      expect(await run(['list'])).toEqual({ code: 0, stdout: 'No secret of Gloo is in Vault.\n', stderr: '' });
    });

    test('of all, or of one namespace', async () => {
      await run(['put', 'tls', 'shop-tls', '--cert', 'tls.pem', '--key', 'tls.key']);
      await run(['put', 'oauth', 'login', '-n', 'shop', '--from-file', 'secret']);
      await mount.request('PUT', 'data', 'shop/by-hand', { data: { x: 'y' } });
      const { code, stdout } = await run(['list']);
      expect([code, stdout.replace(/until \S+/, 'until DAY')]).toEqual([
        0,
        'NAMESPACE    NAME      KIND   VERSION\n' +
          'gloo-system  shop-tls  tls    1        until DAY\n' +
          'shop         by-hand          1        malformed: see secret lint\n' +
          'shop         login     oauth  1\n',
      ]);
      expect(JSON.parse((await run(['list', '-n', 'gloo-system', '--json'])).stdout)).toEqual([
        { namespace: 'gloo-system', name: 'shop-tls', kind: 'tls', version: 1, notAfter: expect.stringMatching(/^20/) as string, malformed: false },
      ]);
    });
  });

  describe('lint', () => {
    test('of nothing wrong', async () => {
      await run(['put', 'oauth', 'login', '--from-file', 'secret']);
      expect(await run(['lint'])).toEqual({ code: 0, stdout: '1 secret, and nothing is wrong.\n', stderr: '' });
    });

    test('of all that is wrong, the worst first', async () => {
      await run(['put', 'tls', 'ends-soon', '--cert', 'tls.pem', '--key', 'tls.key']);
      await mount.request('PUT', 'data', 'gloo-system/by-hand', { data: { password: SECRET } });
      await mount.request('PUT', 'data', 'gloo-system/moved', { data: { metadata: { name: 'elsewhere', namespace: 'gloo-system' }, oauth: { clientSecret: SECRET } } });
      const { code, stdout, stderr } = await run(['lint']);
      expect(code).toBe(1);
      expect(stdout.replace(/on 20\S+/, 'on DAY,')).toBe(
        "✖ gloo-system/by-hand: Gloo knows no field password, and Gloo's whole list fails on it\n" +
          '    write it again with "gloo-vault secret put", or remove it: gloo-vault secret delete by-hand --namespace gloo-system\n' +
          '✖ gloo-system/moved: its metadata calls it "gloo-system/elsewhere", and that is the only name by which Gloo finds it\n' +
          '    write it again with "gloo-vault secret put", or remove it: gloo-vault secret delete moved --namespace gloo-system\n' +
          '▲ gloo-system/ends-soon: its certificate CN=shop.example.com expires on DAY, in 0 days\n' +
          '    renew it, and put it again under the same name\n' +
          "3 secrets: 1 fails Gloo's whole list, 1 can't be used, 1 warning.\n",
      );
      expect(stderr).toBe("Gloo has no secret of Vault's at all until what fails its list is mended.\n");
      expect(JSON.parse((await run(['lint', '--json'])).stdout)).toMatchObject({ secrets: 3, findings: [{ effect: 'list' }, { effect: 'secret' }, { effect: 'warning' }] });
    });

    test('shows no control character of a field', async () => {
      await mount.request('PUT', 'data', 'gloo-system/by-hand', { data: { '\u001b[31mred': 'x' } });
      expect((await run(['lint'])).stdout).toContain('Gloo knows no field \\u{1b}[31mred,');
    });

    test('with 0 for warnings alone, and 1 for a secret that fails nobody else', async () => {
      await run(['put', 'tls', 'ends-soon', '--cert', 'tls.pem', '--key', 'tls.key']);
      expect((await run(['lint'])).code).toBe(0);
      await mount.request('PUT', 'data', 'gloo-system/empty', { data: { metadata: { name: 'empty', namespace: 'gloo-system' } } });
      expect(await run(['lint'])).toMatchObject({ code: 1, stderr: "1 secret can't be used.\n" });
    });
  });

  describe('delete', () => {
    test('needs a yes', async () => {
      await run(['put', 'oauth', 'login', '--from-file', 'secret']);
      expect(await run(['delete', 'login'])).toEqual({ code: 2, stdout: '', stderr: 'Nobody is there to confirm that gloo-system/login is removed for good: give --yes.\n' });
      expect(await run(['delete', 'login', '--yes'])).toEqual({ code: 0, stdout: 'deleted: gloo-system/login\n', stderr: '' });
      expect(await run(['delete', 'login', '--yes', '--json'])).toMatchObject({ code: 0, stdout: JSON.stringify([{ namespace: 'gloo-system', name: 'login', change: 'unchanged' }], undefined, 2) + '\n' });
    });

    test('mends what is deleted half, and what lies in a folder', async () => {
      await mount.request('PUT', 'data', 'gloo-system/a', { data: { x: 'y' } });
      await mount.request('DELETE', 'data', 'gloo-system/a');
      await mount.request('PUT', 'data', 'gloo-system/sub/b', { data: { x: 'y' } });
      expect((await run(['lint'])).code).toBe(1);
      expect((await run(['delete', 'a', 'sub/b', 'c', 'a', '--yes'])).stdout).toBe('deleted: gloo-system/a\ndeleted: gloo-system/sub/b\nunchanged: gloo-system/c is not there\n');
      expect(await run(['lint'])).toMatchObject({ code: 0, stdout: '0 secrets, and nothing is wrong.\n' });
    });
  });
});
