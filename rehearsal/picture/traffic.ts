import { names } from '../../lib/identity/names';
import type { RecordedRequest } from '../api-server/recorded-request';
import { parseProxyPath } from '../api-server/request-info';
import type { LoggedRequest } from '../aws/api';
import type { GlooRequest } from '../gloo/gloo-client';
import type { World } from '../world';
import type { Exchange, Party } from './exchange';
import { maskedPath, maskedText } from './mask';

/** What the API server, AWS and Gloo's pods remember of their requests. */
export interface Traffic {
  readonly apiServer: { readonly requests: readonly RecordedRequest[] };
  readonly aws: { readonly requests: readonly LoggedRequest[] };
  readonly glooRequests: readonly GlooRequest[];
  readonly environment: { readonly name: string; readonly cluster: { readonly name: string } };
}

/** The exchanges of a world so far, in the order they were sent. */
export function exchangesOf(traffic: Traffic | Pick<World, keyof Traffic>): Exchange[] {
  const sender = senderOf(traffic.environment);
  return [
    ...traffic.apiServer.requests.map((request) => ofApiServer(request, sender)),
    ...traffic.aws.requests.map((request) => ofAws(request, sender)),
    ...traffic.glooRequests.map(ofGloo),
  ].sort((one, other) => one.at - other.at);
}

/** Whose the session of an ARN is. */
type SenderOf = (arn: string | undefined) => Pick<Exchange, 'from' | 'who'>;

function senderOf({ name, cluster }: Traffic['environment']): SenderOf {
  const [server, auth] = [names.serverRole(cluster.name), names.authRole(cluster.name, 1)];
  return (arn) => {
    // A refused request has none: those who are refused an identity are pods, or were made up.
    if (arn === undefined) return { from: 'gloo', who: 'a pod' };
    const [role = '', session = ''] = arn.split('/').slice(-2);
    if (role === server) return { from: 'vault', who: 'Vault' };
    if (role.startsWith(auth)) return session === PROOF_SESSION ? { from: 'function', who: 'Gloo-LoginProofFunction' } : { from: 'gloo', who: 'Gloo' };
    if (session.startsWith(`${name}-`)) return { from: 'function', who: functionName(session.slice(name.length + 1)) };
    return { from: 'operator', who: maskedText(role || arn) };
  };
}

/** Session of Gloo's role that the functions which go Gloo's way open. */
const PROOF_SESSION = 'gloo-login-proof';

/** `Vault-ConfigurationFunction` of what CDK and CloudFormation make of it. */
const functionName = (physical: string) => physical.replace(/[0-9A-F]{8}-[0-9A-Z]{12,}$/, '');

const METHODS: Readonly<Record<string, string>> = { get: 'GET', list: 'GET', watch: 'GET', create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETE' };

function ofApiServer({ time, verb, path, user, status, ms, forbidden, refusal }: RecordedRequest, sender: SenderOf): Exchange {
  const [pathname = '', ...query] = path.split('?');
  const proxied = parseProxyPath(pathname);
  const refused = forbidden === true || refusal !== undefined;
  const destination = proxied && !refused ? backendOf(proxied.name) : undefined;
  const asked = proxied && destination ? [proxied.path.replace(/^\/(v1\/)?/, ''), ...query].join('?') : path;
  return {
    at: Date.parse(time),
    ...(user === undefined ? { from: 'operator', who: 'not authenticated' } : sender(user)),
    proxied: destination !== undefined,
    to: destination ?? 'api-server',
    request: `${METHODS[verb] ?? verb.toUpperCase()} ${maskedPath(asked)}`,
    ...answer(status, ms),
    ...(refused ? { code: forbidden ? 'RBAC' : 'Unauthorized' } : {}),
  };
}

/** Who is behind a name of a Service or pod, `http:vault:8200`. */
function backendOf(name: string): Party | undefined {
  const service = name.split(':').find((part) => part !== 'http' && part !== 'https') ?? '';
  return service.startsWith('vault') ? 'vault' : ['gloo', 'discovery'].includes(service) ? 'gloo' : undefined;
}

function ofAws({ time, host, service, action, caller, status, ms, error, ofToken }: LoggedRequest, sender: SenderOf): Exchange {
  // A login is a signed GetCallerIdentity, which Vault sends on to AWS's own host, whoever signed it.
  const byVault = action === 'GetCallerIdentity' && !host.startsWith('127.');
  const from = ofToken ? { from: 'api-server' as const, who: 'API server' } : byVault ? { from: 'vault' as const, who: 'Vault' } : sender(caller);
  return { at: Date.parse(time), ...from, proxied: false, to: 'aws', request: action === '' ? service : `${service}:${action}`, ...answer(status, ms), ...(error === undefined ? {} : { code: /^\w+/.exec(error)?.[0] ?? '' }) };
}

function ofGloo({ time, method, path, status, ms }: GlooRequest): Exchange {
  return { at: Date.parse(time), from: 'gloo', who: 'Gloo', proxied: false, to: 'vault', request: `${method} ${maskedPath(path)}`, ...answer(status, ms) };
}

const answer = (status: number | undefined, ms: number | undefined) => ({ ...(status === undefined ? {} : { status }), ...(ms === undefined ? {} : { ms }) });
