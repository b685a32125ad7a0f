// Writes a file as the one comment of its kind on a pull request: a later run edits the earlier run's comment. Where there is
// no file, the run said nothing: the earlier comment is told so, and none is written where there was none.
// node sticky-comment.mjs FILE MARKER; GITHUB_TOKEN, PULL_REQUEST, COMMIT and GitHub's own variables from the environment.
import { existsSync, readFileSync } from 'node:fs';

const LONGEST = 65_536;
const [file, marker] = process.argv.slice(2);
const { GITHUB_TOKEN, GITHUB_API_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, PULL_REQUEST, COMMIT } = process.env;
if (!file || !/^<!-- [\w-]+ -->$/.test(marker ?? '') || !GITHUB_TOKEN || !/^\d+$/.test(PULL_REQUEST ?? '') || !/^[0-9a-f]{40}$/.test(COMMIT ?? '')) {
  throw new Error('usage: sticky-comment.mjs FILE "<!-- NAME -->", with GITHUB_TOKEN, PULL_REQUEST and COMMIT set');
}

// The file is the pull request's word: the comment begins with the marker and the commit whatever it says, and is no longer than GitHub takes.
const written = existsSync(file);
const text = written ? readFileSync(file, 'utf8') : 'This run had nothing to say: it failed before that, or was not asked to. What stood here was of an earlier commit.';
const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
const body = `${marker}\nOf ${COMMIT} ([run](${run})).\n\n${text.startsWith(marker) ? text.slice(marker.length + 1) : text}`.slice(0, LONGEST);

async function ask(method, path, content) {
  const answer = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/${path}`, {
    method,
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${GITHUB_TOKEN}`, 'x-github-api-version': '2022-11-28' },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was answered with HTTP ${answer.status}`);
  return answer.json();
}

async function earlier() {
  for (let page = 1; page <= 100; page++) {
    const comments = await ask('GET', `issues/${PULL_REQUEST}/comments?per_page=100&page=${page}`);
    const found = comments.find((comment) => comment.user?.login === 'github-actions[bot]' && comment.body?.startsWith(marker));
    if (found || comments.length < 100) return found;
  }
  return undefined;
}

const found = await earlier();
if (found) await ask('PATCH', `issues/comments/${found.id}`, { body });
else if (written) await ask('POST', `issues/${PULL_REQUEST}/comments`, { body });
