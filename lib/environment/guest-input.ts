import type { EnvironmentInput } from './input';

/** An environment without a Vault of its own, as a user writes it: its Gloo reads its secrets from another environment's. */
export interface GuestInput extends Omit<EnvironmentInput, 'vault'> {
  readonly vault: SharedVaultInput;
}

/** `vault` of a guest. What else there is to say of Vault, its owner says. */
export interface SharedVaultInput {
  /**
   * Key of the environment whose Vault it is: one of mode `raft` with TLS and `vault.shared`, in the same file
   * and partition. In the same account, Vault binds Gloo's role by its unique id too; in another one by its ARN alone, for
   * Vault may not read roles there, so that a role made again under the same name is let in again.
   */
  readonly sharedFrom: string;
  /** Its own KV engine in that Vault. */
  readonly kv: {
    /** Mount path, also Gloo's path prefix: nobody else's, and neither below nor above anybody else's. */
    readonly mountPath: string;
    /**
     * As with a Vault of its own.
     * @default 0
     */
    readonly maxVersions?: number;
  };
  /** Its own policy in that Vault: list and read of Gloo's own secrets. */
  readonly policy: { readonly name: string };
  readonly auth?: {
    /**
     * Gloo's session, as with a Vault of its own.
     * @default - { period: '15m' } in production, else { maxTtl: '15m' }
     */
    readonly session?: { readonly maxTtl: string } | { readonly period: string };
  };
  /**
   * IPv4 blocks that requests come from, /8 to /32: those of the nodes, whose address the VPC CNI gives to what leaves the
   * VPC; of the pods, where the owner is in the same VPC; and of `cluster.import.vpc.privateSubnetIds`, from where the
   * functions prove and heal the login. Nobody else gets to Vault's load balancer. Needed for an imported cluster.
   * @default - the VPC of a cluster that the app creates
   */
  readonly clientCidrs?: readonly string[];
  /**
   * Any other number has the proof of Gloo's login made anew though nothing else changed.
   * @default 1
   */
  readonly revision?: number;
}
