import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stopped, threadStates } from '../../../rehearsal/vault/stopped';

const onLinux = process.platform === 'linux' ? test : test.skip;
const BUSY = 'setInterval(() => { for (const end = Date.now() + 5; Date.now() < end; ); }, 1); console.log("busy")';
let child: ChildProcess;
let pid: number;
let ended: Promise<unknown>;
beforeEach(async () => {
  const spawned = spawn(process.execPath, ['-e', BUSY], { stdio: ['ignore', 'pipe', 'ignore'] });
  [child, pid, ended] = [spawned, spawned.pid ?? 0, once(spawned, 'exit')];
  await once(spawned.stdout, 'data');
});
afterEach(async () => {
  child.kill('SIGKILL');
  await ended;
});

onLinux('every thread of a process is at rest then, however busy it was', async () => {
  for (let times = 0; times < 10; times++) {
    child.kill('SIGSTOP');
    await stopped(pid);
    const states = await threadStates(pid);
    expect(states.length).toBeGreaterThan(1);
    expect(new Set(states)).toEqual(new Set(['T']));
    child.kill('SIGCONT');
  }
});

onLinux('a process that nobody stopped is waited for, and stopped late', async () => {
  const waiting = stopped(pid);
  setTimeout(() => child.kill('SIGSTOP'), 50);
  await waiting;
  expect(new Set(await threadStates(pid))).toEqual(new Set(['T']));
});

test('a process that is gone is not waited for', async () => {
  child.kill('SIGKILL');
  await ended;
  await stopped(pid);
  expect(await threadStates(pid)).toEqual([]);
});
