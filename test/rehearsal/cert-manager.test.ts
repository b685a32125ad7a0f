import { X509Certificate } from 'node:crypto';
import { Testing } from 'cdk8s';
import { CertificateAuthorityChart, CertificateChart } from '../../cdk8s/certificates';
import { CertManager } from '../../rehearsal/cert-manager';
import type { KubernetesObject, KubernetesObjects } from '../../rehearsal/kubernetes-objects';

const certManager = (...all: KubernetesObject[]) => CertManager.of({ all } as unknown as KubernetesObjects);
const authority = () => Testing.synth(new CertificateAuthorityChart(Testing.app(), 'authority')) as KubernetesObject[];
const [server, client] = [
  new CertificateChart(Testing.app(), 'server', { namespace: 'vault', name: 'vault-tls', usage: 'server auth', dnsNames: ['vault-active.vault', '*.vault-internal'], ipAddresses: ['127.0.0.1'] }),
  new CertificateChart(Testing.app(), 'client', { namespace: 'gloo-system', name: 'client-tls', usage: 'client auth', dnsNames: ['gloo.gloo-system.svc'] }),
].map((chart) => (Testing.synth(chart) as KubernetesObject[])[0]) as [KubernetesObject, KubernetesObject];
const change = (object: KubernetesObject, spec: Record<string, unknown>): KubernetesObject => ({ ...object, spec: { ...(object.spec as object), ...spec } });

test('the manifests fill the Secrets of their Certificates, the authority’s own apart', async () => {
  const { certificates } = await certManager(...authority(), server, client);
  expect(certificates).toEqual([
    { namespace: 'vault', secretName: 'vault-tls', names: ['vault-active.vault', '*.vault-internal', '127.0.0.1'] },
    { namespace: 'gloo-system', secretName: 'client-tls', names: ['gloo.gloo-system.svc'] },
  ]);
});

test('without certificates there is an authority, and nothing asks it', async () => {
  const { certificates, authority: made } = await certManager();
  expect(certificates).toEqual([]);
  expect(new X509Certificate(made.caPem).ca).toBe(true);
});

test('what trusts the Secret trusts the authority that signs the server’s', async () => {
  const manager = await certManager(...authority(), server, client);
  const trusted = new X509Certificate(manager.valueOf('gloo-system', { name: 'client-tls', key: 'ca.crt' }));
  const { cert } = await manager.authority.issue([...manager.certificate('vault', 'vault-tls').names]);
  expect(new X509Certificate(cert).verify(trusted.publicKey)).toBe(true);
});

describe('refuses', () => {
  const [selfSigned, ca, issuer] = authority() as [KubernetesObject, KubernetesObject, KubernetesObject];

  test('an issuer that nobody makes', async () => {
    await expect(certManager(selfSigned, ca, server)).rejects.toThrow('Certificate vault/vault-tls names the ClusterIssuer "vault-ca", which no manifest makes: its Secret is never filled');
  });

  test('an issuer of the namespace, where it is a ClusterIssuer that there is', async () => {
    const namespaced = change(server, { issuerRef: { kind: 'Issuer', name: 'vault-ca' } });
    await expect(certManager(...authority(), namespaced)).rejects.toThrow('Certificate vault/vault-tls names the Issuer "vault-ca", which no manifest makes');
  });

  test('an issuer whose Secret no CA Certificate fills', async () => {
    const words = 'ClusterIssuer vault-ca signs with the Secret cert-manager/vault-ca, which no CA Certificate fills';
    await expect(certManager(selfSigned, issuer, server)).rejects.toThrow(words);
    await expect(certManager(selfSigned, change(ca, { isCA: false, issuerRef: { kind: 'ClusterIssuer', name: 'vault-ca' } }), issuer, server)).rejects.toThrow(words);
  });

  test('a CA elsewhere than in the namespace of cert-manager, where a ClusterIssuer does not look', async () => {
    const elsewhere = { ...ca, metadata: { ...ca.metadata, namespace: 'vault' } };
    await expect(certManager(selfSigned, elsewhere, issuer, server)).rejects.toThrow('which no CA Certificate fills');
  });

  test('a Secret that no Certificate fills, or not in that namespace', async () => {
    const manager = await certManager(...authority(), server, client);
    expect(() => manager.certificate('vault', 'client-tls')).toThrow('No Certificate fills the Secret vault/client-tls; there are vault/vault-tls, gloo-system/client-tls');
    const none = await certManager();
    expect(() => none.certificate('vault', 'vault-tls')).toThrow('No Certificate fills the Secret vault/vault-tls; there are none');
  });

  test('any other key than the authority’s certificate', async () => {
    const manager = await certManager(...authority(), server, client);
    expect(() => manager.valueOf('vault', { name: 'vault-tls', key: 'tls.key' })).toThrow('The Secret vault/vault-tls is asked for "tls.key", and only ca.crt tells whom to trust');
    expect(() => manager.valueOf('vault', { name: 'other', key: 'ca.crt' })).toThrow('No Certificate fills the Secret vault/other');
  });
});
