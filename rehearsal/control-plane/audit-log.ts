import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import type { RecordedRequest } from '../api-server/recorded-request';

/** Who of the rehearsal works at the API server as an administrator: the kubelet's, controllers' and Helm's part. */
export const ADMINISTRATOR = 'rehearsal';

/** What the API server writes down: who, what and how it ended, of everybody but itself and the rehearsal. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [{ level: 'None', users: [ADMINISTRATOR, 'system:apiserver'] }, { level: 'Metadata' }],
};

const auditEvent = z.object({
  auditID: z.string(),
  stage: z.enum(['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic']),
  requestURI: z.string(),
  verb: z.string(),
  user: z.object({ username: z.string().optional() }).optional(),
  objectRef: z.object({ resource: z.string().optional(), subresource: z.string().optional(), name: z.string().optional() }).optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  annotations: z.object({ 'authorization.k8s.io/decision': z.string().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
});
type AuditEvent = z.infer<typeof auditEvent>;

/** Why a request was not authenticated, by who knows it. @returns undefined where nobody asked. */
export type RefusalOf = (receivedAt: number) => string | undefined;

/** The API server's audit log: it writes an event before it lets the request's next stage go on, so that nothing is late. */
export class AuditLog {
  /** None once it is closed. */
  private file: number | undefined;
  private offset = 0;
  private rest = '';
  private readonly byId = new Map<string, RecordedRequest>();
  private readonly inOrder: RecordedRequest[] = [];

  constructor(
    path: string,
    private readonly refusalOf: RefusalOf,
  ) {
    this.file = openSync(path, 'a+', 0o600);
  }

  /** Every request so far, in the order they came; of a log that is closed, all until then. */
  requests(): readonly RecordedRequest[] {
    if (this.file === undefined) return this.inOrder;
    const buffer = Buffer.alloc(fstatSync(this.file).size - this.offset);
    this.offset += readSync(this.file, buffer, 0, buffer.length, this.offset);
    const lines = (this.rest + buffer.toString('utf8')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      this.add(auditEvent.parse(JSON.parse(line)));
    }
    return this.inOrder;
  }

  close(): void {
    if (this.file === undefined) return;
    this.requests();
    closeSync(this.file);
    this.file = undefined;
  }

  private add(event: AuditEvent): void {
    const found = this.byId.get(event.auditID);
    const record = found ?? recordOf(event);
    if (!found) {
      this.byId.set(event.auditID, record);
      this.inOrder.push(record);
    }
    const code = event.responseStatus?.code;
    if (code !== undefined) {
      record.status = code;
      record.ms = Date.parse(event.stageTimestamp) - Date.parse(event.requestReceivedTimestamp);
    }
    if (event.annotations?.['authorization.k8s.io/decision'] === 'forbid') {
      record.forbidden = true;
    }
    if (code === 401 && record.refusal === undefined) {
      const refusal = this.refusalOf(Date.parse(event.requestReceivedTimestamp));
      if (refusal !== undefined) {
        record.refusal = refusal;
      }
    }
  }
}

function recordOf({ requestReceivedTimestamp, verb, objectRef, requestURI, user }: AuditEvent): RecordedRequest {
  const { resource = '', subresource, name = '' } = objectRef ?? {};
  return {
    time: requestReceivedTimestamp,
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    path: requestURI,
    ...(user?.username === undefined || user.username === '' ? {} : { user: user.username }),
  };
}
