import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CertificateAuthority } from '../../../../rehearsal/certificate-authority';

export const TOKEN = 'hvs.CAESIJ1zbkLrvTTc2mBsnapshotsXXXXXXXXXX';

/** A TLS server that answers as Vault does to what the function asks. */
export interface PlayingVault {
  readonly address: string;
  /** What answers a login, and a request for the snapshot with a good token. */
  login: (response: ServerResponse, body: Record<string, string>) => void;
  snapshot: (response: ServerResponse, request: IncomingMessage) => void;
  /** `PUT /v1/auth/aws/login` and so on. */
  readonly seen: string[];
  close(): void;
}

export const json = (response: ServerResponse, status: number, body: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
export const errors = (response: ServerResponse, status: number, ...words: string[]) => json(response, status, { errors: words });

export async function playVault(ca: CertificateAuthority): Promise<PlayingVault> {
  const server = createServer(await ca.issue(['127.0.0.1']), (request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const vault: PlayingVault = {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    login: (response) => json(response, 200, { auth: { client_token: TOKEN } }),
    snapshot: (response) => errors(response, 404),
    seen: [],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    vault.seen.push(`${request.method} ${request.url}`);
    if (request.url === '/v1/auth/aws/login') vault.login(response, JSON.parse(body) as Record<string, string>);
    else if (request.headers['x-vault-token'] !== TOKEN) errors(response, 403, 'permission denied');
    else vault.snapshot(response, request);
  };
  return vault;
}
