import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnOIDCProvider } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { VAULT_SERVICE_ACCOUNT } from '../../cdk8s/vault-service-account';
import { Addons, neededAddons } from '../cluster/addons';
import type { OidcProvider } from '../cluster/cluster-access';
import { isGuest, type AnyEnvironment, type ImportedCluster } from '../environment/environment';
import { AuthRole } from './auth-role';
import { AuthRoleGeneration } from './gate/auth-role-generation';
import { boundRoles, glooServiceAccounts } from './names';
import { ServerRole } from './server-role';

export interface IdentityStackProps extends StackProps {
  readonly environment: AnyEnvironment;
  /** Name of Gloo's stack. */
  readonly glooStack: string;
  /** The provider of a cluster that the app creates; an imported one's is taken or associated here. */
  readonly oidcProvider?: OidcProvider;
}

/** IAM roles of Gloo and, where there is one, of Vault (guide rows 1–3, 19), and what an imported cluster lacks for that. */
export class IdentityStack extends Stack {
  constructor(scope: Construct, id: string, props: IdentityStackProps) {
    super(scope, id, props);
    const { environment } = props;
    const { cluster, identity, gloo } = environment;
    const provider = cluster.kind === 'imported' ? this.providerOf(cluster) : props.oidcProvider;
    if (!provider) throw new Error('IdentityStack needs the OIDC provider of the cluster that the app creates.');
    const trust = { clusterName: cluster.name, oidcProviderArn: provider.arn, issuerHost: provider.issuerHost };
    for (const generation of identity.generations) {
      new AuthRole(this, `AuthRole${generation === 1 ? '' : generation}`, {
        ...trust,
        generation,
        namespace: gloo.namespace,
        serviceAccounts: glooServiceAccounts(gloo),
        policy: identity.authPolicy,
      });
    }
    new AuthRoleGeneration(this, 'GenerationGate', { clusterName: cluster.name, generations: identity.generations, glooStack: props.glooStack });
    const addons = cluster.kind === 'imported' ? neededAddons(environment) : [];
    if (addons.length > 0) new Addons(this, 'Addons', { clusterName: cluster.name, oidcProvider: provider, addons });
    if (isGuest(environment)) return;
    new ServerRole(this, 'ServerRole', { ...trust, namespace: environment.vault.namespace, serviceAccounts: [VAULT_SERVICE_ACCOUNT], authRoles: boundRoles(environment) });
  }

  private providerOf({ oidc, issuerHost }: ImportedCluster): OidcProvider {
    if ('providerArn' in oidc) return { arn: oidc.providerArn, issuerHost };
    // As `eksctl utils associate-iam-oidc-provider` does (row 1).
    const created = new CfnOIDCProvider(this, 'OidcProvider', { url: oidc.issuer, clientIdList: ['sts.amazonaws.com'] });
    return { arn: created.attrArn, issuerHost };
  }
}
