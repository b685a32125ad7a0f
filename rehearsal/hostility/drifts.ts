import type { Observer } from '../observer';

const ROLE = 'auth/aws/role';

/** What somebody does by hand to a Vault that is configured as the templates have it, and what it can be mended by. */
const HANDS = {
  'nothing at all': () => Promise.resolve(),
  "another policy on Gloo's role": (observer, { gloo }) => observer.write(`${ROLE}/${gloo}`, { token_policies: ['default'] }),
  "Gloo's role deleted": (observer, { gloo }) => observer.delete(`${ROLE}/${gloo}`),
  "less in Gloo's policy": (observer, { policy }) => observer.write(`sys/policies/acl/${policy}`, { policy: '{"path":{"dev/*":{"capabilities":["read"]}}}' }),
  'an access key': (observer, { accessKey, secretKey }) => observer.write('auth/aws/config/client', { access_key: accessKey, secret_key: secretKey }),
  "less in the function's own policy": (observer, { provisioner }) =>
    observer.write(`sys/policies/acl/${provisioner}`, { policy: JSON.stringify({ path: { [`sys/policies/acl/${provisioner}`]: { capabilities: ['read', 'update'] } } }) }),
  "more in a guest's policy": (observer) => observer.write('sys/policies/acl/payments', { policy: '{"path":{"dev/*":{"capabilities":["read"]}}}' }),
  "a guest's role deleted": (observer) => observer.delete(`${ROLE}/gloo-orders`),
  'versions of secrets': (observer) => observer.write('dev/config', { max_versions: 7 }),
} as const satisfies Record<string, (observer: Observer, names: Names) => Promise<void>>;

interface Names {
  readonly gloo: string;
  readonly policy: string;
  readonly provisioner: string;
  /** A pair that is nobody's. */
  readonly accessKey: string;
  readonly secretKey: string;
}

export type DriftName = keyof typeof HANDS;

export const DRIFTS = Object.keys(HANDS) as [DriftName, ...DriftName[]];

/** Whether it is done to what only a Vault with guests has. */
export const ofAGuest = (name: DriftName): boolean => name.includes('a guest');

export const drift = (name: DriftName, observer: Observer, names: Names): Promise<void> => HANDS[name](observer, names);
