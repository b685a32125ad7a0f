import type { LoginToProve } from '../../../lib/gloo/proof/properties';
import { HopFailure, HopSetback, type HopName } from '../../../lib/gloo/proof/refused';
import { failure, ok, unknown, type Finding } from '../finding';
import type { Check } from '../ports';

/** The way that Gloo goes, hop by hop, as the deployment's proof goes it. */
export function glooLogin(login: LoginToProve): Check {
  const { serviceAccount, namespace } = login;
  return {
    id: `login-${serviceAccount}`,
    title: `Gloo logs in as ${namespace}/${serviceAccount}`,
    look: async ({ prove }) => {
      const hops: HopName[] = [];
      return prove(login, (hop) => hops.push(hop)).then(
        () => ok(hops.join(', ')),
        (error: unknown) => judgeHop(hops, error),
      );
    },
  };
}

/**
 * @param passed hops before the one that failed
 * @throws what is no hop's failure
 */
export function judgeHop(passed: readonly HopName[], error: unknown): Finding {
  if (!(error instanceof HopFailure || error instanceof HopSetback)) throw error;
  const { hop, said, mend } = error;
  const mends = mend === undefined ? [] : [mend];
  // Gloo has no need of this right: it is the operator's own.
  if (hop === 'service account token' && error instanceof HopSetback) return unknown(`the hops can't be tried without a token of its service account: ${said}`, ...mends);
  const before = passed.filter((each) => each !== 'revocation');
  const far = before.length === 0 ? '' : `${before.join(', ')} came off; `;
  return failure(`${far}${hop}: ${said}`, ...mends);
}
