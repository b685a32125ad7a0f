import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { diagnose, mendsOf, overall, type Diagnosis } from '../../../cli/doctor/diagnose';
import { failure, joined, NotKnown, ok, unknown, warning, type Finding } from '../../../cli/doctor/finding';
import type { Check, Ports } from '../../../cli/doctor/ports';
import { json, summary } from '../../../cli/doctor/report';
import { show } from '../../../cli/doctor/show';
import { Mask } from '../../../lib/vault/client/errors';
import { capturedIo } from '../captured-io';

const check = (id: string, look: () => Finding): Check => ({ id, title: `Check ${id}`, look: async () => Promise.resolve(look()) });
const ports = {} as Ports;
const mask = new Mask();
mask.add('a-secret-token');

const CHECKS = [
  check('a', () => ok('well')),
  check('b', () => failure('broken', 'Mend it.', 'Then look.')),
  check('c', () => {
    throw new NotKnown('nobody said', 'Ask.');
  }),
  check('d', () => warning('old', 'Mend it.')),
  check('e', () => {
    throw new Error('a-secret-token was refused');
  }),
];
const looks = () => diagnose(CHECKS, ports, mask);

test('one that cannot be made stops no other, and shows no secret', async () => {
  const found = await Promise.all(looks().map(({ diagnosis }) => diagnosis));
  expect(found.map(({ id, status, found: words, mends }) => [id, status, words, mends])).toEqual([
    ['a', 'ok', 'well', []],
    ['b', 'failure', 'broken', ['Mend it.', 'Then look.']],
    ['c', 'unknown', 'nobody said', ['Ask.']],
    ['d', 'warning', 'old', ['Mend it.']],
    ['e', 'unknown', '*** was refused', []],
  ]);
});

test('lines without a terminal, then what to do, nothing twice', async () => {
  const io = capturedIo();
  const found = await show(looks(), io);
  expect(io.written.stdout).toBe('✔ Check a: well\n✖ Check b: broken\n? Check c: not known, nobody said\n⚠ Check d: old\n? Check e: not known, *** was refused\n');
  expect(summary('dev', found)).toBe('dev: 1 failure, 1 warning, 2 not known, 1 ok.\n\nWhat to do:\n 1. Mend it.\n 2. Then look.\n 3. Ask.');
  expect(JSON.parse(json('dev', found))).toMatchObject({ environment: 'dev', status: 'failure', mends: ['Mend it.', 'Then look.', 'Ask.'], checks: [{ id: 'a', title: 'Check a' }, {}, {}, {}, {}] });
});

/** In a process of its own: listr2 loads what jest cannot. */
const ON_A_TERMINAL = `
  require('ts-node').register({ cwd: process.cwd() });
  const { show } = require('./cli/doctor/show');
  const look = (id, status) => ({ id, title: 'Check ' + id, diagnosis: Promise.resolve({ id, title: 'Check ' + id, status, found: 'found ' + id, mends: [] }) });
  const stdout = Object.assign(new (require('node:stream').PassThrough)(), { isTTY: true, columns: 120, rows: 40 });
  stdout.pipe(process.stdout);
  show([look('a', 'ok'), look('b', 'failure'), look('c', 'unknown'), look('d', 'warning')], { stdout });
`;

test('on a terminal, the list ticks off with the same words', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', ON_A_TERMINAL], { cwd: resolve(__dirname, '..', '..', '..') });
  for (const words of ['Check a: found a', 'Check b: found b', 'Check c: not known, found c', 'Check d: found d (warning)']) expect(stdout).toContain(words);
});

test.each<[Finding['status'][], Finding['status']]>([
  [['ok', 'ok'], 'ok'],
  [['ok', 'warning'], 'warning'],
  [['ok', 'unknown'], 'warning'],
  [['unknown', 'unknown'], 'unknown'],
  [['unknown', 'failure'], 'failure'],
])('%j is %s', (statuses, status) => {
  expect(overall(statuses.map((each): Diagnosis => ({ id: '', title: '', status: each, found: '', mends: [] })))).toBe(status);
});

test('mends of failures go first', () => {
  const of = (status: Finding['status'], mend: string): Diagnosis => ({ id: '', title: '', status, found: '', mends: [mend] });
  expect(mendsOf([of('warning', 'w'), of('unknown', 'u'), of('failure', 'f')])).toEqual(['f', 'w', 'u']);
});

test('several findings as one: the worst first, what is well only where all is', () => {
  expect(joined([ok('a'), ok('b')], ok('none'))).toEqual(ok('a; b'));
  expect(joined([ok('a'), warning('b', 'm'), failure('c', 'm')], ok('none'))).toEqual({ status: 'failure', found: 'c; b', mends: ['m'] });
  expect(joined([ok('a'), unknown('b')], ok('none'))).toEqual(unknown('b'));
  expect(joined([], ok('none'))).toEqual(ok('none'));
});
