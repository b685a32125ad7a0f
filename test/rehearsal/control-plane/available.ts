import { findControlPlane, type ControlPlanePrograms } from '../../../rehearsal/control-plane/find-control-plane';
import { isInNamespace } from '../../../rehearsal/control-plane/network-namespace';

/** The control plane of `npm run test:control-plane`, which runs jest in a network namespace and has built it. */
export function controlPlanePrograms(): Promise<ControlPlanePrograms> {
  if (!isInNamespace(process.env)) {
    throw new Error('this test needs a network namespace of its own: npm run test:control-plane');
  }
  return findControlPlane({ env: process.env, onProgress: () => undefined });
}
