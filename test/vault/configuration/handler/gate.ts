import { startApiServer, type StandInApiServer } from '../../../../rehearsal/api-server/api-server';
import { createCertificateAuthority } from '../../../../rehearsal/certificate-authority';
import { devVault } from '../../../../rehearsal/vault-under-test';
import type { World } from '../../../../rehearsal/world';

/** A second API server in front of a world's Vault, whose way to Vault can be cut and led elsewhere. */
export interface Gate {
  readonly api: StandInApiServer;
  /** Lets that many requests through to Vault, counted from now, and none after: what Vault sees of a run that is killed. */
  cutAfter(requests: number): void;
  /** Acts once, before the given request (1 is the next) goes on to Vault, which waits for it. */
  before(request: number, act: () => unknown): void;
  /** Where Vault is from now on; without an origin, in the world. */
  leadTo(origin?: string): void;
  /** Undoes everything above. */
  open(): void;
  /** `GET sys/mounts` and so on, in the order they came since `open`. */
  seen(): string[];
}

const METHODS: Readonly<Record<string, string>> = { get: 'GET', update: 'PUT', delete: 'DELETE' };

/** Starts it with the access entry and RBAC of the world's templates. */
export async function startGate(world: World): Promise<Gate> {
  const { environment, aws, deployment, objects } = world;
  let count = 0;
  let limit = Infinity;
  let origin: string | undefined;
  let first = 0;
  let arrived = 0;
  let pending: { request: number; act: () => unknown } | undefined;
  // As EKS does, for a token that it has seen: or the rehearsal would verify one signature a request.
  const callers = new Map<string, ReturnType<World['aws']['whoSigned']>>();
  const authenticate = async (url: string, headers: { 'x-k8s-aws-id': string }) => {
    arrived += 1;
    const due = pending?.request === arrived ? pending : undefined;
    if (due) pending = undefined;
    const known = callers.get(url) ?? aws.whoSigned(url, headers);
    callers.set(url, known);
    const caller = await known;
    await due?.act();
    return caller;
  };
  const target = () => {
    count += 1;
    return count > limit ? undefined : (origin ?? devVault(world).address);
  };
  const api = await startApiServer({
    ca: await createCertificateAuthority('gate'),
    clusterName: environment.cluster.name,
    authenticate,
    accessEntries: deployment.ofType('AWS::EKS::AccessEntry').map(({ properties }) => ({
      principalArn: properties.PrincipalArn as string,
      kubernetesGroups: (properties.KubernetesGroups as string[] | undefined) ?? [],
    })),
    manifests: objects.all,
    services: objects.vaultServices().map((service) => ({ ...service, scheme: 'http', target })),
  });
  return {
    api,
    cutAfter: (requests) => {
      limit = count + requests;
    },
    before: (request, act) => {
      pending = { request: arrived + request, act };
    },
    leadTo: (to) => {
      origin = to;
    },
    open: () => {
      [limit, origin, pending, first] = [Infinity, undefined, undefined, api.requests.length];
    },
    seen: () => api.requests.slice(first).map(({ verb, path }) => `${METHODS[verb] ?? verb} ${path.split('/proxy/v1/')[1] ?? path}`),
  };
}
