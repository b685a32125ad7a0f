import type { KubernetesVersion } from '../versions';
import type { LogRetentionDays } from './cluster';
import type { RaftInput } from './raft-input';

/** An environment as a user writes it, in bin/environments.ts or in the file of `-c environments=FILE`. */
export interface EnvironmentInput {
  /** AWS account, 12 digits, in quotes. */
  readonly account: string;
  /** AWS region, `us-east-1`. Vault's and Gloo's STS settings follow it. */
  readonly region: string;
  /**
   * A production environment refuses what loses or exposes secrets: a dev-mode Vault, Vault without TLS. Its defaults are
   * the narrow ones: mode `raft`, a periodic session, the smallest policy, no policy on Gloo's role.
   * @default false
   */
  readonly production?: boolean;
  /**
   * Tags on every resource.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** The cluster: one to create, or one that exists. */
  readonly cluster: { readonly create: NewClusterInput } | { readonly import: ImportedClusterInput };
  readonly identity?: IdentityInput;
  readonly vault?: VaultInput;
  readonly gloo?: GlooInput;
}

/**
 * Who reaches the API server: everybody, nobody outside the VPC, or public addresses on a list (IPv4 CIDR blocks).
 * Unless everybody does, the app's Lambdas run inside the VPC.
 */
export type EndpointAccessInput = 'public' | 'private' | { readonly publicFrom: readonly string[] };

/** A cluster that this app creates. */
export interface NewClusterInput {
  /** EKS cluster name, also the end of the role and policy names: at most 51 characters, 49 with later `identity.generation`s. */
  readonly name: string;
  /**
   * Kubernetes minor version that EKS creates clusters with.
   * @default '1.35'
   */
  readonly kubernetesVersion?: KubernetesVersion;
  /** @default 'public' */
  readonly endpointAccess?: EndpointAccessInput;
  /**
   * The VPC's IPv4 block, /16 to /21.
   * @default '10.0.0.0/16'
   */
  readonly vpcCidr?: string;
  /**
   * Availability zones, 2 or 3.
   * @default 2
   */
  readonly zones?: number;
  /**
   * Names of the zones, as many as `zones`: in us-east-1, some account's first zones may be one that EKS has no room in.
   * @default - the first that CloudFormation lists for the region
   */
  readonly availabilityZones?: readonly string[];
  /**
   * NAT gateways, 1 to one a zone.
   * @default 1
   */
  readonly natGateways?: number;
  /** The managed node group. */
  readonly nodes?: {
    /**
     * EC2 instance types, x86 (Gloo has no ARM images).
     * @default ['m5.large']
     */
    readonly instanceTypes?: readonly string[];
    /** @default 2 */
    readonly minSize?: number;
    /** @default 4 */
    readonly maxSize?: number;
    /** @default 2 */
    readonly desiredSize?: number;
    /**
     * Root disk of a node, GiB.
     * @default 20
     */
    readonly diskSize?: number;
  };
  /**
   * Days that control-plane and flow logs are kept, one of the periods that CloudWatch Logs offers.
   * @default 30
   */
  readonly logRetentionDays?: LogRetentionDays;
  /**
   * IAM roles or users of the account that become cluster-admin.
   * @default []
   */
  readonly adminArns?: readonly string[];
}

/**
 * A cluster that exists. `aws eks describe-cluster --name NAME` has all of it; what is left out,
 * the error asks for together with the command that prints it.
 */
export interface ImportedClusterInput {
  /** EKS cluster name, at most 51 characters. */
  readonly name: string;
  /** `cluster.version` */
  readonly kubernetesVersion: KubernetesVersion;
  /** `cluster.endpoint`, `https://….eks.amazonaws.com` */
  readonly endpoint: string;
  /** `cluster.certificateAuthority.data`, base64 of a PEM. */
  readonly certificateAuthority: string;
  /** The cluster's OIDC provider, where IAM has one already; else `oidcIssuer`. */
  readonly oidcProviderArn?: string;
  /** `cluster.identity.oidc.issuer`: the app makes the provider in IAM for it. */
  readonly oidcIssuer?: string;
  /** `cluster.resourcesVpcConfig.clusterSecurityGroupId` */
  readonly securityGroupId: string;
  /**
   * Role for the kubectl Lambda, left as it is: trusts lambda.amazonaws.com, is cluster-admin by an access entry, may
   * `eks:DescribeCluster` on the cluster and write logs, and make network interfaces where the endpoint is not public.
   * @default - the app makes a role with an access entry
   */
  readonly kubectlRoleArn?: string;
  /** @default 'public' */
  readonly endpointAccess?: EndpointAccessInput;
  /**
   * Where the Lambdas run; needed unless `endpointAccess` is `'public'`.
   * @default - outside any VPC
   */
  readonly vpc?: {
    readonly id: string;
    readonly availabilityZones: readonly string[];
    /** As many in each zone, in the order of the zones. */
    readonly privateSubnetIds: readonly string[];
  };
  /**
   * IPv4 blocks of the subnets that hold the control plane's network interfaces: Vault's NetworkPolicy admits them.
   * Needed unless `vault.networkPolicy` is false, for the configuration reaches Vault through the API server.
   * @default []
   */
  readonly controlPlaneCidrs?: readonly string[];
  /**
   * Add-ons with their versions, `{ 'vpc-cni': 'v1.20.4-eksbuild.1' }`, by EKS or installed otherwise: the app leaves them
   * alone and installs what else a Vault of mode `raft` needs. Needed in that mode; `{}` if the cluster has none.
   * @default - not looked at
   */
  readonly addons?: Readonly<Partial<Record<'vpc-cni' | 'aws-ebs-csi-driver' | 'cert-manager', string>>>;
}

export interface IdentityInput {
  /**
   * `guide`: the guide's policy on Gloo's role. `narrow`: none, for a login needs none.
   * @default - 'narrow' in production, else 'guide'
   */
  readonly authPolicy?: 'guide' | 'narrow';
  /**
   * Which generation of its auth role Gloo logs in by, 1 to 99: generation 1 has the guide's names, `n` the same with `-n`.
   * Two are both made and bound in Vault, and Gloo logs in by the last: a rotation is `1`, a deployment with `[1, 2]`, and
   * one with `2`. The way back is `[2, 1]`.
   * @default 1
   */
  readonly generation?: number | readonly [number, number];
}

export interface VaultInput {
  /**
   * `dev`: in memory, one pod, gone with a restart. `raft`: replicas on encrypted volumes, unsealed by KMS, with TLS,
   * snapshots and alarms. Choose once: there is no way from one to the other.
   * @default - 'raft' in production, else 'dev'
   */
  readonly mode?: 'dev' | 'raft';
  /** What mode `raft` looks like. */
  readonly raft?: RaftInput;
  /** @default 'vault' */
  readonly namespace?: string;
  /** @default - the version in lib/versions.ts */
  readonly chartVersion?: string;
  /**
   * Audit log on the pod's output.
   * @default true
   */
  readonly audit?: boolean;
  /**
   * Any other number has the configuration run again though nothing else changed: after a dev-mode Vault was restarted,
   * or Gloo's role made again.
   * @default 1
   */
  readonly revision?: number;
  /**
   * NetworkPolicy in front of Vault's port.
   * @default true
   */
  readonly networkPolicy?: boolean;
  readonly auth?: {
    /**
     * Mount path of the aws auth method, below `auth/`.
     * @default 'aws'
     */
    readonly mountPath?: string;
    /** @default 'vault.gloo.example.com' */
    readonly serverIdHeader?: string;
    /**
     * Gloo's session, one of the two, 1m to 768h: `maxTtl` ends and asks AWS again; `period` is renewed without end.
     * @default - { period: '15m' } in production, else { maxTtl: '15m' }
     */
    readonly session?: { readonly maxTtl: string } | { readonly period: string };
  };
  readonly kv?: {
    /**
     * Mount path of the KV engine, also Gloo's path prefix.
     * @default 'dev'
     */
    readonly mountPath?: string;
    /**
     * Versions that it keeps of a secret, up to 1000; 0 is Vault's own number, 10. A lower one takes hold of a secret with the
     * next write of it. Source: Vault, "KV secrets engine version 2 (API)", `max_versions`.
     * @default 0
     */
    readonly maxVersions?: number;
  };
  /** Vault's policy for Gloo. */
  readonly policy?: {
    /** @default 'dev' */
    readonly name?: string;
    /**
     * `guide`: the guide's rules. `smallest`: list and read of Gloo's own secrets.
     * @default - 'smallest' in production, else 'guide'
     */
    readonly form?: 'guide' | 'smallest';
  };
  /**
   * IAM roles and users, of any account of the partition, whose people may log in to Vault (`npx gloo-vault login`) for
   * half an hour at a time: to write Gloo's secrets, and to read how Vault is configured. They reach Vault through the
   * API server, so they need a way into the cluster too, `cluster.create.adminArns` say. Of IAM Identity Center, the role
   * `arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/…`.
   * @default []
   */
  readonly operators?: readonly string[];
  /**
   * Lets other environments' Gloos read from this Vault, each from a KV engine of its own (`vault.sharedFrom`). Mode `raft`
   * with TLS alone. The load balancer, internal and open to its guests alone, comes with the first of them.
   * @default - no other cluster reaches this Vault
   */
  readonly shared?: {
    /**
     * Name by which guests reach it, in a zone of yours, which has to lead to the load balancer: `vault.internal.example.com`.
     * It stands in Vault's certificate.
     */
    readonly hostname: string;
    /**
     * PEM of the authority of that certificate, which is nothing secret and there once Vault is deployed: `ca.crt` of the
     * Secret `vault-tls`. Up to five, one after another, while they change. Needed once there is a guest.
     * @default - none
     */
    readonly caCertificate?: string;
  };
  /** A schedule that compares Vault with its configuration: each difference is a line in the log, an event of EventBridge and counts in a metric. */
  readonly drift?: {
    /**
     * `report`: says what differs. `repair`: writes it again as well, never while a deployment is under way. What the app did
     * not make in Vault it never touches. `off`: no schedule.
     * @default - 'repair' for a dev-mode Vault, which a restart empties; else 'report'
     */
    readonly action?: 'report' | 'repair' | 'off';
    /**
     * From one look to the next, 1m to 24h in whole minutes.
     * @default - '5m' for a dev-mode Vault, else '60m'
     */
    readonly every?: string;
  };
}

export interface GlooInput {
  /** @default 'gloo-system' */
  readonly namespace?: string;
  /** @default - the version in lib/versions.ts */
  readonly chartVersion?: string;
  /**
   * Function Discovery.
   * @default false
   */
  readonly discovery?: boolean;
  /**
   * Proof, before Gloo's chart, that Gloo will be able to log in to Vault: made anew whenever a setting changes that the login
   * rests on, `vault.revision` among them. Its function may ask the API server for a token of Gloo's service accounts: whoever
   * is its role can be Gloo.
   * @default true
   */
  readonly loginProof?: boolean;
  /**
   * Looks every minute whether Gloo still has its login to Vault, and restarts one that has lost it for good, once a login
   * works again. Opens port 9091 of Gloo's Service, where its metrics are. Its function may ask the API server for a token of
   * Gloo's service accounts, to try the login, and change Gloo's Deployments: whoever is its role can be Gloo.
   * @default true
   */
  readonly healing?: boolean;
  /**
   * Further Helm values; what the app sets itself is refused here. Nothing secret: values end in templates.
   * @default {}
   */
  readonly values?: Readonly<Record<string, unknown>>;
}
