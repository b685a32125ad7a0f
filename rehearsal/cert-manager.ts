import { z } from 'zod';
import { createCertificateAuthority, type CertificateAuthority } from './certificate-authority';
import type { KubernetesObject, KubernetesObjects } from './kubernetes-objects';

const reference = z.object({ kind: z.string(), name: z.string() });
const certificateSpec = z.object({
  secretName: z.string(),
  isCA: z.boolean().default(false),
  dnsNames: z.array(z.string()).default([]),
  ipAddresses: z.array(z.string()).default([]),
  issuerRef: reference,
});
const authoritySpec = z.object({ ca: z.object({ secretName: z.string() }) });

/** A Certificate of the manifests, as far as it matters who gets which Secret. */
export interface RequestedCertificate {
  readonly namespace: string;
  readonly secretName: string;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
}

/**
 * cert-manager's part: the Certificates of the manifests become Secrets, signed by an authority that is made on the spot.
 * Stand-in for its controllers: issuers have to exist and to lead to a CA Certificate in cert-manager's own namespace.
 */
export class CertManager {
  private constructor(
    readonly authority: CertificateAuthority,
    readonly certificates: readonly RequestedCertificate[],
  ) {}

  /** @throws where an issuer, or the CA behind it, is missing. */
  static async of(objects: KubernetesObjects): Promise<CertManager> {
    const ofKind = (kind: string) => objects.all.filter((object) => object.kind === kind && object.apiVersion === 'cert-manager.io/v1');
    const certificates = ofKind('Certificate');
    const issuers = ofKind('ClusterIssuer');
    const leaves = certificates.map((object) => ({ object, spec: certificateSpec.parse(object.spec) })).filter(({ spec }) => !spec.isCA);
    for (const { object, spec } of leaves) {
      const issuer = issuers.find(({ metadata }) => spec.issuerRef.kind === 'ClusterIssuer' && metadata.name === spec.issuerRef.name);
      if (!issuer) throw new Error(`Certificate ${nameOf(object)} names the ${spec.issuerRef.kind} "${spec.issuerRef.name}", which no manifest makes: its Secret is never filled`);
      const { secretName } = authoritySpec.parse(issuer.spec).ca;
      const ca = certificates.find((each) => each.metadata.namespace === 'cert-manager' && certificateSpec.parse(each.spec).secretName === secretName);
      if (!ca || !certificateSpec.parse(ca.spec).isCA) throw new Error(`ClusterIssuer ${issuer.metadata.name} signs with the Secret cert-manager/${secretName}, which no CA Certificate fills`);
    }
    return new CertManager(
      await createCertificateAuthority('vault-ca'),
      leaves.map(({ object, spec }) => ({ namespace: object.metadata.namespace ?? 'default', secretName: spec.secretName, names: [...spec.dnsNames, ...spec.ipAddresses] })),
    );
  }

  /** @throws where no Certificate fills that Secret: pods that mount it do not start. */
  certificate(namespace: string, secretName: string): RequestedCertificate {
    const found = this.certificates.find((each) => each.namespace === namespace && each.secretName === secretName);
    if (!found) throw new Error(`No Certificate fills the Secret ${namespace}/${secretName}; there are ${this.certificates.map((each) => `${each.namespace}/${each.secretName}`).join(', ') || 'none'}`);
    return found;
  }

  /** What a variable gets from a key of a Secret. Only certificates are looked at: nobody here has to see a key. */
  valueOf(namespace: string, { name, key }: { name: string; key: string }): string {
    this.certificate(namespace, name);
    if (key !== 'ca.crt') throw new Error(`The Secret ${namespace}/${name} is asked for "${key}", and only ca.crt tells whom to trust`);
    return this.authority.caPem;
  }
}

const nameOf = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? 'default'}/${metadata.name}`;
