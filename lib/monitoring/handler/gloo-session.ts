/** How Gloo's client fares with Vault, since Gloo's pod was started. */
export interface GlooSession {
  /** Its last login or renewal failed, or there was none yet. */
  readonly loggedOut: boolean;
  readonly loginFailures: number;
  readonly renewalFailures: number;
}

const SERIES = /^gloo_solo_io_vault_(\w+)(?:\{[^}]*\})? (\S+)/gm;

/**
 * Reads Gloo's page of Prometheus metrics. A series that is absent counts as 0: OpenCensus, which Gloo measures with,
 * shows none before its first value. Times are seconds since the epoch.
 * @returns undefined for what is no such page.
 */
export function glooSession(page: string): GlooSession | undefined {
  if (!/^# TYPE \w+ /m.test(page)) return undefined;
  const series = new Map(Array.from(page.matchAll(SERIES), ([, name, value]) => [name, Number(value)]));
  const value = (name: string) => series.get(name) || 0;
  const success = Math.max(value('last_login_success'), value('last_renew_success'));
  const failure = Math.max(value('last_login_failure'), value('last_renew_failure'));
  return { loggedOut: success === 0 || failure > success, loginFailures: value('login_failures'), renewalFailures: value('renew_failures') };
}
