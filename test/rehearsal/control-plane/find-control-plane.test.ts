import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findControlPlane } from '../../../rehearsal/control-plane/find-control-plane';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-control-plane-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Programs that say such a version. */
function programs(name: string, versions: Readonly<Record<string, string>>): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const [program, says] of Object.entries(versions)) {
    writeFileSync(join(directory, program), `#!/bin/sh\necho "${says}"\n`);
    chmodSync(join(directory, program), 0o755);
  }
  return directory;
}
const BOTH = { etcd: 'etcd Version: 3.6.6', 'kube-apiserver': 'Kubernetes v1.35.4' };
// No go in there, so that nothing is ever built.
const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH: '/bin', XDG_CACHE_HOME: join(folder, 'cache'), ...more });
const find = (more: NodeJS.ProcessEnv) => findControlPlane({ env: env(more), onProgress: () => undefined });

test('takes both from KUBEBUILDER_ASSETS, the convention of envtest', async () => {
  const assets = programs('assets', BOTH);
  await expect(find({ KUBEBUILDER_ASSETS: assets })).resolves.toEqual({
    etcd: join(assets, 'etcd'),
    kubeApiserver: join(assets, 'kube-apiserver'),
    version: '1.35.4',
    description: `kube-apiserver 1.35.4 and etcd 3.6.6 from KUBEBUILDER_ASSETS=${assets}`,
  });
});

test('a KUBEBUILDER_ASSETS that has not both is an error: whoever sets it means that one', async () => {
  const assets = programs('assets', { etcd: BOTH.etcd });
  await expect(find({ KUBEBUILDER_ASSETS: assets, PATH: `${programs('bin', BOTH)}:/bin` })).rejects.toThrow(
    `KUBEBUILDER_ASSETS=${assets}: ${join(assets, 'kube-apiserver')} --version: not found; set it to a folder with etcd and kube-apiserver, or unset it to let them be found`,
  );
});

test('a program that says something else is named with what it said', async () => {
  const assets = programs('assets', { ...BOTH, 'kube-apiserver': 'hello' });
  await expect(find({ KUBEBUILDER_ASSETS: assets })).rejects.toThrow(`"${join(assets, 'kube-apiserver')} --version" answers "hello"`);
});

test('else takes both from PATH', async () => {
  const bin = programs('bin', BOTH);
  await expect(find({ PATH: `${bin}:/bin` })).resolves.toMatchObject({ etcd: join(bin, 'etcd'), description: 'kube-apiserver 1.35.4 and etcd 3.6.6 from PATH' });
});

test('one of the two on PATH is not enough: both are built, which takes Go', async () => {
  await expect(find({ PATH: `${programs('bin', { etcd: BOTH.etcd })}:/bin` })).rejects.toThrow('go env GOVERSION: not found');
});
