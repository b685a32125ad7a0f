import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsError } from './protocol';
import { Sha256 } from './sha256';
import type { Credentials } from './sessions';

/** What a signature covers of a request. */
export interface SignedRequest {
  readonly method: string;
  readonly host: string;
  /** Escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Whether it came by TLS. @default true */
  readonly secure?: boolean;
}

export interface SignatureRules<C extends Credentials> {
  /** What the credential scope has to name. */
  readonly service: string;
  /** The endpoint's region, which the credential scope has to name too. */
  readonly region: string;
  readonly findCredentials: (accessKeyId: string) => C | undefined;
  readonly now: Date;
}

type Signable = Parameters<SignatureV4['presign']>[0];

interface Claim {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  /** `20260102T030405Z`. */
  readonly signedAt: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Seconds. */
  readonly expiresIn: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/;
const FIFTEEN_MINUTES = 15 * 60;
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * Verifies AWS Signature Version 4 of a request signed in its headers or presigned in its query.
 *
 * A presigned request lives for X-Amz-Expires. (The real STS lets 15 minutes pass whatever that says: here the smaller counts.)
 * Headers named `x-amz-*` must be signed, and so must `host`; a body hash in a header must be the body's. S3 wants that
 * header, lets `UNSIGNED-PAYLOAD` stand in it over TLS, and escapes the path once where the others escape it twice; what it
 * takes besides (presigned URLs, bodies signed in chunks) is refused here.
 * @returns the credentials that signed.
 * @throws {AwsError} with AWS's codes and words.
 */
export async function verifySignature<C extends Credentials>(request: SignedRequest, rules: SignatureRules<C>): Promise<C> {
  const presigned = request.query.has('X-Amz-Signature');
  if (presigned && rules.service === 's3') {
    throw new AwsError('NotImplemented', 501, 'Presigned requests to S3 are not modelled here');
  }
  const claim = presigned ? queryClaim(request) : headerClaim(request);
  checkScope(claim, rules);
  const credentials = rules.findCredentials(claim.accessKeyId);
  if (credentials === undefined || claim.sessionToken === undefined || !sameText(claim.sessionToken, credentials.sessionToken)) {
    throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.');
  }
  if (credentials.expiration <= rules.now) {
    throw new AwsError('ExpiredToken', 403, 'The security token included in the request is expired');
  }
  checkAge(claim, rules.now);
  checkSignedHeaders(claim, request);
  checkBodyHash(request, rules.service);
  if (!sameText(claim.signature, await expectedSignature(claim, request, credentials))) {
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return credentials;
}

function headerClaim({ headers }: SignedRequest): Claim {
  const authorization = headers.authorization;
  if (authorization === undefined) {
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
  }
  const [, credential, signedHeaders, signature] = AUTHORIZATION.exec(authorization) ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw incomplete(`Authorization header requires '${ALGORITHM}', 'Credential', 'SignedHeaders' and 'Signature' parameters.`);
  }
  return {
    presigned: false,
    ...parseCredential(credential),
    signedAt: headers['x-amz-date'] ?? '',
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken: headers['x-amz-security-token'],
    expiresIn: FIFTEEN_MINUTES,
  };
}

function queryClaim({ query, headers }: SignedRequest): Claim {
  const parameter = (name: string): string => {
    const [value, ...more] = query.getAll(name);
    if (value === undefined || more.length > 0) {
      throw incomplete(`AWS query-string parameters must include '${name}' once.`);
    }
    return value;
  };
  if (headers.authorization !== undefined || parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw incomplete(`A presigned request has no Authorization header, and its 'X-Amz-Algorithm' is ${ALGORITHM}.`);
  }
  const expiresIn = parameter('X-Amz-Expires');
  if (!/^[1-9]\d{0,5}$/.test(expiresIn)) {
    throw incomplete(`'X-Amz-Expires' has to be a number of seconds, it is '${expiresIn}'.`);
  }
  return {
    presigned: true,
    ...parseCredential(parameter('X-Amz-Credential')),
    signedAt: parameter('X-Amz-Date'),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    sessionToken: query.has('X-Amz-Security-Token') ? parameter('X-Amz-Security-Token') : undefined,
    expiresIn: Number(expiresIn),
  };
}

function parseCredential(credential: string): Pick<Claim, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', date = '', region = '', service = '', terminator, ...more] = credential.split('/');
  if (terminator !== 'aws4_request' || more.length > 0) {
    throw mismatch("Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
  return { accessKeyId, scope: { date, region, service } };
}

function checkScope({ scope, signedAt }: Claim, { region, service }: SignatureRules<Credentials>): void {
  if (scope.region !== region) {
    throw mismatch(`Credential should be scoped to a valid region, not '${scope.region}'. `, `the endpoint's region is ${region}`);
  }
  if (scope.service !== service) {
    throw mismatch(`Credential should be scoped to correct service: '${service}'. `);
  }
  if (!signedAt.startsWith(`${scope.date}T`)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${signedAt.slice(0, 8)}', from '${signedAt}'.`,
    );
  }
}

function checkAge({ signedAt, expiresIn }: Claim, now: Date): void {
  const signed = dateOf(signedAt).getTime();
  const skew = FIFTEEN_MINUTES * 1000;
  const expiry = signed + Math.min(expiresIn, FIFTEEN_MINUTES) * 1000;
  if (now.getTime() > expiry) {
    throw mismatch(`Signature expired: ${signedAt} is now earlier than ${stamp(now.getTime() - (expiry - signed))} (${stamp(now.getTime())} - ${(expiry - signed) / 60_000} min.)`);
  }
  if (signed > now.getTime() + skew) {
    throw mismatch(`Signature not yet current: ${signedAt} is still later than ${stamp(now.getTime() + skew)} (${stamp(now.getTime())} + 15 min.)`);
  }
}

function checkSignedHeaders({ signedHeaders }: Claim, { headers }: SignedRequest): void {
  const absent = signedHeaders.find((name) => headers[name] === undefined);
  if (absent !== undefined) {
    throw mismatch(`The signed header '${absent}' is not in the request.`);
  }
  const unsigned = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))].find((name) => !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    throw mismatch(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

function checkBodyHash({ headers, body, secure = true }: SignedRequest, service: string): void {
  const bodyHash = headers['x-amz-content-sha256'];
  if (service === 's3') {
    if (bodyHash === undefined) {
      throw new AwsError('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256');
    }
    if (bodyHash.startsWith('STREAMING-')) {
      throw new AwsError('NotImplemented', 501, `A body sent as ${bodyHash} is not modelled here: send it whole`);
    }
    if (bodyHash === UNSIGNED_PAYLOAD && secure) {
      return;
    }
  }
  if (bodyHash !== undefined && bodyHash !== createHash('sha256').update(body).digest('hex')) {
    const words = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw service === 's3' ? new AwsError('XAmzContentSHA256Mismatch', 400, words) : mismatch(words);
  }
}

async function expectedSignature(claim: Claim, request: SignedRequest, credentials: Credentials): Promise<string> {
  const signer = new SignatureV4({
    service: claim.scope.service,
    region: claim.scope.region,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      sessionToken: credentials.sessionToken,
    },
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: claim.scope.service !== 's3',
  });
  const signedHeaders = new Set(claim.signedHeaders);
  const signable: Signable = {
    method: request.method,
    protocol: 'https:',
    hostname: request.host,
    path: request.path,
    query: queryBag(request.query),
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => signedHeaders.has(name))),
    body: request.body.length === 0 ? undefined : request.body,
  };
  const options = { signingDate: dateOf(claim.signedAt), signableHeaders: signedHeaders, unhoistableHeaders: signedHeaders };
  if (claim.presigned) {
    const { query } = await signer.presign(signable, { ...options, expiresIn: claim.expiresIn });
    return String(query?.['X-Amz-Signature']);
  }
  const { headers } = await signer.sign(signable, options);
  return AUTHORIZATION.exec(headers.authorization ?? '')?.[3] ?? '';
}

function queryBag(query: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

function dateOf(signedAt: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signedAt) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) {
    throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${signedAt}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  }
  return date;
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function mismatch(message: string, detail?: string): AwsError {
  return new AwsError('SignatureDoesNotMatch', 403, message, detail);
}

function incomplete(message: string): AwsError {
  return new AwsError('IncompleteSignature', 400, message);
}
