import type { Vault } from '../../lib/environment/environment';
import { glooPolicyPaths } from '../../lib/vault/policy';

const vault = (form: Vault['policy']['form'], mountPath: string) => ({ kv: { mountPath }, policy: { name: 'dev', form } }) as Vault;

test('the guide: all of the mount, and the list of mounts', () => {
  expect(glooPolicyPaths(vault('guide', 'dev'))).toEqual({
    'dev/*': ['create', 'read', 'update', 'delete', 'list'],
    'dev/': ['list'],
    'sys/mounts': ['read', 'list'],
  });
});

test('the smallest: list and read of Gloo’s own secrets, below a mount path of several segments too', () => {
  expect(glooPolicyPaths(vault('smallest', 'team/a'))).toEqual({
    'team/a/metadata/gloo/gloo.solo.io/v1/Secret/*': ['list'],
    'team/a/data/gloo/gloo.solo.io/v1/Secret/*': ['read'],
  });
});
