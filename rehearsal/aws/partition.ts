import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Partition } from '../../lib/environment/environment';

const PARTITIONS: readonly Partition['name'][] = ['aws', 'aws-cn', 'aws-us-gov'];

/**
 * The partition that a region belongs to, with its DNS suffix (source: aws-cdk-lib's region-info).
 * @throws for a region that is unknown or in a partition that this app does not serve.
 */
export function partitionOf(region: string): Partition {
  const { partition, domainSuffix } = RegionInfo.get(region);
  const name = PARTITIONS.find((known) => known === partition);
  if (name === undefined || domainSuffix === undefined) {
    throw new Error(`region "${region}": not in one of the partitions ${PARTITIONS.join(', ')}; give a region such as eu-central-1`);
  }
  return { name, dnsSuffix: domainSuffix };
}
