import { once } from 'node:events';
import { BlockList, connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { z } from 'zod';
import type { World } from '../world';

const service = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({
    externalTrafficPolicy: z.string().default('Cluster'),
    selector: z.record(z.string(), z.string()).default({}),
    loadBalancerSourceRanges: z.array(z.string()).default([]),
    ports: z.array(z.looseObject({ port: z.int(), targetPort: z.int() })),
  }),
});
const port = z.looseObject({ port: z.int().optional() });
const networkPolicy = z.looseObject({
  spec: z.looseObject({ ingress: z.array(z.looseObject({ from: z.array(z.looseObject({ ipBlock: z.looseObject({ cidr: z.string() }).optional() })).default([]), ports: z.array(port).default([]) })).default([]) }),
});

const PORT = 8200;
const INTERNAL = ['service.beta.kubernetes.io/aws-load-balancer-internal', 'service.beta.kubernetes.io/aws-load-balancer-scheme'];

/** A way in for connections from some addresses. */
export interface Entrance {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Why connections were cut off, in the order they came. */
  readonly refusals: readonly string[];
  close(): Promise<void>;
}

/**
 * The internal load balancer of an environment's Vault, as a Service of its templates says: hands bytes on to a pod that is
 * ready and that the Service selects, in turn. Who may come in is what that Service and Vault's NetworkPolicy say at that moment.
 * @param clientCidrs addresses that the connections come from.
 */
export async function openEntrance(world: World, clientCidrs: readonly string[]): Promise<Entrance> {
  const sockets = new Set<Socket>();
  const refusals: string[] = [];
  let turn = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever goes away takes the other side along; nobody is left to tell.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    const refusal = refusalOf(world, clientCidrs);
    const ready = refusal === undefined ? readyPods(world) : [];
    const node = ready[turn++ % Math.max(1, ready.length)];
    if (refusal !== undefined || !node) {
      refusals.push(refusal ?? 'no pod of Vault is ready');
      client.destroy();
      return;
    }
    const { hostname, port: to } = new URL(node.address);
    const pod = connect(Number(to), hostname, () => void pod.pipe(client).pipe(pod));
    keep(pod);
    client.once('close', () => pod.destroy());
    pod.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    refusals,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readyPods(world: World): readonly { readonly address: string }[] {
  const { raft } = world.vault;
  const leaders = balancers(world)[0]?.spec.selector['vault-active'] === 'true' ? raft?.services.endpoints('vault-active') : undefined;
  return raft?.nodes.filter(({ name, address }) => raft.services.isReady(name) && (leaders?.includes(address) ?? true)) ?? [];
}

/** Services with a load balancer in Vault's namespace that have its port. */
function balancers({ objects, environment }: World): readonly z.infer<typeof service>[] {
  const inNamespace = objects.all.filter(({ kind, metadata, spec }) => kind === 'Service' && metadata.namespace === environment.vault.namespace && (spec as { type?: string } | undefined)?.type === 'LoadBalancer');
  return inNamespace.map((each) => service.parse(each)).filter(({ spec }) => spec.ports.some((each) => each.port === PORT && each.targetPort === PORT));
}

/** Why nobody comes in from there; undefined where they do. */
function refusalOf(world: World, clientCidrs: readonly string[]): string | undefined {
  const { objects, environment } = world;
  const { namespace } = environment.vault;
  const inNamespace = objects.all.filter(({ metadata }) => metadata.namespace === namespace);
  const [found] = balancers(world);
  if (!found) return `the namespace ${namespace} has no Service of type LoadBalancer with port ${PORT}`;
  const { name, annotations } = found.metadata;
  if (!INTERNAL.some((key) => ['true', 'internal'].includes(annotations[key] ?? ''))) return `the Service ${name} faces the internet`;
  if (found.spec.externalTrafficPolicy !== 'Local') return `the Service ${name} hides from whom requests come, so that the NetworkPolicy admits none`;
  if (!covered(clientCidrs, found.spec.loadBalancerSourceRanges)) return `the Service ${name} admits ${found.spec.loadBalancerSourceRanges.join(', ') || 'nobody'}, and not ${clientCidrs.join(', ')}`;
  const policies = inNamespace.filter(({ kind }) => kind === 'NetworkPolicy').map((each) => networkPolicy.parse(each));
  const blocks = policies.flatMap(({ spec }) => spec.ingress.filter(({ ports }) => ports.some((each) => each.port === PORT)).flatMap(({ from }) => from.flatMap(({ ipBlock }) => ipBlock?.cidr ?? [])));
  return policies.length === 0 || covered(clientCidrs, blocks) ? undefined : `the NetworkPolicy of Vault admits ${blocks.join(', ')}, and not ${clientCidrs.join(', ')}`;
}

function covered(cidrs: readonly string[], by: readonly string[]): boolean {
  const list = new BlockList();
  for (const cidr of by) {
    const [address = '', length] = cidr.split('/');
    list.addSubnet(address, Number(length));
  }
  return cidrs.length > 0 && cidrs.every((cidr) => list.check(cidr.split('/')[0] ?? ''));
}
