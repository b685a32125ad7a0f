import type { EnvironmentReport } from '../report';
import { isRefused, type Exchange } from './exchange';
import { fold, type Rest, type Run } from './fold';
import { maskedText } from './mask';

/** A rehearsal as its page shows it. */
export interface Picture {
  /** When it began, ISO 8601. */
  readonly began: string;
  /** What there was: `Vault 1.21.1 …`, `stand-in`. */
  readonly vault: string;
  readonly apiServer: string;
  readonly environments: readonly EnvironmentPicture[];
  /** Names of environments that it has not come to. */
  readonly outstanding: readonly string[];
  /** What ended it before its end. */
  readonly failure?: string;
}

export interface EnvironmentPicture extends Pick<EnvironmentReport, 'environment' | 'passed' | 'rows' | 'beyond'> {
  readonly steps: readonly StepPicture[];
  /** Milliseconds. */
  readonly ms: number;
}

export interface StepPicture {
  readonly title: string;
  /** Milliseconds from the first step's begin. */
  readonly offset: number;
  readonly ms: number;
  readonly error?: string;
  /** Rows of the guide that it has shown. */
  readonly shows: readonly number[];
  readonly sequence: readonly (Run | Rest)[];
  readonly requests: number;
  readonly refused: number;
  /** EKS tokens that STS confirmed to the API server, one a request to it: counted, and not in the sequence. */
  readonly tokens: number;
  /** When its sequence begins, milliseconds since the epoch. */
  readonly began: number;
}

/** One environment's part: each exchange belongs to the step in which it was sent. */
export function pictureOf({ environment, passed, rows, beyond, steps }: EnvironmentReport, exchanges: readonly Exchange[]): EnvironmentPicture {
  const start = steps[0]?.began ?? 0;
  const last = steps.at(-1);
  return {
    environment,
    passed,
    rows: rows.map((row) => ({ ...row, how: maskedText(row.how) })),
    beyond: beyond.map((each) => ({ ...each, how: maskedText(each.how) })),
    ms: last ? last.began + last.ms - start : 0,
    steps: steps.map(({ title, began, ms, error, evidence }, index) => {
      const until = steps[index + 1]?.began ?? Infinity;
      const sent = exchanges.filter(({ at }) => (at >= began || index === 0) && at < until);
      const drawn = sent.filter((exchange) => !isTokenConfirmed(exchange));
      return {
        title: maskedText(title),
        offset: began - start,
        ms,
        ...(error === undefined ? {} : { error: maskedText(error) }),
        shows: Object.keys(evidence).map(Number).filter(Number.isInteger),
        sequence: fold(drawn),
        requests: drawn.length,
        refused: drawn.filter(isRefused).length,
        tokens: sent.length - drawn.length,
        began,
      };
    }),
  };
}

const isTokenConfirmed = (exchange: Exchange) => exchange.from === 'api-server' && exchange.to === 'aws' && !isRefused(exchange);
