import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g;
const MEND = `give what this prints: kubectl get secret -n vault vault-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d`;

/** Characters; the schedule that heals a guest's Gloo has them in its event, of which EventBridge takes 8192. */
const LONGEST = 4096;

/** PEM of certificate authorities, one or, while they change, several. The value is not repeated: it may be a key. */
export function authorityFault(value: string): string | undefined {
  const blocks = value.match(BLOCK) ?? [];
  if (/PRIVATE KEY/.test(value)) return `holds a private key, which belongs in no file: take it out, and ${MEND}`;
  if (blocks.length === 0 || value.replaceAll(BLOCK, '').trim() !== '') return `is not the PEM of a certificate authority; ${MEND}`;
  if (blocks.length > 5) return `has ${blocks.length} certificates; allowed: 1 to 5.`;
  if (value.length > LONGEST) return `has ${value.length} characters, which a guest's schedule has no room for; allowed: ${LONGEST}. Leave out authorities that are past.`;
  for (const block of blocks) {
    try {
      if (!new X509Certificate(block).ca) return `has a certificate that is no authority's; ${MEND}`;
    } catch (error) {
      return `has a certificate that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'malformed'}); ${MEND}`;
    }
  }
  return undefined;
}

/** The same in one form, whatever stood around it. */
export function authorities(value: string): string {
  return (value.match(BLOCK) ?? []).map((block) => `${block.replaceAll(/[^\S\n]*\r?\n[^\S\n]*/g, '\n')}\n`).join('');
}
