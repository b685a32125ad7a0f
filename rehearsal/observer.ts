import { DEV_ROOT_TOKEN, type VaultProcess } from './vault/vault-process';

type Data = Readonly<Record<string, unknown>>;

/**
 * An operator with a token of their own, made before the configuration revokes the root token and not its child: looks
 * at Vault directly, so that the function's word is not all there is, and writes the secrets that Gloo reads.
 */
export class Observer {
  private constructor(
    private readonly vault: Pick<VaultProcess, 'address'>,
    private readonly token: string,
  ) {}

  static async of(vault: Pick<VaultProcess, 'address'>): Promise<Observer> {
    const root = new Observer(vault, DEV_ROOT_TOKEN);
    const answer = await root.expect('POST', 'auth/token/create-orphan', { policies: ['root'], ttl: '1h', display_name: 'observer' });
    return new Observer(vault, (answer.auth as { client_token: string }).client_token);
  }

  /** Data at a path, or undefined where Vault has nothing there. */
  async read(path: string): Promise<Data | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    const body = (await answer.json()) as Data;
    if (!answer.ok) throw new Error(`Vault answered ${answer.status} to GET ${path}`);
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
    return (await new Observer(this.vault, token).send('GET', 'auth/token/lookup-self')).ok;
  }

  private async expect(method: string, path: string, payload?: unknown): Promise<Data> {
    const answer = await this.send(method, path, payload);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Vault answered ${answer.status} to ${method} ${path}: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);
    return text === '' ? {} : (JSON.parse(text) as Data);
  }

  private send(method: string, path: string, payload?: unknown): Promise<Response> {
    return fetch(`${this.vault.address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': this.token },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
      signal: AbortSignal.timeout(10_000),
    });
  }
}
