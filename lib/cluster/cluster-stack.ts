import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { NewCluster } from '../environment/environment';
import { CreatedCluster } from './created-cluster';

export interface ClusterStackProps extends StackProps {
  readonly cluster: NewCluster;
}

/** The cluster of an environment that creates one. */
export class ClusterStack extends Stack {
  readonly access: CreatedCluster;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    this.access = new CreatedCluster(this, 'Eks', props.cluster);
  }

  /** The region's zones as CloudFormation lists them at deployment: looked up at synth, they would need an AWS call. */
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
