import { join } from 'node:path';
import type { Run } from '../../../vault/client/attempts';
import { credentialsFromEnvironment } from '../../../vault/client/aws';
import { ConfigurationError, Mask, shown, toMessage } from '../../../vault/client/errors';
import { writeLine } from '../../../vault/client/metrics';
import { requestOf } from '../../../vault/client/request';
import type { Patience } from '../../../vault/client/retry';
import { applyCrds } from '../apply';
import { digestOf, readCrds } from '../crds';
import { CRDS_FOLDER, decodeProperties, earlierVersion } from '../properties';

/*
 * Custom::GlooCrds, behind CDK's provider framework.
 * - Create and Update apply the CRDs that lie beside this file. What is there already is written no second time.
 * - Delete does nothing: with a CRD all its objects would go, other people's too.
 * - It gives no physical id: the framework takes the request's, and keeps it.
 */

/** What CDK's provider framework hands over. */
export interface CrdsEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties?: unknown;
  readonly OldResourceProperties?: unknown;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** The largest CRD has 600 kB, and the API server compiles it. */
const REQUEST_TIMEOUT = 30_000;
const REQUESTS = ['Create', 'Update', 'Delete'] as const;
const TIME_TO_ANSWER = 20_000;
const waiting = { starting: 120_000, settling: 90_000, passing: 60_000 };

/** Entry point of the function. @throws one line, which CloudFormation shows. */
export async function handler(event: CrdsEvent, context: InvocationContext): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  const log = (line: string) => writeLine(mask.apply(line));
  const patience: Patience = { ...waiting, pause: { first: 300, longest: 5000 }, deadline: Date.now() + Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER) };
  try {
    if (requestOf(event, REQUESTS) === 'Delete') return;
    const { cluster, chartVersion, digest } = decodeProperties(event.ResourceProperties);
    const crds = readCrds(join(__dirname, CRDS_FOLDER));
    const found = digestOf(crds);
    if (found !== digest) throw new ConfigurationError(`The function holds other CRDs (${found}) than those of Gloo's chart ${chartVersion} that it is asked for (${digest}): deploy the construct and its handler from one commit.`);
    const run: Run = { env, mask, patience, requestTimeout: REQUEST_TIMEOUT, log, aws: credentialsFromEnvironment(env, mask) };
    await applyCrds(run, { cluster, crds, chartVersion, earlierVersion: earlierVersion(event.OldResourceProperties) });
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}
