import { isDeepStrictEqual } from 'node:util';

export type Data = Readonly<Record<string, unknown>>;

/** A part of an object that is not as it is wanted. Never a secret. */
export interface Difference {
  /** A field, or of a policy a path: `token_policies`, `dev/*`. */
  readonly key: string;
  /** Undefined where there shall be nothing. */
  readonly wanted: unknown;
  /** Undefined where there is nothing. */
  readonly found: unknown;
}

/** One thing that Vault shall hold: where it is read, what is written, and when the two differ. */
export interface VaultObject {
  /** For log lines and errors: "policy dev". */
  readonly name: string;
  readonly path: string;
  readonly payload: Data;
  /** Where the current state is read: a path of its own, or a key of a list. */
  readonly read: { readonly path: string; readonly key?: string };
  /** Path of the mount that it lives in: while that is absent, so is this. */
  readonly within?: string;
  /** What it is where its mount is new: nobody has to write it then. @default - it is absent */
  readonly initial?: Data;
  /** Of what we manage. The rest is the operator's, and left alone. */
  differences(current: Data): readonly Difference[];
  /** Why the current state can't be changed into the wanted one, with the mend. */
  conflict?(current: Data): string | undefined;
  /** Whether Vault changes the current state only by a new object in its place. @default - in place */
  anew?(current: Data): boolean;
  /** Of a refused write: what to log instead, where the reason shows that all is well. */
  inForce?(reason: string): string | undefined;
}

/** Vault wraps what it reads in `data`. */
export function dataOf(answer: Data): Data {
  return (answer.data as Data | undefined) ?? answer;
}

/** Keys that are managed and that Vault holds otherwise. */
export function differing(current: Data, managed: Data): Difference[] {
  return Object.entries(managed)
    .map(([key, wanted]) => ({ key, wanted, found: current[key] }))
    .filter(({ wanted, found }) => !isDeepStrictEqual(found, wanted));
}
