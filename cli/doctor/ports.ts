import type { Environment } from '../../lib/environment/environment';
import type { HopName } from '../../lib/gloo/proof/refused';
import type { LoginToProve } from '../../lib/gloo/proof/properties';
import type { Backend, VaultClient } from '../../lib/vault/client/vault-client';
import type { Finding } from './finding';
import type { Kube } from './kube';

/** Whose AWS credentials the operator has. */
export interface AwsIdentity {
  /** `arn:aws:sts::111122223333:assumed-role/Admin/alice` */
  readonly arn: string;
  readonly account: string;
}

/** All that the checks see of the world; each is asked when a check needs it, and may throw. */
export interface Ports {
  readonly environment: Environment;
  /** The day of the check. */
  readonly now: Date;
  readonly identity: () => Promise<AwsIdentity>;
  /** The endpoint that EKS says the environment's cluster has. */
  readonly clusterEndpoint: () => Promise<string>;
  /** Unique id of an IAM role. */
  readonly roleUniqueId: (roleArn: string) => Promise<string>;
  readonly kube: () => Promise<Kube>;
  /** @param backend pod. @default - the Service of the leader */
  readonly vault: (backend?: Backend) => Promise<VaultClient>;
  /** Token of the operators' role, one for all checks. @throws NotKnown for who is none. */
  readonly vaultToken: () => Promise<string>;
  /** Goes the way that Gloo goes. */
  readonly prove: (login: LoginToProve, onHop: (hop: HopName, said: string) => void) => Promise<void>;
}

/** One look at the deployment. */
export interface Check {
  /** For scripts: `vault-pods`. A contract. */
  readonly id: string;
  readonly title: string;
  /** @throws whatever kept it from finding out. */
  readonly look: (ports: Ports) => Promise<Finding>;
}
