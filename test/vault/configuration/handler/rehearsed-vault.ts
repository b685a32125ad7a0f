import { rmSync } from 'node:fs';
import type { Run } from '../../../../lib/vault/client/attempts';
import { configure, unconfigure } from '../../../../lib/vault/configuration/handler/lifecycle';
import { credentialsFromEnvironment } from '../../../../lib/vault/client/aws';
import { LONGEST_MESSAGE, Mask, toMessage } from '../../../../lib/vault/client/errors';
import type { Patience } from '../../../../lib/vault/client/retry';
import { decodeProperties, type VaultConfigurationProperties } from '../../../../lib/vault/configuration/properties';
import { names } from '../../../../lib/identity/names';
import type { Credentials } from '../../../../rehearsal/aws/sessions';
import { emptyVault } from '../../../../rehearsal/hostility/empty-vault';
import { Observer } from '../../../../rehearsal/observer';
import type { VaultCommand } from '../../../../rehearsal/vault/find-vault';
import { devVault } from '../../../../rehearsal/vault-under-test';
import { createWorld, type World } from '../../../../rehearsal/world';
import { describeWithVault } from '../../../rehearsal/vault/available';
import { startGate, type Gate } from './gate';
import { synthesizeGuide } from './synthesized';
import { DEV_ROOT_TOKEN } from '../../../../rehearsal/vault/vault-process';

type Properties = VaultConfigurationProperties;

/** Parts of the properties to change; of a list, each of the new entries over the first one. */
export type PropertyChange = { readonly [K in keyof Properties]?: Properties[K] extends string ? string : Properties[K] extends readonly (infer Each)[] ? Partial<Each>[] : Partial<Properties[K]> };

export interface RunOptions {
  readonly props?: Properties;
  /** Properties before this update. */
  readonly previous?: Properties;
  /** @default - waits for nothing */
  readonly patience?: Partial<Patience>;
  /** Milliseconds. @default 5000 */
  readonly requestTimeout?: number;
}

/** A real Vault behind the gate, and the lifecycle run against it in this process. */
export interface RehearsedVault {
  /** For a further Vault. */
  readonly command: VaultCommand;
  readonly world: World;
  readonly gate: Gate;
  /** Looks at Vault directly. Another one after `restart`. */
  readonly observer: Observer;
  /** The environment's properties, with the changes. */
  readonly props: (...changes: PropertyChange[]) => Properties;
  /** @returns the run's log. @throws an error with the message that CloudFormation would get. */
  readonly configure: (options?: RunOptions) => Promise<string[]>;
  readonly unconfigure: (options?: RunOptions) => Promise<string[]>;
  /** Anything else that the function does. @returns what it gives, and the run's log. */
  readonly run: <T>(action: (run: Run) => Promise<T>, options?: RunOptions) => Promise<{ readonly result: T; readonly log: string[] }>;
  /** The message that `configure` fails with. @throws when it succeeds. */
  readonly refusal: (options?: RunOptions) => Promise<string>;
  /** Vault as its chart starts it, without the restart: mounts, policies and audit devices gone, root token valid. */
  readonly reset: () => Promise<void>;
  /** Vault restarted: everything in it is lost. */
  readonly restart: () => Promise<void>;
  /** Keeps what a function said, for the search for secrets at the suite's end. */
  readonly heard: (...texts: readonly string[]) => void;
}

const NO_PATIENCE = { starting: 0, settling: 0, passing: 0, pause: { first: 10, longest: 100 } };

/** A `describe` with a rehearsed Vault, which ends with a search for secrets in all that the runs said. */
export function describeRehearsed(name: string, tests: (vault: () => RehearsedVault) => void): void {
  describeWithVault(name, (command) => {
    let close: () => Promise<void> = () => Promise.resolve();
    let rehearsed: RehearsedVault | undefined;
    const said: string[] = [];
    const given = new Set<string>();
    beforeAll(async () => {
      const { environment, directory, assemblyDir } = await synthesizeGuide();
      const world = await createWorld({ assemblyDir, environment, vault: command() });
      const gate = await startGate(world);
      close = async () => {
        await gate.api.close();
        await world.close();
        rmSync(directory, { recursive: true });
      };
      keepCredentials(world, given);
      rehearsed = await rehearse(command(), world, gate, said);
    }, 60_000);
    afterAll(() => close());
    tests(() => rehearsed as RehearsedVault);

    test('nothing secret was said', () => {
      const all = said.join('\n');
      expect(said.length).toBeGreaterThan(0);
      expect([...given].filter((secret) => all.includes(secret) || all.includes(encodeURIComponent(secret)))).toEqual([]);
      expect(all.match(/hv[sbr]\.[\w-]{8,}|k8s-aws-v1\.\w+|A[SK]IA\w{8,}|Signature=\w+|X-Amz-(Signature|Credential|Security-Token)=[^*]/gi)).toBeNull();
    });
  });
}

/** Every session that the world opens from now on. */
function keepCredentials({ aws }: World, given: Set<string>): void {
  const issue = aws.issueSession.bind(aws);
  jest.spyOn(aws, 'issueSession').mockImplementation((role, session, service) => {
    const credentials: Credentials = issue(role, session, service);
    for (const secret of [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]) given.add(secret);
    return credentials;
  });
}

async function rehearse(command: VaultCommand, world: World, gate: Gate, said: string[]): Promise<RehearsedVault> {
  const base = decodeProperties({
    ...world.configurationProperties,
    cluster: { name: world.environment.cluster.name, endpoint: gate.api.endpoint, certificateAuthority: Buffer.from(gate.api.caPem).toString('base64') },
  });
  const run = async <T>(action: (run: Run) => Promise<T>, { patience, requestTimeout = 5000 }: RunOptions = {}): Promise<{ result: T; log: string[] }> => {
    const mask = new Mask();
    const { accessKeyId, secretAccessKey, sessionToken } = world.aws.issueSession(names.configurationRole(world.environment.cluster.name), 'trial');
    const env = {
      AWS_REGION: world.environment.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      // In this process, which can't be made to trust the stand-in's authority any more.
      AWS_ENDPOINT_URL_IAM: world.aws.iamUrl,
    };
    const log: string[] = [];
    const aws = credentialsFromEnvironment(env, mask);
    try {
      const result = await action({ env, aws, mask, requestTimeout, log: (line) => log.push(mask.apply(line)), patience: { ...NO_PATIENCE, deadline: Date.now() + 20_000, ...patience } });
      return { result, log };
    } catch (error) {
      const message = toMessage(error, mask);
      said.push(message);
      expect(message).not.toContain('\n');
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LONGEST_MESSAGE);
      throw new Error(message);
    } finally {
      said.push(...log);
    }
  };
  const props = (...changes: PropertyChange[]): Properties =>
    changes.reduce<Properties>((all, change) => decodeProperties(Object.fromEntries(Object.entries(all).map(([key, value]) => [key, merged(value, change[key as keyof Properties])]))), base);
  const rehearsed = {
    command,
    world,
    gate,
    observer: await Observer.withRoot(() => world.vault.place(), DEV_ROOT_TOKEN),
    props,
    run,
    configure: async (options: RunOptions = {}) => (await run((each) => configure(each, options.props ?? base, options.previous), options)).log,
    unconfigure: async (options: RunOptions = {}) => (await run((each) => unconfigure(each, options.props ?? base), options)).log,
    refusal: (options: RunOptions = {}) =>
      rehearsed.configure(options).then(
        (log) => {
          throw new Error(`It succeeded: ${log.join(' | ')}`);
        },
        (error: Error) => error.message,
      ),
    reset: async () => {
      gate.open();
      await emptyVault(rehearsed.observer);
    },
    restart: async () => {
      await devVault(world).restart();
      rehearsed.observer = await Observer.withRoot(() => world.vault.place(), DEV_ROOT_TOKEN);
    },
    heard: (...texts: readonly string[]) => void said.push(...texts),
  };
  return rehearsed;
}

function merged(value: unknown, change: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(change)) return change.map((each) => merged(value[0], each));
  return typeof change === 'object' && change !== null ? { ...(value as object), ...change } : (change ?? value);
}
