import { Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface VaultAuthorityProps {
  readonly namespace: string;
  /** Name of the ConfigMap. */
  readonly name: string;
  readonly key: string;
  /** PEM, one certificate or several. */
  readonly certificates: string;
}

/** Whose certificates Gloo takes for Vault's, where that is in another cluster. It is no secret. */
export class VaultAuthorityChart extends Chart {
  constructor(scope: Construct, id: string, { namespace, name, key, certificates }: VaultAuthorityProps) {
    super(scope, id, { namespace });
    new ConfigMap(this, 'ConfigMap', { metadata: { name }, data: { [key]: certificates } });
  }
}
