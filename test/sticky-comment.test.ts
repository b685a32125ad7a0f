import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const script = resolve(__dirname, '..', '.github', 'sticky-comment.mjs');
const MARKER = '<!-- gloo-vault-diff -->';
const COMMIT = '0123456789'.repeat(4);
const HEAD = `${MARKER}\nOf ${COMMIT} ([run](https://github.com/acme/gateway/actions/runs/42)).\n\n`;
const directory = mkdtempSync(join(tmpdir(), 'sticky-comment-'));

interface Comment {
  readonly id: number;
  readonly user: { readonly login: string };
  body: string;
}

/** GitHub's comments of pull request 7 of acme/gateway. */
let comments: Comment[];
let asked: string[];
let status: number;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    asked.push(`${request.method} ${request.url}`);
    const answer = (code: number, content: unknown) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    if (request.headers.authorization !== 'Bearer of-the-job') return answer(401, {});
    if (status !== 200) return answer(status, { message: 'no' });
    const given = chunks.length === 0 ? { body: '' } : (JSON.parse(Buffer.concat(chunks).toString()) as { body: string });
    const collection = '/repos/acme/gateway/issues/7/comments';
    if (request.method === 'GET' && url.pathname === collection) {
      const [size, page] = [Number(url.searchParams.get('per_page')), Number(url.searchParams.get('page'))];
      return answer(200, comments.slice((page - 1) * size, page * size));
    }
    const edited = comments.find(({ id }) => url.pathname === `/repos/acme/gateway/issues/comments/${id}`);
    if (request.method === 'PATCH' && edited) edited.body = given.body;
    else if (request.method === 'POST' && url.pathname === collection) comments.push({ id: 1000, user: { login: 'github-actions[bot]' }, body: given.body });
    else return answer(404, {});
    return answer(200, {});
  });
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  [comments, asked, status] = [[], [], 200];
});

function write(text: string | undefined, pullRequest = '7'): Promise<{ readonly code: number; readonly stderr: string }> {
  const file = join(directory, 'comment.md');
  if (text === undefined) rmSync(file, { force: true });
  else writeFileSync(file, text);
  const env = { PATH: process.env.PATH, GITHUB_TOKEN: 'of-the-job', GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/gateway', GITHUB_RUN_ID: '42', PULL_REQUEST: pullRequest, COMMIT };
  return new Promise((done) => execFile(process.execPath, [script, file, MARKER], { env, timeout: 30_000 }, (error, _, stderr) => done({ code: error ? 1 : 0, stderr })));
}

const comment = (id: number, body: string, login = 'github-actions[bot]'): Comment => ({ id, user: { login }, body });

test('the first run writes a comment, the next edits it, however many there are', async () => {
  comments = Array.from({ length: 250 }, (_, index) => comment(index, 'of somebody', 'somebody'));
  expect(await write(`${MARKER}\nfirst`)).toEqual({ code: 0, stderr: '' });
  expect(await write(`${MARKER}\nsecond`)).toEqual({ code: 0, stderr: '' });
  expect(comments.filter(({ body }) => body.startsWith(MARKER))).toEqual([comment(1000, `${HEAD}second`)]);
  expect(asked.at(-1)).toBe('PATCH /repos/acme/gateway/issues/comments/1000');
});

test("another's comment is left alone, whatever it begins with, and so is the bot's of another kind", async () => {
  comments = [comment(1, `${MARKER}\nforged`, 'mallory'), comment(2, '<!-- other -->\nof another workflow')];
  await write(`${MARKER}\nours`);
  expect(comments.map(({ body }) => body)).toEqual([`${MARKER}\nforged`, '<!-- other -->\nof another workflow', `${HEAD}ours`]);
});

test("what the pull request's run wrote is data: it gets the marker, and is cut to what GitHub takes", async () => {
  await write(`<!-- other -->\n${'x'.repeat(70_000)}`);
  expect(comments[0]?.body).toHaveLength(65_536);
  expect(comments[0]?.body.startsWith(`${HEAD}<!-- other -->`)).toBe(true);
});

test('a run that said nothing takes back what an earlier one said, and writes nothing where there was nothing', async () => {
  expect(await write(undefined)).toEqual({ code: 0, stderr: '' });
  expect(comments).toEqual([]);
  comments = [comment(5, `${MARKER}\nNothing is replaced.`)];
  await write(undefined);
  expect(comments[0]?.body).toBe(`${HEAD}This run had nothing to say: it failed before that, or was not asked to. What stood here was of an earlier commit.`);
});

test('a refusal ends it with an error that has no token, and a number that is none is not asked for', async () => {
  status = 403;
  const { code, stderr } = await write(`${MARKER}\n`);
  expect(code).toBe(1);
  expect(stderr).toContain('GET issues/7/comments?per_page=100&page=1 was answered with HTTP 403');
  expect(stderr).not.toContain('of-the-job');
  asked = [];
  expect(await write(`${MARKER}\n`, '7/../8')).toMatchObject({ code: 1 });
  expect(asked).toEqual([]);
});
