import { call } from './http';
import type { Place } from './observer';

/** Vault has generate-root behind a token: since 2.0, recovery keys alone make no root token. */
export class BreakGlassRefused extends Error {
  override readonly name = 'BreakGlassRefused';
}

/**
 * What a person does with recovery keys, as README's "Break glass" has it: `vault operator generate-root`, with an OTP that
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
