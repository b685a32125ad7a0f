import type { AwsApi } from './api';
import { stsHost } from './endpoints';

/** The AWS principal behind an EKS token. */
export interface Caller {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
  readonly accountId: string;
  /** What an access entry names. */
  readonly roleArn: string;
}

export type Identification = Caller | { readonly error: string };

const CLUSTER_HEADER = 'x-k8s-aws-id';
const ALLOWED_PARAMETERS = [
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
];

/**
 * Who signed the URL inside an EKS token, by aws-iam-authenticator's rules: HTTPS, the region's STS host, path `/`, only
 * the parameters it allows and each once, `GetCallerIdentity`, a signed cluster header, at most 900 seconds; then STS decides.
 * @param headers what the API server adds: its own cluster's name as `x-k8s-aws-id`.
 * @returns the caller, or why there is none, in one line without the URL.
 */
export async function whoSigned(
  api: AwsApi,
  region: string,
  presignedUrl: string,
  headers: Readonly<Record<string, string>>,
): Promise<Identification> {
  const host = stsHost(region);
  if (!URL.canParse(presignedUrl)) {
    return { error: 'the token does not hold a URL' };
  }
  const url = new URL(presignedUrl);
  const formError = formErrorOf(url, host);
  if (formError !== undefined) {
    return { error: formError };
  }
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { status, caller, body } = await api.answer(
    { host, service: 'sts', region },
    { method: 'GET', host, path: url.pathname, query: url.searchParams, headers: { ...lowerCase, host }, body: Buffer.alloc(0), secure: true, ofToken: true },
  );
  if (caller === undefined) {
    const [, code = '', message = ''] = /<Code>(.*?)<\/Code><Message>(.*?)<\/Message>/s.exec(String(body)) ?? [];
    return { error: `error from AWS (expected 200, got ${status}): ${code} ${message}` };
  }
  return { arn: caller.arn, accountId: caller.arn.split(':')[4] ?? '', roleArn: caller.roleArn };
}

function formErrorOf(url: URL, host: string): string | undefined {
  if (url.protocol !== 'https:') {
    return `unexpected scheme "${url.protocol.slice(0, -1)}" in pre-signed URL`;
  }
  if (url.host !== host) {
    return `unexpected hostname "${url.host}" in pre-signed URL; it has to be ${host}`;
  }
  if (url.pathname !== '/') {
    return 'unexpected path in pre-signed URL';
  }
  const names = [...url.searchParams.keys()].map((name) => name.toLowerCase());
  const stranger = names.find((name) => !ALLOWED_PARAMETERS.includes(name));
  if (stranger !== undefined) {
    return `non-whitelisted query parameter "${stranger}"`;
  }
  if (new Set(names).size !== names.length) {
    return 'query parameter with multiple values not supported';
  }
  if (url.searchParams.get('Action') !== 'GetCallerIdentity') {
    return 'unexpected action parameter in pre-signed URL';
  }
  const signedHeaders = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (!signedHeaders.includes(CLUSTER_HEADER)) {
    return `client did not sign the ${CLUSTER_HEADER} header in the pre-signed URL`;
  }
  const expires = Number(url.searchParams.get('X-Amz-Expires') ?? Number.NaN);
  if (!(expires >= 0 && expires <= 900)) {
    return `invalid X-Amz-Expires parameter in pre-signed URL: ${expires}`;
  }
  return undefined;
}
