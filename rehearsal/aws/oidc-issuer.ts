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

/** A cluster's issuer of service-account tokens, as the API server is one. */
export interface OidcIssuer {
  /** `https://…`, the tokens' `iss`. */
  readonly url: string;
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
  return {
    url,
    issueToken: ({ namespace, serviceAccount, audience, expiresIn }) => {
      const issuedAt = Math.floor(Date.now() / 1000);
      return new SignJWT({
        'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: randomUUID() } },
      })
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(url)
        .setSubject(`system:serviceaccount:${namespace}:${serviceAccount}`)
        .setAudience([audience].flat())
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + expiresIn)
        .setJti(randomUUID())
        .sign(privateKey);
    },
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
