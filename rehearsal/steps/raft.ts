import { vaultVersion } from '../../lib/versions';
import { Mask } from '../../lib/vault/client/errors';
import { Http } from '../../lib/vault/client/http';
import { Secret } from '../../lib/vault/client/secrets-manager';
import { names } from '../../lib/identity/names';
import { generateRoot, hasGlass, overBrokenGlass } from '../break-glass';
import { Observer } from '../observer';
import type { RaftVault } from '../raft-vault';
import type { World } from '../world';
import { demand, demandEqual, type Step } from './step';

/** What the initialisation left for people. */
export interface KeptKeys {
  readonly recovery_keys: readonly string[];
  readonly recovery_threshold: number;
  readonly root_token?: string;
}

/** Row 4 with replicas: what the pods are before anybody has initialised them. */
export const podsStep: Step = {
  title: 'Vault’s pods run: TLS, sealed by KMS, nobody has initialised them',
  run: async ({ world }) => {
    const raft = replicas(world);
    for (const [index, node] of raft.nodes.entries()) {
      const { initialized, type } = await raft.sealStatus(index);
      demandEqual(`${node.name} initialised`, initialized, false);
      demandEqual(`The seal of ${node.name}`, type, 'awskms');
    }
    const release = world.objects.release('vault');
    demandEqual("The namespace of Vault's chart", release.namespace, world.environment.vault.namespace);
    const deployed = vaultVersion(release.version) ?? 'a version that lib/versions.ts does not know';
    const which = deployed === world.vault.version ? `Vault ${deployed}, the one rehearsed` : `Vault ${deployed}; rehearsed with ${world.vault.version}`;
    return { 4: `declared, not installed: chart ${release.chart} ${release.version} into ${release.namespace}, ${raft.nodes.length} replicas with Raft, of ${which}` };
  },
};

/** After the configuration: nothing static is left, and people can come in all the same. */
export const breakGlassStep: Step = {
  title: 'The root token is gone; recovery keys make another, and that is revoked',
  run: async (stage) => {
    const { world } = stage;
    const kept = await keptKeys(world);
    demandEqual('A root token in the secret', kept.root_token, undefined);
    const { recovery } = world.environment.vault.raft ?? {};
    demandEqual('Recovery keys and threshold', [kept.recovery_keys.length, kept.recovery_threshold], [recovery?.shares, recovery?.threshold]);
    demandEqual('A version of the secret with the root token', (await secretOf(world).read('AWSPREVIOUS'))?.text.includes('root_token') ?? false, false);
    stage.observer = await throughBrokenGlass(world, kept);
    const { version } = world.vault;
    const how = hasGlass(version) ? `, which Vault ${version} takes while its leader is opened for them, and neither before nor after` : '';
    return { 17: `root token revoked and dropped from the secret; one made from recovery keys${how}, used and revoked` };
  },
};

/** The replicas of this world. */
export function replicas({ vault }: Pick<World, 'vault'>): RaftVault {
  demand(vault.raft, 'This Vault has no replicas');
  return vault.raft;
}

/** What the secret holds, read as somebody with the function's own rights. */
export async function keptKeys(world: World): Promise<KeptKeys> {
  const found = await secretOf(world).read();
  demand(found, 'The secret for recovery keys holds nothing');
  return JSON.parse(found.text) as KeptKeys;
}

function secretOf({ aws, awsCaPem, environment, configurationProperties }: World): Secret {
  const { secretArn } = configurationProperties.initialisation as { secretArn: string };
  const credentials = aws.issueSession(names.configurationRole(environment.cluster.name), 'operator');
  return new Secret(new Http(awsCaPem, 10_000), credentials, new Mask(), secretArn, { AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.tlsUrls.secretsmanager });
}

function throughBrokenGlass(world: World, { recovery_keys: keys, recovery_threshold: threshold }: KeptKeys): Promise<Observer> {
  return overBrokenGlass(replicas(world), async (place) => {
    const root = await generateRoot(place, keys, threshold);
    const observer = await Observer.of(() => world.vault.place(), root);
    await observer.write('auth/token/revoke', { token: root });
    demand(!(await observer.knows(root)), 'The root token that was made from recovery keys is not revoked');
    return observer;
  });
}
