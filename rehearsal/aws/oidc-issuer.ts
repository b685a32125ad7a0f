import { randomUUID } from 'node:crypto';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, jwtVerify, SignJWT } from 'jose';

export interface ServiceAccountTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The token's audience, or several: `sts.amazonaws.com` for IRSA. */
  readonly audience: string | readonly string[];
  /** Seconds from now; negative for a token that has expired already. */
  readonly expiresIn: number;
}

export interface VerifiedToken {
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly subject: string;
  readonly audiences: readonly string[];
}

/** A token of any subject. */
export interface TokenClaims {
  readonly subject: string;
  readonly audience: string | readonly string[];
  /** Seconds from now; negative for a token that has expired already. */
  readonly expiresIn: number;
  /** Claims beside the standard ones. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** An issuer of tokens: a cluster's, as the API server is one, or another service's. */
export interface OidcIssuer {
  /** `https://…`, the tokens' `iss`. */
  readonly url: string;
  sign(token: TokenClaims): Promise<string>;
  /** A token with the claims of Kubernetes' projected ones. */
  issueToken(request: ServiceAccountTokenRequest): Promise<string>;
  /**
   * Checks signature, issuer and expiry, not the audience.
   * @throws jose's errors: `JWTExpired`, `JWSSignatureVerificationFailed`, …
   */
  verify(token: string, now: Date): Promise<VerifiedToken>;
  /** The key pair, PEM, for an API server that is to issue tokens as this issuer. */
  keyPair(): Promise<{ readonly privateKey: string; readonly publicKey: string }>;
}

/** A new issuer with an RSA key of its own. */
export async function createOidcIssuer(url: string): Promise<OidcIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = (await exportJWK(publicKey)).n?.slice(0, 40) ?? '';
  const sign = ({ subject, audience, expiresIn, claims }: TokenClaims) => {
    const issuedAt = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(url)
      .setSubject(subject)
      .setAudience([audience].flat())
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + expiresIn)
      .setJti(randomUUID())
      .sign(privateKey);
  };
  return {
    url,
    sign,
    issueToken: ({ namespace, serviceAccount, audience, expiresIn }) =>
      sign({
        subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
        audience,
        expiresIn,
        claims: { 'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: randomUUID() } } },
      }),
    verify: async (token, now) => {
      const { payload } = await jwtVerify(token, publicKey, {
        issuer: url,
        algorithms: ['RS256'],
        currentDate: now,
        requiredClaims: ['sub', 'aud', 'exp', 'iat'],
      });
      return { subject: payload.sub ?? '', audiences: [payload.aud ?? []].flat() };
    },
    keyPair: async () => ({ privateKey: await exportPKCS8(privateKey), publicKey: await exportSPKI(publicKey) }),
  };
}
