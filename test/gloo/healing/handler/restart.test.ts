import { KEPT, refusalToRestart, type GlooDeployment } from '../../../../lib/gloo/healing/handler/restart';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const settled: GlooDeployment = { namespace: 'gloo-system', name: 'gloo', resourceVersion: '7', generation: 3, paused: false, replicas: 2, status: { generation: 3, replicas: 2, updated: 2, available: 2 }, restarts: [] };
const ago = (...minutes: number[]) => minutes.map((each) => NOW - each * MINUTE);

test.each<[string, Partial<GlooDeployment>]>([
  ['a Deployment that stands still', {}],
  ['restarted by somebody an hour ago', { restartedAt: NOW - 60 * MINUTE }],
  ['restarted twice within the hour', { restarts: ago(50, 5) }],
  ['restarted three times, the first more than an hour ago', { restarts: ago(60, 30, 5) }],
  ['restarted just five minutes ago', { restarts: ago(5) }],
])('may be restarted: %s', (_, change) => {
  expect(refusalToRestart({ ...settled, ...change }, NOW)).toBeUndefined();
});

const rollout = 'a rollout is under way: ';
test.each<[string, Partial<GlooDeployment>, string]>([
  ['paused', { paused: true }, 'its rollouts are paused; kubectl rollout resume deploy/gloo -n gloo-system'],
  ['a template that the controller has not seen', { generation: 4 }, `${rollout}2 of 2 pods are new, 2 available; kubectl rollout status deploy/gloo -n gloo-system shows what it waits for`],
  ['old pods left', { status: { ...settled.status, replicas: 3 } }, rollout],
  ['new pods missing', { status: { ...settled.status, updated: 1 } }, `${rollout}1 of 2 pods are new`],
  ['pods that are not available: a restart would not help one that crashes', { status: { ...settled.status, available: 1 } }, '2 of 2 pods are new, 1 available'],
  ['restarted a moment ago', { restarts: ago(1) }, 'it was restarted 60 s ago, and is given 5 minutes'],
  ['restarted a moment ago by somebody', { restartedAt: NOW - 4 * MINUTE }, 'it was restarted 240 s ago, and is given 5 minutes'],
  ['restarted in what is the future here', { restartedAt: NOW + MINUTE }, 'it was restarted -60 s ago'],
  ['restarted three times within an hour', { restarts: ago(59, 40, 20) }, 'it was restarted 3 times within an hour, and lost its login again each time, so a restart is no mend; kubectl logs deploy/gloo -n gloo-system has Vault\'s answers'],
])('is left alone: %s', (_, change, words) => {
  expect(refusalToRestart({ ...settled, ...change }, NOW)).toContain(words);
});

test('a Gloo that stays lost is restarted three times in an hour, five minutes apart, and not more', () => {
  let restarts: number[] = [];
  const at: number[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    const now = NOW + minute * MINUTE;
    if (refusalToRestart({ ...settled, restarts }, now) !== undefined) continue;
    restarts = [...restarts, now].slice(-KEPT);
    at.push(minute);
  }
  expect(at).toEqual([0, 5, 10]);
});
