import { rmSync } from 'node:fs';
import { handler, type ProofEvent } from '../../../lib/gloo/proof/handler';
import { decodeProperties, RESOURCE_TYPE, type GlooLoginProofProperties, type LoginToProve } from '../../../lib/gloo/proof/properties';
import { names } from '../../../lib/identity/names';
import { LONGEST_MESSAGE } from '../../../lib/vault/client/errors';
import { Observer } from '../../../rehearsal/observer';
import { DEV_ROOT_TOKEN } from '../../../rehearsal/vault/vault-process';
import { only } from '../../../rehearsal/function-calls';
import { createWorld, type World } from '../../../rehearsal/world';
import { describeWithVault } from '../../rehearsal/vault/available';
import { Heard } from '../../vault/configuration/handler/heard';
import { synthesizeGuide } from '../../vault/configuration/handler/synthesized';

/** A configured Vault, and the proof of Gloo's logins to it, run in this process. */
export interface ProvenGloo {
  readonly world: World;
  /** Looks at Vault directly, and changes it. */
  readonly observer: Observer;
  readonly properties: GlooLoginProofProperties;
  /** @returns what the function logged. @throws with the message that CloudFormation would get. */
  readonly prove: (options?: ProofOptions) => Promise<string[]>;
  /** The message that the proof fails with. @throws when it succeeds. */
  readonly refusal: (options?: ProofOptions) => Promise<string>;
  /** Puts the server id back, without which nobody logs in, and has the configuration function write the rest again. */
  readonly mend: () => Promise<void>;
}

export interface ProofOptions {
  /** The one account whose login is proven. @default - all of the templates */
  readonly only?: string;
  /** What every login says otherwise than the templates. */
  readonly login?: Partial<LoginToProve>;
  readonly event?: Partial<ProofEvent>;
  /** Milliseconds beyond those that the function keeps for its answer. @default 0: it waits for nothing */
  readonly patience?: number;
}

const TIME_TO_ANSWER = 20_000;

/** A `describe` with such a Vault, for the guide's environment with Function Discovery. It ends with a search for secrets in all that was said. */
export function describeProven(name: string, tests: (gloo: () => ProvenGloo) => void): void {
  describeWithVault(name, (command) => {
    const heard = new Heard();
    let close: () => Promise<void> = () => Promise.resolve();
    let gloo: ProvenGloo;
    beforeAll(async () => {
      const { environment, directory, assemblyDir } = await synthesizeGuide({ gloo: { discovery: true } });
      const world = await createWorld({ assemblyDir, environment, vault: command() });
      close = async () => {
        await world.close();
        rmSync(directory, { recursive: true });
      };
      keepSecrets(world, heard);
      gloo = await prepare(world, heard);
    }, 60_000);
    afterAll(() => close());
    tests(() => gloo);

    test('nothing secret was said', () => {
      expect(heard.said.length).toBeGreaterThan(0);
      expect(heard.secrets.size).toBeGreaterThan(10);
      expect(heard.leaks()).toEqual([]);
    });
  });
}

/** Every token and every session that is given from now on. Not by spies, which tests take back. */
function keepSecrets({ aws, issuer }: World, { secrets }: Heard): void {
  const [issueToken, issueSession] = [issuer.issueToken.bind(issuer), aws.issueSession.bind(aws)];
  const keptToken: typeof issuer.issueToken = async (request) => {
    const token = await issueToken(request);
    secrets.add(token);
    for (const part of token.split('.')) secrets.add(part);
    return token;
  };
  const keptSession: typeof aws.issueSession = (role, session) => {
    const credentials = issueSession(role, session);
    for (const secret of [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]) secrets.add(secret);
    return credentials;
  };
  Object.assign(issuer, { issueToken: keptToken });
  Object.assign(aws, { issueSession: keptSession });
}

async function prepare(world: World, heard: Heard): Promise<ProvenGloo> {
  const observer = await Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN);
  const properties = decodeProperties(only(world.deployment, RESOURCE_TYPE).properties);
  const configure = async () => {
    const { error } = await world.configure({ RequestType: 'Create' });
    if (error) throw new Error(error.message);
  };
  await configure();
  const gloo: ProvenGloo = {
    world,
    observer,
    properties,
    mend: async () => {
      await observer.write('auth/aws/config/client', { iam_server_id_header_value: world.environment.vault.auth.serverIdHeader });
      await configure();
    },
    prove: async ({ only: account, login, event, patience = 0 } = {}) => {
      const chosen = properties.logins.filter(({ serviceAccount }) => account === undefined || serviceAccount === account);
      const logins = chosen.map((each) => ({ ...each, ...login }));
      const log: string[] = [];
      const { env } = process;
      const written = jest.spyOn(process.stdout, 'write').mockImplementation((line) => log.push(String(line).trimEnd()) > 0);
      process.env = { ...env, ...environmentOf(world) };
      try {
        await handler({ RequestType: 'Create', ResourceProperties: { ...properties, logins }, ...event }, { getRemainingTimeInMillis: () => TIME_TO_ANSWER + patience });
        return log;
      } catch (error) {
        const { message, stack } = error as Error;
        heard.said.push(message);
        expect(stack).toBe('');
        expect(message).not.toContain('\n');
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LONGEST_MESSAGE);
        expect(log.at(-1)).toBe(message);
        throw error;
      } finally {
        process.env = env;
        written.mockRestore();
        heard.said.push(...log);
      }
    },
    refusal: (options) =>
      gloo.prove(options).then(
        (log) => {
          throw new Error(`It succeeded: ${log.join(' | ')}`);
        },
        (error: Error) => error.message,
      ),
  };
  return gloo;
}

/** In this process, which can't be made to trust the stand-in's authority any more: AWS without TLS. */
function environmentOf({ aws, environment }: World): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession(names.proofRole(environment.cluster.name), 'trial');
  return {
    AWS_REGION: environment.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_IAM: aws.iamUrl,
    AWS_ENDPOINT_URL_STS: aws.stsUrl,
  };
}
