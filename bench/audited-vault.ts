import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Observer } from '../rehearsal/observer';
import { parseAuditLine } from '../rehearsal/vault/audit-log';
import { withKeptConnections } from './kept-connections';
import { auditedRequests, type VaultRequest } from './requests';

/**
 * A Vault with an audit device of the bench's own from its start, so that what comes before the configuration's own
 * device is seen too. A socket: two devices cannot share standard output.
 */
export class AuditedVault {
  private marks = 0;

  private constructor(
    readonly observer: Observer,
    /** Not parsed before somebody asks: it would be time of whatever is measured. */
    private readonly lines: readonly string[],
  ) {}

  /**
   * Opens the device for as long as the action takes. Vault has to be restarted or ended afterwards: with its only
   * device gone it would answer nobody.
   * @param observer of a Vault that nobody has configured yet, or whose other devices may be closed.
   */
  static async use<T>(observer: Observer, action: (audited: AuditedVault) => Promise<T>): Promise<T> {
    const lines: string[] = [];
    const server = createServer((socket) => {
      createInterface({ input: socket }).on('line', (line) => lines.push(line));
      // Vault goes without a word when it is ended.
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      await observer.write('sys/audit/bench', { type: 'socket', options: { address, socket_type: 'tcp' } });
      return await action(new AuditedVault(observer, lines));
    } finally {
      // No more connections; the one that is open ends with Vault.
      server.close();
    }
  }

  /** What Vault audited while the action ran. The bench's own requests are not among it. */
  async during(action: () => Promise<unknown>): Promise<VaultRequest[]> {
    await this.mark();
    const before = this.lines.length;
    await action();
    await this.mark();
    const entries = this.lines.slice(before).flatMap((line) => parseAuditLine(line) ?? []);
    return auditedRequests(entries).filter(({ path }) => !path.startsWith(MARK));
  }

  /** Milliseconds of that many requests straight to Vault, one after the other on a connection that is kept. */
  async rawMs(requests: number): Promise<number> {
    const { address } = await this.observer.place();
    return withKeptConnections(address, 1, async (agent) => {
      const kept = this.observer.keeping(agent);
      const started = performance.now();
      for (let index = 0; index < requests; index++) await kept.read('auth/token/lookup-self');
      return performance.now() - started;
    });
  }

  /** Returns when all that Vault audited until now has come. */
  private async mark(): Promise<void> {
    const path = `${MARK}${this.marks++}`;
    const before = this.lines.length;
    await this.observer.read(path);
    const hasCome = () => this.lines.slice(before).some((line) => line.includes('"type":"response"') && line.includes(`"${path}"`));
    for (const deadline = performance.now() + MARK_LIMIT; !hasCome(); await sleep(MARK_POLL)) {
      if (performance.now() > deadline) throw new Error(`Vault's audit device told nothing of ${path} in ${MARK_LIMIT} ms`);
    }
  }
}

const MARK = 'cubbyhole/bench-';
const MARK_LIMIT = 5000;
const MARK_POLL = 5;
