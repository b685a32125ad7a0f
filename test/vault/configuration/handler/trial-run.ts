import { Mask } from '../../../../lib/vault/client/errors';
import type { Run } from '../../../../lib/vault/client/attempts';

/** A run that waits for nothing, with 20 s to go, and what it logs. */
export function trialRun(patience: Partial<Run['patience']> = {}): { readonly run: Run; readonly log: string[] } {
  const log: string[] = [];
  const mask = new Mask();
  const run: Run = {
    env: { AWS_REGION: 'us-east-1' },
    aws: { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    mask,
    requestTimeout: 1000,
    log: (line) => log.push(mask.apply(line)),
    patience: { starting: 0, settling: 0, passing: 0, pause: { first: 1, longest: 10 }, deadline: Date.now() + 20_000, ...patience },
  };
  return { run, log };
}
