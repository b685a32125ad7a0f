import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { collectParts, type Sources } from '../../../cli/gloo-secret/parts';
import { kinds, type Kind } from '../../../cli/gloo-secret/kinds';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parts-'));
  writeFileSync(join(cwd, 'secret'), 'from a file\n');
  writeFileSync(join(cwd, 'two-lines'), 'one\ntwo\n\n');
  writeFileSync(join(cwd, 'empty'), '');
  writeFileSync(join(cwd, 'large'), 'x'.repeat(512 * 1024 + 1));
  writeFileSync(join(cwd, '.env'), '# a comment\n\nx-token="quoted"  \r\nx-empty=\nx-equals=a=b\n');
});
afterAll(() => rmSync(cwd, { recursive: true }));

const kind = (name: string) => kinds.find((candidate) => candidate.name === name) as Kind;
const NONE: Sources = { arguments: [], files: [], envFiles: [], literals: new Map() };

async function collect(of: string, sources: Partial<Sources>, { stdin = '', answers = undefined as Readonly<Record<string, string>> | undefined } = {}) {
  const asked: [string, boolean][] = [];
  const ask = answers && ((message: string, hidden: boolean) => (asked.push([message, hidden]), Promise.resolve(answers[message] ?? '')));
  const parts = await collectParts({ stdin: Readable.from([Buffer.from(stdin)]), cwd }, kind(of), { ...NONE, ...sources }, ask);
  return { parts: Object.fromEntries([...parts].map(([name, content]) => [name, content.toString()])), asked };
}

describe('parts come', () => {
  test.each([
    ['from a file, without the newline at its end', 'header', { arguments: ['a=@secret'] }, '', { a: 'from a file' }],
    ['of a file, but for the last newline', 'header', { files: ['a=two-lines'] }, '', { a: 'one\ntwo\n' }],
    ['from the file of the only part', 'oauth', { files: ['secret'] }, '', { 'client-secret': 'from a file' }],
    ['from the file of the only part that is secret', 'basic-auth', { files: ['secret'], literals: new Map([['username', 'u']]) }, '', { username: 'u', password: 'from a file' }],
    ['from standard input', 'oauth', { files: ['-'] }, 'from stdin\n', { 'client-secret': 'from stdin' }],
    ['from an env file, to the end of the line', 'header', { envFiles: ['.env'] }, '', { 'x-token': '"quoted"  ', 'x-empty': '', 'x-equals': 'a=b' }],
    ['from an env file on standard input', 'basic-auth', { envFiles: ['-'] }, 'username=u\npassword=p', { username: 'u', password: 'p' }],
    ['as they are, for TLS', 'tls', { files: ['cert=secret'] }, '', { cert: 'from a file\n' }],
  ])('%s', async (_, of, sources, stdin, parts) => {
    expect((await collect(of, sources, { stdin })).parts).toEqual(parts);
  });

  test('from who is asked, hidden but for what everybody may see', async () => {
    const answers = { 'basic-auth, username:': 'u', 'basic-auth, password:': 'p' };
    expect(await collect('basic-auth', {}, { answers })).toEqual({ parts: { username: 'u', password: 'p' }, asked: [['basic-auth, username:', false], ['basic-auth, password:', true]] });
    expect(await collect('header', { arguments: ['a'] }, { answers: { 'header, a:': 'b' } })).toEqual({ parts: { a: 'b' }, asked: [['header, a:', true]] });
  });
});

describe('what is refused', () => {
  test.each([
    [
      'a value on the command line',
      'header',
      { arguments: ['authorization=hunter2hunter2'] },
      "The value of a header name (not shown, for it may be a value) stands on the command line, where the shell's history and the list of processes keep it, so it was not used: change it if it is real, and give NAME=@FILE, NAME alone to be asked, or --from-env-file - with lines NAME=VALUE on standard input.",
    ],
    [
      'the value of a part',
      'basic-auth',
      { arguments: ['password=hunter2hunter2'] },
      "The value of password stands on the command line, where the shell's history and the list of processes keep it, so it was not used: change it if it is real, and give password=@FILE, password alone to be asked, or --from-env-file - with lines NAME=VALUE on standard input.",
    ],
    ...[
      ['header', 'header name'],
      ['azure', 'function name'],
      ['extensions', 'plugin name'],
    ].flatMap(([of = '', name = '']): [string, string, Partial<Sources>, string][] => [
      [`${of}: a value in place of its name`, of, { arguments: ['hunter2_live'] }, `There is no value for a ${name} (not shown, for it may be a value), and nobody to ask: give --from-file NAME=FILE, or - for standard input.`],
      [`${of}: one in base64`, of, { arguments: ['hunter2=='] }, `The value of a ${name} (not shown, for it may be a value) stands on the command line`],
      [`${of}: one twice`, of, { arguments: ['hunter2', 'hunter2'] }, `There is no value for a ${name} (not shown, for it may be a value)`],
      [`${of}: one with a file of that name`, of, { arguments: ['hunter2'], files: ['hunter2=secret'] }, `There is no value for a ${name} (not shown`],
      [`${of}: one in place of a file`, of, { files: ['hunter2_live'] }, `A --from-file (not shown, for it may be a value) has no name: which ${name} is it? Give --from-file NAME=FILE.`],
    ]),
    ['a value in place of its name', 'api-key', { arguments: ['hunter2_live'] }, 'A name was given (not shown, for it may be a value) that is no part of a secret of kind api-key; its parts are api-key.'],
    ['one in base64', 'api-key', { arguments: ['hunter2=='] }, 'that is no part of a secret of kind api-key'],
    ['nobody to ask', 'oauth', {}, 'There is no value for client-secret, and nobody to ask: give --from-file client-secret=FILE, or - for standard input.'],
    ['nothing at all', 'header', {}, 'There is nothing to put: give NAME=@FILE, --from-file NAME=FILE or --from-env-file FILE, where NAME is a header name.'],
    ['no certificate', 'tls', {}, 'There is nothing to put: see "gloo-vault secret put tls --help".'],
    ['a name that is empty', 'header', { arguments: ['=@secret'] }, 'A value has no name: give NAME=@FILE.'],
    ['a file that is not there', 'header', { files: ['a=nowhere'] }, 'The file "nowhere" can\'t be read: there is none of that name.'],
    ['a directory', 'header', { files: ['a=.'] }, 'The file "." can\'t be read: EISDIR.'],
    ['an empty file', 'header', { files: ['a=empty'] }, 'There is nothing in "empty".'],
    ['a file that is too large', 'header', { files: ['a=large'] }, 'large has 524289 bytes; Vault stores at most 524288 here.'],
    ['a name twice', 'header', { arguments: ['a=@secret'], files: ['a=secret'] }, 'There are two values for a.'],
    ['standard input twice', 'header', { arguments: ['a=@-', 'b=@-'] }, 'Standard input can be read once only: name a file for the others.'],
    ['a line that is no assignment', 'header', { envFiles: ['secret'] }, 'Line 1 of "secret" is no NAME=VALUE.'],
  ])('%s', async (_, of, sources, words) => {
    const attempt = collect(of, sources, { stdin: 'x' });
    await expect(attempt).rejects.toThrow(words);
    await expect(attempt).rejects.toMatchObject({ name: 'WrongUse', message: expect.not.stringContaining('hunter2') as string });
  });
});

test('a value in place of a name, twice, is not shown to who was asked for its value', async () => {
  const attempt = collect('header', { arguments: ['hunter2', 'hunter2'] }, { answers: { 'header, hunter2:': 'x' } });
  await expect(attempt).rejects.toThrow(/^There are two values for a header name \(not shown, for it may be a value\)\.$/);
});
