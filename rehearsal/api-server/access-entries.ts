import type { KubernetesObject } from '../kubernetes-objects';
import type { Subject } from './rbac';

/** Who a request comes from, as STS says. */
export interface Caller {
  /** ARN of the IAM role, `arn:aws:iam::111122223333:role/name`. */
  readonly roleArn: string;
  /** `arn:aws:sts::111122223333:assumed-role/name/session`. @default - a session called "session"; seen only in the user's name */
  readonly arn?: string;
}

/** The properties of an `AWS::EKS::AccessEntry` that decide whom Kubernetes sees. */
export interface AccessEntry {
  readonly principalArn: string;
  /** @default - `arn:aws:sts::<account>:assumed-role/<role>/{{SessionName}}`, as EKS does for roles */
  readonly username?: string;
  readonly kubernetesGroups: readonly string[];
  /** Access policies associated with the entry for the whole cluster: `AmazonEKSClusterAdminPolicy`. @default - none */
  readonly accessPolicies?: readonly string[];
  /** Milliseconds since the epoch from which EKS knows the entry. @default - always */
  readonly effectiveFrom?: number;
}

const ROLE_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;
// EKS refuses entries whose names begin like this.
const RESERVED = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:'];

/** The access entries of one cluster, as they take effect over time. */
export class AccessEntries {
  private entries: AccessEntry[] = [];

  /** @throws for an entry that EKS would refuse. */
  constructor(entries: readonly AccessEntry[]) {
    this.replace(entries);
  }

  /** Others in their place. @throws for an entry that EKS would refuse. */
  replace(entries: readonly AccessEntry[]): void {
    const seen = new Set<string>();
    for (const entry of entries) {
      check(entry);
      if (seen.has(entry.principalArn)) {
        throw new Error(`access entry ${entry.principalArn}: there are two, EKS allows one a principal; put the groups together`);
      }
      seen.add(entry.principalArn);
    }
    this.entries = [...entries];
  }

  /** The Kubernetes user and groups of a caller, or undefined when no entry is in effect for it. */
  subject(caller: Caller, now: number): Subject | undefined {
    const entry = this.entries.find(({ principalArn }) => principalArn === caller.roleArn);
    if (!entry || (entry.effectiveFrom ?? 0) > now) {
      return undefined;
    }
    const template = entry.username ?? defaultUsername(entry.principalArn);
    return {
      user: template.replaceAll('{{SessionName}}', caller.arn?.split('/').at(-1) ?? 'session'),
      groups: [...entry.kubernetesGroups, ...(entry.accessPolicies ?? []).map(policyGroup), 'system:authenticated'],
    };
  }

  /** Puts off every entry: none is in effect before that time. */
  delayUntil(time: number): void {
    this.entries = this.entries.map((entry) => ({ ...entry, effectiveFrom: time }));
  }

  /** @throws when there is no such entry. */
  remove(principalArn: string): void {
    const left = this.entries.filter((entry) => entry.principalArn !== principalArn);
    if (left.length === this.entries.length) {
      const known = this.entries.map((entry) => entry.principalArn).join(', ');
      throw new Error(`access entry ${principalArn}: there is none to remove; there are: ${known || 'none'}`);
    }
    this.entries = left;
  }
}

/** The role of every cluster that may do everything, as the API server makes it. */
export const CLUSTER_ADMIN = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'cluster-admin' },
  rules: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
};

/** The ClusterRoles that EKS's documentation compares its access policies to. */
const POLICY_ROLES: Readonly<Record<string, string>> = {
  AmazonEKSClusterAdminPolicy: 'cluster-admin',
  AmazonEKSAdminPolicy: 'admin',
  AmazonEKSEditPolicy: 'edit',
  AmazonEKSViewPolicy: 'view',
};

/**
 * EKS has an authorizer of its own for access policies. Here, whoever has one is in a group that is bound to the ClusterRole
 * of the same rights: these are the bindings.
 * @throws for a policy that has no such role here.
 */
export function accessPolicyBindings(entries: readonly AccessEntry[]): KubernetesObject[] {
  const policies = new Set(entries.flatMap(({ accessPolicies = [] }) => accessPolicies));
  return [...policies].map((policy) => {
    const role = POLICY_ROLES[policy];
    if (role === undefined) {
      throw new Error(`access policy ${policy}: it is not known here; known are ${Object.keys(POLICY_ROLES).join(', ')}`);
    }
    return {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: policyGroup(policy) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: policyGroup(policy) }],
    };
  });
}

function policyGroup(policy: string): string {
  return `access-policy:${policy}`;
}

function defaultUsername(principalArn: string): string {
  return principalArn.replace(ROLE_ARN, 'arn:$1:sts::$2:assumed-role/$3/{{SessionName}}');
}

function check({ principalArn, username, kubernetesGroups }: AccessEntry): void {
  if (!ROLE_ARN.test(principalArn)) {
    throw new Error(`access entry ${principalArn}: it must be the ARN of an IAM role, arn:aws:iam::<account>:role/<name>`);
  }
  for (const name of [...kubernetesGroups, ...(username === undefined ? [] : [username])]) {
    const reserved = RESERVED.find((prefix) => name.startsWith(prefix));
    if (reserved) {
      throw new Error(`access entry ${principalArn}: "${name}" starts with "${reserved}", which EKS reserves; choose another name`);
    }
  }
}
