import { availableControlPlane } from '../../../rehearsal/control-plane/available';
import { isInNamespace } from '../../../rehearsal/control-plane/network-namespace';

const binary = { kind: 'binary', path: '/opt/vault', version: '1.21.1', description: 'a Vault' } as const;

async function refusalOf(vault: Parameters<typeof availableControlPlane>[0], env: NodeJS.ProcessEnv): Promise<string[]> {
  const lines: string[] = [];
  await expect(availableControlPlane(vault, { env, onProgress: (line) => lines.push(line) })).resolves.toBeUndefined();
  return lines;
}

test('a Vault in a container has no address in the namespace', async () => {
  await expect(refusalOf({ kind: 'docker', image: 'i', version: '1', description: 'd' }, {})).resolves.toEqual([
    'No real control plane: Vault runs in a container here, which is not in its network namespace; set VAULT_BIN; the stand-in is used',
  ]);
});

test('without unshare there is no namespace, which is said in one line', async () => {
  const [line, ...others] = await refusalOf(binary, { PATH: '/nowhere' });
  expect(line).toMatch(/^No real control plane: .*not found.*it takes unshare, unprivileged user namespaces and ip.*; the stand-in is used$/);
  expect(others).toEqual([]);
});

test('without the programs it says what is wrong with them', async () => {
  const [line] = await refusalOf(binary, { REHEARSAL_NETWORK_NAMESPACE: '1', KUBEBUILDER_ASSETS: '/nowhere' });
  expect(line).toContain('No real control plane: KUBEBUILDER_ASSETS=/nowhere: /nowhere/kube-apiserver --version: not found');
});

test('only a process that was put there is in a namespace', () => {
  expect([isInNamespace({}), isInNamespace({ REHEARSAL_NETWORK_NAMESPACE: '1' })]).toEqual([false, true]);
});
