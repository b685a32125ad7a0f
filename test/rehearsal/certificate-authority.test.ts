import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import { createCertificateAuthority, type CertificateAuthority } from '../../rehearsal/certificate-authority';

let ca: CertificateAuthority;
beforeAll(async () => {
  ca = await createCertificateAuthority('Rehearsal CA');
});

describe('the CA', () => {
  test('is a CA with the given name, valid for an hour', () => {
    const certificate = new X509Certificate(ca.caPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=Rehearsal CA');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    const left = Date.parse(certificate.validTo) - Date.now();
    expect(left).toBeLessThanOrEqual(60 * 60 * 1000);
    expect(left).toBeGreaterThan(55 * 60 * 1000);
  });
});

describe('a server certificate', () => {
  test('carries DNS names and IP addresses, is signed by the CA and is no CA', async () => {
    const { cert, key } = await ca.issue(['sts.us-east-1.amazonaws.com', '*.vault.test', '127.0.0.1', '::1']);
    const certificate = new X509Certificate(cert);
    const authority = new X509Certificate(ca.caPem);
    expect(certificate.subjectAltName).toBe(
      'DNS:sts.us-east-1.amazonaws.com, DNS:*.vault.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(certificate.ca).toBe(false);
    expect(new x509.X509Certificate(cert).getExtension(x509.BasicConstraintsExtension)?.ca).toBe(false);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkHost('vault-0.vault.test')).toBe('*.vault.test');
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  test('two of one CA differ in serial number and key', async () => {
    const [one, two] = await Promise.all([ca.issue(['a']), ca.issue(['a'])]);
    expect(new X509Certificate(one.cert).serialNumber).not.toBe(new X509Certificate(two.cert).serialNumber);
    expect(one.key).not.toBe(two.key);
  });

  test.each([
    ['https://127.0.0.1', 'certificate: "https://127.0.0.1" is neither a DNS name nor an IP address; give the host without scheme and port'],
    ['a..b', 'certificate: "a..b" is neither a DNS name nor an IP address; give the host without scheme and port'],
    ['', 'certificate: "" is neither a DNS name nor an IP address; give the host without scheme and port'],
  ])('is refused for %p', async (name, words) => {
    await expect(ca.issue([name])).rejects.toThrow(words);
  });

  test('is refused without a name', async () => {
    await expect(ca.issue([])).rejects.toThrow('certificate: no name given, at least one DNS name or IP address is needed');
  });
});

describe('TLS in Node', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer(await ca.issue(['127.0.0.1', 'vault.test']), (_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  function get(trusted: string, servername?: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, ca: trusted, servername, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve).on('error', reject);
      })
        .on('error', reject)
        .end();
    });
  }

  test('accepts it by IP address and by DNS name', async () => {
    await expect(get(ca.caPem)).resolves.toBe('hello');
    await expect(get(ca.caPem, 'vault.test')).resolves.toBe('hello');
  });

  test('refuses it for another name', async () => {
    await expect(get(ca.caPem, 'other.test')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('refuses it under another CA of the same name', async () => {
    const other = await createCertificateAuthority('Rehearsal CA');
    await expect(get(other.caPem)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});

test('a client certificate names the user and its groups, and is for clients alone', async () => {
  const { cert } = await ca.issueClient('admin', ['system:masters', 'others']);
  const certificate = new X509Certificate(cert);
  expect(certificate.subject.split('\n')).toEqual(['CN=admin', 'O=system:masters', 'O=others']);
  expect(certificate.checkIssued(new X509Certificate(ca.caPem))).toBe(true);
  expect(new x509.X509Certificate(cert).getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([x509.ExtendedKeyUsage.clientAuth]);
});
