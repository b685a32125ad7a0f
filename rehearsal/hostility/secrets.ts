/** Characters of a piece by which a part of a secret is found as well. */
const PIECE = 20;

/** What must not be said, in every form that it might be said in. */
export class Secrets {
  private readonly pieces = new Map<string, string>();
  private readonly known = new Set<string>();

  get count(): number {
    return this.known.size;
  }

  /**
   * @param name what to call it where it was said: the secret itself must not be in a report.
   * @param how `end` for one whose beginning is no secret: an EKS token begins with its URL.
   */
  learn(name: string, secret: string | undefined, how: 'all' | 'end' = 'all'): void {
    if (secret === undefined || secret.length < PIECE || this.known.has(secret)) return;
    this.known.add(secret);
    for (const form of formsOf(secret)) for (const piece of piecesOf(form, how)) this.pieces.set(piece, name);
  }

  /** Names of those that a text has in it, whole or in part. */
  leaks(text: string): string[] {
    return [...new Set([...this.pieces].filter(([piece]) => text.includes(piece)).map(([, name]) => name))];
  }
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Within a longer text, a secret's base64 depends on what stands before it: its ends aside, there are three.
  const base64 = [0, 1, 2].map((before) => Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').slice(before === 0 ? 0 : 4).replace(/.{0,4}=*$/, ''));
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), bytes.toString('hex'), ...base64, ...base64url];
}

/** Such that a beginning, an end, or any part of twice a piece's length has one of them. */
function piecesOf(text: string, how: 'all' | 'end'): string[] {
  const last = text.slice(-PIECE);
  if (last.length < PIECE) return [];
  if (how === 'end') return [last];
  return [...Array.from({ length: Math.floor(text.length / PIECE) }, (_, index) => text.slice(index * PIECE, (index + 1) * PIECE)), last];
}
