import type { Environment } from '../lib/environment/environment';
import type { Observer } from './observer';

const NAME = 'of-another-team';
const POLICY = { path: { 'of-another-team/*': { capabilities: ['read'] } } };

/** What somebody else keeps in Vault beside the app: a policy, a secrets engine with a secret, an auth method, and a role in the app's own. */
export class ForeignObjects {
  private readonly role: string;

  constructor(
    private readonly observer: Observer,
    { vault }: Pick<Environment, 'vault'>,
  ) {
    this.role = `auth/${vault.auth.mountPath}/role/${NAME}`;
  }

  async make(): Promise<void> {
    const { observer } = this;
    await observer.write(`sys/policies/acl/${NAME}`, { policy: JSON.stringify(POLICY) });
    await observer.write(`sys/mounts/${NAME}`, { type: 'kv', options: { version: '1' } });
    await observer.write(`${NAME}/secret`, { of: 'theirs' });
    await observer.write(`sys/auth/${NAME}`, { type: 'aws' });
    await observer.write(this.role, { auth_type: 'iam', bound_iam_principal_arn: ['arn:aws:iam::111122223333:role/of-another-team'], resolve_aws_unique_ids: false, token_policies: [NAME] });
  }

  /** Says of each what is the matter with it; nothing where all is as it was made. */
  async changed(): Promise<string[]> {
    const { observer } = this;
    const [policy, secret, methods, role] = await Promise.all([observer.read(`sys/policies/acl/${NAME}`), observer.read(`${NAME}/secret`), observer.read('sys/auth'), observer.read(this.role)]);
    const same = {
      [`policy ${NAME}`]: policy?.policy === JSON.stringify(POLICY),
      [`mount ${NAME}/`]: secret?.of === 'theirs',
      [`auth method ${NAME}/`]: methods?.[`${NAME}/`] !== undefined,
      [this.role]: JSON.stringify(role?.token_policies) === JSON.stringify([NAME]),
    };
    return Object.entries(same).flatMap(([what, kept]) => (kept ? [] : [what]));
  }

  async remove(): Promise<void> {
    for (const path of [this.role, `sys/auth/${NAME}`, `sys/mounts/${NAME}`, `sys/policies/acl/${NAME}`]) await this.observer.delete(path);
  }
}
