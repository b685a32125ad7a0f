import { createHash } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * `length` characters of A–Z and 2–7 that depend on `seed` alone, as in AWS's own identifiers.
 * @param length at most 32.
 */
export function base32Of(seed: string, length: number): string {
  return [...createHash('sha256').update(seed).digest().subarray(0, length)]
    .map((byte) => BASE32.charAt(byte % BASE32.length))
    .join('');
}

/**
 * A role's unique id, `AROA` and 17 characters.
 * @param generation how often the role was deleted and made again: a new role has a new id, whatever its name.
 */
export function roleUniqueId(roleArn: string, generation = 0): string {
  return `AROA${base32Of(`${roleArn}#${generation}`, 17)}`;
}

/** A version 4 UUID that depends on `seed` alone. */
export function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** An identifier of EC2's that depends on `seed` alone: `subnet-` and 17 hexadecimal digits. */
export function ec2Id(prefix: string, seed: string): string {
  return `${prefix}-${createHash('sha256').update(seed).digest('hex').slice(0, 17)}`;
}
