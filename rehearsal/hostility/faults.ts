import { chance, choice } from './chance';
import { garbage, type Garbage } from './garbage';
import type { Passage } from './passage';

/** What happens to a request. */
export type Fault =
  /** The connection is cut before the request has got anywhere. */
  | { readonly kind: 'drop' }
  /** The request arrives, and its answer does not: the connection is cut. */
  | { readonly kind: 'lose' }
  /** Neither a connection cut nor an answer: until the function gives it up. The request arrives, or not. */
  | { readonly kind: 'hang'; readonly arrives: boolean }
  /** It goes on only after some milliseconds: others overtake it. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is cut, and the request arrives when so many others have come after it: behind its own repetition. */
  | { readonly kind: 'late'; readonly after: number }
  /** It arrives twice, one copy after the other; the answer is the first one's or the second one's. */
  | { readonly kind: 'twice'; readonly answer: 'first' | 'second' }
  /** Of its answer's bytes, so great a part comes before the connection is cut. */
  | { readonly kind: 'cut'; readonly part: number }
  /** The same, and it looks as if that were all. */
  | { readonly kind: 'shorten'; readonly part: number }
  /** Of its body's bytes, so great a part arrives before the connection is cut on both sides. */
  | { readonly kind: 'break'; readonly part: number }
  /** Of its answer's bytes, so great a part comes, and nothing more until the function gives it up. */
  | { readonly kind: 'stall'; readonly part: number }
  /** A bit of what is streamed is another when it arrives. */
  | { readonly kind: 'change'; readonly part: number }
  /** Something else answers: before the request has arrived, or after. */
  | { readonly kind: 'garbage'; readonly arrives: boolean; readonly answer: Garbage };

export type FaultKind = Fault['kind'];

const KINDS = ['drop', 'lose', 'hang', 'delay', 'late', 'twice', 'cut', 'shorten', 'garbage', 'garbage', 'garbage'] as const satisfies readonly FaultKind[];
const OF_STREAMS = { up: [...KINDS, 'break', 'break', 'change'], down: [...KINDS, 'cut', 'shorten', 'stall', 'change'] } as const satisfies Record<string, readonly FaultKind[]>;

/** How faults are spread over a run. */
export type Hostility =
  /** Each request meets one with this likelihood. */
  | { readonly kind: 'steady'; readonly likelihood: number }
  /** Just that one, by its number. */
  | { readonly kind: 'one'; readonly number: number }
  /** From that one on, all do: what Vault sees of a run that is killed, or loses its network. */
  | { readonly kind: 'end'; readonly number: number };

/** The hostility of a seed. @param requests that a run without faults makes, or some more */
export function hostilityOf(seed: number, requests = 30): Hostility {
  const number = 1 + Math.floor(chance(seed, 'number') * requests);
  const likelihoods = [0.03, 0.08, 0.15, 0.3, 0.6] as const;
  return choice<Hostility>([{ kind: 'one', number }, { kind: 'end', number }, ...likelihoods.map((likelihood) => ({ kind: 'steady', likelihood }) as const)], seed, 'hostility');
}

/** What a seed has happen to a request: the same for the same request, in whatever order they come. */
export function faultFor(seed: number, hostility: Hostility, passage: Passage): Fault | undefined {
  const { what, time, number } = passage;
  switch (hostility.kind) {
    case 'steady':
      return chance(seed, 'meets', what, time) < hostility.likelihood ? some(seed, passage) : undefined;
    case 'one':
      return number === hostility.number ? some(seed, passage) : undefined;
    case 'end':
      return number >= hostility.number ? (number === hostility.number ? some(seed, passage) : { kind: 'drop' }) : undefined;
  }
}

function some(seed: number, passage: Passage): Fault {
  const { to, what, time, stream } = passage;
  const kind = choice<FaultKind>(stream ? OF_STREAMS[stream] : KINDS, seed, 'kind', what, time);
  const arrives = chance(seed, 'arrives', what, time) < 0.5;
  const size = chance(seed, 'size', what, time);
  switch (kind) {
    case 'drop':
    case 'lose':
      return { kind };
    case 'hang':
      return { kind, arrives };
    case 'delay':
      return { kind, ms: Math.ceil(size * 60) };
    case 'late':
      return { kind, after: Math.ceil(size * 25) };
    case 'twice':
      return { kind, answer: arrives ? 'first' : 'second' };
    case 'cut':
    case 'shorten':
    case 'break':
    case 'stall':
    case 'change':
      return { kind, part: size };
    case 'garbage':
      return { kind, arrives, answer: choice(garbage(to, what), seed, 'garbage', what, time) };
  }
}
