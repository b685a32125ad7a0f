import { publicCertificates } from './certificates';
import type { Kind } from './kinds';
import { isMapping } from './message';
import { kindsOf, readable } from './secret-message';

const MASK = '***';

/**
 * A value with its structure and without what is secret in it: names stay, certificates are told by what everybody sees of
 * them, and where it has not Gloo's form nothing is taken for public.
 */
export function masked(value: Readonly<Record<string, unknown>>): unknown {
  const secret = readable(value);
  if (!secret) return blotted(value);
  const shown = kindsOf(secret).map((kind) => [kind.field, maskedContent(kind, secret[kind.field] ?? {})] as const);
  return { ...Object.fromEntries(shown), ...(secret.metadata ? { metadata: secret.metadata } : {}) };
}

function maskedContent(kind: Kind, content: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(content).map(([field, inner]) => {
      const part = kind.parts?.find((candidate) => candidate.field === field);
      if (!part?.public || typeof inner !== 'string') return [field, blotted(inner)];
      return [field, kind.field === 'tls' ? publicCertificates(inner) : inner];
    }),
  );
}

function blotted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blotted);
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, blotted(inner)]));
  return value === null || value === undefined ? value : MASK;
}
