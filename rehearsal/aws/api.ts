import { cloudFormationApi } from './cloudformation';
import { ec2Api } from './ec2';
import { eksApi } from './eks';
import type { Endpoint, Service } from './endpoints';
import { EventBus } from './events';
import type { IamStore } from './iam';
import { getRole, listOpenIdConnectProviders } from './iam-api';
import type { Infrastructure } from './infrastructure';
import { Kms } from './kms';
import type { KmsKeys } from './kms-keys';
import type { OidcIssuer } from './oidc-issuer';
import { AwsError, type AwsRequest, type Reply, type ServiceApi } from './protocol';
import { queryApi } from './query-protocol';
import type { Buckets } from './buckets';
import { S3 } from './s3';
import type { SecretStore } from './secret-store';
import { SecretsManager } from './secrets-manager';
import { Sessions, type Credentials, type Session } from './sessions';
import { verifySignature } from './signature';
import { Sts } from './sts';

/** One request, as it is remembered. It holds nothing secret. */
export interface LoggedRequest {
  /** When it came, ISO 8601. */
  readonly time: string;
  /** Whether it is the one inside an EKS token, which the API server sends on. */
  readonly ofToken: boolean;
  readonly host: string;
  readonly service: Service;
  /** `GetCallerIdentity`; empty when the request did not get that far. */
  readonly action: string;
  /** ARN of the role session that signed, or that was opened; undefined when nobody was recognised. */
  readonly caller: string | undefined;
  readonly status: number;
  /** Milliseconds. */
  readonly ms: number;
  /** `AccessDenied: …`, AWS's words followed by the stand-in's reason. */
  readonly error: string | undefined;
}

export interface Answer extends Reply {
  /** Who signed the request. */
  readonly caller: Session | undefined;
}

/** What the account has, and who answers for its clusters. */
export interface Account {
  readonly iam: IamStore;
  readonly issuers: readonly OidcIssuer[];
  readonly keys: KmsKeys;
  readonly secrets: SecretStore;
  readonly buckets: Buckets;
  /** Clusters and networks, asked anew by every request. */
  readonly infrastructure: () => Infrastructure;
}

interface Outcome {
  action: string;
  caller?: Session;
  opened?: Session;
}

/** The AWS services behind their protocols, without sockets. */
export class AwsApi {
  /** Every request so far, oldest first. */
  readonly requests: LoggedRequest[] = [];
  readonly events: EventBus;
  private readonly sessions: Sessions;
  private readonly sts: Sts;
  private readonly services: Readonly<Record<Service, ServiceApi>>;
  private readonly throttled = new Map<Service, number>();

  constructor(
    { iam, issuers, keys, secrets, buckets, infrastructure }: Account,
    private readonly now: () => Date,
  ) {
    this.sessions = new Sessions(iam, now);
    this.sts = new Sts(iam, issuers, this.sessions, now);
    this.events = new EventBus(iam, now);
    const kms = new Kms(iam, keys);
    this.services = {
      sts: queryApi({
        version: '2011-06-15',
        namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
        signed: {
          GetCallerIdentity: (parameters, caller) => this.sts.callerIdentity(parameters, caller),
          AssumeRole: (parameters, caller) => this.sts.assumeRole(parameters, caller),
        },
        unsigned: { AssumeRoleWithWebIdentity: (parameters) => this.sts.assumeRoleWithWebIdentity(parameters) },
      }),
      iam: queryApi({
        version: '2010-05-08',
        namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
        signed: {
          GetRole: (parameters, caller) => getRole(iam, parameters, caller),
          ListOpenIDConnectProviders: (parameters, caller) => listOpenIdConnectProviders(iam, parameters, caller),
        },
      }),
      kms: kms.api(),
      secretsmanager: new SecretsManager(iam, secrets, kms, now).api(),
      s3: new S3(iam, buckets, kms, now).api(),
      events: this.events.api(),
      cloudformation: cloudFormationApi(iam),
      eks: eksApi(iam, infrastructure),
      ec2: ec2Api(iam, infrastructure),
    };
  }

  /** The next `count` requests to a service are answered with its word for `Throttling`. */
  throttleNext(service: Service, count: number): void {
    this.throttled.set(service, count);
  }

  /**
   * Credentials for a Lambda function's execution role, as the Lambda service gets them.
   * @param sessionName in AWS the function's name.
   * @param service that assumes it. @default 'lambda.amazonaws.com'
   * @throws when the role is unknown or its trust policy does not let the service assume it.
   */
  issueSession(roleName: string, sessionName: string, service = 'lambda.amazonaws.com'): Credentials {
    return this.sts.sessionForService(roleName, sessionName, service);
  }

  /** Answers one request to an endpoint. Never throws: what goes wrong is an error in the service's own form. */
  async answer(endpoint: Endpoint, request: AwsRequest): Promise<Answer> {
    const [time, began] = [new Date().toISOString(), performance.now()];
    const service = this.services[endpoint.service];
    const outcome: Outcome = { action: '' };
    let error: AwsError | undefined;
    let reply: Reply;
    try {
      reply = await this.perform(service, endpoint, request, outcome);
    } catch (thrown) {
      error = inWordsOf(service, thrown);
      reply = service.renderError(error);
    }
    this.requests.push({
      time,
      ofToken: request.ofToken ?? false,
      host: request.host,
      service: endpoint.service,
      action: outcome.action,
      caller: (outcome.caller ?? outcome.opened)?.arn,
      status: reply.status,
      ms: performance.now() - began,
      error: error && `${[error.code, error.message].filter((word) => word !== '').join(': ')}${error.detail === undefined ? '' : ` (${error.detail})`}`,
    });
    return { ...reply, caller: error === undefined ? outcome.caller : undefined };
  }

  private async perform(service: ServiceApi, endpoint: Endpoint, request: AwsRequest, outcome: Outcome): Promise<Reply> {
    if (request.host !== endpoint.host) {
      throw new AwsError('MisdirectedRequest', 421, `Host ${request.host} is not served here`);
    }
    this.throttle(endpoint.service);
    const operation = service.operationOf(request, endpoint);
    outcome.action = operation.name;
    if (operation.kind === 'unsigned') {
      const { reply, opened } = await operation.run();
      outcome.opened = opened;
      return reply;
    }
    outcome.caller = await verifySignature(request, {
      service: endpoint.service,
      region: endpoint.region,
      findCredentials: (accessKeyId) => this.sessions.find(accessKeyId),
      now: this.now(),
    });
    return operation.run(outcome.caller);
  }

  private throttle(service: Service): void {
    const left = this.throttled.get(service) ?? 0;
    if (left > 0) {
      this.throttled.set(service, left - 1);
      throw new AwsError('Throttling', 400, 'Rate exceeded');
    }
  }
}

function inWordsOf(service: ServiceApi, thrown: unknown): AwsError {
  const error = thrown instanceof AwsError ? thrown : new AwsError('InternalFailure', 500, thrown instanceof Error ? thrown.message : String(thrown));
  const own = Object.hasOwn(service.commonErrors, error.code) ? service.commonErrors[error.code] : undefined;
  return own === undefined ? error : new AwsError(own[0], own[1], error.message, error.detail);
}
