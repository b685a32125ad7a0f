import { execFile } from 'node:child_process';

/** Milliseconds for npm to ask, its own retries among them. */
const TIMEOUT = 180_000;

/**
 * What `npm audit --json` prints of the packages that are installed without development.
 * @param project folder with a package-lock.json.
 * @param env npm's settings, besides this process's own.
 */
export function askAudit(project: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve) => {
    // Fails with a vulnerability and without an answer alike: what it printed tells them apart.
    execFile('npm', ['audit', '--omit=dev', '--json'], { cwd: project, env: { ...process.env, ...env }, timeout: TIMEOUT, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => resolve(stdout || (error?.message ?? '')));
  });
}
