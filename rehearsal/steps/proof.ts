import { glooServiceAccounts } from '../../lib/identity/names';
import { accessInWords } from './refusals';
import { demand, demandEqual, type Step } from './step';

/** What the proof sends to Vault for one service account, in its order. */
const ASKED_OF_VAULT = ['login', 'auth/token/renew-self', 'list', 'sys/capabilities-self', 'auth/token/revoke-self'];

/** Beyond the guide: the deployment itself goes Gloo's way, before Gloo's chart. */
export const proofSteps: readonly Step[] = [
  {
    title: 'The deployment proves that Gloo will be able to log in',
    run: async ({ world }) => {
      const { gloo, vault } = world.environment;
      const accounts = glooServiceAccounts(gloo);
      const before = world.apiServer.requests.length;
      const ended = await world.prove({ RequestType: 'Create' });
      const failure = ended.error?.message ?? '';
      const access = failure.includes('the API server answered 403') || failure.includes('RBAC') ? ` [${accessInWords(world)}]` : '';
      demand(!ended.error, `Custom::GlooLoginProof failed: ${failure}${access}`);
      const requests = world.apiServer.requests.slice(before);
      const tokens = requests.filter(({ resource }) => resource === 'serviceaccounts/token').map(({ name }) => name);
      demandEqual('The service accounts whose tokens were asked for', tokens, accounts);
      const asked = requests.filter(({ resource }) => resource === 'services/proxy').map(({ path }) => path.replace(/^.*\/proxy\/v1\//, ''));
      const expected = [`auth/${vault.auth.mountPath}/login`, ...ASKED_OF_VAULT.slice(1)];
      const list = `${vault.kv.mountPath}/metadata/gloo/gloo.solo.io/v1/Secret/${gloo.namespace}/?list=true`;
      demandEqual('What was asked of Vault', asked, accounts.flatMap(() => expected.map((path) => (path === 'list' ? list : path))));
      return { beyond: `Custom::GlooLoginProof, before Gloo's chart: ${accounts.join(' and ')} from the API server's token to ${list.replace('?list=true', '')} and back, nothing written, the token revoked` };
    },
  },
  {
    title: 'Taking the proof back asks nobody anything',
    run: async ({ world }) => {
      const before = [world.apiServer.requests.length, world.aws.requests.length];
      const ended = await world.prove({ RequestType: 'Delete', PhysicalResourceId: 'proof' });
      demand(!ended.error, `Delete failed: ${ended.error?.message ?? ''}`);
      demandEqual('Requests of the Delete', [world.apiServer.requests.length, world.aws.requests.length], before);
      return {};
    },
  },
];
