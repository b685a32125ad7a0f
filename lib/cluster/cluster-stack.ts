import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AddonName, NewCluster } from '../environment/environment';
import { Addons } from './addons';
import { CreatedCluster } from './created-cluster';

export interface ClusterStackProps extends StackProps {
  readonly cluster: NewCluster;
  /** Add-ons beside those that every cluster has. */
  readonly addons: readonly AddonName[];
}

/** The cluster of an environment that creates one. */
export class ClusterStack extends Stack {
  readonly access: CreatedCluster;
  private readonly zones: readonly string[] | undefined;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    this.zones = props.cluster.availabilityZones;
    this.access = new CreatedCluster(this, 'Eks', props.cluster);
    if (props.addons.length === 0) return;
    const addons = new Addons(this, 'Addons', { clusterName: props.cluster.name, oidcProvider: this.access.oidcProvider, addons: props.addons });
    // Their pods need nodes, and names.
    addons.node.addDependency(this.access);
  }

  /** Those named, or the region's as CloudFormation lists them at deployment: a look-up at synth would need AWS. */
  override get availabilityZones(): string[] {
    return this.zones ? [...this.zones] : [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
