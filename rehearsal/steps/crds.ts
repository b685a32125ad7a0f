import { parse } from 'yaml';
import { z } from 'zod';
import { readCrds } from '../../lib/gloo/crds/crds';
import { RESOURCE_TYPE } from '../../lib/gloo/crds/properties';
import { vendoredCrds } from '../../lib/gloo/crds/vendored';
import { eksToken } from '../../lib/vault/client/aws';
import { call } from '../http';
import { IDENTITY_CENTER } from '../person';
import type { World } from '../world';
import { demand, demandEqual, type Step } from './step';

const ROOT = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Whose field is taken away. */
const CHANGED = 'upstreams.gloo.solo.io';
const FIELD = 'healthChecks';
const LIMIT = 15_000;
/** Milliseconds that the function has: 2.7 MB are taken in, and a busy machine takes its time for them. */
const FUNCTION_LIMIT = 60_000;

const versioned = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });
const definition = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.looseObject({ versions: z.tuple([z.looseObject({ schema: z.looseObject({ openAPIV3Schema: z.looseObject({ properties: z.looseObject({ spec: z.looseObject({ properties: z.record(z.string(), z.unknown()) }) }) }) }) })]) }),
});
type Definition = z.infer<typeof definition>;

/** Beyond the guide: Gloo's CRDs, before its chart. */
export const crdsSteps: readonly Step[] = [
  {
    title: "Gloo's CRDs are applied before its chart, at its version",
    run: async ({ world }) => {
      const { version } = world.objects.release('gloo');
      const order = world.deployment.resources.map(({ type, properties }) => (properties.Chart === 'gloo' ? 'chart' : type));
      demand(order.includes(RESOURCE_TYPE) && order.indexOf(RESOURCE_TYPE) < order.indexOf('chart'), `${RESOURCE_TYPE} does not come before Gloo's chart`);
      const names = vendored(version).map(({ name }) => name);
      const before = world.apiServer.requests.length;
      await apply(world, 'Create');
      const asked = world.apiServer.requests.slice(before).filter(({ verb }) => verb === 'patch').map(({ path }) => path.split('?')[0]?.slice(ROOT.length + 1));
      demandEqual('The CRDs that were applied', asked, names);
      const versions = await versionsOf(world, names);
      await apply(world, 'Update');
      demandEqual('The versions of the CRDs after a second run', await versionsOf(world, names), versions);
      return { beyond: `${RESOURCE_TYPE}: ${names.length} CRDs of chart ${version} applied and served; a second run changes none` };
    },
  },
  {
    title: 'CRDs that Helm made before are taken over, and none is ever deleted',
    run: async ({ world }) => {
      const older = definition.parse(parse(vendored(world.objects.release('gloo').version).find(({ name }) => name === CHANGED)?.text ?? ''));
      delete fieldsOf(older)[FIELD];
      const annotations = { ...older.metadata.annotations, 'meta.helm.sh/release-name': 'another' };
      await asOperator(world, 'PATCH', `${CHANGED}?fieldManager=helm&force=true`, { ...older, metadata: { ...older.metadata, annotations } });
      demand(!(FIELD in fieldsOf(await read(world, CHANGED))), `${CHANGED} has its field ${FIELD}, which Helm has taken away`);
      await apply(world, 'Update');
      const after = await read(world, CHANGED);
      demand(FIELD in fieldsOf(after), `${CHANGED} lacks its field ${FIELD}, which Helm has taken away`);
      demandEqual("Helm's own mark", after.metadata.annotations?.['meta.helm.sh/release-name'], 'another');
      const requests = world.apiServer.requests.length;
      await apply(world, 'Delete');
      demandEqual('Requests of the Delete', world.apiServer.requests.length, requests);
      return { beyond: `${CHANGED}, made older by Helm, has its field ${FIELD} again, without a conflict; a Delete asks nobody anything` };
    },
  },
];

const vendored = (version: string) => readCrds(vendoredCrds(version) ?? '');

async function apply(world: World, request: 'Create' | 'Update' | 'Delete'): Promise<void> {
  const { error } = await world.applyCrds({ RequestType: request, ...(request === 'Create' ? {} : { PhysicalResourceId: 'crds' }) }, FUNCTION_LIMIT);
  demand(!error, `${RESOURCE_TYPE} failed on ${request}: ${error?.message ?? ''}`);
}

const versionsOf = (world: World, names: readonly string[]) => Promise.all(names.map(async (name) => versioned.parse(await asOperator(world, 'GET', name)).metadata.resourceVersion));

const read = async (world: World, name: string): Promise<Definition> => definition.parse(await asOperator(world, 'GET', name));

const fieldsOf = ({ spec }: Definition) => spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;

/** A request of a person who is cluster-admin. */
async function asOperator({ environment, aws, operator, apiServer }: World, method: 'GET' | 'PATCH', path: string, body?: object): Promise<unknown> {
  const token = await eksToken(aws.issueSession(operator.roleName, 'operator', IDENTITY_CENTER), environment.region, environment.cluster.name);
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/apply-patch+yaml' } : {}) };
  const { status, text } = await call({ method, url: `${apiServer.endpoint}${ROOT}/${path}`, headers, ca: apiServer.caPem, limit: LIMIT, ...(body ? { body } : {}) });
  demand(status < 300, `${method} ${path} was answered with ${status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as unknown;
}
