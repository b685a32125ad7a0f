import { auditedRequests, countRequests, proxiedRequests } from '../../bench/requests';
import { parseAuditLine, type AuditEntry } from '../../rehearsal/vault/audit-log';

function entry(type: 'request' | 'response', id: string, operation: string, path: string): AuditEntry {
  const parsed = parseAuditLine(JSON.stringify({ type, time: '2026-11-23T20:00:00Z', request: { id, operation, path } }));
  if (!parsed) throw new Error('Not an audit entry.');
  return parsed;
}

test('a request counts once, however many entries and audit devices tell of it', () => {
  const entries = ['bench', 'stdout'].flatMap(() => [entry('request', 'a', 'update', 'sys/auth/aws'), entry('response', 'a', 'update', 'sys/auth/aws')]);
  expect(auditedRequests(entries)).toEqual([{ path: 'sys/auth/aws', operation: 'update' }]);
});

test('the same path asked twice is two requests', () => {
  const entries = [entry('request', 'a', 'read', 'sys/mounts/dev'), entry('request', 'b', 'read', 'sys/mounts/dev')];
  expect(countRequests(auditedRequests(entries)).requests).toBe(2);
});

test('logins are neither reads nor writes; all that is not a read is a write', () => {
  const entries = [
    entry('request', 'a', 'update', 'auth/team/aws/login'),
    entry('request', 'b', 'read', 'auth/aws/config/client'),
    entry('request', 'c', 'list', 'auth/aws/role'),
    entry('request', 'd', 'create', 'auth/aws/role/login-of-gloo'),
    entry('request', 'e', 'delete', 'sys/policies/acl/dev'),
  ];
  expect(countRequests(auditedRequests(entries))).toEqual({ requests: 5, reads: 2, writes: 2, logins: 1 });
});

test("requests at the API server are Vault's by the path behind the proxy, in RBAC's verbs", () => {
  const proxy = '/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1/';
  const record = (verb: string, path: string) => ({ time: '2026-11-23T20:00:00Z', resource: 'services/proxy', name: 'http:vault:8200', verb, path });
  const requests = proxiedRequests([record('get', `${proxy}sys/seal-status`), record('update', `${proxy}auth/aws/login`), record('update', `${proxy}sys/mounts/dev`), record('get', '/healthz')]);
  expect(requests).toEqual([
    { path: 'sys/seal-status', operation: 'get' },
    { path: 'auth/aws/login', operation: 'update' },
    { path: 'sys/mounts/dev', operation: 'update' },
  ]);
  expect(countRequests(requests)).toEqual({ requests: 3, reads: 1, writes: 1, logins: 1 });
});
