import type { Credentials } from '../gloo/gloo-client';
import type { Exchange } from './hostile-proxy';
import type { Secrets } from './secrets';

/** Learns what is secret in a request and in its answer. */
export function learnFrom({ headers, body, answer = '' }: Exchange, secrets: Secrets): void {
  secrets.learn('an EKS token or a signature', headers.authorization?.replace('Bearer ', ''), 'end');
  const token = headers['x-vault-token'];
  secrets.learn('a Vault token', Array.isArray(token) ? token[0] : token);
  secrets.learn('signed headers of a login', /"iam_request_headers":"([^"]+)"/.exec(body)?.[1], 'end');
  for (const [, found] of answer.matchAll(/"(?:client_token|accessor|root_token)":"([^"]+)"/g)) secrets.learn('a token or accessor in an answer', found);
  for (const [, list = ''] of answer.matchAll(/"recovery_keys(?:_base64)?":\[([^\]]+)\]/g)) for (const [, key] of list.matchAll(/"([^"]+)"/g)) secrets.learn('a recovery key', key);
}

export function learnCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials, secrets: Secrets): void {
  secrets.learn('an access key id', accessKeyId);
  secrets.learn('a secret access key', secretAccessKey);
  secrets.learn('a session token', sessionToken);
}
