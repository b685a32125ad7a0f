// Writes a file as the one comment of its kind on a pull request: a later run edits the earlier run's comment.
// node sticky-comment.mjs FILE MARKER; GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY and PULL_REQUEST from the environment.
import { readFileSync } from 'node:fs';

const LONGEST = 65_536;
const [file, marker] = process.argv.slice(2);
const { GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST } = process.env;
if (!file || !/^<!-- [\w-]+ -->$/.test(marker ?? '') || !GITHUB_TOKEN || !/^\d+$/.test(PULL_REQUEST ?? '')) {
  throw new Error('usage: sticky-comment.mjs FILE "<!-- NAME -->", with GITHUB_TOKEN and PULL_REQUEST set');
}

// The file is the pull request's word: it begins with the marker whatever it says, and is no longer than GitHub takes.
const text = readFileSync(file, 'utf8');
const body = (text.startsWith(marker) ? text : `${marker}\n${text}`).slice(0, LONGEST);

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
else await ask('POST', `issues/${PULL_REQUEST}/comments`, { body });
