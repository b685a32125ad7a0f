import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT_POLICY, AuditLog } from '../../../rehearsal/control-plane/audit-log';

let folder: string;
let log: AuditLog;
let refusals: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-log-'));
  refusals = [];
  log = new AuditLog(join(folder, 'audit.log'), () => refusals.shift());
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

const event = (auditID: string, stage: string, more: object = {}) => ({
  kind: 'Event',
  auditID,
  stage,
  requestURI: '/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1/sys/health?a=b',
  verb: 'get',
  user: { username: 'arn:aws:sts::111122223333:assumed-role/r/s', groups: ['g'] },
  objectRef: { resource: 'services', namespace: 'vault', name: 'http:vault:8200', apiVersion: 'v1', subresource: 'proxy' },
  requestReceivedTimestamp: '2026-11-24T08:50:31.224215Z',
  stageTimestamp: '2026-11-24T08:50:31.236915Z',
  ...more,
});
const write = (...texts: readonly string[]) => appendFileSync(join(folder, 'audit.log'), texts.join(''));
const line = (one: object) => `${JSON.stringify(one)}\n`;

test('a request is there as soon as it has come, and gets its status when it is answered', () => {
  expect(log.requests()).toEqual([]);
  write(line(event('1', 'RequestReceived')));
  const record = {
    time: '2026-11-24T08:50:31.224215Z',
    verb: 'get',
    resource: 'services/proxy',
    name: 'http:vault:8200',
    path: '/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1/sys/health?a=b',
    user: 'arn:aws:sts::111122223333:assumed-role/r/s',
  };
  expect(log.requests()).toEqual([record]);
  write(line(event('2', 'RequestReceived')), line(event('1', 'ResponseStarted', { responseStatus: { code: 200 } })), line(event('1', 'ResponseComplete', { responseStatus: { code: 200 } })));
  expect(log.requests()).toEqual([{ ...record, status: 200, ms: 12 }, record]);
});

test('half a line waits for its other half', () => {
  const text = line(event('1', 'RequestReceived'));
  write(text.slice(0, 40));
  expect(log.requests()).toEqual([]);
  write(text.slice(40));
  expect(log.requests()).toHaveLength(1);
});

test('a log that is closed has all that came until then', () => {
  write(line(event('1', 'RequestReceived')));
  log.close();
  write(line(event('2', 'RequestReceived')));
  expect(log.requests()).toHaveLength(1);
});

test('a request that was not authenticated has no user, and the reason that who refused it knows, once', () => {
  refusals = ['STS: the caller is unknown', 'of another request'];
  const refused = { user: {}, responseStatus: { code: 401 } };
  write(line(event('1', 'ResponseStarted', refused)), line(event('1', 'ResponseComplete', refused)));
  const [record] = log.requests();
  expect(record).toMatchObject({ status: 401, refusal: 'STS: the caller is unknown' });
  expect(record).not.toHaveProperty('user');
  expect(refusals).toEqual(['of another request']);
});

test('a request that RBAC did not allow says so', () => {
  const decided = (decision: string) => ({ responseStatus: { code: 403 }, annotations: { 'authorization.k8s.io/decision': decision } });
  write(line(event('1', 'ResponseComplete', decided('forbid'))), line(event('2', 'ResponseComplete', decided('allow'))));
  expect(log.requests().map(({ forbidden }) => forbidden)).toEqual([true, undefined]);
});

test('a path that is no object has no resource', () => {
  write(line(event('1', 'RequestReceived', { requestURI: '/version', objectRef: undefined })));
  expect(log.requests()).toMatchObject([{ resource: '', name: '', path: '/version' }]);
});

test('neither headers nor bodies are written, and nothing of the rehearsal itself', () => {
  expect(AUDIT_POLICY.rules.map(({ level }) => level)).toEqual(['None', 'Metadata']);
});
