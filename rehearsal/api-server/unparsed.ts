import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RecordedRequest } from './recorded-request';
import { authorize, type RbacObjects } from './rbac';
import { parseProxyPath } from './request-info';
import { forbidden, forbiddenPath, methodNotAllowed, unauthorized, type Status } from './status';
import type { TokenAuthenticator } from './token-authenticator';

interface Ground {
  readonly tokens: TokenAuthenticator;
  readonly rbac: RbacObjects;
  readonly requests: RecordedRequest[];
}

/**
 * Answers a request whose method Node's parser does not know, such as Vault's LIST: to Kubernetes it is a method without a
 * verb, which only a rule for all verbs allows, and no proxy takes it. Cuts the connection for anything else unparsable.
 */
export async function refuseUnparsed(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket, { tokens, rbac, requests }: Ground): Promise<void> {
  if (error.code !== 'HPE_INVALID_METHOD' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [line = '', ...headers] = error.rawPacket?.toString('latin1').split('\r\n') ?? [];
  const [method = '', path = ''] = line.split(' ');
  const authorization = headers.map((header) => /^authorization:\s*(.*)$/i.exec(header)?.[1]).find((value) => value !== undefined);
  const pathname = path.split('?')[0] ?? '';
  const proxied = parseProxyPath(decodeURIComponent(pathname));
  const record: RecordedRequest = { time: new Date().toISOString(), verb: '', resource: proxied ? `${proxied.resource}/proxy` : '', name: proxied?.name ?? '', path };
  requests.push(record);

  const decide = async (): Promise<Status> => {
    const identified = await tokens.identify(authorization);
    if ('refusal' in identified) {
      record.refusal = identified.refusal;
      return unauthorized();
    }
    const { subject } = identified;
    record.user = subject.user;
    if (!proxied) {
      return forbiddenPath(subject.user, method.toLowerCase(), pathname);
    }
    const attributes = { ...proxied, verb: '', apiGroup: '', subresource: 'proxy' };
    const decision = authorize(subject, attributes, rbac);
    return decision.allowed ? methodNotAllowed() : forbidden({ user: subject.user, ...attributes }, decision.reason);
  };
  const status = await decide();
  record.status = status.code;
  const body = `${JSON.stringify(status)}\n`;
  socket.end(
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
