import { fromWebToken } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { isMapping } from '../lib/environment/fields';
import type { Http } from '../lib/vault/client/http';
import { STS_AUDIENCE } from '../lib/diff-role/names';

/** The variables by which GitHub lets a job ask for its token, and those that name the run. */
export type RunnerEnvironment = Readonly<Partial<Record<'ACTIONS_ID_TOKEN_REQUEST_URL' | 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' | 'GITHUB_RUN_ID', string>>>;

/**
 * Credentials of a role for the pull request's run: GitHub's token of it, taken to STS.
 * @param region whose STS is asked.
 * @throws in words where the job has no token.
 */
export function githubCredentials(http: Http, env: RunnerEnvironment, roleArn: string, region: string): AwsCredentialIdentityProvider {
  return async () => {
    const webIdentityToken = await idToken(http, env);
    return fromWebToken({ roleArn, webIdentityToken, roleSessionName: `gloo-vault-diff-${env.GITHUB_RUN_ID ?? 'run'}`, durationSeconds: 900, clientConfig: { region } })();
  };
}

async function idToken(http: Http, env: RunnerEnvironment): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env;
  if (!base || !bearer) throw new Error('GitHub gives this job no token: it needs `permissions: id-token: write`, and the pull request of a fork has none.');
  const url = new URL(base);
  url.searchParams.set('audience', STS_AUDIENCE);
  const { status, body } = await http.send({ method: 'GET', url: url.href, headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' } });
  const value = status === 200 ? tokenOf(body) : undefined;
  if (value === undefined) throw new Error(`GitHub answered the request for this job's token with HTTP ${status}, and no token.`);
  return value;
}

function tokenOf(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return isMapping(answer) && typeof answer.value === 'string' ? answer.value : undefined;
  } catch {
    // The caller says that there was none.
    return undefined;
  }
}
