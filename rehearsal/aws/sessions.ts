import { randomBytes } from 'node:crypto';
import type { IamStore, Role } from './iam';
import { base32Of } from './unique-id';

/** Temporary credentials, as STS gives them. */
export interface Credentials {
  /** `ASIA…`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** A role session: credentials and whose they are. */
export interface Session extends Credentials {
  readonly roleName: string;
  readonly roleArn: string;
  /** The role's unique id when the session began. */
  readonly roleId: string;
  readonly sessionName: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
}

/** Every role session that STS has given out. */
export class Sessions {
  private readonly byAccessKey = new Map<string, Session>();

  constructor(
    private readonly iam: IamStore,
    private readonly now: () => Date,
  ) {}

  /** @param seconds how long the credentials are good for. */
  open(role: Role, sessionName: string, seconds: number): Session {
    const session: Session = {
      accessKeyId: `ASIA${base32Of(randomBytes(16).toString('hex'), 16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(240).toString('base64'),
      expiration: new Date(this.now().getTime() + seconds * 1000),
      roleName: role.name,
      roleArn: role.arn,
      roleId: role.id,
      sessionName,
      arn: `arn:${this.iam.partition}:sts::${this.iam.account}:assumed-role/${role.name}/${sessionName}`,
    };
    this.byAccessKey.set(session.accessKeyId, session);
    return session;
  }

  /** The session of an access key; none when its role is gone or was made again since. */
  find(accessKeyId: string): Session | undefined {
    const session = this.byAccessKey.get(accessKeyId);
    return session !== undefined && this.iam.findRole(session.roleName)?.id === session.roleId ? session : undefined;
  }
}
