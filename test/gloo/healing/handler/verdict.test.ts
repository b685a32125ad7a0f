import { glooSession, type GlooSession } from '../../../../lib/gloo/gloo-session';
import { isUnchanged, looksFor, verdictOn } from '../../../../lib/gloo/healing/handler/verdict';
import { glooPage, type GlooValues } from '../../../../rehearsal/gloo/gloo-page';
import { fc } from '../../../property';

const NOW = 1_795_478_384;
const session = (values: GlooValues) => glooSession(glooPage(values)) as GlooSession;
const verdict = (values: GlooValues, now = NOW) => verdictOn(session(values), now);
/** An hour of renewals, then one that failed, and three logins after it. */
const lost = (last: number): GlooValues => ({ login_successes: 1, last_login_success: last - 3_600, renew_successes: 6, last_renew_success: last - 500, renew_failures: 1, last_renew_failure: last - 3, login_failures: 3, last_login_failure: last });

test.each<[string, GlooValues]>([
  ['logged in', { login_successes: 1, last_login_success: NOW - 5 }],
  ['renews since an hour', { login_successes: 1, last_login_success: NOW - 3_600, renew_successes: 6, last_renew_success: NOW - 600 }],
  ['logged in again when its session ended', { login_successes: 2, last_login_success: NOW, renew_successes: 2, last_renew_success: NOW - 600, renew_failures: 1, last_renew_failure: NOW - 1 }],
  ['two logins failed, the third came off', { login_successes: 2, last_login_success: NOW, login_failures: 2, last_login_failure: NOW - 2, renew_failures: 1, last_renew_failure: NOW - 4 }],
])('well: %s', (_, values) => {
  expect(verdict(values)).toEqual({ kind: 'well' });
});

test.each<[string, GlooValues]>([
  ['nothing measured yet', {}],
  ['its first logins fail, which ends it by itself', { login_failures: 2, last_login_failure: NOW - 4_000 }],
])('starting: %s', (_, values) => {
  expect(verdict(values)).toEqual({ kind: 'starting' });
});

test('what fails now may still be tried, and has less time for it the shorter it was silent', () => {
  expect(verdict(lost(NOW))).toEqual({ kind: 'doubtful', seconds: 3 });
  expect(verdict(lost(NOW - 3))).toEqual({ kind: 'doubtful', seconds: 6 });
  expect(verdict(lost(NOW - 60))).toEqual({ kind: 'doubtful', seconds: 18 });
  expect(verdict(lost(NOW - 300))).toEqual({ kind: 'doubtful', seconds: 39 });
  // A login under way: the renewal failed, and no login has.
  expect(verdict({ login_successes: 1, last_login_success: NOW - 900, renew_failures: 1, last_renew_failure: NOW - 20 })).toEqual({ kind: 'doubtful', seconds: 10 });
});

test('silence of more than one try may take is the end', () => {
  expect(verdict(lost(NOW - 332))).toMatchObject({ kind: 'doubtful' });
  expect(verdict(lost(NOW - 333))).toEqual({ kind: 'ended' });
  expect(verdict(lost(NOW - 86_400))).toEqual({ kind: 'ended' });
});

test('a clock that is behind Gloo’s makes no end', () => {
  expect(verdict(lost(NOW + 400))).toEqual({ kind: 'doubtful', seconds: 3 });
});

test('whoever still tries comes in within the time that it is given, wherever in its pauses it is', () => {
  // Attempts of Vault's Go client, whose n-th pause is n seconds, or up to half as much more by chance.
  const pauses = fc.array(fc.double({ min: 1, max: 1.5, noNaN: true }), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 0, max: 330 }), fc.double({ min: 0, max: 2, noNaN: true }), (growth, silence, before) => {
      // Since its last failure it paused before the next try, whose attempts follow.
      let next = before;
      for (let attempt = 1; next <= silence; attempt += 1) next += attempt * (growth[attempt - 1] ?? 1.5);
      // A try has no more than its client's time-out.
      fc.pre(next <= 302);
      const given = verdict(lost(NOW - silence));
      expect(given.kind === 'doubtful' ? given.seconds : 0).toBeGreaterThanOrEqual(next - silence);
    }),
  );
});

test('no history of logins and renewals that ends well is a loss', () => {
  const events = fc.array(fc.record({ after: fc.integer({ min: 1, max: 900 }), what: fc.constantFrom('login', 'renew'), well: fc.boolean() }), { maxLength: 40 });
  fc.assert(
    fc.property(events, (history) => {
      const values: Record<string, number> = { login_successes: 1, last_login_success: NOW - 40_000 };
      let at = NOW - 40_000;
      for (const { after, what, well } of [...history, { after: 1, what: 'login', well: true }]) {
        at += after;
        const total = `${what}_${well ? 'successes' : 'failures'}`;
        values[total] = (values[total] ?? 0) + 1;
        values[`last_${what}_${well ? 'success' : 'failure'}`] = at;
      }
      expect(verdict(values)).toEqual({ kind: 'well' });
    }),
  );
});

test('a session is unchanged only where nothing happened', () => {
  const before = session(lost(NOW));
  expect(isUnchanged(before, session(lost(NOW)))).toBe(true);
  expect(isUnchanged(before, session({ ...lost(NOW), login_failures: 4 }))).toBe(false);
  expect(isUnchanged(before, session({ ...lost(NOW), login_successes: 2, last_login_success: NOW + 1 }))).toBe(false);
});

test('looks find one pod out of many with 95 %, and are never without end', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(looksFor)).toEqual([1, 1, 5, 8, 11, 12, 12]);
});
