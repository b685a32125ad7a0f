import { isDeepStrictEqual } from 'node:util';

export type Data = Readonly<Record<string, unknown>>;

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
  /** Keys that we manage and that differ. Others are the operator's: they are left alone. */
  differences(current: Data): readonly string[];
  /** Why the current state can't be changed into the wanted one, with the mend. */
  conflict?(current: Data): string | undefined;
  /** Of a refused write: what to log instead, where the reason shows that all is well. */
  inForce?(reason: string): string | undefined;
}

/** Vault wraps what it reads in `data`. */
export function dataOf(answer: Data): Data {
  return (answer.data as Data | undefined) ?? answer;
}

/** Keys that are managed and that Vault holds otherwise. */
export function differing(current: Data, managed: Data): string[] {
  return Object.entries(managed)
    .filter(([key, value]) => !isDeepStrictEqual(current[key], value))
    .map(([key]) => key);
}
