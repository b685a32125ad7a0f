import { VAULT_SERVICE_ACCOUNT } from '../../cdk8s/vault-service-account';
import type { Image } from '../versions';

/**
 * Values of the chart `hashicorp/vault` in dev mode (guide row 4).
 * Left out on purpose, because nothing here uses them: the injector (a mutating webhook for the whole cluster) and the
 * auth delegator (a cluster role binding for Vault's kubernetes auth method).
 * @param image @default - the chart's own
 */
export function devHelmValues(image: Image | undefined): Record<string, unknown> {
  return {
    injector: { enabled: false },
    server: {
      ...(image ? { image } : {}),
      // The chart's own literal. Known to everyone, so the configuration revokes it.
      dev: { enabled: true, devRootToken: 'root' },
      authDelegator: { enabled: false },
      serviceAccount: { create: false, name: VAULT_SERVICE_ACCOUNT },
    },
  };
}
