import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { askFor, confirmed } from '../../../../cli/commands/secret/ask';
import type { Io } from '../../../../cli/io';
import { capturedIo } from '../../captured-io';

/** A person at a terminal who types. */
function terminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const io = { ...capturedIo(), stdin } satisfies Io;
  const type = async (...keys: readonly string[]) => {
    // A prompt draws itself before it listens.
    await pause(300);
    for (const key of keys) stdin.write(key);
  };
  return { io, type };
}

test('nobody is asked where there is no terminal', async () => {
  expect(askFor(capturedIo())).toBeUndefined();
  expect(await confirmed(capturedIo(), 'Sure?')).toBeUndefined();
});

test('a hidden answer is on neither stream', async () => {
  const { io, type } = terminal();
  const [answer] = await Promise.all([askFor(io)?.('oauth, client-secret:', true), type('t0p-secret', '\r')]);
  expect(answer).toBe('t0p-secret');
  expect(io.written.stderr).toContain('oauth, client-secret:');
  expect(io.written.stderr).not.toContain('t0p');
  expect(io.written.stdout).toBe('');
});

test('what everybody may see is echoed', async () => {
  const { io, type } = terminal();
  const [answer] = await Promise.all([askFor(io)?.('basic-auth, username:', false), type('shop', '\r')]);
  expect([answer, io.written.stderr.includes('shop')]).toEqual(['shop', true]);
});

test.each([
  ['y', true],
  ['n', false],
  ['', false],
])('"%s" confirms: %s', async (typed, sure) => {
  const { io, type } = terminal();
  const [answer] = await Promise.all([confirmed(io, 'Sure?'), type(typed, '\r')]);
  expect(answer).toBe(sure);
});
