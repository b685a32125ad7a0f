import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { TokenAuthenticator } from '../api-server/token-authenticator';
import type { CertificateAuthority } from '../certificate-authority';

const tokenReview = z.looseObject({
  apiVersion: z.literal('authentication.k8s.io/v1'),
  kind: z.literal('TokenReview'),
  spec: z.looseObject({ token: z.string(), audiences: z.array(z.string()).optional() }),
});

/** A webhook that API servers ask about bearer tokens (TokenReview of authentication.k8s.io/v1). */
export interface TokenWebhook {
  /** Kubeconfig by which an API server finds it. */
  readonly kubeconfig: object;
  /** Why a token was refused whose request came then, milliseconds since the epoch; each refusal is given once. */
  refusalAfter(receivedAt: number): string | undefined;
  close(): Promise<void>;
}

const LARGEST_BODY = 64 * 1024;

/** Starts a webhook on loopback that knows EKS's tokens, as EKS's own does. */
export async function startTokenWebhook(ca: CertificateAuthority, authenticator: TokenAuthenticator): Promise<TokenWebhook> {
  const refusals: { readonly at: number; readonly words: string }[] = [];
  const review = async (request: IncomingMessage): Promise<object> => {
    const { apiVersion, kind, spec } = tokenReview.parse(JSON.parse(await bodyOf(request)));
    const identified = await authenticator.identify(`Bearer ${spec.token}`);
    if ('refusal' in identified) {
      refusals.push({ at: Date.now(), words: identified.refusal });
      return { apiVersion, kind, status: { authenticated: false, error: identified.refusal } };
    }
    const { user, groups } = identified.subject;
    return { apiVersion, kind, status: { authenticated: true, user: { username: user, groups }, ...(spec.audiences ? { audiences: spec.audiences } : {}) } };
  };
  const server = createServer(await ca.issue(['127.0.0.1']), (request, response) => {
    review(request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    kubeconfig: {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'tokens', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca.caPem).toString('base64') } }],
      users: [{ name: 'api-server', user: {} }],
      contexts: [{ name: 'tokens', context: { cluster: 'tokens', user: 'api-server' } }],
      'current-context': 'tokens',
    },
    refusalAfter: (receivedAt) => {
      // Whole milliseconds on both sides: the earliest that is not before the request.
      const index = refusals.findIndex(({ at }) => at >= Math.floor(receivedAt));
      return index < 0 ? undefined : refusals.splice(index, 1)[0]?.words;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      throw new Error(`the review has more than ${LARGEST_BODY} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
