import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOidcIssuer, type OidcIssuer } from './aws/oidc-issuer';

/** A job of GitHub Actions, as far as its token tells. */
export interface Job {
  /** `repo:OWNER/NAME:pull_request`. */
  readonly subject: string;
  /** Audience of the tokens whatever the job asks for. @default - what it asks for */
  readonly audience?: string;
}

/** GitHub Actions' service that gives a job its token. */
export interface GithubActions {
  readonly issuer: OidcIssuer;
  /** The variables that a runner gives a job with `id-token: write`. */
  environmentOf(job: Job): { readonly ACTIONS_ID_TOKEN_REQUEST_URL: string; readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  close(): Promise<void>;
}

/** Starts it on loopback. Tokens live five minutes, as GitHub's do. */
export async function startGithubActions(): Promise<GithubActions> {
  const issuer = await createOidcIssuer('https://token.actions.githubusercontent.com');
  const jobs = new Map<string, Job>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const job = jobs.get((request.headers.authorization ?? '').replace(/^bearer /i, ''));
    if (job === undefined || url.pathname !== '/token' || request.method !== 'GET') {
      response.writeHead(401).end();
      return;
    }
    const audience = job.audience ?? url.searchParams.get('audience') ?? '';
    issuer.sign({ subject: job.subject, audience, expiresIn: 300, claims: { event_name: 'pull_request' } }).then(
      (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ count: value.length, value })),
      (error: Error) => response.destroy(error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    issuer,
    environmentOf: (job) => {
      const bearer = `request-token-${jobs.size + 1}`;
      jobs.set(bearer, job);
      return { ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
