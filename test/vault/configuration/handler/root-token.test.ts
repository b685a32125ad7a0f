import type { Reach } from '../../../../lib/vault/client/attempts';
import { Http } from '../../../../lib/vault/client/http';
import { rootTokenOf } from '../../../../lib/vault/configuration/handler/root-token';
import { startKeptSecret, type KeptSecret } from '../../client/kept-secret';
import { properties } from '../example';
import { trialRun } from './trial-run';

const bound = 'Its role in Vault is bound to arn:aws:iam::111122223333:role/vault-config-trial; if somebody changed or removed it, write it again with a root token';

test('in dev mode is the literal of the chart, kept nowhere', async () => {
  const root = rootTokenOf(trialRun().run, {} as Reach, properties);
  expect([root.name, await root.read()]).toEqual(['the dev root token', 'root']);
  await root.drop();
  expect(await root.read()).toBe('root');
  expect(await root.mend()).toBe(`${bound}, or let a dev-mode Vault start anew: kubectl delete pod -n vault vault-0 (its secrets are lost).`);
});

describe('with replicas', () => {
  const TOKEN = 'hvs.exampleRootTokenOfTheTest';
  let kept: KeptSecret;
  let http: Http;
  beforeEach(async () => {
    kept = await startKeptSecret();
    http = new Http(undefined, 2000);
  });
  afterEach(async () => {
    http.close();
    await kept.close();
  });

  const fromSecret = () => {
    const { run } = trialRun();
    const env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SECRETS_MANAGER: kept.fixture.aws.secretsManagerUrl };
    const initialisation = { pod: 'https:vault-0:8200', replicas: '3', secretArn: kept.arn, recoveryShares: '5', recoveryThreshold: '3' };
    const reach = { aws: http } as Reach;
    return { run, root: rootTokenOf({ ...run, env, aws: kept.fixture.credentials('keeper') }, reach, { ...properties, initialisation }) };
  };
  const put = (contents: object) => kept.as('keeper').write(JSON.stringify(contents), crypto.randomUUID());

  test('is in the secret until it is dropped, and never in a message', async () => {
    await put({ state: 'initialised', root_token: TOKEN });
    const { root, run } = fromSecret();
    expect([root.name, await root.read()]).toEqual(['the root token in the secret', TOKEN]);
    expect(run.mask.apply(`It was ${TOKEN}.`)).not.toContain('exampleRootToken');
    await root.drop();
    expect(await root.read()).toBeUndefined();
    expect(await kept.versions()).toEqual({ AWSCURRENT: '{"state":"initialised"}' });
  });

  test.each([
    ['empty', undefined, /^Vault was initialised by something else: arn:.*kept-\w{6} holds nothing\. .*file:\/\/FILE\.$/],
    ['marked', { state: 'initialising' }, /^Vault was initialised by a run that was cut off .*\(the volumes themselves stay until you delete them: kubectl get pv\)\.$/],
    ['without the token', { state: 'initialised' }, /^Its role in Vault is bound to arn:.*\. arn:.*kept-\w{6} holds no root token any more, or one that Vault does not take\. .*, and deploy again\.$/],
  ])('has a mend where the secret is %s', async (_, contents, mend) => {
    if (contents) await put(contents);
    expect(await fromSecret().root.mend()).toMatch(mend);
  });
});
