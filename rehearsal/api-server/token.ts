/** What a bearer token holds, or why it is no EKS token. */
export type DecodedToken = { readonly url: string } | { readonly refusal: string };

const PREFIX = 'k8s-aws-v1.';
const MAX_LENGTH = 4096;

/**
 * The URL inside the EKS token of an `Authorization` header, by aws-iam-authenticator's rules for a token's form.
 * What the URL may look like, and whether its signature is good, is for `authenticate` to say.
 */
export function decodeToken(authorization: string | undefined): DecodedToken {
  const [scheme, token] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token) {
    return { refusal: 'there is no bearer token' };
  }
  if (token.length > MAX_LENGTH) {
    return { refusal: `the token has ${token.length} characters, at most ${MAX_LENGTH} are allowed` };
  }
  if (!token.startsWith(PREFIX)) {
    return { refusal: `the token does not start with "${PREFIX}"` };
  }
  const encoded = token.slice(PREFIX.length);
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) {
    return { refusal: `what follows "${PREFIX}" is not base64url without padding` };
  }
  const url = Buffer.from(encoded, 'base64url').toString('utf8');
  return URL.canParse(url) ? { url } : { refusal: 'what the token encodes is no URL' };
}
