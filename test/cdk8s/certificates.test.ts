import { Testing, type Chart } from 'cdk8s';
import { AuthorityGuardChart, CertificateAuthorityChart, CertificateChart } from '../../cdk8s/certificates';

const objects = (chart: Chart) => Testing.synth(chart) as Record<string, unknown>[];

describe('the certificate authority', () => {
  const [selfSigned, certificate, issuer, ...others] = objects(new CertificateAuthorityChart(Testing.app(), 'authority'));

  test('signs itself where the add-on is: a ClusterIssuer looks for its Secret there and nowhere else', () => {
    expect(selfSigned).toEqual({ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: 'vault-ca-self-signed', namespace: 'cert-manager' }, spec: { selfSigned: {} } });
    expect(certificate).toMatchObject({
      kind: 'Certificate',
      metadata: { namespace: 'cert-manager' },
      spec: { isCA: true, usages: ['cert sign', 'crl sign'], issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: 'vault-ca-self-signed' } },
    });
    expect(others).toEqual([]);
  });

  test('keeps its key for ten years: Gloo reads whom to trust when its pod starts', () => {
    expect(certificate).toMatchObject({ spec: { duration: '87600h', privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' } } });
    expect(certificate?.spec).not.toHaveProperty('renewBefore');
  });

  test('issues by the Secret that its certificate fills', () => {
    const { secretName } = certificate?.spec as { secretName: string };
    expect(issuer).toEqual({ apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: 'vault-ca' }, spec: { ca: { secretName } } });
  });
});

describe('the guard of the authority', () => {
  const [policy, binding, ...others] = objects(new AuthorityGuardChart(Testing.app(), 'guard', { namespaces: ['vault', 'gateway'] }));
  const { matchConstraints, matchConditions, validations, failurePolicy } = policy?.spec as Record<string, unknown>;

  test('looks at every request that is made or changed, in every version, and fails closed', () => {
    expect(policy).toMatchObject({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' });
    expect(matchConstraints).toEqual({
      resourceRules: [{ apiGroups: ['cert-manager.io'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['certificaterequests'] }],
    });
    expect(failurePolicy).toBe('Fail');
  });

  test('is for the ClusterIssuer alone, and asks whether there is a kind before it reads it: left out, it is an Issuer', () => {
    expect(matchConditions).toEqual([
      { name: 'of-this-authority', expression: "object.spec.issuerRef.name == 'vault-ca' && has(object.spec.issuerRef.kind) && object.spec.issuerRef.kind == 'ClusterIssuer'" },
    ]);
  });

  test('lets the namespaces through that it is given, and says so to the others', () => {
    expect(validations).toEqual([
      {
        expression: "object.metadata.namespace in ['vault', 'gateway']",
        message: 'The ClusterIssuer vault-ca issues for the namespaces vault and gateway only: its certificates speak for Vault.',
      },
    ]);
  });

  test('does nothing without its binding, which denies', () => {
    const { name } = policy?.metadata as { name: string };
    expect(binding).toEqual({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    expect(others).toEqual([]);
  });
});

describe('a certificate', () => {
  const [server] = objects(new CertificateChart(Testing.app(), 'server', { namespace: 'vault', name: 'vault-tls', usage: 'server auth', dnsNames: ['vault-active.vault'], ipAddresses: ['127.0.0.1'] }));
  const [client] = objects(new CertificateChart(Testing.app(), 'client', { namespace: 'gateway', name: 'client-tls', usage: 'client auth', dnsNames: ['gloo.gateway.svc'] }));

  test('fills the Secret of its name, by the authority', () => {
    expect(server).toEqual({
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'vault-tls', namespace: 'vault' },
      spec: {
        secretName: 'vault-tls',
        duration: '2160h',
        renewBefore: '720h',
        dnsNames: ['vault-active.vault'],
        ipAddresses: ['127.0.0.1'],
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        usages: ['digital signature', 'server auth'],
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'vault-ca' },
      },
    });
  });

  test('is for its one use', () => {
    expect(client).toMatchObject({ metadata: { namespace: 'gateway' }, spec: { usages: ['digital signature', 'client auth'] } });
    expect(client?.spec).not.toHaveProperty('ipAddresses');
  });
});
