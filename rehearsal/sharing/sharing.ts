import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment, GuestEnvironment } from '../../lib/environment/environment';
import { environmentsInput } from '../environment-input';
import type { GlooProcess, GlooReport } from '../gloo/gloo-process';
import { LONGEST_GAP } from '../steps/faults';
import { replicas } from '../steps/raft';
import { demand, demandEqual } from '../steps/step';
import { synthesize } from '../synthesize';
import type { World } from '../world';
import { startGuestCluster, type GuestCluster } from './guest-cluster';
import type { ControlPlanePrograms } from '../control-plane/find-control-plane';

/** A cluster whose Gloo reads from the one Vault: the owner's, or a guest's. */
export interface Reader {
  readonly name: string;
  readonly ground: World | GuestCluster;
  /** Of the KV mount. */
  readonly mountPath: string;
  gloo?: GlooProcess;
}

/** Where the secrets lie that Gloo of a namespace lists, below a mount. */
export const secretPath = (mountPath: string, part: 'data' | 'metadata', namespace: string, name = '') => `${mountPath}/${part}/gloo/gloo.solo.io/v1/Secret/${namespace}/${name}`;

/** One Vault and the clusters that read from it, as they come and go. */
export class Sharing {
  private readonly clusters: GuestCluster[] = [];
  private readonly assemblies = new Map<string, Promise<string>>();
  private readonly running = new Map<string, GlooProcess>();

  /** @param directory of files that the caller removes. */
  constructor(
    private readonly directory: string,
    private readonly controlPlane: ControlPlanePrograms | undefined,
  ) {}

  /** Cloud assembly of an owner with its guests; of the same ones, the same. */
  assembly(environments: Readonly<Record<string, unknown>>): Promise<string> {
    const key = JSON.stringify(environments);
    const known = this.assemblies.get(key) ?? synthesize(environments, mkdtempSync(join(this.directory, 'synth-')));
    this.assemblies.set(key, known);
    return known;
  }

  get guests(): readonly GuestCluster[] {
    return this.clusters;
  }

  guest(name: string): GuestCluster {
    const found = this.clusters.find(({ environment }) => environment.name === name);
    demand(found, `There is no guest ${name}`);
    return found;
  }

  /** The clusters of the templates of `owner`, and so of its guests. */
  async add(host: World, owner: Environment, environment: GuestEnvironment): Promise<GuestCluster> {
    const guest = await startGuestCluster({
      host,
      environment,
      assemblyOf: (to) => this.assembly(environmentsInput(withGuest(host.environment.guests.some(({ name }) => name === to.name) ? host.environment : owner, to))),
      ...(this.controlPlane ? { controlPlane: this.controlPlane } : {}),
    });
    this.clusters.push(guest);
    return guest;
  }

  async remove(name: string): Promise<GuestCluster> {
    const guest = this.guest(name);
    await this.running.get(name)?.stop();
    this.running.delete(name);
    this.clusters.splice(this.clusters.indexOf(guest), 1);
    await guest.close();
    return guest;
  }

  readers(host: World): readonly Reader[] {
    return [host, ...this.clusters].map((ground) => ({ name: ground.environment.name, ground, mountPath: ground.environment.vault.kv.mountPath }));
  }

  /** Has Gloo of a cluster run, with its secrets listed four times a second. */
  async start(ground: World | GuestCluster): Promise<GlooProcess> {
    const gloo = await ground.startGloo();
    this.running.set(ground.environment.name, gloo);
    return gloo;
  }

  /**
   * Does something while the Gloos that run do read.
   * @param except those to which it happens.
   * @returns what they did meanwhile, in words.
   * @throws where one of them noticed anything: a failure, an empty list, a login that failed.
   */
  async whileTheyRead(act: () => Promise<unknown>, except: readonly string[] = []): Promise<string> {
    const reports = (await this.reportsOf(act)).filter(([name]) => !except.includes(name));
    for (const [name, report] of reports) {
      demandEqual(`What users of ${name} noticed meanwhile: failures, empty lists, failed logins`, [report.failures, report.emptyLists, report.loginFailures], [0, 0, 0]);
    }
    return reports.map(([name, { lists, reads, longestGap }]) => `${name} ${lists} lists, ${reads} reads, 0 failed, longest gap ${inSeconds(longestGap)}`).join('; ');
  }

  /**
   * Does something that they may notice, for less than a minute.
   * @returns how long each was without a list, in words.
   */
  async gapsWhile(act: () => Promise<unknown>): Promise<string> {
    const reports = await this.reportsOf(act);
    for (const [name, { longestGap, emptyLists }] of reports) {
      demand(longestGap < LONGEST_GAP, `Gloo of ${name} read nothing for ${inSeconds(longestGap)}, and ${inSeconds(LONGEST_GAP)} is the most that this rehearsal takes`);
      demandEqual(`Empty lists of ${name}, which take its proxies' certificates from them`, emptyLists, 0);
    }
    return reports.map(([name, { longestGap, failures }]) => `${name} ${inSeconds(longestGap)}, ${failures} failed`).join('; ');
  }

  /** What the Gloos that run did while something happened and until they read again. */
  private async reportsOf(act: () => Promise<unknown>): Promise<readonly (readonly [string, GlooReport])[]> {
    const reading = [...this.running].filter(([, gloo]) => gloo.running);
    for (const [, gloo] of reading) {
      await gloo.settled();
      gloo.clear();
    }
    await act();
    const reports: (readonly [string, GlooReport])[] = [];
    for (const [name, gloo] of reading) {
      if (!this.running.has(name)) continue;
      await gloo.settled();
      const report = gloo.report();
      demand(report.lists > 0, `Gloo of ${name} listed nothing meanwhile`);
      reports.push([name, report]);
    }
    return reports;
  }

  async close(): Promise<void> {
    for (const guest of this.clusters.splice(0)) await guest.close();
  }
}

const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** An owner with a guest in the place of the one of that name, or beside the others. */
export function withGuest(owner: Environment, guest: GuestEnvironment): Environment {
  const has = owner.guests.some(({ name }) => name === guest.name);
  return { ...owner, guests: has ? owner.guests.map((each) => (each.name === guest.name ? guest : each)) : [...owner.guests, guest] };
}

/** A guest that trusts the authority of the Vault that runs here: the file's is that of another. */
export function trusting(world: World, guest: GuestEnvironment): GuestEnvironment {
  return { ...guest, vault: { ...guest.vault, caCertificate: replicas(world).caPem } };
}
