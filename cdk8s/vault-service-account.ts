import { Chart } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface VaultServiceAccountProps {
  readonly namespace: string;
  /** IAM role of Vault's pods (guide row 19). */
  readonly roleArn: string;
  /** Whether Vault speaks to the API server: with replicas it labels its pods. */
  readonly usesApiServer: boolean;
}

/** Name of the service account that Vault's pods run as. */
export const VAULT_SERVICE_ACCOUNT = 'vault';

/**
 * Vault's service account. Not the chart's: in dev mode that drops the annotations without a word, and Vault would have
 * no AWS role.
 */
export class VaultServiceAccountChart extends Chart {
  constructor(scope: Construct, id: string, props: VaultServiceAccountProps) {
    super(scope, id, { namespace: props.namespace });
    new ServiceAccount(this, 'ServiceAccount', {
      metadata: {
        name: VAULT_SERVICE_ACCOUNT,
        annotations: {
          'eks.amazonaws.com/role-arn': props.roleArn,
          'eks.amazonaws.com/sts-regional-endpoints': 'true',
        },
      },
      // The AWS token is a volume of its own.
      automountToken: props.usesApiServer,
    });
  }
}
