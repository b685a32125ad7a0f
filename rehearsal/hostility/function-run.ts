import type { Run } from '../../lib/vault/client/attempts';
import { credentialsFromEnvironment } from '../../lib/vault/client/aws';
import { Mask, toMessage } from '../../lib/vault/client/errors';
import type { Patience } from '../../lib/vault/client/retry';
import type { Credentials } from '../gloo/gloo-client';

/** What a run of the function came to. */
export interface Outcome {
  /** The message that CloudFormation would show; left out when it came to its end. */
  readonly error?: string;
  /** Class of the error. */
  readonly errorName?: string;
  /** Lines of the log, metrics among them. */
  readonly log: readonly string[];
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly region: string;
  readonly credentials: Credentials;
  /** `AWS_ENDPOINT_URL_…` */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly patience: Omit<Patience, 'deadline'> & { readonly limit: number };
  /** Milliseconds. */
  readonly requestTimeout: number;
}

/** What a function does with an event. Metrics go to `write`. */
export type Respond = (run: Run, write: (line: string) => void) => Promise<unknown>;

/** A function's code in this process, from the event on: only its limits of time are others than in AWS. */
export async function runFunction(respond: Respond, { region, credentials, endpoints, patience: { limit, ...patience }, requestTimeout }: RunOptions): Promise<Outcome> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const env = { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, ...endpoints };
  const mask = new Mask();
  const log: string[] = [];
  const started = performance.now();
  const ended = () => ({ log, milliseconds: performance.now() - started });
  try {
    const aws = credentialsFromEnvironment(env, mask);
    const answer = await respond({ env, aws, mask, requestTimeout, patience: { ...patience, deadline: Date.now() + limit }, log: (line) => log.push(mask.apply(line)) }, (line) => log.push(line));
    log.push(JSON.stringify(answer));
    return ended();
  } catch (error) {
    return { error: toMessage(error, mask), errorName: error instanceof Error ? error.name : typeof error, ...ended() };
  }
}
