import { z } from 'zod';
import { MISSING } from './faults';
import { joinOr, quote, suggestion } from './words';

/** What a check has against a value, to stand after it: `is not …; allowed: ….` */
export type Check = (value: string) => string | undefined;

/** Runs a rule of a section even where a field of it is wrong, so that all faults show at once. */
export const always = { when: ({ value }: { value: unknown }) => isMapping(value) };

/**
 * A mapping with these keys and no other.
 * @param elsewhere what to say of a key that is known, and does not belong here
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, elsewhere: (key: string) => string | undefined = () => undefined) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => elsewhere(key) ?? `unknown key.${suggestion(key, keys)} Allowed: ${keys.join(', ')}.`).join('\n');
      }
      return wrongType(issue.input, `a mapping with ${keys.length === 1 ? 'the key' : 'keys of'} ${keys.join(', ')}`);
    },
  });
}

/**
 * A string.
 * @param what it is, with its article, for the errors: `an AWS region`
 * @param check what is wrong with a string
 * @param hint the mend for a value that is no string, a number that lost its zeros say
 */
export function text(what: string, check: Check, hint?: (value: unknown) => string | undefined) {
  return z
    .string({
      error: ({ input }) => {
        const mend = input === undefined ? undefined : hint?.(input);
        return mend === undefined ? wrongType(input, what) : `${quote(input)} ${mend}`;
      },
    })
    .superRefine((value, context) => {
      const fault = check(value);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `${quote(value)} ${fault}` });
    });
}

/** `true` or `false`. */
export function flag() {
  return z.boolean({ error: ({ input }) => wrongType(input, 'true or false') });
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number, unit = '') {
  const error = ({ input }: { input?: unknown }) => wrongType(input, `a whole number from ${min} to ${max}${unit}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** One of a few words or numbers. */
export function choice<const Choices extends readonly (string | number)[]>(choices: Choices) {
  return z.literal(choices, {
    error: ({ input }) =>
      `${input === undefined ? 'missing' : `${quote(input)} is not known`}; allowed: ${joinOr(choices.map(quote))}.`,
  });
}

/** A list without duplicates. */
export function list<Item extends z.ZodType<string>>(what: string, item: Item, { min = 0, max = 100 } = {}) {
  return z
    .array(item, { error: ({ input }) => wrongType(input, `a list of ${what}`) })
    .superRefine((items, context) => {
      if (items.length < min || items.length > max) {
        context.addIssue({ code: 'custom', message: `has ${items.length} entries; allowed: ${min} to ${max}.` });
      }
      items.forEach((each, index) => {
        if (items.indexOf(each) < index) {
          context.addIssue({ code: 'custom', path: [index], message: `${quote(each)} stands in the list twice; leave one out.` });
        }
      });
    });
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(value: unknown, what: string): string {
  if (value === undefined) return `${MISSING}give ${what}.`;
  const quotes = typeof value === 'number' && !/number/.test(what) ? ': put it in quotes' : '';
  return `${quote(value)} is not ${what}${quotes}.`;
}
