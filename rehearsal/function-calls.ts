import type { ClusterEnvironment } from '../lib/environment/environment';
import { RESOURCE_TYPE as CRDS } from '../lib/gloo/crds/properties';
import { RESOURCE_TYPE as PROOF } from '../lib/gloo/proof/properties';
import { RESOURCE_TYPE } from '../lib/vault/configuration/properties';
import type { ApiServer } from './api-server/api-server';
import type { Aws } from './aws/server';
import { stackId, type DeployedResource, type Deployment } from './cloudformation/deployment';
import type { CustomResourceChange } from './cloudformation/update-stage';
import { functionBehind, scheduled, type DeployedFunction } from './deployed-functions';
import type { Credentials } from './gloo/gloo-client';
import { invokeLambda, type Hosts, type Invocation, type LambdaFunction } from './lambda/invoke';
import type { Deployed } from './deployed-environment';

export type ConfigurationProperties = Readonly<Record<string, unknown>>;

/** The part of CloudFormation's event that the provider framework passes on. */
export interface ConfigurationRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties?: ConfigurationProperties;
  readonly OldResourceProperties?: ConfigurationProperties;
  readonly PhysicalResourceId?: string;
}

interface Ground {
  /** As it is now. */
  readonly deployed: Deployed<ClusterEnvironment>;
  readonly apiServer: ApiServer;
  readonly aws: Aws;
  readonly awsCaFile: string;
  /** Where names of the network lead to. @default - as everywhere on this machine */
  readonly hosts?: Hosts;
  /** Time limit of a function in milliseconds. */
  readonly timeoutMs: number;
}

/** The functions of a deployed environment, the assets of its cloud assembly, called as AWS would call them. */
export class FunctionCalls {
  constructor(private readonly ground: Ground) {}

  /** Properties of the resource that configures Vault, as CloudFormation would hand them over. */
  get configurationProperties(): ConfigurationProperties {
    return this.worldly(only(this.ground.deployed.deployment, RESOURCE_TYPE).properties);
  }

  /** @param as other credentials than those of the function's own role */
  async configure(event: ConfigurationRequest, { timeoutMs, signal, as }: { timeoutMs?: number; signal?: AbortSignal; as?: Credentials } = {}): Promise<Invocation> {
    const called = functionBehind(this.ground.deployed.deployment, only(this.ground.deployed.deployment, RESOURCE_TYPE));
    return this.invoke(called, { ResourceProperties: this.configurationProperties, ...event }, timeoutMs, { signal, as });
  }

  prove(event: ConfigurationRequest, timeoutMs?: number): Promise<Invocation> {
    return this.ask(PROOF, event, timeoutMs);
  }

  applyCrds(event: ConfigurationRequest, timeoutMs?: number): Promise<Invocation> {
    return this.ask(CRDS, event, timeoutMs);
  }

  async runSchedule(rule: string, timeoutMs?: number): Promise<Invocation> {
    const { called, input } = scheduled(this.ground.deployed.deployment, rule);
    return this.invoke(called, this.worldlyInput(input), timeoutMs);
  }

  /** What CloudFormation asks of a custom resource in an update or a deletion. */
  async change({ request, resource, previous }: CustomResourceChange, { timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<Invocation> {
    const event = {
      RequestType: request,
      ResourceProperties: this.worldly(resource.properties),
      ...(previous ? { OldResourceProperties: this.worldly(previous.properties) } : {}),
      ...(request === 'Create' ? {} : { PhysicalResourceId: (previous ?? resource).physicalId }),
      StackId: stackId(this.ground.deployed.deployment, resource.stack),
    };
    return this.invoke(functionBehind(this.ground.deployed.deployment, resource), event, timeoutMs, { signal });
  }

  /** Asks the one resource of a type. */
  private async ask(type: string, event: ConfigurationRequest, timeoutMs?: number): Promise<Invocation> {
    const resource = only(this.ground.deployed.deployment, type);
    return this.invoke(functionBehind(this.ground.deployed.deployment, resource), { ResourceProperties: this.worldly(resource.properties), ...event }, timeoutMs);
  }

  private invoke(called: DeployedFunction, event: unknown, timeoutMs = this.ground.timeoutMs, { signal, as }: { signal?: AbortSignal | undefined; as?: Credentials | undefined } = {}): Promise<Invocation> {
    const credentials = as ?? this.ground.aws.issueSession(called.roleName, called.name);
    return invokeLambda(this.lambda(called, credentials), event, timeoutMs, signal);
  }

  private lambda(called: DeployedFunction, credentials: Credentials): LambdaFunction {
    const { aws, awsCaFile, deployed, hosts } = this.ground;
    return {
      ...called,
      ...(hosts ? { hosts } : {}),
      environment: {
        ...called.environment,
        AWS_REGION: deployed.environment.region,
        AWS_LAMBDA_FUNCTION_NAME: called.name,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL_IAM: aws.tlsUrls.iam,
        AWS_ENDPOINT_URL_STS: aws.tlsUrls.sts,
        AWS_ENDPOINT_URL_KMS: aws.tlsUrls.kms,
        AWS_ENDPOINT_URL_S3: aws.tlsUrls.s3,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.tlsUrls.secretsmanager,
        AWS_ENDPOINT_URL_CLOUDFORMATION: aws.tlsUrls.cloudformation,
        AWS_ENDPOINT_URL_EVENTBRIDGE: aws.tlsUrls.events,
        // Lambda's own trust, AWS's authorities in it.
        NODE_EXTRA_CA_CERTS: awsCaFile,
      },
    };
  }

  /** An imported cluster's endpoint and CA are the user's; here, the stand-in answers in their place. */
  private worldly(properties: ConfigurationProperties): ConfigurationProperties {
    const { deployed, apiServer } = this.ground;
    if (deployed.environment.cluster.kind === 'new' || !('cluster' in properties)) return properties;
    return {
      ...properties,
      cluster: { ...(properties.cluster as object), endpoint: apiServer.endpoint, certificateAuthority: Buffer.from(apiServer.caPem).toString('base64') },
    };
  }

  /** The same for an event of a schedule, whose properties stand at its top or below. */
  private worldlyInput(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    if ('cluster' in input) return this.worldly(input);
    return { ...input, ResourceProperties: this.worldly(input.ResourceProperties as ConfigurationProperties) };
  }
}

export function only(deployment: Deployment, type: string): DeployedResource {
  const [resource, ...others] = deployment.ofType(type);
  if (!resource || others.length > 0) throw new Error(`The templates have ${others.length + (resource ? 1 : 0)} resources of type ${type}, not one.`);
  return resource;
}
