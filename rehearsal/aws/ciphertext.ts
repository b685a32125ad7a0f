import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What KMS binds to a ciphertext: whoever decrypts has to say the same. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Encrypts with AES-256-GCM: nonce, tag, ciphertext. @param key 32 bytes. @param bound what {@link open} has to be given too. */
export function seal(key: Buffer, plaintext: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(bound);
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
}

/** What {@link seal} encrypted; undefined when key, ciphertext or what is bound to it is not the same. */
export function open(key: Buffer, sealed: Buffer, bound: Buffer): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) {
    return undefined;
  }
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES)).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    // Node has one error for all that can be wrong, and so has KMS.
    return undefined;
  }
}

/** The bytes of an encryption context, the same for every order of its entries. */
export function contextBytes(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1))));
}
