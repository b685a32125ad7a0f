/** Values of condition keys for one request. Keys are compared without regard to case. */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
type Comparison = (value: string, wanted: string) => boolean;

interface Operator {
  readonly compare: Comparison;
  /** Holds when no wanted value matches, and also when the request lacks the key. */
  readonly negated: boolean;
}

const like: Comparison = (value, wanted) => matchesPattern(wanted, value);
const equal: Comparison = (value, wanted) => value === literal(wanted);

const number = (compare: (value: number, wanted: number) => boolean): Comparison => (value, wanted) => compare(Number(value), Number(literal(wanted)));

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: equal, negated: false },
  StringNotEquals: { compare: equal, negated: true },
  StringLike: { compare: like, negated: false },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: arnLike, negated: false },
  ArnLike: { compare: arnLike, negated: false },
  ArnNotEquals: { compare: arnLike, negated: true },
  ArnNotLike: { compare: arnLike, negated: true },
  Bool: { compare: (value, wanted) => value.toLowerCase() === literal(wanted).toLowerCase(), negated: false },
  NumericEquals: { compare: number((value, wanted) => value === wanted), negated: false },
  NumericLessThan: { compare: number((value, wanted) => value < wanted), negated: false },
  NumericLessThanEquals: { compare: number((value, wanted) => value <= wanted), negated: false },
  NumericGreaterThan: { compare: number((value, wanted) => value > wanted), negated: false },
  NumericGreaterThanEquals: { compare: number((value, wanted) => value >= wanted), negated: false },
};

const OPERATOR_NAME = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/**
 * The first condition of a statement that a request does not meet, in words; undefined when all are met.
 * @throws for an operator that is not known here, a policy variable, and a key with several values under an operator
 *   without `ForAnyValue:` or `ForAllValues:`.
 */
export function unmetCondition(conditions: ConditionBlock, context: ConditionContext): string | undefined {
  const values = new Map(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value]),
  );
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, wanted] of Object.entries(keys)) {
      const given = values.get(key.toLowerCase());
      if (!holds(operator, key, given, wanted)) {
        const found = given === undefined ? 'absent' : given.map((value) => `"${value}"`).join(', ');
        return `${operator} ${key} wants ${wanted.map((value) => `"${value}"`).join(' or ')}, the request has ${found}`;
      }
    }
  }
  return undefined;
}

function holds(name: string, key: string, given: readonly string[] | undefined, wanted: readonly string[]): boolean {
  if (name === 'Null') {
    return wanted.some((value) => (value === 'true') === (given === undefined));
  }
  const [, qualifier, base = '', ifExists] = OPERATOR_NAME.exec(name) ?? [];
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (operator === undefined) {
    throw new Error(`condition operator "${name}" is not known here; known are ${Object.keys(OPERATORS).join(', ')}, Null`);
  }
  if (given === undefined) {
    return ifExists !== undefined || qualifier === 'ForAllValues' || (qualifier === undefined && operator.negated);
  }
  const matches = (value: string) => wanted.some((pattern) => operator.compare(value, pattern)) !== operator.negated;
  if (qualifier === 'ForAllValues') {
    return given.every(matches);
  }
  if (qualifier === undefined && given.length > 1) {
    throw new Error(`condition key "${key}" has ${given.length} values in the request: ${name} needs ForAnyValue: or ForAllValues: before it`);
  }
  return given.some(matches);
}

/**
 * Whether a value matches a pattern with `*` (any run of characters) and `?` (any one).
 * @throws for a policy variable (`${…}`): it is not resolved here.
 */
export function matchesPattern(pattern: string, value: string): boolean {
  const source = literal(pattern)
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 's').test(value);
}

function arnLike(value: string, wanted: string): boolean {
  const patterns = arnParts(literal(wanted));
  const parts = arnParts(value);
  return parts.length === 6 && patterns.length === 6 && patterns.every((pattern, index) => matchesPattern(pattern, parts[index] ?? ''));
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function literal(text: string): string {
  if (text.includes('${')) {
    throw new Error(`policy variable in "${text}": policy variables are not resolved here`);
  }
  return text;
}
