import { attempts, type Run } from '../../../vault/client/attempts';
import { credentialsFromEnvironment } from '../../../vault/client/aws';
import { Mask, shown, toMessage } from '../../../vault/client/errors';
import { writeLine } from '../../../vault/client/metrics';
import { requestOf } from '../../../vault/client/request';
import type { Patience } from '../../../vault/client/retry';
import { proveLogin } from '../hops';
import { decodeProperties, placeOf } from '../properties';
import { ServiceAccountTokens } from '../service-account-tokens';

/*
 * Custom::GlooLoginProof, behind CDK's provider framework.
 * - Create proves the logins. So does Update, which comes when an address changed: other settings make another resource,
 *   see the construct.
 * - Delete asks nobody anything, so that no rollback and no deletion can fail by it.
 * - It gives no physical id: the framework takes the request's, and keeps it.
 */

/** What CDK's provider framework hands over. */
export interface ProofEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties?: unknown;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

const REQUEST_TIMEOUT = 10_000;
const REQUESTS = ['Create', 'Update', 'Delete'] as const;
const TIME_TO_ANSWER = 20_000;

/** IAM, the OIDC provider, access entry and RBAC were made a moment ago; Vault has been configured, and may have restarted. */
const waiting = { starting: 120_000, settling: 120_000, passing: 60_000 };

/** Entry point of the function. */
export async function handler(event: ProofEvent, context: InvocationContext): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  const patience: Patience = { ...waiting, pause: { first: 500, longest: 8000 }, deadline: Date.now() + Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER) };
  try {
    if (requestOf(event, REQUESTS) === 'Delete') return;
    const { cluster, vault, logins } = decodeProperties(event.ResourceProperties);
    const run: Run = { env, mask, patience, requestTimeout: REQUEST_TIMEOUT, log: (line) => writeLine(mask.apply(line)), aws: credentialsFromEnvironment(env, mask) };
    for (const login of logins) {
      await attempts(run, cluster, (reach) =>
        proveLogin(
          {
            tokens: new ServiceAccountTokens(reach.apiServer),
            aws: reach.aws,
            env,
            credentials: run.aws,
            vault: reach.vault(placeOf(vault)),
            mask,
          },
          login,
          (hop, said) => run.log(`${login.namespace}/${login.serviceAccount}: ${hop}: ${said}`),
        ),
      );
    }
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}
