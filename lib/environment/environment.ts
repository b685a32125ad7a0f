/** What an environment has wherever its Vault is: every default applied, every check passed. */
export interface ClusterEnvironment {
  /** The environment's key: the stage's name and the first part of every stack's name. */
  readonly name: string;
  /** AWS account, 12 digits. */
  readonly account: string;
  /** AWS region. */
  readonly region: string;
  /** The region's partition, with its DNS suffix. */
  readonly partition: Partition;
  /** A production environment refuses what loses secrets (a dev-mode Vault). */
  readonly production: boolean;
  readonly cluster: NewCluster | ImportedCluster;
  readonly identity: Identity;
  readonly gloo: Gloo;
  /** Tags put on every resource of the environment. */
  readonly tags: Readonly<Record<string, string>>;
  /** What is allowed but deserves a word at synth, one sentence each (versions out of support, say). */
  readonly warnings: readonly string[];
}

/**
 * An environment with a Vault of its own, as the stacks read it. Its region also feeds Vault's `sts_endpoint` and
 * `sts_region` and Gloo's `region`, so that they cannot disagree.
 * What a user writes is {@link EnvironmentInput}; `parseEnvironments` turns one into the other.
 */
export interface Environment extends ClusterEnvironment {
  readonly vault: Vault;
  /** Environments whose Gloo reads its secrets from this Vault too, in the order of the file. */
  readonly guests: readonly GuestEnvironment[];
}

/** An environment without a Vault: its Gloo reads its secrets from another environment's. */
export interface GuestEnvironment extends ClusterEnvironment {
  readonly vault: SharedVault;
}

/** Any environment: with a Vault of its own, or with another one's. */
export type AnyEnvironment = Environment | GuestEnvironment;

/** Whether its Vault is another environment's. */
export function isGuest(environment: AnyEnvironment): environment is GuestEnvironment {
  return !('guests' in environment);
}

export interface Partition {
  readonly name: 'aws' | 'aws-cn' | 'aws-us-gov';
  /** `amazonaws.com` or `amazonaws.com.cn`. */
  readonly dnsSuffix: string;
}

/** A cluster that this app creates (guide row 1). */
export interface NewCluster {
  readonly kind: 'new';
  /** EKS cluster name; also the end of the guide's role and policy names. */
  readonly name: string;
  /** Kubernetes minor version, `1.35`. */
  readonly kubernetesVersion: string;
  /** Package of the Lambda layer with kubectl and helm: `@aws-cdk/lambda-layer-kubectl-v35`. Chosen, not given. */
  readonly kubectlLayer: string;
  /** Who reaches the API server: everybody, an allow-list of CIDR blocks, or the VPC alone. */
  readonly endpointAccess: EndpointAccess;
  readonly vpcCidr: string;
  /** Availability zones to spread over, 2 or 3. */
  readonly zones: number;
  /** Their names; left out, CloudFormation takes the first of those that the region lists. */
  readonly availabilityZones?: readonly string[];
  /** NAT gateways: 1 is cheap, one a zone survives the loss of a zone. */
  readonly natGateways: number;
  readonly nodes: {
    readonly instanceTypes: readonly string[];
    readonly minSize: number;
    readonly maxSize: number;
    readonly desiredSize: number;
    /** GiB. */
    readonly diskSize: number;
  };
  /** Days that control-plane and flow logs are kept. */
  readonly logRetentionDays: number;
  /** IAM principals (role or user ARNs) that get cluster-admin by an access entry. */
  readonly adminArns: readonly string[];
}

export type EndpointAccess =
  | { readonly kind: 'public' }
  | { readonly kind: 'public-from'; readonly cidrs: readonly string[] }
  | { readonly kind: 'private' };

/** A cluster that exists already (guide row 1, its second form). */
export interface ImportedCluster {
  readonly kind: 'imported';
  readonly name: string;
  readonly kubernetesVersion: string;
  /** As in {@link NewCluster}. */
  readonly kubectlLayer: string;
  /** `https://….eks.amazonaws.com`. */
  readonly endpoint: string;
  /** `certificateAuthority.data` of `aws eks describe-cluster`: base64 of a PEM. */
  readonly certificateAuthority: string;
  /** An OIDC provider that IAM has already, or the issuer to associate one for. */
  readonly oidc: { readonly providerArn: string } | { readonly issuer: string };
  /** The issuer without `https://`: the prefix of the trust policy's condition keys. */
  readonly issuerHost: string;
  readonly securityGroupId: string;
  /** Lambda execution role with cluster-admin for kubectl; left out, the app makes one with an access entry. */
  readonly kubectlRoleArn?: string;
  readonly endpointAccess: EndpointAccess;
  /** Needed where the endpoint is not open to all: the Lambdas then run in these subnets. */
  readonly vpc?: {
    readonly id: string;
    readonly availabilityZones: readonly string[];
    readonly privateSubnetIds: readonly string[];
  };
  /** CIDR blocks of the control plane's network interfaces, for Vault's NetworkPolicy. */
  readonly controlPlaneCidrs: readonly string[];
  /** Add-ons that the cluster has already, which the app then leaves alone. */
  readonly addons: readonly AddonName[];
}

export interface Identity {
  /**
   * `guide`: `gloo-vault-auth-policy-*` as the guide has it (row 3).
   * `narrow`: no permission at all, for signing `sts:GetCallerIdentity` needs none.
   */
  readonly authPolicy: 'guide' | 'narrow';
  /** Of Gloo's auth role: one, or two while Gloo moves from one to the other. It logs in by the last. */
  readonly generations: readonly [number] | readonly [number, number];
}

/** Another environment's Vault, as a guest uses it. What the owner says too is the owner's, so that the two cannot disagree. */
export interface SharedVault {
  /** The owner's key. */
  readonly owner: string;
  /** For Gloo, and for functions inside the VPC: `https://vault.internal.example.com:8200`. */
  readonly url: string;
  /** PEM of the authorities that the certificate of Vault may be of, each with its newline. */
  readonly caCertificate: string;
  /** The owner's: Gloo signs its login for the STS that Vault asks. */
  readonly region: string;
  /** As in {@link Vault}; the session is the guest's own. */
  readonly auth: Vault['auth'];
  /** The guest's own KV engine. */
  readonly kv: Vault['kv'];
  /** The guest's own policy. */
  readonly policy: { readonly name: string; readonly form: 'smallest' };
  /** Raised by the operator to have the login proven again, though nothing else changed. */
  readonly revision: number;
  /** IPv4 blocks that its requests reach Vault from. */
  readonly clientCidrs: readonly string[];
}

export interface Vault {
  /** `dev`: in memory, one pod, gone with a restart (the guide's). `raft`: on volumes, as {@link Raft} says. */
  readonly mode: 'dev' | 'raft';
  /** Set in mode `raft` alone. */
  readonly raft?: Raft;
  readonly namespace: string;
  readonly chartVersion: string;
  /** Audit device `stdout`, read with `kubectl logs` (row 17). */
  readonly audit: boolean;
  /** Raised by the operator to have the configuration run again, though nothing else changed. */
  readonly revision: number;
  /** NetworkPolicy in front of 8200 (row 16). */
  readonly networkPolicy: boolean;
  readonly auth: {
    /** Mount path of the aws auth method, without slashes at its ends (row 6). */
    readonly mountPath: string;
    /** Value that a login must have signed as `X-Vault-AWS-IAM-Server-ID` (row 9). */
    readonly serverIdHeader: string;
    /** Session of Gloo's token, in seconds: the guide's maximum TTL, or a period that renewal restarts (rows 10, 15). */
    readonly session: { readonly maxTtl: number } | { readonly period: number };
  };
  readonly kv: {
    /** Mount path of the KV version 2 engine, also Gloo's `pathPrefix` (rows 7, 11). */
    readonly mountPath: string;
    /** Versions that it keeps of a secret; 0 is Vault's own number, 10. */
    readonly maxVersions: number;
  };
  readonly policy: {
    readonly name: string;
    /** `guide`: row 8 as it stands. `smallest`: list and read of Gloo's own secrets. */
    readonly form: 'guide' | 'smallest';
  };
  /** IAM roles and users whose people may log in to Vault as operators. */
  readonly operators: readonly string[];
  /** How other clusters reach this Vault; its load balancer is there once there is a guest. @default - they do not */
  readonly shared?: {
    /** Name by which guests reach it, also in its certificate. */
    readonly hostname: string;
  };
  /** What a schedule does about a Vault that is not as it was configured, and how often it looks. */
  readonly drift: { readonly action: 'report' | 'repair' | 'off'; readonly everyMinutes: number };
}

/** A Vault that survives: replicas with integrated storage (Raft), sealed by KMS. */
export interface Raft {
  /** 1, 3 or 5. */
  readonly replicas: number;
  /** GiB of each replica's volume, encrypted gp3. */
  readonly storageSize: number;
  /** TLS on Vault's port, with certificates of cert-manager. */
  readonly tls: boolean;
  /** A key to take over as the seal's; left out, the app makes one. */
  readonly kmsKeyArn?: string;
  readonly recovery: {
    /** Recovery keys that the initialisation makes, and how many of them are needed together. */
    readonly shares: number;
    readonly threshold: number;
    /** A secret to take over for them, with the key that it is encrypted under, if that is a customer's; left out, the app makes both. */
    readonly secret?: { readonly arn: string; readonly kmsKeyArn?: string };
  };
  readonly snapshots: {
    /** Hours from one to the next, a divisor of 24. */
    readonly everyHours: number;
    /** Days after which one is deleted, and after which a version that was overwritten or deleted goes for good. */
    readonly retentionDays: number;
    /** A bucket to take over, with the key that its objects are encrypted under, if that is a customer's; left out, the app makes both. */
    readonly bucket?: { readonly name: string; readonly kmsKeyArn?: string };
  };
  /** SNS topic of the alarms; left out, the app makes one. */
  readonly alarmTopicArn?: string;
}

/** An EKS add-on that a Vault of mode `raft` needs. */
export type AddonName = 'aws-ebs-csi-driver' | 'cert-manager';

export interface Gloo {
  readonly namespace: string;
  readonly chartVersion: string;
  /** Function Discovery: decides the trust, the annotation and the Helm value together. */
  readonly discovery: boolean;
  /** Whether a deployment proves that Gloo can log in to Vault, before Gloo's chart. */
  readonly loginProof: boolean;
  /** Whether a Gloo that has lost its login to Vault is restarted. */
  readonly healing: boolean;
  /** Further Helm values, merged under those that this app sets. */
  readonly values: Readonly<Record<string, unknown>>;
}
