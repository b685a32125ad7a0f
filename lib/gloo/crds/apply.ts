import lt from 'semver/functions/lt';
import { attempts, type ApiServer, type ApiServerAccess, type Run } from '../../vault/client/attempts';
import { Setback } from '../../vault/client/errors';
import { NoAnswer, type HttpAnswer } from '../../vault/client/http';
import { crdState, notEstablished, StoredVersionLost, type CrdState } from './answer';
import type { Crd } from './crds';

/** Whose fields they are in the cluster, `metadata.managedFields`. */
export const FIELD_MANAGER = 'gloo-vault-irsa';

export interface CrdsToApply {
  readonly cluster: ApiServer;
  readonly crds: readonly Crd[];
  /** Of Gloo's chart. */
  readonly chartVersion: string;
  /** That of the deployment before. @default - there was none */
  readonly earlierVersion?: string | undefined;
}

/**
 * Applies CRDs by server-side apply and waits until the API server serves them. Whoever set their fields before, with kubectl or
 * Helm, no longer counts for what is in them; what others added besides stays. It deletes none.
 *
 * An older chart than before gets its own CRDs, for a rollback is that too, and what CloudFormation rolls back must not fail: one
 * that has lost a version in which objects may be stored is left as it is, which the older Gloo reads as well.
 * @throws ConfigurationError
 */
export async function applyCrds(run: Run, { cluster, crds, chartVersion, earlierVersion }: CrdsToApply): Promise<void> {
  const back = earlierVersion !== undefined && lt(chartVersion, earlierVersion);
  const states = new Map<string, CrdState>();
  await attempts(run, cluster, async ({ apiServer }) => {
    for (const crd of crds) {
      const before = states.get(crd.name);
      if (before === undefined) states.set(crd.name, await apply(apiServer, crd, back ? run.log : undefined));
      else if (!before.established) states.set(crd.name, await ask(apiServer, 'GET', crd.name));
    }
    const waiting = new Map([...states].filter(([, { established, deleted }]) => !established || deleted));
    for (const name of waiting.keys()) if (waiting.get(name)?.deleted) states.delete(name);
    if (waiting.size > 0) throw new Setback('starting', notEstablished(waiting));
  });
  run.log(`${crds.length} CRDs of Gloo's chart ${chartVersion} are applied and served`);
}

/** @param keep what says so where a CRD is left as it is. @default - that is an error */
async function apply(apiServer: ApiServerAccess, { name, text }: Crd, keep?: (line: string) => void): Promise<CrdState> {
  try {
    return await ask(apiServer, 'PATCH', name, text);
  } catch (error) {
    if (keep === undefined || !(error instanceof StoredVersionLost)) throw error;
    keep(`left as it is, as the chart is an older one than before: ${error.message}`);
    return ask(apiServer, 'GET', name);
  }
}

/** @throws Setback, ConfigurationError */
async function ask({ http, endpoint, headers }: ApiServerAccess, method: 'GET' | 'PATCH', name: string, body?: string): Promise<CrdState> {
  const what = `${method} ${name}`;
  const url = `${endpoint}/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}${body === undefined ? '' : `?fieldManager=${FIELD_MANAGER}&force=true`}`;
  const answer: HttpAnswer = await http
    .send({ method, url, headers: { ...headers, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' }) }, ...(body === undefined ? {} : { body }) })
    .catch((error: unknown) => {
      throw error instanceof NoAnswer ? new Setback('passing', `${what} had no answer from the API server (${error.code}: ${error.message}).`) : error;
    });
  return crdState(answer, name, what);
}
