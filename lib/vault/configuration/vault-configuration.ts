import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry, KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, Runtime, LoggingFormat } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { App as Cdk8sApp } from 'cdk8s';
import { Construct, type IDependable } from 'constructs';
import { ConfigurationAccessChart } from '../../../cdk8s/configuration-access';
import { acceptAnyResource, acceptProviderFramework } from '../../accepted-findings';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { Environment } from '../../environment/environment';
import { names, roleArn } from '../../identity/names';
import { glooPolicyPaths } from '../policy';
import { handlerCode } from './handler-asset';
import { RESOURCE_TYPE, type VaultConfigurationProperties } from './properties';

export interface VaultConfigurationProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** Vault's namespace, which the function's Role lives in. */
  readonly namespace: IDependable;
  /** Vault itself. */
  readonly chart: IDependable;
}

/** Kubernetes group of the function's access entry; one Role is bound to it. */
const GROUP = 'vault-configuration';

/** The function may wait for Vault's first start as long as a Lambda may run. */
const FUNCTION_TIMEOUT = Duration.minutes(15);

/**
 * Configures Vault (guide rows 5–10) through the API server's service proxy: Vault needs no load balancer and no
 * ingress, and the function no way into the cluster but an access entry that lets it speak to this one Service.
 * Its construct id is a contract: under another one CloudFormation configures Vault first and deletes the old
 * resource, which is the same configuration, after it.
 */
export class VaultConfiguration extends Construct {
  constructor(scope: Construct, id: string, props: VaultConfigurationProps) {
    super(scope, id);
    const { environment, access } = props;
    const { cluster } = access;
    const { vault } = environment;
    const service = `http:vault:8200`;

    const role = new Role(this, 'Role', {
      roleName: names.configurationRole(environment.cluster.name),
      description: 'Configures Vault; whoever is this role can write policies in Vault',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const logs = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const rights = new Policy(this, 'Rights', {
      roles: [role],
      statements: [
        new PolicyStatement({ sid: 'WriteOwnLogs', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
        new PolicyStatement({
          sid: 'CompareUniqueIdOfAuthRole',
          actions: ['iam:GetRole'],
          resources: [roleArn(this, names.authRole(environment.cluster.name))],
        }),
        ...(access.functionSubnets ? [networkInterfaces()] : []),
      ],
    });
    if (access.functionSubnets) acceptAnyResource(rights, 'EC2 offers no narrower resource for network interfaces that do not exist yet.');
    const group = access.functionSubnets ? [this.securityGroup(cluster.vpc)] : [];
    const fn = new LambdaFunction(this, 'Function', {
      description: `Configures Vault of ${environment.cluster.name} for Gloo`,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: handlerCode(),
      role: role.withoutPolicyUpdates(),
      logGroup: logs,
      loggingFormat: LoggingFormat.TEXT,
      memorySize: 256,
      timeout: FUNCTION_TIMEOUT,
      ...(access.functionSubnets
        ? { vpc: cluster.vpc, vpcSubnets: { subnets: access.functionSubnets }, securityGroups: group }
        : {}),
    });
    fn.node.addDependency(rights);
    // In this direction only: the other one makes the Cluster stack depend on this one.
    if (access.functionSubnets) fn.connections.allowTo(cluster, Port.HTTPS, 'The API server');

    const entry = new CfnAccessEntry(this, 'AccessEntry', {
      clusterName: cluster.clusterName,
      principalArn: role.roleArn,
      kubernetesGroups: [GROUP],
    });
    const rbac = new KubernetesManifest(this, 'Access', {
      cluster,
      manifest: new ConfigurationAccessChart(new Cdk8sApp(), 'configuration-access', { namespace: vault.namespace, group: GROUP, services: [service] }).toJson() as Record<string, unknown>[],
      prune: false,
    });
    rbac.node.addDependency(props.namespace);

    const provider = new Provider(this, 'Provider', {
      onEventHandler: fn,
      logGroup: new LogGroup(this, 'ProviderLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
    acceptProviderFramework(provider, fn);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: RESOURCE_TYPE,
      serviceToken: provider.serviceToken,
      // A lost answer would otherwise hang the stack for an hour.
      serviceTimeout: FUNCTION_TIMEOUT.plus(Duration.minutes(1)),
      properties: {
        ...this.properties(environment, access, role.roleArn, service),
        // The function passes it over: that it changed is what makes CloudFormation call.
        revision: String(vault.revision),
      },
    });
    // CDK adds none of these by itself, and without any one of them the function is refused.
    resource.node.addDependency(rights, entry, rbac, props.chart, ...group);
  }

  private securityGroup(vpc: IVpc): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Function that configures Vault', allowAllOutbound: false });
    group.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'IAM, which has no address of its own');
    return group;
  }

  private properties({ vault, cluster: settings, region, partition }: Environment, { cluster }: ClusterAccess, provisionerArn: string, service: string): VaultConfigurationProperties {
    const authRole = names.authRole(settings.name);
    const { session } = vault.auth;
    return {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      vault: { namespace: vault.namespace, service, mode: vault.mode },
      auditDevice: vault.audit ? 'stdout' : 'none',
      authMethod: {
        mountPath: vault.auth.mountPath,
        serverIdHeader: vault.auth.serverIdHeader,
        stsEndpoint: `https://sts.${region}.${partition.dnsSuffix}`,
        stsRegion: region,
      },
      secretsEngine: { mountPath: vault.kv.mountPath },
      policy: { name: vault.policy.name, paths: Object.fromEntries(Object.entries(glooPolicyPaths(vault)).map(([path, capabilities]) => [path, [...capabilities]])) },
      role: {
        name: authRole,
        principalArn: roleArn(this, authRole),
        maxTtl: String('maxTtl' in session ? session.maxTtl : 0),
        period: String('period' in session ? session.period : 0),
      },
      provisioner: { name: names.configurationRole(settings.name), principalArn: provisionerArn },
    };
  }
}

/** EC2 lets none of these be narrowed to interfaces that do not exist yet (Lambda, "Giving functions access to a VPC"). */
function networkInterfaces(): PolicyStatement {
  return new PolicyStatement({
    sid: 'JoinTheVpc',
    effect: Effect.ALLOW,
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
