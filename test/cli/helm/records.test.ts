import { mayRun, recordsIn, recordsPath, releasesOf, shown, stuckIn } from '../../../cli/helm/records';
import { parseEnvironments } from '../../../lib/environment/parse';
import { environments } from '../../environments';
import { record, secret } from './helm-secrets';

const GLOO = { name: 'gloo', namespace: 'gloo-system' };
const NOW = new Date('2026-11-24T12:00:00Z');
const list = (...items: object[]) => ({ kind: 'PartialObjectMetadataList', items });

test('the releases of an environment, in their order', () => {
  const [dev] = parseEnvironments({ dev: environments.dev! });
  expect(releasesOf(dev!)).toEqual([{ name: 'vault', namespace: 'vault' }, GLOO]);
});

test('are asked for by their labels', () => {
  expect(recordsPath(GLOO)).toBe('/api/v1/namespaces/gloo-system/secrets?labelSelector=owner%3Dhelm%2Cname%3Dgloo');
});

test('records of a release, the latest revision first, which is no order of their names', () => {
  const records = recordsIn(list(secret('gloo', 9, 'superseded'), secret('gloo', 10, 'deployed'), secret('gloo', 8, 'superseded')), GLOO);
  expect(records.map(({ revision, status }) => [revision, status])).toEqual([[10, 'deployed'], [9, 'superseded'], [8, 'superseded']]);
  expect(records[0]).toMatchObject({ release: GLOO, secret: 'sh.helm.release.v1.gloo.v10', preconditions: { uid: 'uid-10', resourceVersion: '110' } });
  expect(recordsIn(undefined, GLOO)).toEqual([]);
  expect(() => recordsIn(list({ metadata: { name: 'x', uid: 'u', resourceVersion: '1', labels: { status: 'deployed' } } }), GLOO)).toThrow(
    'The Secret gloo-system/x has the labels of a release and not those of one of its revisions (status, version).',
  );
});

test.each(['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'])('%s is stuck', (status) => {
  const [older, latest] = [record('gloo', 3, 'deployed'), record('gloo', 4, status)];
  expect(stuckIn([latest, older])).toEqual({ record: latest, before: older });
  expect(stuckIn([latest])).toEqual({ record: latest });
  // Helm looks at the latest alone.
  expect(stuckIn([record('gloo', 5, 'deployed'), latest])).toBeUndefined();
});

test.each(['deployed', 'failed', 'superseded', 'uninstalled', 'unknown'])('%s is not', (status) => {
  expect(stuckIn([record('gloo', 4, status)])).toBeUndefined();
});

test('for 15 minutes from its last change, a deployment may be at it', () => {
  expect([mayRun(record('gloo', 1, 'x', '2026-11-24T11:45:01Z'), NOW), mayRun(record('gloo', 1, 'x', '2026-11-24T11:45:00Z'), NOW)]).toEqual([true, false]);
  const [uninstalling] = recordsIn(list({ metadata: { ...secret('gloo', 1, 'uninstalling', '2026-11-01T00:00:00Z').metadata, managedFields: [{ time: '2026-11-24T11:59:00Z' }] } }), GLOO);
  expect(mayRun(uninstalling!, NOW)).toBe(true);
  expect(shown(uninstalling!, NOW)).toBe('gloo-system/gloo, revision 1, uninstalling for 1 minute');
});
