/** `vault.raft` of an environment, as a user writes it. */
export interface RaftInput {
  /**
   * Vault's pods, one a node and spread over the zones: 3 or 5, which outlive the loss of one or two, or 1, which is
   * away while its pod moves. Choose once: a lower number leaves peers that can't be outvoted.
   * @default 3
   */
  readonly replicas?: number;
  /**
   * GiB of each pod's volume, encrypted gp3, kept when the pod, the chart or the stack goes.
   * @default 10
   */
  readonly storageSize?: number;
  /**
   * TLS between Gloo, Vault and its replicas, by certificates of cert-manager. Without it, tokens and secrets are
   * readable on the nodes' network.
   * @default true
   */
  readonly tls?: boolean;
  /**
   * KMS key that seals Vault, of the environment's account and region, whose policy leaves the decision to IAM: for a
   * Vault that was sealed by it before. Lose it, and Vault and every snapshot are lost.
   * @default - the app makes one, and keeps it
   */
  readonly kmsKeyArn?: string;
  readonly recovery?: {
    /**
     * Recovery keys that the initialisation makes, 1 to 10.
     * @default 5
     */
    readonly shares?: number;
    /**
     * How many of them are needed together.
     * @default 3
     */
    readonly threshold?: number;
    /**
     * Secret (Secrets Manager) that they are kept in, of the environment's account and region: one that an earlier
     * stack left, with the customer-managed key that it is encrypted under, if there is one.
     * @default - the app makes one, and keeps it
     */
    readonly secret?: { readonly arn: string; readonly kmsKeyArn?: string };
  };
  readonly snapshots?: {
    /**
     * Hours from one to the next, a divisor of 24.
     * @default 6
     */
    readonly everyHours?: number;
    /**
     * Days that a snapshot is kept.
     * @default 35
     */
    readonly retentionDays?: number;
    /**
     * S3 bucket that exists, for example that of an earlier stack. Its lifecycle is its owner's.
     * @default - the app makes one, versioned and encrypted, and keeps it
     */
    readonly bucket?: {
      readonly name: string;
      /** As `aws s3api get-bucket-versioning` prints it: only `Enabled` will do. */
      readonly versioning: string;
      /** The customer-managed key that its objects are encrypted under, if there is one. */
      readonly kmsKeyArn?: string;
    };
  };
  /**
   * SNS topic that the alarms go to.
   * @default - the app makes one, to which somebody has to subscribe
   */
  readonly alarmTopicArn?: string;
}
