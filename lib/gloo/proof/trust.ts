/** Claims of a service account's token that a trust policy looks at. They are no secret; the token is. */
export interface Claims {
  /** Issuer, `https://oidc.eks.…`. */
  readonly iss: string;
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly sub: string;
  readonly aud: readonly string[];
}

/** Where a trust policy and a token differ. */
export interface TrustFault {
  /** `Principal.Federated`, `Action` or a condition's key. */
  readonly key: string;
  readonly wanted: readonly string[];
  readonly got: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Claims of a token, which nobody has verified. @throws where it is no JWT. */
export function claimsOf(token: string): Claims {
  const [, payload = ''] = token.split('.');
  const { iss, sub, aud } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Json;
  return { iss: String(iss), sub: String(sub), aud: texts(aud) };
}

/**
 * Why a trust policy refuses a token, which STS does not say: of the statement that comes closest to admitting it, all that
 * keeps it out. Empty where one admits it. It knows `StringEquals` and `StringLike`, and the
 * claims; other conditions and `Deny` are passed over.
 */
export function trustFaults(policyDocument: string, claims: Claims): readonly TrustFault[] {
  const document = JSON.parse(policyDocument) as Json;
  const statements = [document.Statement].flat().filter((each): each is Json => typeof each === 'object' && each !== null && (each as Json).Effect === 'Allow');
  const forWebIdentity = statements.filter(({ Action }) => texts(Action).some((action) => matches(action.toLowerCase(), ACTION.toLowerCase())));
  const byStatement = forWebIdentity.map((statement) => [...issuerFaults(statement, claims), ...conditionFaults(statement, claims)]);
  const [closest] = byStatement.sort((a, b) => a.length - b.length);
  return closest ?? [{ key: 'Action', wanted: [...new Set(statements.flatMap(({ Action }) => texts(Action)))], got: [ACTION] }];
}

function issuerFaults({ Principal }: Json, { iss }: Claims): TrustFault[] {
  const wanted = texts((Principal as Json | undefined)?.Federated);
  const issuerHost = hostOf(iss);
  return wanted.some((arn) => arn.endsWith(`:oidc-provider/${issuerHost}`)) ? [] : [{ key: 'Principal.Federated', wanted, got: [iss] }];
}

/** How conditions compare a text that is wanted with one that is given. */
const COMPARISONS: Readonly<Record<string, (wanted: string, given: string) => boolean>> = { StringEquals: (wanted, given) => wanted === given, StringLike: matches };

function conditionFaults({ Condition }: Json, { iss, sub, aud }: Claims): TrustFault[] {
  const claims: Readonly<Record<string, readonly string[]>> = { [`${hostOf(iss)}:aud`]: aud, [`${hostOf(iss)}:sub`]: [sub] };
  return Object.entries((Condition ?? {}) as Record<string, Json>).flatMap(([operator, keys]) => {
    const [, name = '', ifExists] = /^(\w+?)(IfExists)?$/.exec(operator) ?? [];
    const compare = COMPARISONS[name];
    if (!compare) return [];
    return Object.entries(keys).flatMap(([key, value]): TrustFault[] => {
      const [wanted, got = []] = [texts(value), claims[key]];
      const passedOver = /^(aws|sts):/.test(key) || (ifExists !== undefined && got.length === 0);
      return passedOver || got.some((given) => wanted.some((each) => compare(each, given))) ? [] : [{ key, wanted, got }];
    });
  });
}

/** Wildcards of IAM: `*` and `?`. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

const hostOf = (issuer: string) => issuer.replace(/^https:\/\//, '');

const texts = (value: unknown): string[] => [value].flat().filter((each) => typeof each === 'string');
