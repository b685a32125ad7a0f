import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../lib/environment/environment';
import { environmentRoleArn, glooGeneration, names } from '../../lib/identity/names';
import { glooPod, type GlooPod } from '../gloo/gloo-pod';
import { GlooProcess } from '../gloo/gloo-process';
import { assumeRoleWithWebIdentity } from '../gloo/web-identity';
import type { World } from '../world';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

const LOGIN_EVERY = 200;

/** Row 18, the second half: another role and policy, and Gloo moved to it, while it logs in and reads. */
export const rotationStep: Step = {
  title: 'A rotation: two deployments, while Gloo logs in and reads',
  run: async (stage) => {
    const { world } = stage;
    const from = glooGeneration(world.environment.identity);
    const to = (from % 99) + 1;
    const gloo = await GlooProcess.start({ pod: (process) => glooPod(world, 'gloo', process) });
    const logins = new Logins(glooPod(world, 'gloo'));
    try {
      const refused = await refusedJumps(stage, from, to, gloo);
      await bothBound(stage, from, to);
      await move(stage, from, to, gloo, logins);
      await world.update(withGenerations(world.environment, [to]));
      await oneBound(stage, from, to);
      await gloo.settled();
      const report = gloo.report();
      demandEqual("What Gloo's users noticed: failures, empty lists, failed logins", [report.failures, report.emptyLists, report.loginFailures], [0, 0, 0]);
      demandEqual('Logins that failed', logins.failures, []);
      return { beyond: `generation ${from}, [${from}, ${to}], ${to}: ${logins.done + report.logins} logins, ${report.reads} reads, ${report.requests} requests of Gloo's, 0 failed, longest gap ${(report.longestGap / 1000).toFixed(1)} s; ${refused}` };
    } finally {
      await Promise.all([gloo.stop(), logins.stop()]);
    }
  },
};

/** The bad moments: to drop the role that Gloo has, at once or after a deployment that was cut off before it came to Gloo. */
async function refusedJumps(stage: Stage, from: number, to: number, gloo: GlooProcess): Promise<string> {
  const { world } = stage;
  const before = world.environment;
  const jump = await failureOf(`A jump from generation ${from} to ${to}`, world.update(withGenerations(before, [to])));
  demand(jump.message.includes(`Gloo logs in to Vault by generation ${from} of its auth role`), `The jump failed otherwise: ${jump.message}`);
  demand(world.iam.findRole(names.authRole(before.cluster.name, to)) === undefined, `The refused jump left the role of generation ${to}`);
  const cut = 'The deployment is cut off';
  const stopped = await failureOf('A deployment that is cut off', world.update(withGenerations(before, [from, to]), (stack) => (stack.endsWith('-Vault') ? Promise.reject(new Error(cut)) : Promise.resolve())));
  demandEqual('How it ended', stopped.message, cut);
  const next = (to % 99) + 1;
  const early = await failureOf(`A rotation to ${next} before that to ${to} has ended`, world.update(withGenerations(before, [to, next])));
  demand(early.message.includes(`drops it`) && early.message.includes(`[${from}, ${to}] first`), `The rotation that was started early failed otherwise: ${early.message}`);
  await gloo.settled();
  await bothBound(stage, from, to);
  return `a jump to ${to}, and a rotation to ${next} before that to ${to} had come to Gloo, refused by the Identity stack with nothing lost`;
}

/** The rest of the first deployment: the proof with the new role, and Gloo's new pod beside the old one. */
async function move(stage: Stage, from: number, to: number, gloo: GlooProcess, logins: Logins): Promise<void> {
  const { world } = stage;
  await world.update(withGenerations(world.environment, [from, to]));
  demandEqual("The role of Gloo's new pods", world.pods.roleArn(world.environment.gloo.namespace, 'gloo'), environmentRoleArn(world.environment, names.authRole(world.environment.cluster.name, to)));
  await gloo.restart();
  logins.use(glooPod(world, 'gloo'));
  const twice = await Promise.all(['again', 'again'].map(async (id) => world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: id })));
  demandEqual('Two deployments at once', twice.flatMap(({ error }) => error?.message ?? []), []);
  await bothBound(stage, from, to);
}

/** Gloo may log in as either. */
async function bothBound(stage: Stage, from: number, to: number): Promise<void> {
  for (const generation of [from, to]) {
    const role = stage.world.iam.role(names.authRole(stage.world.environment.cluster.name, generation));
    demandEqual(`Who is bound to ${role.name} in Vault`, (await boundRole(stage, role.name))?.bound_iam_principal_id, [role.id]);
    await logInAs(stage.world, generation);
  }
}

/** Nobody may log in as the former, and nothing is left of it. */
async function oneBound(stage: Stage, from: number, to: number): Promise<void> {
  const { world } = stage;
  const former = names.authRole(world.environment.cluster.name, from);
  demand((await boundRole(stage, former)) === undefined, `Vault still has the role ${former}`);
  demand(world.iam.findRole(former) === undefined, `IAM still has the role ${former}`);
  await failureOf(`A login by generation ${from}`, logInAs(world, from));
  await logInAs(world, to);
}

async function boundRole(stage: Stage, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  return observerOf(stage).read(`auth/${stage.world.environment.vault.auth.mountPath}/role/${name}`);
}

/** A login with Gloo's service account and the role of a generation, whichever its pods have. */
async function logInAs(world: World, generation: number): Promise<void> {
  const { gloo, cluster } = world.environment;
  const roleArn = environmentRoleArn(world.environment, names.authRole(cluster.name, generation));
  const { client } = glooPod(world, 'gloo');
  await client.logIn(await assumeRoleWithWebIdentity(world, roleArn, await world.pods.token(gloo.namespace, 'gloo')));
}

const withGenerations = (environment: Environment, generations: Environment['identity']['generations']): Environment => ({ ...environment, identity: { ...environment.identity, generations } });

/** Logs in without end, with the pod that there is, and reads the list of secrets with each token. */
class Logins {
  done = 0;
  readonly failures: string[] = [];
  private readonly ending = new AbortController();
  private readonly running: Promise<void>;

  constructor(private pod: GlooPod) {
    this.running = this.run();
  }

  /** From the next login on. */
  use(pod: GlooPod): void {
    this.pod = pod;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      const { pod } = this;
      try {
        await pod.client.secrets(await pod.logIn());
        this.done += 1;
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
      }
      await sleep(LOGIN_EVERY);
    }
  }
}
