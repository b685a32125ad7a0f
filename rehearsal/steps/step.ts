import type { CountedWrites } from '../counted-writes';
import type { GlooClient, GlooToken, VaultSource } from '../gloo/gloo-client';
import type { GlooProcess } from '../gloo/gloo-process';
import type { Observer } from '../observer';
import type { World } from '../world';

/** What a step has shown, by row of the guide, or beyond it. */
export type Evidence = Readonly<Partial<Record<number | 'beyond', string>>>;

/** A snapshot that the function has stored. */
export interface StoredSnapshot {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
}

/** What earlier steps leave for later ones. */
export interface Stage {
  readonly world: World;
  /** Set by the step that opens a way in: in dev mode before the configuration, with replicas after it. */
  observer?: Observer;
  /** Files of the run that are not the world's: cdk.out and its source. */
  readonly assemblyDir: string;
  readonly projectDir: string;
  /** The one that was taken last. */
  snapshot?: StoredSnapshot;
  /** Gloo and an operator's writes, while Vault is disturbed. */
  underway?: { readonly gloo: GlooProcess; readonly writes: CountedWrites };
  gloo?: { readonly client: GlooClient; readonly source: VaultSource; readonly token: GlooToken };
}

/** One step of the rehearsal. Throws when what it looks at is not so. */
export interface Step<On = Stage> {
  readonly title: string;
  readonly run: (stage: On) => Promise<Evidence> | Evidence;
}

/** Who looks at Vault directly. @throws before a step has opened a way in. */
export function observerOf({ observer }: Stage): Observer {
  demand(observer, 'Nobody has a way into Vault yet');
  return observer;
}

/** @throws {Error} with the message, unless the condition holds. */
export function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** @throws {Error} that says what was wanted and what was found. */
export function demandEqual(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  demand(a === b, `${what} is ${a ?? 'absent'}, and the environment wants ${b ?? 'nothing'}`);
}

/** The error that an action ends in. @throws when it ends well. */
export async function failureOf(what: string, action: Promise<unknown>): Promise<Error> {
  const result = await action.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  demand(result, `${what} went through, and must not`);
  return result;
}
