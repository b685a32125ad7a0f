import { setTimeout as sleep } from 'node:timers/promises';
import { major } from 'semver';
import { call } from './http';
import type { Place } from './observer';
import type { RaftNode } from './vault/raft-node';
import type { RaftServices } from './vault/raft-services';

/** Vault has generate-root behind a token: since 2.0, recovery keys alone make no root token. */
export class BreakGlassRefused extends Error {
  override readonly name = 'BreakGlassRefused';
}

/** What of a Vault with replicas it takes. */
export interface BehindGlass {
  readonly version: string;
  readonly caPem: string;
  readonly nodes: readonly Pick<RaftNode, 'name' | 'address' | 'configure' | 'restart'>[];
  waitForLeader(limit: number): Promise<number>;
  readonly services: Pick<RaftServices, 'waitForEndpoint'>;
}

/** What has Vault 2 take recovery keys from somebody without a token. */
const OPENING = 'enable_unauthenticated_access = ["generate-root"]';
const LIMIT = 60_000;
const RELOAD_POLL = 100;

/** Whether recovery keys alone make a root token only where the leader's configuration says so. */
export function hasGlass(version: string): boolean {
  return major(version) >= 2;
}

/**
 * Does what takes recovery keys alone, as docs/production.md's "Break glass" has it by version: from Vault 2.0 on, the leader's
 * configuration is opened first, and closed again by a new start.
 * @param reloadLimit milliseconds that Vault has to read its configuration again. @default 10_000
 * @throws where such a Vault takes keys before it is opened or after it is closed, or does not open in time.
 */
export async function overBrokenGlass<T>(vault: BehindGlass, act: (place: Place) => Promise<T>, reloadLimit = 10_000): Promise<T> {
  const leader = await leaderOf(vault);
  const place = { address: leader.address, caPem: vault.caPem };
  if (!hasGlass(vault.version)) return act(place);
  if (await takesKeys(place)) throw new Error(`Vault ${vault.version} takes recovery keys from anybody, though ${leader.name} was not opened for them`);
  await leader.configure(OPENING);
  for (const deadline = Date.now() + reloadLimit; !(await takesKeys(place)); await sleep(RELOAD_POLL)) {
    if (Date.now() > deadline) throw new Error(`${leader.name}, Vault ${vault.version}, still wants a token for generate-root ${reloadLimit} ms after SIGHUP with ${OPENING}`);
  }
  try {
    return await act(place);
  } finally {
    await leader.restart();
    await vault.services.waitForEndpoint('vault', LIMIT, ({ name }) => name === leader.name);
    await vault.services.waitForEndpoint('vault-active', LIMIT);
    const next = await leaderOf(vault);
    if (await takesKeys({ address: next.address, caPem: vault.caPem })) throw new Error(`${next.name} takes recovery keys from anybody after ${leader.name} was started again`);
  }
}

async function leaderOf(vault: BehindGlass): Promise<BehindGlass['nodes'][number]> {
  const index = await vault.waitForLeader(LIMIT);
  const node = vault.nodes[index];
  if (!node) throw new Error(`the leader is node ${index}, of ${vault.nodes.length}`);
  return node;
}

async function takesKeys({ address, caPem }: Place): Promise<boolean> {
  const { status } = await call({ method: 'GET', url: `${address}/v1/sys/generate-root/attempt`, ...(caPem === undefined ? {} : { ca: caPem }), limit: 30_000 });
  if (status !== 200 && status !== 403) throw new Error(`Vault answered ${status} to GET sys/generate-root/attempt`);
  return status === 200;
}

/**
 * What a person does with recovery keys: `vault operator generate-root`, with an OTP that
 * never leaves the person, and the keys one after the other.
 * @returns a root token, which whoever made it has to revoke.
 * @throws BreakGlassRefused where Vault wants a token for it.
 */
export async function generateRoot(place: Place, recoveryKeys: readonly string[], threshold: number): Promise<string> {
  const send = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const { status, text } = await call({
      method,
      url: `${place.address}/v1/${path}`,
      ...(body === undefined ? {} : { body }),
      ...(place.caPem === undefined ? {} : { ca: place.caPem }),
      limit: 30_000,
    });
    if (status === 403) throw new BreakGlassRefused(`Vault answered 403 to ${method} ${path}: recovery keys alone make no root token in this version`);
    if (status >= 300) throw new Error(`Vault answered ${status} to ${method} ${path}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  await send('DELETE', 'sys/generate-root/attempt');
  const { nonce, otp } = await send('PUT', 'sys/generate-root/attempt', {});
  for (const key of recoveryKeys.slice(0, threshold)) {
    const progress = await send('PUT', 'sys/generate-root/update', { key, nonce });
    if (progress.complete === true) return decode(String(progress.encoded_root_token ?? progress.encoded_token), String(otp));
  }
  throw new Error(`${threshold} of ${recoveryKeys.length} recovery keys were not enough for a root token`);
}

/** `vault operator generate-root -decode`: the token XORed with the OTP, in base64 without padding. */
function decode(encoded: string, otp: string): string {
  const token = Buffer.from(encoded, 'base64');
  return Buffer.from(token.map((byte, index) => byte ^ otp.charCodeAt(index))).toString('utf8');
}
