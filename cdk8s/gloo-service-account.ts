import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

export interface GlooServiceAccountProps {
  readonly namespace: string;
  /** `gloo` or `discovery`, as Gloo's chart calls it. */
  readonly name: string;
  /** Name of the Helm release that shall take it over. */
  readonly release: string;
}

/**
 * A service account of Gloo's that is there before its chart, so that its login can be proven before Gloo depends on it.
 * It says whose it shall be, for Helm takes over nothing else, and no more: what the chart sets as well, its role say,
 * would be a conflict of two owners at the next upgrade. Source: Helm, "Adopting resources".
 */
export class GlooServiceAccountChart extends Chart {
  constructor(scope: Construct, id: string, { namespace, name, release }: GlooServiceAccountProps) {
    super(scope, id, { namespace });
    new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name,
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
      },
    });
  }
}
