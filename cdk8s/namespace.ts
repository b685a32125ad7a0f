import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** A namespace by itself: deleting one deletes all that is in it, so it shares its manifest with nothing. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    new Namespace(this, 'Namespace', { metadata: { name } });
  }
}
