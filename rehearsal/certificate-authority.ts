// First of all imports: @peculiar/x509 refuses to load without it.
import 'reflect-metadata';
import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A private CA for the rehearsal's HTTPS servers on loopback. It lives in memory, for an hour. */
export interface CertificateAuthority {
  /** The CA's own certificate, PEM: what clients are told to trust. */
  caPem: string;
  /**
   * A server certificate and its private key, PEM (PKCS #8).
   * @param names DNS names or IP addresses, at least one; all of them become subject alternative names.
   */
  issue(names: string[]): Promise<{ cert: string; key: string }>;
  /** A client certificate and its private key, PEM: the Kubernetes user `user` in the groups `groups`. */
  issueClient(user: string, groups: readonly string[]): Promise<{ cert: string; key: string }>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR = 60 * 60 * 1000;
// Whoever verifies may have a clock that is a little behind.
const CLOCK_SKEW = 5 * 60 * 1000;

const DNS_NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i;

/**
 * A new CA: ECDSA P-256, valid for an hour, allowed to sign server certificates and no further CA.
 * @param commonName the CA's common name, as clients report it in their errors.
 */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const notBefore = new Date(Date.now() - CLOCK_SKEW);
  const notAfter = new Date(Date.now() + HOUR);
  const issuer = [{ CN: [commonName] }];

  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: issuer,
      notBefore,
      notAfter,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );

  const sign = async (subject: x509.JsonName, usage: x509.ExtendedKeyUsage, more: readonly x509.Extension[]) => {
    const leafKeys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject,
        issuer,
        notBefore,
        notAfter,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([usage]),
          ...more,
          await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey, false, webcrypto),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  };

  return {
    caPem: ca.toString('pem'),
    issue: async (names) => {
      const alternativeNames = new x509.SubjectAlternativeNameExtension(subjectAlternativeNames(names));
      return sign([{ CN: [names[0] ?? ''] }], x509.ExtendedKeyUsage.serverAuth, [alternativeNames]);
    },
    issueClient: (user, groups) => sign([{ CN: [user] }, ...groups.map((group) => ({ O: [group] }))], x509.ExtendedKeyUsage.clientAuth, []),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function subjectAlternativeNames(names: string[]): x509.JsonGeneralNames {
  if (names.length === 0) {
    throw new Error('certificate: no name given, at least one DNS name or IP address is needed');
  }
  return names.map((name) => {
    if (isIP(name) !== 0) {
      return { type: 'ip', value: name };
    }
    if (!DNS_NAME.test(name)) {
      throw new Error(`certificate: "${name}" is neither a DNS name nor an IP address; give the host without scheme and port`);
    }
    return { type: 'dns', value: name };
  });
}
