import { z } from 'zod';
import { badRequest, invalid, notFound, type Status } from './status';

/** A token to be made, as the API server understood the request. */
export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  /** Seconds. */
  readonly expiresIn: number;
}

/** Makes a token, or nothing where there is no such service account. */
export type TokenMaker = (order: TokenOrder) => Promise<string | undefined>;

const body = z.object({
  apiVersion: z.literal('authentication.k8s.io/v1').optional(),
  kind: z.literal('TokenRequest').optional(),
  spec: z.object({ audiences: z.array(z.string()).default([]), expirationSeconds: z.int().default(3600) }).prefault({}),
});

/** Seconds: the shortest and the longest life of a token that is asked for. */
const SHORTEST = 600;
const LONGEST = 2 ** 32;

/** Answers a request for a token of a service account: `TokenRequest`, as Kubernetes' registry of service accounts does. */
export async function answerTokenRequest(text: string, of: Pick<TokenOrder, 'namespace' | 'serviceAccount'>, make: TokenMaker, now = new Date()): Promise<{ readonly code: number; readonly body: unknown }> {
  const refuse = (status: Status) => ({ code: status.code, body: status });
  const parsed = body.safeParse(json(text));
  if (!parsed.success) return refuse(badRequest('the object provided is unrecognized (must be of type TokenRequest)'));
  const { audiences, expirationSeconds } = parsed.data.spec;
  const words = expirationSeconds < SHORTEST ? 'may not specify a duration less than 10 minutes' : expirationSeconds > LONGEST ? 'may not specify a duration larger than 2^32 seconds' : undefined;
  if (words !== undefined) return refuse(invalid('TokenRequest', 'authentication.k8s.io', 'spec.expirationSeconds', expirationSeconds, words));
  const token = await make({ ...of, audiences, expiresIn: expirationSeconds });
  if (token === undefined) return refuse(notFound('serviceaccounts', of.serviceAccount));
  const time = (at: Date) => at.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: of.serviceAccount, namespace: of.namespace, creationTimestamp: time(now) },
      spec: { audiences, expirationSeconds, boundObjectRef: null },
      status: { token, expirationTimestamp: time(new Date(now.getTime() + expirationSeconds * 1000)) },
    },
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
