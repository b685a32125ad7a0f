import { decodeJwt, errors } from 'jose';
import { evaluate, type Principal } from './evaluate';
import type { IamStore, OidcProvider, Role } from './iam';
import type { OidcIssuer, VerifiedToken } from './oidc-issuer';
import { AwsError } from './protocol';
import { refuseOthers, required } from './query-protocol';
import type { Session, Sessions } from './sessions';
import type { Xml } from './xml';

const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const HOUR = 3600;
const WEB_IDENTITY_ACTION = 'sts:AssumeRoleWithWebIdentity';

/** STS: the three actions that IRSA, Vault and the EKS authenticator use. */
export class Sts {
  constructor(
    private readonly iam: IamStore,
    private readonly issuers: readonly OidcIssuer[],
    private readonly sessions: Sessions,
    private readonly now: () => Date,
  ) {}

  /** `GetCallerIdentity`: needs no permission, a valid signature is enough. */
  callerIdentity(parameters: URLSearchParams, caller: Session): Xml {
    refuseOthers(parameters, []);
    return { Arn: caller.arn, UserId: `${caller.roleId}:${caller.sessionName}`, Account: this.iam.account };
  }

  /**
   * `AssumeRoleWithWebIdentity`: the token's issuer must be an OIDC provider in IAM that lists its audience, its
   * signature and expiry must hold, and the role's trust policy must let it in. A token with several audiences is refused.
   */
  async assumeRoleWithWebIdentity(parameters: URLSearchParams): Promise<{ readonly session: Session; readonly result: Xml }> {
    refuseOthers(parameters, ['RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds']);
    const roleArn = required(parameters, 'RoleArn');
    const sessionName = sessionNameOf(parameters);
    const { provider, token } = await this.verifyToken(required(parameters, 'WebIdentityToken'));
    const audience = token.audiences[0] ?? '';
    const role = this.iam.findRoleByArn(roleArn);
    const denied = (detail: string) => new AwsError('AccessDenied', 403, `Not authorized to perform ${WEB_IDENTITY_ACTION}`, detail);
    if (role === undefined) {
      throw denied(`there is no role ${roleArn}`);
    }
    const decision = evaluate({
      policies: [role.trustPolicy],
      action: WEB_IDENTITY_ACTION,
      principal: { type: 'Federated', names: [provider.arn] },
      context: {
        [`${provider.issuerHost}:aud`]: audience,
        [`${provider.issuerHost}:sub`]: token.subject,
        'aws:FederatedProvider': provider.arn,
        'sts:RoleSessionName': sessionName,
      },
    });
    if (!decision.allowed) {
      throw denied(`trust policy of ${role.name}: ${decision.reason}`);
    }
    const session = this.sessions.open(role, sessionName, durationOf(parameters, role));
    return {
      session,
      result: {
        SubjectFromWebIdentityToken: token.subject,
        Audience: audience,
        ...assumedRole(session),
        Provider: provider.arn,
      },
    };
  }

  /**
   * `AssumeRole`: a trust policy that names the caller is enough; one that names the account leaves the decision to the
   * caller's own policies. An explicit deny of either side wins.
   */
  assumeRole(parameters: URLSearchParams, caller: Session): Xml {
    refuseOthers(parameters, ['RoleArn', 'RoleSessionName', 'DurationSeconds']);
    const roleArn = required(parameters, 'RoleArn');
    const sessionName = sessionNameOf(parameters);
    const role = this.iam.findRoleByArn(roleArn);
    const denied = (detail: string) =>
      new AwsError('AccessDenied', 403, `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, detail);
    if (role === undefined) {
      throw denied(`there is no role ${roleArn}`);
    }
    const trusts = (names: readonly string[]) =>
      evaluate({
        policies: [role.trustPolicy],
        action: 'sts:AssumeRole',
        principal: { type: 'AWS', names },
        context: { 'aws:PrincipalArn': caller.roleArn, 'aws:PrincipalAccount': this.iam.account, 'sts:RoleSessionName': sessionName },
      });
    const own = [caller.roleArn, caller.arn];
    const account = [this.iam.account, `arn:${this.iam.partition}:iam::${this.iam.account}:root`, '*'];
    const byTrust = trusts([...own, ...account]);
    if (!byTrust.allowed) {
      throw denied(`trust policy of ${role.name}: ${byTrust.reason}`);
    }
    const byPermission = this.iam.authorize(this.iam.role(caller.roleName), caller.sessionName, 'sts:AssumeRole', roleArn);
    if (!byPermission.allowed && (byPermission.explicit || !trusts(own).allowed)) {
      throw denied(`policies of ${caller.roleName}: ${byPermission.reason}`);
    }
    const seconds = durationOf(parameters, role);
    if (seconds > HOUR) {
      throw new AwsError('ValidationError', 400, 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining');
    }
    return assumedRole(this.sessions.open(role, sessionName, seconds));
  }

  /**
   * A session as an AWS service opens one for the role it was given, a Lambda function's execution role say.
   * @throws when the role's trust policy does not let the service assume it.
   */
  sessionForService(roleName: string, sessionName: string, service: string): Session {
    const role = this.iam.role(roleName);
    const principal: Principal = { type: 'Service', names: [service] };
    const decision = evaluate({ policies: [role.trustPolicy], action: 'sts:AssumeRole', principal, context: {} });
    if (!decision.allowed) {
      throw new Error(`role "${roleName}": its trust policy does not let ${service} assume it (${decision.reason})`);
    }
    return this.sessions.open(role, sessionName, role.maxSessionDuration);
  }

  private async verifyToken(jwt: string): Promise<{ readonly provider: OidcProvider; readonly token: VerifiedToken }> {
    const url = issuerOf(jwt);
    const provider = this.iam.findProvider(url);
    if (provider === undefined) {
      throw invalidToken(`No OpenIDConnect provider found in your account for ${url}`);
    }
    const issuer = this.issuers.find((candidate) => candidate.url === url);
    if (issuer === undefined) {
      throw invalidToken(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        `no issuer answers at ${url}`,
      );
    }
    const now = this.now();
    const token = await issuer.verify(jwt, now).catch((error: unknown) => {
      throw tokenError(error, now);
    });
    const [audience, ...more] = token.audiences;
    if (audience === undefined || more.length > 0 || !provider.clientIds.includes(audience)) {
      throw invalidToken('Incorrect token audience', `the token has ${token.audiences.join(', ')}, the provider allows ${provider.clientIds.join(', ') || 'none'}`);
    }
    return { provider, token };
  }
}

function issuerOf(jwt: string): string {
  try {
    return decodeJwt(jwt).iss ?? '';
  } catch (error) {
    throw invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)', String(error));
  }
}

function tokenError(error: unknown, now: Date): unknown {
  if (error instanceof errors.JWTExpired) {
    const message = `Token expired: current date/time ${Math.floor(now.getTime() / 1000)} must be before the expiration date/time ${error.payload.exp}`;
    return new AwsError('ExpiredTokenException', 400, message);
  }
  if (error instanceof errors.JOSEError) {
    return invalidToken('The web identity token could not be validated: bad signature or claims', error.code);
  }
  return error;
}

function assumedRole(session: Session): { readonly [element: string]: Xml } {
  return {
    AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `${session.roleId}:${session.sessionName}` },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
    },
  };
}

function sessionNameOf(parameters: URLSearchParams): string {
  const name = required(parameters, 'RoleSessionName');
  if (!SESSION_NAME.test(name)) {
    throw new AwsError(
      'ValidationError',
      400,
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  return name;
}

function durationOf(parameters: URLSearchParams, role: Role): number {
  const text = parameters.get('DurationSeconds') ?? String(HOUR);
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
    throw new AwsError('ValidationError', 400, `1 validation error detected: Value '${text}' at 'durationSeconds' failed to satisfy constraint: 900 to 43200 seconds`);
  }
  if (seconds > role.maxSessionDuration) {
    throw new AwsError('ValidationError', 400, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return seconds;
}

function invalidToken(message: string, detail?: string): AwsError {
  return new AwsError('InvalidIdentityToken', 400, message, detail);
}
