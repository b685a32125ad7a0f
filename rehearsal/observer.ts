import type { Agent } from 'node:http';
import { call, type Reply } from './http';

type Data = Readonly<Record<string, unknown>>;

const POLICY = 'observer';

/** Where a Vault is that answers, and whom to trust there. */
export interface Place {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  /** PEM. @default - none: plain HTTP */
  readonly caPem?: string;
}

/**
 * An operator with a token of their own, which outlives the root token: looks at Vault directly, so that the function's
 * word is not all there is, and writes the secrets that Gloo reads.
 */
export class Observer {
  private constructor(
    /** The Vault that it looks at. */
    readonly place: () => Place | Promise<Place>,
    private readonly token: string,
    private readonly agent?: Agent,
  ) {}

  /**
   * One who may do all that root may, by a policy of its own: a token with the policy root is what must not be left.
   * @param rootToken makes the operator's token, and is not needed any more.
   */
  static async of(place: () => Place | Promise<Place>, rootToken: string): Promise<Observer> {
    const root = new Observer(place, rootToken);
    const everything = { capabilities: ['create', 'read', 'update', 'delete', 'list', 'sudo'] };
    await root.write(`sys/policies/acl/${POLICY}`, { policy: JSON.stringify({ path: { '*': everything } }) });
    return root.orphan(POLICY);
  }

  /** One with the policy root, who alone can make root tokens. @param rootToken as in {@link of}. */
  static async withRoot(place: () => Place | Promise<Place>, rootToken: string): Promise<Observer> {
    return new Observer(place, rootToken).orphan('root');
  }

  /** The same, who keeps connections: for thousands of requests to a Vault that stays. */
  keeping(agent: Agent): Observer {
    return new Observer(this.place, this.token, agent);
  }

  private async orphan(policy: string): Promise<Observer> {
    const answer = await this.expect('POST', 'auth/token/create-orphan', { policies: [policy], ttl: '1h', display_name: 'observer' });
    return new Observer(this.place, (answer.auth as { client_token: string }).client_token);
  }

  /** Data at a path, or undefined where Vault has nothing there. */
  async read(path: string): Promise<Data | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`Vault answered ${answer.status} to GET ${path}`);
    const body = JSON.parse(answer.text) as Data;
    return (body.data as Data | undefined) ?? body;
  }

  /** Keys below a path, none where there is nothing. */
  async list(path: string): Promise<string[]> {
    const data = await this.read(`${path}?list=true`);
    return (data?.keys as string[] | undefined) ?? [];
  }

  async write(path: string, payload: unknown): Promise<void> {
    await this.expect('POST', path, payload);
  }

  async delete(path: string): Promise<void> {
    await this.expect('DELETE', path);
  }

  /** Whether a token is one that Vault knows. */
  async knows(token: string): Promise<boolean> {
    return (await new Observer(this.place, token).send('GET', 'auth/token/lookup-self')).status === 200;
  }

  private async expect(method: string, path: string, payload?: unknown): Promise<Data> {
    const { status, text } = await this.send(method, path, payload);
    if (status >= 300) throw new Error(`Vault answered ${status} to ${method} ${path}: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);
    return text === '' ? {} : (JSON.parse(text) as Data);
  }

  private async send(method: string, path: string, payload?: unknown): Promise<Reply> {
    const { address, caPem } = await this.place();
    return call({
      method,
      url: `${address}/v1/${path}`,
      headers: { 'x-vault-token': this.token },
      ...(payload === undefined ? {} : { body: payload }),
      ...(caPem === undefined ? {} : { ca: caPem }),
      agent: this.agent,
      limit: 10_000,
    });
  }
}
