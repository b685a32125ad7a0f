import type { Exchange } from '../../../rehearsal/picture/exchange';

/** A request that Gloo sent at a time, and how it may differ. */
export const exchange = (at: number, more: Partial<Exchange> = {}): Exchange => ({ at, from: 'gloo', who: 'Gloo', proxied: false, to: 'vault', request: 'GET dev/data/a', status: 200, ms: 2, ...more });
