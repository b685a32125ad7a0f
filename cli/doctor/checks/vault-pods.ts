import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import { vaultVersion as versionOfChart } from '../../../lib/versions';
import { vaultAddresses } from '../../../lib/vault/addresses';
import { RAFT_PEERS } from '../../../lib/vault/configuration/handler/raft-peers';
import { podNames, podObject, wantedRevision, type VaultPod } from '../../roll/pods';
import { failure, joined, NotKnown, ok, warning, type Finding } from '../finding';
import type { Check, Ports } from '../ports';

/** What a pod of Vault says of itself, or why it says nothing. */
export interface PodHealth {
  readonly pod: string;
  readonly health: { readonly initialized: boolean; readonly sealed: boolean; readonly standby: boolean; readonly version: string } | { readonly unreachable: string };
}

/** Every state is answered with 200, which is no failure of the request. Source: Vault, "/sys/health". */
const HEALTH = 'sys/health?standbycode=200&perfstandbyok=true&sealedcode=200&uninitcode=200';

/** Asks every pod, through the API server's proxy; a dev-mode Vault is one pod, behind its Service. */
async function healthOfPods({ environment: { vault }, vault: open }: Ports): Promise<readonly PodHealth[]> {
  return Promise.all(
    vaultAddresses(vault).pods.map(async (name): Promise<PodHealth> => {
      const pod = name.split(':')[1] ?? name;
      try {
        const client = vault.raft ? await open({ kind: 'pods', namespace: vault.namespace, name }) : await open();
        const answer = await client.get(HEALTH);
        if (!answer.ok) return { pod, health: { unreachable: `it answered ${answer.status} ${answer.reason}`.trim() } };
        const { initialized, sealed, standby, version } = answer.body;
        return { pod, health: { initialized: initialized === true, sealed: sealed === true, standby: standby === true, version: String(version) } };
      } catch (error) {
        if (error instanceof NotKnown) throw error;
        return { pod, health: { unreachable: error instanceof Error ? error.message : String(error) } };
      }
    }),
  );
}

export const vaultPods: Check = {
  id: 'vault-pods',
  title: 'Vault is unsealed',
  look: async (ports) => judgePods(ports.environment, await healthOfPods(ports)),
};

export function judgePods({ vault: { namespace, raft } }: Pick<Environment, 'vault'>, pods: readonly PodHealth[]): Finding {
  const findings = pods.map(({ pod, health }): Finding => {
    if ('unreachable' in health) return failure(`${pod} does not answer: ${health.unreachable}`, `See why the pod does not run: kubectl describe pod -n ${namespace} ${pod}`);
    if (!health.initialized) return failure(`${pod} is not initialised`, raft ? 'An empty volume among initialised ones joins by itself; if none is initialised, deploy with another vault.revision, which initialises the first.' : `Start it again: kubectl delete pod -n ${namespace} ${pod}`);
    if (health.sealed) {
      return failure(`${pod} is sealed`, `See why KMS does not unseal it (key disabled, role, way out): kubectl logs -n ${namespace} ${pod} -c vault; aws kms describe-key`);
    }
    return ok(`${pod} ${health.standby ? 'standby' : 'active'}`);
  });
  const leaders = pods.filter(({ health }) => !('unreachable' in health) && health.initialized && !health.sealed && !health.standby);
  const led = leaders.length === 1 ? [] : [failure(leaders.length === 0 ? 'no pod is the leader' : `${leaders.map(({ pod }) => pod).join(' and ')} both say that they lead`, `A majority has to reach each other on 8201: kubectl logs -n ${namespace} -l component=server -c vault`)];
  return joined([...findings, ...led], failure('no pod of Vault was asked'));
}

export const vaultVersion: Check = {
  id: 'vault-version',
  title: "Vault's version",
  look: async (ports) => judgeVaultVersion(ports.environment, await healthOfPods(ports)),
};

/** A chart's new version restarts no pod by itself. */
export function judgeVaultVersion({ name, vault }: Pick<Environment, 'name' | 'vault'>, pods: readonly PodHealth[]): Finding {
  const running = pods.flatMap(({ pod, health }) => ('unreachable' in health ? [] : [{ pod, version: health.version }]));
  if (running.length === 0) throw new NotKnown('no pod answers');
  const wanted = versionOfChart(vault.chartVersion);
  const versions = [...new Set(running.map(({ version }) => version))];
  if (wanted === undefined) return ok(`${versions.join(', ')}; which one chart ${vault.chartVersion} deploys is not in lib/versions.ts`);
  const others = running.filter(({ version }) => version !== wanted);
  if (others.length === 0) return ok(`${wanted}, that of chart ${vault.chartVersion}`);
  return warning(
    `chart ${vault.chartVersion} deploys ${wanted}, and ${others.map(({ pod, version }) => `${pod} runs ${version}`).join(', ')}`,
    vault.raft
      ? `Restart Vault's pods one after the other, the leader last: npx gloo-vault roll -e ${name}`
      : `kubectl delete pod -n ${vault.namespace} vault-0, which loses the secrets of a dev-mode Vault; then deploy with another vault.revision.`,
  );
}

export const vaultRevision: Check = {
  id: 'vault-revision',
  title: "Vault's pods run what is deployed",
  look: async ({ environment, kube }) => {
    const server = await kube();
    const { namespace } = environment.vault;
    const [wanted, pods] = await Promise.all([wantedRevision(server, namespace), Promise.all(podNames(environment).map((pod) => podObject(server, namespace, pod)))]);
    return judgeRevisions(environment, wanted, pods);
  },
};

/** The chart restarts no pod by itself (OnDelete): what a deployment changed of them runs when somebody does. */
export function judgeRevisions({ name, vault: { namespace, raft } }: Pick<Environment, 'name' | 'vault'>, wanted: string | undefined, pods: readonly Pick<VaultPod, 'name' | 'revision'>[]): Finding {
  if (wanted === undefined) throw new NotKnown("the StatefulSet's controller has not seen its last change yet");
  const others = pods.filter(({ revision }) => revision !== undefined && revision !== wanted).map((pod) => pod.name);
  if (others.length === 0) return ok(`all ${pods.length} of ${wanted}`);
  return warning(
    `${others.join(', ')}: started from an older configuration than the deployed one, ${wanted}`,
    raft ? `Restart Vault's pods one after the other, the leader last: npx gloo-vault roll -e ${name}` : `kubectl delete pod -n ${namespace} vault-0, which loses the secrets of a dev-mode Vault; then deploy with another vault.revision.`,
  );
}

/** For a Vault with replicas: who takes part in Raft's majority. */
export const vaultVoters: Check = {
  id: 'vault-voters',
  title: 'Replicas vote',
  look: async ({ environment, vault, vaultToken }) => {
    const answer = await (await vault()).get(RAFT_PEERS, await vaultToken());
    if (!answer.ok) throw new NotKnown(`Vault answered ${answer.status} to who votes in Raft${answer.reason ? ` (${answer.reason})` : ''}`);
    return judgeVoters(environment, answer.body);
  },
};

/** @param answer of {@link RAFT_PEERS} */
export function judgeVoters({ vault: { namespace, raft } }: Pick<Environment, 'vault'>, answer: Readonly<Record<string, unknown>>): Finding {
  const config = isMapping(answer.data) && isMapping(answer.data.config) ? answer.data.config : {};
  const servers = Array.isArray(config.servers) ? config.servers.filter(isMapping) : [];
  const voters = servers.filter(({ voter }) => voter === true).map(({ node_id: id }) => String(id));
  const wanted = raft?.replicas ?? 1;
  if (voters.length === wanted) return ok(`${voters.length} of ${wanted}: ${voters.sort().join(', ')}`);
  return failure(
    `${voters.length} of ${wanted} replicas vote${voters.length > wanted ? ', some of which are gone' : ''}: ${voters.sort().join(', ') || 'none'}`,
    voters.length < wanted ? `See what keeps a pod from joining: kubectl get pods -n ${namespace} -o wide` : 'Take out the peers that are gone: vault operator raft remove-peer NAME',
  );
}
