import type { Run } from '../../client/attempts';
import { toMessage } from '../../client/errors';
import { decodeEarlierProperties, decodeProperties, type VaultConfigurationProperties } from '../properties';
import { configure, unconfigure } from './lifecycle';
import { onSchedule } from './schedule';

/** What CDK's provider framework hands over, or a schedule. */
export interface ConfigurationEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete' | 'Check' | 'Repair';
  readonly ResourceProperties?: unknown;
  readonly OldResourceProperties?: unknown;
  readonly PhysicalResourceId?: string;
}

/**
 * Does what an event asks for.
 * @param write gets metrics, which stand alone on a line.
 */
export async function respond(event: ConfigurationEvent, run: Run, write: (line: string) => void): Promise<{ PhysicalResourceId: string }> {
  if (event.RequestType === 'Delete') {
    const props = tryDecode(event.ResourceProperties, run);
    if (props) await unconfigure(run, props);
    return { PhysicalResourceId: event.PhysicalResourceId ?? 'never-created' };
  }
  const props = decodeProperties(event.ResourceProperties);
  if (event.RequestType === 'Check' || event.RequestType === 'Repair') {
    await onSchedule(run, props, event.RequestType, write);
    return { PhysicalResourceId: physicalId(props) };
  }
  const previous = event.RequestType === 'Update' ? tryDecode(event.OldResourceProperties, run) : undefined;
  const sameVault = previous && physicalId(previous) === physicalId(props);
  await configure(run, props, sameVault ? previous : undefined);
  return { PhysicalResourceId: physicalId(props) };
}

const physicalId = ({ cluster, vault }: VaultConfigurationProperties) => `${cluster.name}/${vault.namespace}`;

/** Properties of a deployment that is over: ones that an older version wrote differently must not block a newer one. */
function tryDecode(raw: unknown, run: Run): VaultConfigurationProperties | undefined {
  try {
    return decodeEarlierProperties(raw);
  } catch (error) {
    run.log(`passed over earlier properties: ${toMessage(error, run.mask)}`);
    return undefined;
  }
}
