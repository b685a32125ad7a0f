import { call } from '../../../../rehearsal/http';
import { generateRoot } from '../../../../rehearsal/break-glass';
import type { Invocation } from '../../../../rehearsal/lambda/invoke';
import { Observer } from '../../../../rehearsal/observer';
import { keptKeys, replicas, type KeptKeys } from '../../../../rehearsal/steps/raft';
import { createWorld, type World, type WorldOptions } from '../../../../rehearsal/world';
import { watchRaftServices } from '../../../../rehearsal/vault/raft-services';
import { contents, type Contents } from './contents';
import { startCheckpoint, type Checkpoint, type Passage, type Watch } from './checkpoint';

/** What ran, for the search at the suite's end. */
export class Heard {
  /** Lines of logs, and errors. */
  readonly said: string[] = [];
  /** Root tokens, recovery keys, credentials. */
  readonly secrets = new Set<string>();

  /** Secrets that were said. */
  leaks(): string[] {
    const all = this.said.join('\n');
    return [...this.secrets].filter((secret) => all.includes(secret) || all.includes(encodeURIComponent(secret)));
  }
}
