import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Fault } from './findings';

/** A TLS secret's texts, as in Vault. */
export interface TlsTexts {
  readonly certChain?: string | null | undefined;
  readonly privateKey?: string | null | undefined;
  readonly rootCa?: string | null | undefined;
}

/** What everybody sees of a certificate who connects. */
export interface PublicCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** `DNS:a.example.com, DNS:b.example.com`; empty where it names none. */
  readonly names: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** Days before its end from which a certificate is warned of. */
const SOON = 30;
const DAY = 24 * 60 * 60 * 1000;

/** What a TLS secret can be refused for by Gloo (`cleanedSslKeyPair` in its `ssl.go`), by Envoy or by clients. */
export function tlsFaults({ certChain, privateKey, rootCa }: TlsTexts, now: Date): Fault[] {
  const authority = rootCa ? authorityFaults(rootCa, now) : [];
  if (!certChain && !privateKey) {
    return rootCa ? authority : [unusable('it has neither a certificate with its key nor an authority', 'write it again with --cert and --key, or with --ca')];
  }
  if (!certChain || !privateKey) {
    return [unusable(certChain ? 'it has a certificate without its private key' : 'it has a private key without its certificate', 'write it again with both --cert and --key'), ...authority];
  }
  const chain = parseChain(certChain);
  const key = parseKey(privateKey);
  const unreadable = [chain, key].filter(isFault);
  if (isFault(chain) || isFault(key)) return [...unreadable, ...authority];
  return [...pairFaults(chain, key), ...orderFaults(chain), ...chain.flatMap((certificate) => ageFaults(certificate, now)), ...authority];
}

/** The certificates of a PEM text, none where it can't be read. */
export function publicCertificates(pem: string): PublicCertificate[] {
  const chain = parseChain(pem);
  if (isFault(chain)) return [];
  return chain.map((certificate) => ({
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: certificate.subjectAltName ?? '',
    notAfter: new Date(certificate.validTo).toISOString(),
  }));
}

function parseChain(pem: string): X509Certificate[] | Fault {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    return unusable('its certificate is no PEM', 'convert it: openssl x509 -inform der -in FILE -out FILE.pem, or from PKCS #12, openssl pkcs12 -in FILE -nokeys -out FILE.pem');
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return unusable('its certificate is PEM that holds no X.509 certificate', 'look at the file: openssl x509 -noout -text -in FILE');
  }
}

function parseKey(pem: string): KeyObject | Fault {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,ENCRYPTED/.test(pem)) {
    return unusable('its private key is encrypted, and Gloo has no passphrase', 'decrypt it into a file of your own: (umask 077; openssl pkey -in FILE -out FILE.plain)');
  }
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem)) {
    return unusable('its private key is no PEM', 'convert it: openssl pkey -inform der -in FILE -out FILE.pem, or from PKCS #12, openssl pkcs12 -in FILE -nocerts -nodes -out FILE.pem');
  }
  try {
    return createPrivateKey(pem);
  } catch {
    return unusable('its private key is PEM that holds no key', 'look at the file: openssl pkey -noout -check -in FILE');
  }
}

function pairFaults([leaf, ...others]: readonly X509Certificate[], key: KeyObject): Fault[] {
  if (!leaf || leaf.checkPrivateKey(key)) return [];
  const owner = others.find((certificate) => certificate.checkPrivateKey(key));
  return owner
    ? [unusable(`its private key belongs to ${oneLine(owner.subject)}, which is not the first of the chain`, 'put the certificate of the key first, then whoever issued it')]
    : [unusable(`its private key does not belong to its certificate ${oneLine(leaf.subject)}`, 'give the key that the certificate was asked for with')];
}

function orderFaults(chain: readonly X509Certificate[]): Fault[] {
  const break_ = chain.findIndex((certificate, index) => index > 0 && !chain[index - 1]?.checkIssued(certificate));
  const [before, after] = [chain[break_ - 1], chain[break_]];
  if (!before || !after) return [];
  return [warning(`its chain is out of order: ${oneLine(after.subject)} did not issue ${oneLine(before.subject)} before it, and some clients refuse that`, 'order the certificates: the own one first, each followed by its issuer')];
}

function authorityFaults(pem: string, now: Date): Fault[] {
  const authorities = parseChain(pem);
  if (isFault(authorities)) return [{ ...authorities, what: authorities.what.replace('its certificate', "its authority's certificate") }];
  const leaves = authorities.filter(({ ca }) => !ca);
  return [
    ...leaves.map((leaf) => warning(`${oneLine(leaf.subject)} among its authorities is the certificate of none`, 'give the certificate of the authority that signs')),
    ...authorities.flatMap((authority) => ageFaults(authority, now)),
  ];
}

function ageFaults(certificate: X509Certificate, now: Date): Fault[] {
  const subject = oneLine(certificate.subject);
  const [from, until] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  const mend = 'renew it, and put it again under the same name';
  if (until <= now) return [warning(`its certificate ${subject} expired on ${day(until)}`, mend)];
  if (from > now) return [warning(`its certificate ${subject} is not valid before ${from.toISOString()}`, 'wait, or put one that is valid now')];
  const days = Math.floor((until.getTime() - now.getTime()) / DAY);
  return days < SOON ? [warning(`its certificate ${subject} expires on ${day(until)}, in ${days} days`, mend)] : [];
}

const unusable = (what: string, mend: string): Fault => ({ effect: 'secret', what, mend });
const warning = (what: string, mend: string): Fault => ({ effect: 'warning', what, mend });
const isFault = (value: object): value is Fault => 'effect' in value;
const oneLine = (name: string) => (name === '' ? 'without a subject' : name.split('\n').join(', '));
const day = (date: Date) => date.toISOString().slice(0, 10);
