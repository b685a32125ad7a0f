import type { Endpoint } from './endpoints';
import type { IamStore } from './iam';
import { getRole } from './iam-api';
import type { OidcIssuer } from './oidc-issuer';
import { AwsError, parametersOf, renderError, renderResult, SERVICES, type AwsRequest, type Service, type Xml } from './protocol';
import { Sessions, type Credentials, type Session } from './sessions';
import { verifySignature } from './signature';
import { Sts } from './sts';

/** One request, as it is remembered. It holds nothing secret. */
export interface LoggedRequest {
  readonly host: string;
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

export interface Answer {
  readonly status: number;
  /** XML. */
  readonly body: string;
  /** Who signed the request. */
  readonly caller: Session | undefined;
}

interface Outcome {
  action: string;
  caller?: Session;
  opened?: Session;
}

type SignedAction = (parameters: URLSearchParams, caller: Session) => Xml;

/** STS and IAM behind their query protocol, without sockets. */
export class AwsApi {
  /** Every request so far, oldest first. */
  readonly requests: LoggedRequest[] = [];
  private readonly sessions: Sessions;
  private readonly sts: Sts;
  private readonly signedActions: Readonly<Record<Service, Readonly<Record<string, SignedAction>>>>;
  private readonly throttled = new Map<Service, number>();

  constructor(
    iam: IamStore,
    issuers: readonly OidcIssuer[],
    private readonly now: () => Date,
  ) {
    this.sessions = new Sessions(iam, now);
    this.sts = new Sts(iam, issuers, this.sessions, now);
    this.signedActions = {
      sts: {
        GetCallerIdentity: (parameters, caller) => this.sts.callerIdentity(parameters, caller),
        AssumeRole: (parameters, caller) => this.sts.assumeRole(parameters, caller),
      },
      iam: { GetRole: (parameters, caller) => getRole(iam, parameters, caller) },
    };
  }

  /** The next `count` requests to a service are answered with 400 `Throttling`. */
  throttleNext(service: Service, count: number): void {
    this.throttled.set(service, count);
  }

  /**
   * Credentials for a Lambda function's execution role, as the Lambda service gets them.
   * @param sessionName in AWS the function's name.
   * @throws when the role is unknown or its trust policy does not let `lambda.amazonaws.com` assume it.
   */
  issueSession(roleName: string, sessionName: string): Credentials {
    return this.sts.sessionForService(roleName, sessionName, 'lambda.amazonaws.com');
  }

  /** Answers one request to an endpoint. Never throws: what goes wrong is an `<ErrorResponse>`. */
  async answer(endpoint: Endpoint, request: AwsRequest): Promise<Answer> {
    const began = performance.now();
    const outcome: Outcome = { action: '' };
    let error: AwsError | undefined;
    let body: string;
    try {
      body = await this.perform(endpoint, request, outcome);
    } catch (thrown) {
      error = thrown instanceof AwsError ? thrown : new AwsError('InternalFailure', 500, thrown instanceof Error ? thrown.message : String(thrown));
      body = renderError(endpoint.service, error);
    }
    const status = error?.status ?? 200;
    this.requests.push({
      host: request.host,
      action: outcome.action,
      caller: (outcome.caller ?? outcome.opened)?.arn,
      status,
      ms: performance.now() - began,
      error: error && `${error.code}: ${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`,
    });
    return { status, body, caller: error === undefined ? outcome.caller : undefined };
  }

  private async perform(endpoint: Endpoint, request: AwsRequest, outcome: Outcome): Promise<string> {
    const { service, region } = endpoint;
    if (request.host !== endpoint.host) {
      throw new AwsError('MisdirectedRequest', 421, `Host ${request.host} is not served here`);
    }
    if (request.path !== '/') {
      throw new AwsError('UnknownOperationException', 404, `Path ${request.path} is not /`);
    }
    this.throttle(service);
    const parameters = parametersOf(request);
    const name = parameters.get('Action') ?? '';
    const version = parameters.get('Version') ?? '';
    const signedAction = Object.hasOwn(this.signedActions[service], name) ? this.signedActions[service][name] : undefined;
    const unsigned = service === 'sts' && name === 'AssumeRoleWithWebIdentity';
    if ((signedAction === undefined && !unsigned) || version !== SERVICES[service].version) {
      throw new AwsError('InvalidAction', 400, `Could not find operation ${name} for version ${version}`);
    }
    outcome.action = name;
    if (signedAction === undefined) {
      const { session, result } = await this.sts.assumeRoleWithWebIdentity(parameters);
      outcome.opened = session;
      return renderResult(service, name, result);
    }
    outcome.caller = await verifySignature(request, {
      service,
      region,
      findCredentials: (accessKeyId) => this.sessions.find(accessKeyId),
      now: this.now(),
    });
    return renderResult(service, name, signedAction(parameters, outcome.caller));
  }

  private throttle(service: Service): void {
    const left = this.throttled.get(service) ?? 0;
    if (left > 0) {
      this.throttled.set(service, left - 1);
      throw new AwsError('Throttling', 400, 'Rate exceeded');
    }
  }
}
