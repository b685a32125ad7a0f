import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { buildProgram, builtProgram, pinnedVersions, type BuildOptions, type GoProgram } from '../build/go-program';
import { runProgram } from '../run-program';

const ETCD: GoProgram = {
  title: 'etcd',
  name: 'etcd',
  module: 'go.etcd.io/etcd/server/v3',
  package: 'go.etcd.io/etcd/server/v3',
  directory: join(__dirname, 'etcd'),
};

const kubeApiserver: GoProgram = {
  title: 'kube-apiserver',
  name: 'kube-apiserver',
  module: 'k8s.io/kubernetes',
  package: 'k8s.io/kubernetes/cmd/kube-apiserver',
  directory: join(__dirname, 'kube-apiserver'),
};
// What Kubernetes' own build says of itself: without it, the program calls itself 0.0.0.
const KUBE_APISERVER: GoProgram = { ...kubeApiserver, variables: { 'k8s.io/component-base/version.gitVersion': `v${pinnedVersions(kubeApiserver).version}` } };

/** A control plane that runs here: its programs, and in words where they came from. */
export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly kubeApiserver: string;
  /** Of kube-apiserver, `1.35.4`, as the program itself says. */
  readonly version: string;
  /** For the reader: `kube-apiserver 1.35.4 and etcd 3.6.6 from KUBEBUILDER_ASSETS=/opt/envtest`. */
  readonly description: string;
}

type Paths = Pick<ControlPlanePrograms, 'etcd' | 'kubeApiserver'>;

const QUICK = 20_000;

/**
 * Finds etcd and kube-apiserver: in the folder `KUBEBUILDER_ASSETS` (the convention of envtest), else on `PATH`, else
 * builds both with Go from the pinned modules beside this file, once.
 * @throws one line when `KUBEBUILDER_ASSETS` has none that runs, or there is no Go to build them.
 */
export async function findControlPlane(options: BuildOptions): Promise<ControlPlanePrograms> {
  const { env } = options;
  if (env.KUBEBUILDER_ASSETS) {
    const folder = resolve(env.KUBEBUILDER_ASSETS);
    try {
      return await described({ etcd: join(folder, 'etcd'), kubeApiserver: join(folder, 'kube-apiserver') }, `KUBEBUILDER_ASSETS=${env.KUBEBUILDER_ASSETS}`, env);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`KUBEBUILDER_ASSETS=${env.KUBEBUILDER_ASSETS}: ${reason}; set it to a folder with etcd and kube-apiserver, or unset it to let them be found`);
    }
  }
  const found = onPath(env);
  if (found) {
    return described(found, 'PATH', env);
  }
  return described({ etcd: await buildProgram(ETCD, options), kubeApiserver: await buildProgram(KUBE_APISERVER, options) }, 'the builds of rehearsal/control-plane', env);
}

/** The control plane that is on this machine already, found without running or building anything. For tests. */
export function installedControlPlane(env: NodeJS.ProcessEnv): Paths | undefined {
  if (env.KUBEBUILDER_ASSETS) {
    return { etcd: join(env.KUBEBUILDER_ASSETS, 'etcd'), kubeApiserver: join(env.KUBEBUILDER_ASSETS, 'kube-apiserver') };
  }
  const [etcd, kubeApiserver] = [builtProgram(ETCD, env), builtProgram(KUBE_APISERVER, env)];
  return onPath(env) ?? (etcd && kubeApiserver ? { etcd, kubeApiserver } : undefined);
}

async function described(paths: Paths, origin: string, env: NodeJS.ProcessEnv): Promise<ControlPlanePrograms> {
  const version = parse(await runProgram(paths.kubeApiserver, ['--version'], { env, timeout: QUICK }), /^Kubernetes v(\S+)/, paths.kubeApiserver);
  const etcd = parse(await runProgram(paths.etcd, ['--version'], { env, timeout: QUICK }), /^etcd Version: (\S+)/, paths.etcd);
  return { ...paths, version, description: `kube-apiserver ${version} and etcd ${etcd} from ${origin}` };
}

function parse(output: string, pattern: RegExp, program: string): string {
  const version = pattern.exec(output)?.[1];
  if (!version) {
    throw new Error(`"${program} --version" answers "${output.split('\n')[0] ?? ''}"`);
  }
  return version;
}

function onPath(env: NodeJS.ProcessEnv): Paths | undefined {
  const find = (name: string): string | undefined =>
    (env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find(isProgram);
  const [etcd, kubeApiserver] = [find('etcd'), find('kube-apiserver')];
  return etcd && kubeApiserver ? { etcd, kubeApiserver } : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
