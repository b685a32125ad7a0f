import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { call } from '../http';
import type { KubernetesObject } from '../kubernetes-objects';

export interface Administrator {
  /** `https://127.0.0.1:6443`. */
  readonly endpoint: string;
  readonly caPem: string;
  readonly cert: string;
  readonly key: string;
}

/** What the API server says to a request that it refuses, with the whole `Status`. */
export class KubernetesRefusal extends Error {
  override readonly name = 'KubernetesRefusal';
  constructor(
    what: string,
    readonly code: number,
    readonly reason: string,
    readonly said: string,
  ) {
    super(`${what}: the API server answered ${code} ${reason}: ${said}`);
  }
}

const status = z.object({ message: z.string().default(''), reason: z.string().default('') });
const resourceList = z.object({ resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })) });
type Resource = z.infer<typeof resourceList>['resources'][number];

const LIMIT = 15_000;
/** Until a kind of a CustomResourceDefinition that was just made is served. */
const SERVED_LIMIT = 10_000;
const POLL = 100;
const FIELD_MANAGER = 'rehearsal';
/** Kinds whose status is a subresource; those of minimal definitions have none. */
const WITH_STATUS = ['Pod', 'Deployment', 'DaemonSet', 'Service', 'StatefulSet'];
const APPLY = 'application/apply-patch+yaml';

/** Requests of a cluster's administrator at the API server. */
export class KubernetesClient {
  private readonly resources = new Map<string, readonly Resource[]>();

  /** @param group as somebody of which it asks. @default - it asks as the administrator */
  constructor(
    private readonly administrator: Administrator,
    private readonly group?: string,
  ) {}

  /** One that asks as somebody of a group. Source: Kubernetes, "User impersonation". */
  as(group: string): KubernetesClient {
    return new KubernetesClient(this.administrator, group);
  }

  /**
   * Server-side apply, strict: an unknown field is an error. What controllers write, the `status` of a built-in kind, too.
   * @param manager who sets the fields: what one set and leaves out now goes, what others set stays.
   * @throws KubernetesRefusal
   */
  async apply(object: KubernetesObject, manager = FIELD_MANAGER): Promise<void> {
    const path = await this.pathOf(object);
    await this.request('PATCH', `${path}?fieldManager=${manager}&force=true&fieldValidation=Strict`, nameOf(object), object, APPLY);
    if ('status' in object && WITH_STATUS.includes(object.kind)) {
      const { apiVersion, kind, metadata, status: written } = object;
      await this.request('PATCH', `${path}/status?fieldManager=${manager}-status&force=true`, nameOf(object), { apiVersion, kind, metadata, status: written }, APPLY);
    }
  }

  /** @throws KubernetesRefusal, also where there is none. */
  async delete(object: KubernetesObject): Promise<void> {
    await this.request('DELETE', await this.pathOf(object), nameOf(object));
  }

  /** Takes an object's finalizers off: one that is deleted is gone then. @throws KubernetesRefusal */
  async letGo(object: KubernetesObject): Promise<void> {
    await this.request('PATCH', await this.pathOf(object), nameOf(object), { metadata: { finalizers: null } }, 'application/merge-patch+json');
  }

  /** Whether the API server would take a new object: all of admission, and nothing is stored. @throws KubernetesRefusal */
  async tryCreating(object: KubernetesObject): Promise<void> {
    const path = (await this.pathOf(object)).replace(/\/[^/]+$/, '');
    await this.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, nameOf(object), object);
  }

  /** @param what for the error: what was asked. @returns the answer's body. @throws KubernetesRefusal */
  async request(method: string, path: string, what: string, body?: unknown, contentType = 'application/json'): Promise<unknown> {
    const { endpoint, caPem, cert, key } = this.administrator;
    const headers = { ...(body === undefined ? {} : { 'content-type': contentType }), ...(this.group === undefined ? {} : { 'impersonate-user': 'somebody', 'impersonate-group': this.group }) };
    const reply = await call({ method, url: `${endpoint}${path}`, headers, body, ca: caPem, client: { cert, key }, limit: LIMIT });
    if (reply.status >= 300) {
      const { message, reason } = readStatus(reply.text);
      throw new KubernetesRefusal(what, reply.status, reason, message);
    }
    return reply.text.startsWith('{') ? (JSON.parse(reply.text) as unknown) : reply.text;
  }

  private async pathOf(object: KubernetesObject): Promise<string> {
    const { apiVersion, kind, metadata } = object;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { name, namespaced } = await this.resourceOf(root, kind);
    if (namespaced !== (metadata.namespace !== undefined)) {
      throw new Error(`${nameOf(object)}: it ${namespaced ? 'has no namespace, and its kind needs one' : 'has a namespace, and its kind belongs to none'}`);
    }
    return `${root}${namespaced ? `/namespaces/${metadata.namespace}` : ''}/${name}/${metadata.name}`;
  }

  private async resourceOf(root: string, kind: string): Promise<Resource> {
    for (const deadline = Date.now() + SERVED_LIMIT; ; await sleep(POLL)) {
      const known = this.resources.get(root)?.find((resource) => resource.kind === kind);
      if (known) {
        return known;
      }
      try {
        const { resources } = resourceList.parse(await this.request('GET', root, root));
        this.resources.set(root, resources.filter(({ name }) => !name.includes('/')));
      } catch (error) {
        if (!(error instanceof KubernetesRefusal && error.code === 404)) {
          throw error;
        }
      }
      if (Date.now() > deadline) {
        throw new Error(`the API server serves no kind ${kind} in ${root}`);
      }
    }
  }
}

/** `NetworkPolicy vault/vault`. */
export function nameOf({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function readStatus(text: string): { message: string; reason: string } {
  try {
    return status.parse(JSON.parse(text));
  } catch {
    return { message: text.trim().slice(0, 300), reason: '' };
  }
}
