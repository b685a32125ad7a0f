import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

/** Namespace of the cert-manager add-on: where a ClusterIssuer's Secret has to be. */
export const CERT_MANAGER_NAMESPACE = 'cert-manager';

/** Name of the CA's Certificate, Secret and ClusterIssuer. */
export const AUTHORITY = 'vault-ca';

const TEN_YEARS = '87600h';
/** cert-manager renews after two thirds: a month is left to notice when it does not. */
const NINETY_DAYS = '2160h';
const MONTH = '720h';

const issuedBy = (kind: 'Issuer' | 'ClusterIssuer', name: string) => ({ group: 'cert-manager.io', kind, name });

/**
 * A certificate authority of our own, by cert-manager. Its key never changes by itself, for Gloo reads whom to trust when
 * its pod starts. A ClusterIssuer, because Gloo's namespace needs the CA's certificate as well; who else may ask it is
 * what {@link AuthorityGuardChart} says.
 */
export class CertificateAuthorityChart extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const selfSigned = `${AUTHORITY}-self-signed`;
    const namespace = CERT_MANAGER_NAMESPACE;
    new ApiObject(this, 'SelfSigned', { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: selfSigned, namespace }, spec: { selfSigned: {} } });
    new ApiObject(this, 'Certificate', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: AUTHORITY, namespace },
      spec: {
        isCA: true,
        commonName: AUTHORITY,
        secretName: AUTHORITY,
        duration: TEN_YEARS,
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' },
        usages: ['cert sign', 'crl sign'],
        issuerRef: issuedBy('Issuer', selfSigned),
      },
    });
    new ApiObject(this, 'ClusterIssuer', { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: AUTHORITY }, spec: { ca: { secretName: AUTHORITY } } });
  }
}

export interface AuthorityGuardProps {
  /** Namespaces that may ask for certificates. */
  readonly namespaces: readonly string[];
}

/**
 * Keeps everybody else from a certificate in Vault's name: whoever may edit a namespace may ask a ClusterIssuer.
 * cert-manager makes a CertificateRequest where the Certificate is, so that guarding requests guards both.
 * Source: Kubernetes, "Validating Admission Policy".
 */
export class AuthorityGuardChart extends Chart {
  constructor(scope: Construct, id: string, { namespaces }: AuthorityGuardProps) {
    super(scope, id);
    const metadata = { name: `${AUTHORITY}-requests` };
    new ApiObject(this, 'Policy', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: ['cert-manager.io'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['certificaterequests'] }],
        },
        matchConditions: [
          { name: 'of-this-authority', expression: `object.spec.issuerRef.name == '${AUTHORITY}' && has(object.spec.issuerRef.kind) && object.spec.issuerRef.kind == 'ClusterIssuer'` },
        ],
        validations: [
          {
            expression: `object.metadata.namespace in [${namespaces.map((name) => `'${name}'`).join(', ')}]`,
            message: `The ClusterIssuer ${AUTHORITY} issues for the namespaces ${namespaces.join(' and ')} only: its certificates speak for Vault.`,
          },
        ],
      },
    });
    new ApiObject(this, 'Binding', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    });
  }
}

export interface CertificateProps {
  readonly namespace: string;
  /** Name of the Certificate and of the Secret that it fills. */
  readonly name: string;
  readonly usage: 'server auth' | 'client auth';
  readonly dnsNames: readonly string[];
  /** @default - none */
  readonly ipAddresses?: readonly string[];
}

/** A certificate of the authority, renewed a month before its end, each time with a new key. */
export class CertificateChart extends Chart {
  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id, { namespace: props.namespace });
    new ApiObject(this, 'Certificate', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: props.name },
      spec: {
        secretName: props.name,
        duration: NINETY_DAYS,
        renewBefore: MONTH,
        dnsNames: [...props.dnsNames],
        ...(props.ipAddresses ? { ipAddresses: [...props.ipAddresses] } : {}),
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        usages: ['digital signature', props.usage],
        issuerRef: issuedBy('ClusterIssuer', AUTHORITY),
      },
    });
  }
}
