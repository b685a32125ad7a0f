import { rmSync } from 'node:fs';
import { Observer } from '../../rehearsal/observer';
import { DEV_ROOT_TOKEN } from '../../rehearsal/vault/vault-process';
import { createWorld, type World } from '../../rehearsal/world';
import { synthesizeGuide } from '../vault/configuration/handler/synthesized';
import { describeWithVault } from './vault/available';

describeWithVault('another deployment of the same environment', (command) => {
  let world: World;
  let observer: Observer;
  let close = () => Promise.resolve();
  beforeAll(async () => {
    const { environment, directory, assemblyDir } = await synthesizeGuide();
    world = await createWorld({ assemblyDir, environment, vault: command() });
    observer = await Observer.withRoot(() => world.vault.place(), DEV_ROOT_TOKEN);
    close = async () => {
      await world.close();
      rmSync(directory, { recursive: true });
    };
  }, 60_000);
  afterAll(() => close());

  test('changes what changed in place, stack by stack, and keeps the rest as it is', async () => {
    expect((await world.configure({ RequestType: 'Create' })).error).toBeUndefined();
    const { environment, iam } = world;
    const role = iam.recreateRole('dev-role-iam-trial');
    const stacks: string[] = [];
    const to = { ...environment, vault: { ...environment.vault, policy: { name: 'gloo', form: 'smallest' } as const } };
    const calls = await world.update(to, (stack) => Promise.resolve(void stacks.push(stack)));

    expect(stacks).toEqual(['guide-Vault', 'guide-Gloo']);
    expect(calls.map(({ type, request }) => `${request} ${type}`)).toEqual(['Update Custom::VaultConfiguration', 'Create Custom::GlooLoginProof', 'Delete Custom::GlooLoginProof']);
    expect(await observer.list('sys/policies/acl')).toEqual(expect.arrayContaining(['gloo', 'vault-config-trial']));
    expect(await observer.list('sys/policies/acl')).not.toContain('dev');
    expect(iam.role('dev-role-iam-trial')).toBe(role);
    expect(world.environment).toBe(to);
    expect(world.configurationProperties).toMatchObject({ policy: { name: 'gloo' } });
    expect(world.deployment.stacks.map(({ name, status }) => `${name} ${status}`)).toEqual(['guide-Cluster CREATE_COMPLETE', 'guide-Identity CREATE_COMPLETE', 'guide-Vault UPDATE_COMPLETE', 'guide-Gloo UPDATE_COMPLETE']);
  }, 60_000);

  test('that fails is taken back, and says why', async () => {
    await observer.write('sys/mounts/taken', { type: 'transit' });
    const { environment, deployment } = world;
    await expect(world.update({ ...environment, vault: { ...environment.vault, kv: { ...environment.vault.kv, mountPath: 'taken' } } })).rejects.toThrow(/^guide-Vault: Custom::VaultConfiguration: Vault holds what this configuration must not change: the mount "taken\/" exists with type "transit", not "kv".*Nothing was written\.$/);
    expect(world.environment).toBe(environment);
    expect(world.deployment.resources).toEqual(deployment.resources);
    expect(world.deployment.stacks.map(({ status }) => status)).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE']);
  }, 60_000);
});
