/**
 * Settings of Gloo's Vault client. Its renewal loop ends for good after one re-login that fails three times within some
 * three seconds; with these it keeps trying for as long as a Vault pod takes to come back.
 */
export const VAULT_CLIENT = {
  /** `VAULT_MAX_RETRIES` */
  maxRetries: 30,
  /** `VAULT_CLIENT_TIMEOUT`: a request with all its retries. */
  timeoutSeconds: 300,
} as const;
