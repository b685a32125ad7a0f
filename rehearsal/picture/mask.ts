/** What stands in the place of something that looks secret. */
export const MASK = '•••';

/** Parameters of queries whose values say how something is asked for, and no more. */
const PLAIN_PARAMETERS = new Set(['list', 'version', 'limit', 'fieldSelector', 'labelSelector', 'fieldManager', 'force', 'dryRun', 'propagationPolicy', 'standbyok', 'perfstandbyok', 'standbycode', 'sealedcode', 'uninitcode']);

/** Forms that secrets have: Vault's tokens, JWTs, EKS tokens, PEM, AWS's access keys, keys in hexadecimal. */
const FORMS = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  /hv[bsr]\.[\w-]{6,}/g,
  /\b[bsr]\.[A-Za-z0-9]{20,}/g,
  /eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g,
  /k8s-aws-v1\.[\w-]+/g,
  /(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /[0-9a-f]{32,}/gi,
];
/** Anything else that is long and mixed: session tokens, secret access keys, recovery keys, accessors. */
const LONG = /[A-Za-z0-9+/=_]{20,}/g;
/** Names that CDK gives, words and eight digits of a hash; and words of a path. */
const LOGICAL_ID = /^(?:[A-Z]?[a-z]+)+[A-Z0-9]{0,6}[0-9A-F]{8}$/;
/** Of a path that ends in a secret. */
const LEADING_WORDS = /^(?:[a-z]{3,}\/)+/;
const WORD = /^(?:[A-Z]?[a-z]+)*\d{0,3}$/;

/** A text in which nothing is left that has the form of a secret. */
export function maskedText(text: string): string {
  return FORMS.reduce((masked, form) => masked.replace(form, MASK), text).replace(LONG, (run) => (isPlain(run) ? run : `${LEADING_WORDS.exec(run)?.[0] ?? ''}${MASK}`));
}

/** Path and query as they may be shown: of unknown parameters the name alone. */
export function maskedPath(path: string): string {
  const [pathname = '', ...query] = path.split('?');
  const parameters = [...new URLSearchParams(query.join('?'))].map(([name, value]) => `${maskedText(name)}=${PLAIN_PARAMETERS.has(name) ? maskedText(value) : MASK}`);
  return `${maskedText(decoded(pathname))}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
}

function isPlain(run: string): boolean {
  const mixed = [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(run));
  return !mixed || LOGICAL_ID.test(run) || run.split('/').every((part) => WORD.test(part));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
