import { type CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { AnyEnvironment } from '../../environment/environment';
import { glooAuthRole, glooServiceAccounts, names, roleArn } from '../../identity/names';
import { functionResource } from '../../vault/function-resource';
import { VaultFunction } from '../../vault/vault-function';
import { loginsToProve, proofDigest, vaultBehind } from './logins';
import { networkRule, proxyRule } from './way-to-vault';
import { RESOURCE_TYPE, type GlooLoginProofProperties } from './properties';

export interface GlooLoginProofProps {
  readonly environment: AnyEnvironment;
  readonly access: ClusterAccess;
  /** Gloo's namespace, which one of the function's Roles lives in. Vault's has to be there before, and Vault configured. */
  readonly namespace: IDependable;
  /** The service accounts that the tokens are of. */
  readonly serviceAccounts: readonly IDependable[];
}

/** Two services accounts, each with the patience for what settles. */
const FUNCTION_TIMEOUT = Duration.minutes(5);

/**
 * Proves that Gloo will be able to log in to Vault, whenever a setting changes that the login rests on, before Gloo's chart
 * depends on it: Gloo would crash-loop.
 *
 * A proof is not changed, it is made anew: its id ends in a digest of all that bears on the login, as API Gateway's
 * deployments have it. With other settings CloudFormation creates another proof and deletes the old one, and a Delete does
 * nothing. Were it an Update, a rollback would send another one, with the earlier settings, against a Vault whose stack has
 * moved on; and an Update that fails during a rollback leaves the stack in UPDATE_ROLLBACK_FAILED.
 */
export class GlooLoginProof extends VaultFunction {
  /** When it is there, each of Gloo's service accounts has logged in. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: GlooLoginProofProps) {
    const { environment, access } = props;
    const { cluster: settings, gloo } = environment;
    const vault = vaultBehind(environment);
    const authRoleArn = roleArn(scope, glooAuthRole(environment));
    super(scope, id, {
      access,
      after: [props.namespace],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Proves that Gloo of ${settings.name} can log in to Vault`,
      roleName: names.proofRole(settings.name),
      roleDescription: 'Proves the login of Gloo; whoever is this role can be Gloo',
      statements: [
        // STS does not say which condition of a trust policy refuses.
        new PolicyStatement({ sid: 'ReadTrustOfAuthRole', actions: ['iam:GetRole'], resources: [authRoleArn] }),
      ],
      group: 'gloo-login-proof',
      rules: {
        // Who may ask for these tokens can be Gloo, for as long as what they buy lives: at STS an hour, at Vault a session, which
        // a period lets be renewed without end. No other service account, and no Secret, for they are kept nowhere.
        [gloo.namespace]: [{ resource: 'serviceaccounts/token', names: glooServiceAccounts(gloo), verbs: ['create'] }],
        ...proxyRule(vault),
      },
      timeout: FUNCTION_TIMEOUT,
      ...networkRule(vault),
    });
    const { cluster } = access;
    const properties: GlooLoginProofProperties = {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      vault,
      logins: loginsToProve(environment, authRoleArn),
    };
    this.resource = functionResource(this, {
      id: `Proof${proofDigest(environment)}`,
      fn: this.fn,
      type: RESOURCE_TYPE,
      properties,
      timeout: FUNCTION_TIMEOUT,
      needs: [...this.needs, ...props.serviceAccounts],
    });
  }
}
