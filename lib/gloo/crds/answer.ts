import * as z from 'zod/mini';
import { parseObject, statusOf } from '../../vault/client/answers';
import { ConfigurationError, Setback } from '../../vault/client/errors';
import type { HttpAnswer } from '../../vault/client/http';

const definition = z.object({
  metadata: z.object({ deletionTimestamp: z.optional(z.string()) }),
  status: z.optional(z.object({ conditions: z.optional(z.nullable(z.array(z.object({ type: z.string(), status: z.string(), reason: z.optional(z.string()), message: z.optional(z.string()) })))) })),
});

/** How a CRD is, as the API server says. */
export interface CrdState {
  readonly established: boolean;
  /** Somebody deletes it, and its objects with it. */
  readonly deleted: boolean;
  /** Conditions that keep it from being served, in words; empty where the API server has not looked yet. */
  readonly waitsFor: string;
}

/** A version in which objects may still be stored is not in the CRD that is to be applied. */
export class StoredVersionLost extends ConfigurationError {}

/**
 * What an answer about a CRD means.
 * @param what was asked, `PATCH upstreams.gloo.solo.io`.
 * @throws Setback for what may pass, ConfigurationError for what somebody has to mend.
 */
export function crdState(answer: HttpAnswer, name: string, what: string): CrdState {
  const { status } = answer;
  if (status === 200 || status === 201) {
    const found = definition.safeParse(parseObject(answer.body));
    if (!found.success) throw new Setback('passing', `${what} was answered with ${status} and no CustomResourceDefinition.`);
    const conditions = found.data.status?.conditions ?? [];
    const is = (type: string) => conditions.some((each) => each.type === type && each.status === 'True');
    const refused = conditions.filter((each) => each.status === 'False');
    return { established: is('Established'), deleted: found.data.metadata.deletionTimestamp !== undefined, waitsFor: refused.map(({ type, reason, message }) => `${type}: ${message || reason || 'False'}`).join('; ') };
  }
  const said = `${what} was answered by the API server with ${status} (${statusOf(answer)?.message ?? 'no message'})`;
  if (status === 401) throw new Setback('settling', `${said}. It does not know the function's IAM role: its access entry is missing, which the Gloo stack makes (aws eks list-access-entries), or the cluster's authentication mode is not API or API_AND_CONFIG_MAP.`);
  if (status === 403) throw new Setback('settling', `${said}. The function may get, create and patch Gloo's CRDs by ClusterRole and ClusterRoleBinding gloo-crds, which the Gloo stack makes: compare them (kubectl get clusterrole,clusterrolebinding gloo-crds -o yaml). If an admission webhook refuses, it has to let them pass.`);
  if (status === 422 && said.includes('status.storedVersions')) throw new StoredVersionLost(storedVersionLost(name, said));
  if (status >= 400 && status < 500 && status !== 404 && status !== 409 && status !== 429) throw new ConfigurationError(`${said}. Nothing of this CRD was changed. The API server takes no such definition: compare its version with those that Gloo's chart supports (lib/versions.ts).`);
  throw new Setback('passing', `${said}.`);
}

/** What is said of CRDs that are not served. */
export function notEstablished(states: ReadonlyMap<string, CrdState>): string {
  const left = [...states].map(([name, { deleted, waitsFor }]) => `${name} (${deleted ? 'somebody deletes it, and it waits for its objects' : waitsFor || 'no condition yet'})`);
  return `The API server does not serve all of Gloo's CRDs yet: ${left.join(', ')}. kubectl describe crd says why.`;
}

function storedVersionLost(name: string, said: string): string {
  return (
    `${said}. Objects may be stored in a version that this CRD of Gloo's chart no longer has: without it nobody could read them. Nothing of this CRD was changed. ` +
    `See both: kubectl get crd ${name} -o jsonpath='{.status.storedVersions}' and cdk8s/gloo-crds. Have each object written anew in a version that stays (kubectl get ${name} -A -o yaml | kubectl replace -f -), ` +
    `then take the old one from the list (kubectl edit crd ${name} --subresource status), and deploy again.`
  );
}
