import * as z from 'zod/mini';

/*
 * Parts of what the functions are told, by CloudFormation or by a rule. CloudFormation hands every scalar over as a
 * string, so every scalar is one here. Nothing in them is secret.
 */

export const text = z.string().check(z.minLength(1));

export const arn = z.string().check(z.startsWith('arn:'));

/** The API server, whose proxy leads to Vault. */
export const clusterProperties = z.object({
  name: text,
  /** `https://…`, the API server. */
  endpoint: z.string().check(z.startsWith('https://')),
  /** Base64 of the PEM that signed the API server's certificate. */
  certificateAuthority: text,
});

/** Vault's aws auth method, and what a login to it signs. */
export const authMethodProperties = z.object({
  mountPath: text,
  serverIdHeader: text,
  stsEndpoint: z.string().check(z.startsWith('https://')),
  stsRegion: text,
});
