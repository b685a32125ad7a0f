/** A request of the function on its way to the API server or to AWS. */
export interface Passage {
  readonly to: 'API server' | 'AWS';
  /** `PUT sys/auth/aws`, `GetRole`. */
  readonly what: string;
  /** What is of any size: its body, which waits for the word to go on, or its answer. @default - neither */
  readonly stream?: 'up' | 'down';
  /** How often the same was asked in this run, from 1. */
  readonly time: number;
  /** How many requests came in this run, from 1. */
  readonly number: number;
}
