/** Something measured, with what it has to be seen against. */
export interface Figure {
  /** For `--json` and for comparing two runs: `synth.cpu`. */
  readonly id: string;
  readonly title: string;
  readonly unit: 'CPU s' | 's' | 'ms' | 'kB' | 'requests' | 'reads' | 'writes';
  /** One value a run; a count that is the same in every run has one. */
  readonly samples: readonly number[];
  /** The floor, or the best known tool for the same job. */
  readonly beside?: { readonly what: string; readonly samples: readonly number[] };
  readonly limit?: Limit;
  /** What the value is made of. */
  readonly note?: string;
}

/** The limit: on the median itself, on its ratio to `beside`, or on what it is more than `beside`. */
export interface Limit {
  readonly on: 'value' | 'ratio' | 'excess';
  readonly atMost: number;
}

/** A figure that could not be had, and why, in one line. */
export interface Unmeasured {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Verdict {
  readonly value: Summary;
  readonly beside?: Summary;
  /** Of the medians; absent where there is nothing beside, or that is 0. */
  readonly ratio?: number;
  /** What the limit is compared with. */
  readonly compared?: number;
  readonly within?: boolean;
}

/** @throws for no samples: a figure without any was not measured. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error('There are no samples to summarize.');
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { median, min, max };
}

/** The figure against its limit. A limit on a ratio or an excess without anything beside is not kept. */
export function judge({ samples, beside, limit }: Figure): Verdict {
  const value = summarize(samples);
  const other = beside && summarize(beside.samples);
  const ratio = other && other.median > 0 ? value.median / other.median : undefined;
  const verdict = { value, ...(other ? { beside: other } : {}), ...(ratio === undefined ? {} : { ratio }) };
  if (!limit) return verdict;
  const compared = { value: value.median, ratio, excess: other && value.median - other.median }[limit.on];
  return { ...verdict, ...(compared === undefined ? {} : { compared }), within: compared !== undefined && compared <= limit.atMost };
}
