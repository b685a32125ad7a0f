import type { Readable } from 'node:stream';
import { NoAnswer, type Http } from '../../lib/vault/client/http';

/** Bytes; the index of a Helm repository has every version of every chart. */
const LARGEST = 64 * 1024 * 1024;
/** Milliseconds without a byte. */
const IDLE = 30_000;

/** Reads a text over HTTP. @throws with the address, for no answer and any status but 200. */
export async function readText(http: Http, url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  const receive = async (content: Readable): Promise<void> => {
    let size = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST) throw new NoAnswer(`over ${LARGEST} bytes`, 'E2BIG');
      chunks.push(chunk);
    }
  };
  const address = url.split('?')[0];
  const { status } = await http.download({ method: 'GET', url, headers }, receive, IDLE).catch((error: unknown) => {
    throw error instanceof NoAnswer ? new Error(`${address}: no answer (${error.code}: ${error.message})`) : error;
  });
  if (status !== 200) throw new Error(`${address} was answered with ${status}`);
  return Buffer.concat(chunks).toString('utf8');
}
