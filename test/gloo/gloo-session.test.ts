import { glooSession } from '../../lib/gloo/gloo-session';
import { glooPage, type GlooValues } from '../../rehearsal/gloo/gloo-page';

const NOW = 1_795_478_384;
const session = (values: GlooValues) => glooSession(glooPage(values));

test.each<[string, GlooValues, boolean]>([
  ['logged in', { login_successes: 1, last_login_success: NOW }, false],
  ['logged in and renewed', { login_successes: 1, last_login_success: NOW - 900, renew_successes: 2, last_renew_success: NOW }, false],
  ['failed first, and came in', { login_failures: 3, last_login_failure: NOW - 2, login_successes: 1, last_login_success: NOW }, false],
  ['failed and came in within one second', { login_failures: 1, last_login_failure: NOW, login_successes: 1, last_login_success: NOW }, false],
  ['failed to renew, and logged in again', { last_login_success: NOW, last_renew_success: NOW - 600, renew_failures: 1, last_renew_failure: NOW - 1 }, false],
  ['failed to renew, and renewed', { last_login_success: NOW - 900, renew_failures: 1, last_renew_failure: NOW - 1, last_renew_success: NOW }, false],
  ['failed to log in again', { login_successes: 1, last_login_success: NOW - 900, login_failures: 3, last_login_failure: NOW }, true],
  ['failed to renew', { last_login_success: NOW - 900, last_renew_success: NOW - 300, renew_failures: 1, last_renew_failure: NOW }, true],
  ['failed from the start', { login_failures: 3, last_login_failure: NOW }, true],
  ['never logged in so far', {}, true],
])('%s', (_, values, loggedOut) => {
  expect(session(values)).toMatchObject({ loggedOut });
});

test('failures are counted as Gloo counts them, and none shown is none', () => {
  expect(session({ login_failures: 3, renew_failures: 12, last_login_failure: NOW, last_login_success: NOW })).toEqual({ loggedOut: false, logins: 0, loginFailures: 3, renewals: 0, renewalFailures: 12, lastEvent: NOW });
  expect(session({ last_login_success: NOW })).toMatchObject({ loginFailures: 0, renewalFailures: 0 });
});

test('a page as OpenCensus writes it', () => {
  const page = [
    '# HELP gloo_solo_io_vault_last_login_failure Timestamp of last failed authentication of vault',
    '# TYPE gloo_solo_io_vault_last_login_failure gauge',
    'gloo_solo_io_vault_last_login_failure 1.795478384e+09',
    '# HELP gloo_solo_io_vault_login_failures Number of failed authentications of vault',
    '# TYPE gloo_solo_io_vault_login_failures counter',
    'gloo_solo_io_vault_login_failures 1',
    '',
  ].join('\n');
  expect(glooSession(page)).toEqual({ loggedOut: true, logins: 0, loginFailures: 1, renewals: 0, renewalFailures: 0, lastEvent: 1_795_478_384 });
  expect(glooSession(`${page}# TYPE gloo_solo_io_vault_last_login_success gauge\ngloo_solo_io_vault_last_login_success 1.795478385e+09\n`)).toMatchObject({ loggedOut: false });
});

test('a value that is no number counts as none', () => {
  expect(glooSession('# TYPE gloo_solo_io_vault_login_failures counter\ngloo_solo_io_vault_login_failures NaN\n')).toMatchObject({ loginFailures: 0 });
});

test.each(['', '<html><title>502 Bad Gateway</title></html>', '{"errors":[]}', 'gloo_solo_io_vault_login_failures'])('is no page of metrics: %j', (text) => {
  expect(glooSession(text)).toBeUndefined();
});
