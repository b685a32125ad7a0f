import { setTimeout as sleep } from 'node:timers/promises';
import { CountedWrites } from '../counted-writes';
import type { GlooProcess, GlooReport } from '../gloo/gloo-process';
import type { RaftVault } from '../raft-vault';
import { startSidecars } from '../vault/sidecars';
import { logIn } from './gloo';
import { replicas } from './raft';
import { demand, observerOf, type Stage, type Step } from './step';

/** Milliseconds after which a fault counts as an outage that nobody wants to explain. */
export const LONGEST_GAP = 60_000;
const LIMIT = 60_000;
const FROZEN = 30_000;
/** Until the readiness probe has seen a pod that was started. */
const PODS_SETTLE = 6_000;

interface Disturbance {
  readonly what: string;
  /** Does it, and ends when Vault's pods are as they were. */
  readonly happen: (raft: RaftVault) => Promise<string | void>;
}

const disturbances: readonly Disturbance[] = [
  { what: 'The leader killed', happen: killLeader },
  { what: 'Each node restarted in turn', happen: (raft) => raft.restartInTurn(LIMIT, () => sleep(PODS_SETTLE)) },
  {
    what: 'All nodes killed, and started again',
    happen: async (raft) => {
      await Promise.all(raft.nodes.map((node) => node.kill()));
      await Promise.all(raft.nodes.map((node) => node.start()));
      await raft.waitForLeader(LIMIT);
      return 'unsealed by KMS, nobody gave a key';
    },
  },
  {
    what: `The leader stopped for ${FROZEN / 1000} s`,
    happen: async (raft) => {
      const leader = nodeAt(raft, await raft.waitForLeader(LIMIT));
      await leader.pause();
      await sleep(FROZEN);
      await leader.resume();
      await raft.waitForLeader(LIMIT);
    },
  },
  {
    what: 'The certificate renewed',
    happen: async (raft) => {
      const [sidecar] = raft.sidecars;
      demand(sidecar, "Vault's pods have no container that tells Vault of a renewed certificate");
      const sidecars = await startSidecars(raft.nodes, sidecar, { POLL_SECONDS: '1' });
      try {
        await sleep(1500);
        const serial = await raft.renewCertificate();
        for (const deadline = Date.now() + LIMIT; ; await sleep(100)) {
          const served = await Promise.all(raft.nodes.map((node) => node.servedSerial()));
          if (served.every((each) => each === serial)) return `all ${served.length} nodes show it, told by ${sidecar.name}`;
          demand(Date.now() < deadline, `After ${LIMIT} ms, nodes show ${served.join(', ')}, and the renewed certificate is ${serial}; the containers said: ${sidecars.lines.join('; ') || 'nothing'}`);
        }
      } finally {
        await sidecars.close();
      }
    },
  },
];

/** What happens to pods in their life, while Gloo reads and an operator writes. */
export const faultSteps: readonly Step[] = [
  ...disturbances.map(
    ({ what, happen }): Step => ({
      title: what,
      run: async (stage) => {
        const raft = replicas(stage.world);
        const { gloo } = await underway(stage);
        await gloo.settled();
        gloo.clear();
        const remark = await happen(raft);
        const outage = await recovered(stage, gloo);
        demand(outage.longestGap < LONGEST_GAP, `Gloo read nothing for ${seconds(outage.longestGap)}, and ${seconds(LONGEST_GAP)} is the most that this rehearsal takes`);
        return { beyond: `longest gap in Gloo's lists ${seconds(outage.longestGap)}, ${outage.failures} failed; a new login works${remark ? `; ${remark}` : ''}` };
      },
    }),
  ),
  {
    title: 'Nothing that was written is lost',
    run: async (stage) => {
      const { writes } = await underway(stage);
      await stage.world.stopGloo();
      const count = await writes.count();
      return { beyond: `${count} numbered secrets written throughout, ${count} found` };
    },
  },
];

/** Kills Vault's leader, and starts it again once another one leads. */
export async function killLeader(raft: RaftVault): Promise<void> {
  const leader = nodeAt(raft, await raft.waitForLeader(LIMIT));
  await leader.kill();
  if (raft.nodes.length > 1) await raft.waitForLeader(LIMIT);
  await leader.start();
  await raft.waitForLeader(LIMIT);
}

function nodeAt(raft: RaftVault, index: number) {
  const node = raft.nodes[index];
  demand(node, `There is no node ${index}`);
  return node;
}

async function underway(stage: Stage): Promise<NonNullable<Stage['underway']>> {
  const { environment } = stage.world;
  stage.underway ??= {
    gloo: await stage.world.startGloo(),
    writes: new CountedWrites(observerOf(stage), environment.vault.kv.mountPath, 'counted'),
  };
  return stage.underway;
}

/** All nodes unsealed, a new login of Gloo's and its reads work again. */
async function recovered(stage: Stage, gloo: GlooProcess): Promise<GlooReport> {
  const raft = replicas(stage.world);
  for (const deadline = Date.now() + LIMIT; ; await sleep(200)) {
    const sealed = await Promise.all(raft.nodes.map((_, index) => raft.sealStatus(index).then((status) => status.sealed, () => true)));
    const loggedIn = await logIn(stage, 'gloo').then(() => undefined, (error: Error) => error.message);
    if (loggedIn === undefined && !sealed.includes(true)) break;
    demand(Date.now() < deadline, `${LIMIT} ms after the fault, ${sealed.filter(Boolean).length} nodes are sealed or silent; Gloo's login: ${loggedIn ?? 'goes through'}`);
  }
  await gloo.settled();
  return gloo.report();
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
