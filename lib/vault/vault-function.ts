import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, type IPeer, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry, KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, LoggingFormat, Runtime, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { App as Cdk8sApp } from 'cdk8s';
import { Construct, type IDependable } from 'constructs';
import { ClusterAccessChart, type ClusterAccessRule } from '../../cdk8s/cluster-access';
import { FunctionAccessChart, type AccessRule } from '../../cdk8s/function-access';
import { acceptAnyResource } from '../accepted-findings';
import type { ClusterAccess } from '../cluster/cluster-access';
import { handlerCode, type HandlerFiles } from './handler-asset';

export interface VaultFunctionProps {
  readonly access: ClusterAccess;
  /** The namespaces of {@link rules}, and whatever else has to be there before its Roles. */
  readonly after: readonly IDependable[];
  /** Folder with the handler's `index.ts`. */
  readonly handlerDirectory: string;
  /** What lies beside the handler. @default - nothing */
  readonly files?: HandlerFiles;
  /** Also its security group's, so of the characters that EC2 takes there: no apostrophe. */
  readonly description: string;
  /** Name of the execution role, which others name in their policies. */
  readonly roleName: string;
  readonly roleDescription: string;
  /** What it may do in AWS, besides writing its own logs. */
  readonly statements: readonly PolicyStatement[];
  /** Its Kubernetes group, and the name of its Roles and RoleBindings, those of the cluster too. */
  readonly group: string;
  /** By namespace, what it may ask of the API server. */
  readonly rules: Readonly<Record<string, readonly AccessRule[]>>;
  /** What it may ask of the API server about objects of no namespace. @default - nothing */
  readonly clusterRules?: readonly ClusterAccessRule[];
  readonly timeout: Duration;
  /** What it calls that only the cluster's VPC reaches: it then runs there, whoever may call the API server. @default - nothing */
  readonly reaches?: { readonly peer: IPeer; readonly port: number; readonly what: string };
  /** MiB. @default 256 */
  readonly memorySize?: number;
  /** @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default - Lambda's: 512 MiB */
  readonly ephemeralStorageSize?: FunctionProps['ephemeralStorageSize'];
}

/** What EC2 takes as `GroupDescription`; it refuses any other when the group is made. */
const EC2_DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/**
 * A Lambda function that speaks to the API server, and most of them through its proxy to Vault: it has an execution role of its own, one access
 * entry with one Kubernetes group, and that group one Role in each namespace that it reaches into, and a ClusterRole for what is in none. Vault needs no load balancer and no ingress for it.
 * Construct ids here are a contract, for the roles have fixed names: renaming one replaces a resource by another of the same name.
 */
export abstract class VaultFunction extends Construct {
  protected readonly role: Role;
  protected readonly fn: LambdaFunction;
  /** Without any one of these the function is refused. CDK adds none of them by itself to what invokes it. */
  protected readonly needs: readonly Construct[];

  protected constructor(scope: Construct, id: string, props: VaultFunctionProps) {
    super(scope, id);
    // In every environment, though only a function in a VPC has the group.
    if (!EC2_DESCRIPTION.test(props.description)) {
      throw new Error(`description of ${this.node.path}: "${props.description}" is refused by EC2 for the function's security group; allowed: 1 to 255 of letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*`);
    }
    const { access, roleName, statements, group, rules, reaches, clusterRules = [] } = props;
    const { cluster } = access;
    const functionSubnets = reaches ? access.nodeSubnets : access.functionSubnets;
    if (reaches && !functionSubnets) throw new Error(`${this.node.path} calls ${reaches.what}, and the subnets of ${props.roleName}'s cluster are not known: cluster.import.vpc has to say them.`);
    this.role = new Role(this, 'Role', {
      roleName,
      description: props.roleDescription,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const logs = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const rights = new Policy(this, 'Rights', {
      roles: [this.role],
      statements: [
        new PolicyStatement({ sid: 'WriteOwnLogs', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
        ...statements,
        ...(functionSubnets ? [networkInterfaces()] : []),
      ],
    });
    if (functionSubnets) acceptAnyResource(rights, 'EC2 offers no narrower resource for network interfaces that do not exist yet.');
    const securityGroups = functionSubnets ? [this.securityGroup(cluster.vpc, props.description)] : [];
    if (reaches) for (const securityGroup of securityGroups) securityGroup.addEgressRule(reaches.peer, Port.tcp(reaches.port), reaches.what);
    this.fn = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: handlerCode(props.handlerDirectory, props.files),
      role: this.role.withoutPolicyUpdates(),
      logGroup: logs,
      loggingFormat: LoggingFormat.TEXT,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout,
      ...(props.environment ? { environment: { ...props.environment } } : {}),
      ...(props.ephemeralStorageSize ? { ephemeralStorageSize: props.ephemeralStorageSize } : {}),
      ...(functionSubnets ? { vpc: cluster.vpc, vpcSubnets: { subnets: functionSubnets }, securityGroups } : {}),
    });
    this.fn.node.addDependency(rights);
    // In this direction only: the other one makes the Cluster stack depend on this one.
    if (functionSubnets) this.fn.connections.allowTo(cluster, Port.HTTPS, 'The API server');
    const entry = new CfnAccessEntry(this, 'AccessEntry', {
      clusterName: cluster.clusterName,
      principalArn: this.role.roleArn,
      kubernetesGroups: [group],
    });
    const rbac = new KubernetesManifest(this, 'Access', {
      cluster,
      manifest: [
        ...Object.entries(rules).map(([namespace, inNamespace]) => new FunctionAccessChart(new Cdk8sApp(), group, { namespace, group, rules: inNamespace })),
        ...(clusterRules.length > 0 ? [new ClusterAccessChart(new Cdk8sApp(), group, { group, rules: clusterRules })] : []),
      ].flatMap((chart) => chart.toJson() as Record<string, unknown>[]),
      prune: false,
    });
    rbac.node.addDependency(...props.after);
    this.needs = [rights, entry, rbac, ...securityGroups];
  }

  private securityGroup(vpc: IVpc, description: string): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
    group.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS, whose services have no address of their own');
    return group;
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
