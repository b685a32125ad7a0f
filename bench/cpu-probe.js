// Loaded before everything else (`node --require`): writes the CPU seconds of the processes that this one leaves
// running when it ends, to $CPU_PROBE. Nobody waits for those, so they are in no account of the shell's: esbuild's
// service is one. Linux only; elsewhere it writes nothing.
const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env.CPU_PROBE;
delete process.env.CPU_PROBE; // A child of this process is not to overwrite it.

/** Clock ticks a second: 100 on every Linux that Node runs on. */
const TICKS = 100;

if (isMainThread && file && existsSync(`/proc/self/task/${process.pid}/children`)) {
  process.on('exit', () => writeFileSync(file, String(leftRunning().reduce((sum, pid) => sum + secondsOf(pid), 0))));
}

function leftRunning() {
  return readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean));
}

/** User and system time of a process and of its children that it waited for. The name, in brackets, may hold spaces. */
function secondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
}
