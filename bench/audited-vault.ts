import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Observer } from '../rehearsal/observer';
import { AuditLog, parseAuditLine } from '../rehearsal/vault/audit-log';
import { DEV_ROOT_TOKEN, type VaultProcess } from '../rehearsal/vault/vault-process';
import { auditedRequests, type VaultRequest } from './requests';

/**
 * A Vault with an audit device of the bench's own from its start, so that what comes before the configuration's own
 * device is seen too. A socket: two devices cannot share standard output.
 */
export class AuditedVault {
  private marks = 0;

  private constructor(
    readonly observer: Observer,
    private readonly log: AuditLog,
  ) {}

  /**
   * Opens the device for as long as the action takes. Vault has to be restarted or ended afterwards: with its only
   * device gone it would answer nobody.
   * @param vault one that nobody has configured yet.
   */
  static async use<T>(vault: VaultProcess, action: (audited: AuditedVault) => Promise<T>): Promise<T> {
    const log = new AuditLog();
    const server = createServer((socket) => {
      createInterface({ input: socket }).on('line', (line) => {
        const entry = parseAuditLine(line);
        if (entry) log.add(entry);
      });
      // Vault goes without a word when it is ended.
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const observer = await Observer.of(() => vault, DEV_ROOT_TOKEN);
      await observer.write('sys/audit/bench', { type: 'socket', options: { address, socket_type: 'tcp' } });
      return await action(new AuditedVault(observer, log));
    } finally {
      // No more connections; the one that is open ends with Vault.
      server.close();
    }
  }

  /** What Vault audited while the action ran. The bench's own requests are not among it. */
  async during(action: () => Promise<unknown>): Promise<VaultRequest[]> {
    await this.mark();
    const before = this.log.all().length;
    await action();
    await this.mark();
    return auditedRequests(this.log.all().slice(before)).filter(({ path }) => !path.startsWith(MARK));
  }

  /** Milliseconds of that many requests straight to Vault, one after the other on a connection that is kept. */
  async rawMs(requests: number): Promise<number> {
    const started = performance.now();
    for (let index = 0; index < requests; index++) await this.observer.read('auth/token/lookup-self');
    return performance.now() - started;
  }

  /** Returns when all that Vault audited until now has come. */
  private async mark(): Promise<void> {
    const path = `${MARK}${this.marks++}`;
    await this.observer.read(path);
    await this.log.waitFor(({ request, type }) => type === 'response' && request.path === path, 5000);
  }
}

const MARK = 'cubbyhole/bench-';
