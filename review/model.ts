/** A CloudFormation template, as far as it is compared. */
export interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly [section: string]: unknown;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** A stack as the app has it now. */
export interface AppStack {
  /** The environment's name; the stack's own where it belongs to none. */
  readonly environment: string;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly terminationProtection: boolean;
  readonly template: Template;
}

/** A stack as it is deployed. */
export interface DeployedStack {
  /** `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly terminationProtection: boolean;
  readonly template: Template;
}

/**
 * What becomes of a resource. `replace`: another one is made, and this one deleted (or left, by its UpdateReplacePolicy).
 * `may replace`: CloudFormation decides by the values. `leave`: the stack forgets it, and nothing deletes it.
 */
export type Impact = 'remove' | 'replace' | 'may replace' | 'leave' | 'create' | 'update';

/** A resource that differs, with both of its forms. */
export interface Judged {
  readonly impact: Impact;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

/** One value that differs. */
export interface Difference {
  /** From the resource's properties on: `Values.server.image.tag`. */
  readonly path: string;
  /** @default - there was none */
  readonly before?: string;
  /** @default - there is none */
  readonly after?: string;
}

/** What a reader looks for: who may do what, who reaches what, or the rest. */
export type Topic = 'access' | 'network' | 'rest';

/** A resource (or an output, a condition, …) that differs. */
export interface Change {
  readonly stack: string;
  readonly logicalId: string;
  /** Where the app makes it, `prod/Vault/Configuration/Resource`; the logical id where nothing says so. */
  readonly path: string;
  readonly type: string;
  readonly impact: Impact;
  readonly topic: Topic;
  /** What it means in this app, for a reader who does not know. */
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
}

/** A statement of an IAM policy, or a managed policy attached, that comes or goes. */
export interface Grant {
  readonly stack: string;
  readonly sign: '+' | '-';
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  /** JSON. @default - none */
  readonly condition?: string;
  readonly warnings: readonly string[];
}

/** A rule of a security group that comes or goes. */
export interface NetworkRule {
  readonly stack: string;
  readonly sign: '+' | '-';
  readonly group: string;
  readonly direction: 'in' | 'out';
  readonly protocol: string;
  readonly peer: string;
  readonly warnings: readonly string[];
}

export interface StackReview {
  readonly name: string;
  /** `new`: not deployed. `not compared`: {@link problem} says why. */
  readonly state: 'new' | 'changed' | 'unchanged' | 'not compared';
  readonly problem?: string;
  /** Whether it should have been compared. @default false */
  readonly failed?: boolean;
  /** Of the stack itself. */
  readonly warnings: readonly string[];
  readonly changes: readonly Change[];
  readonly grants: readonly Grant[];
  readonly rules: readonly NetworkRule[];
}

export interface EnvironmentReview {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly StackReview[];
}

/** What the app would change of what is deployed. */
export interface Review {
  readonly environments: readonly EnvironmentReview[];
}
