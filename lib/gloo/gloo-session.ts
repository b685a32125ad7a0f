import type { Sight } from '../vault/client/look';

/** Service of a Deployment of Gloo's chart, as the API server's proxy and RBAC spell it, with the port of its metrics that `glooHelmValues` opens. */
export const metricsService = (deployment: string) => `http:${deployment}:9091`;

/** Where its metrics are. */
export const METRICS_PATH = '/metrics';

/** How the Vault client of one of Gloo's processes fares, since that was started. */
export interface GlooSession {
  /** Its last login or renewal failed, or there was none yet. */
  readonly loggedOut: boolean;
  readonly logins: number;
  readonly loginFailures: number;
  readonly renewals: number;
  readonly renewalFailures: number;
  /** Seconds since the epoch of the last of all these; 0 before the first. */
  readonly lastEvent: number;
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
  return {
    loggedOut: success === 0 || failure > success,
    logins: value('login_successes'),
    loginFailures: value('login_failures'),
    renewals: value('renew_successes'),
    renewalFailures: value('renew_failures'),
    lastEvent: Math.max(success, failure),
  };
}

/** The session that a look at a page shows, or why none is known. */
export function sessionSeen(sight: Sight): GlooSession | string {
  if (sight.kind !== 'answer') return sight.reason;
  const { status, contentType, body } = sight.answer;
  const session = status === 200 ? glooSession(body) : undefined;
  return session ?? `Gloo's metrics were answered with HTTP ${status} and ${contentType || 'a body without a type'}: no metrics of Prometheus`;
}
