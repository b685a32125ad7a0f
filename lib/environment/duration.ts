const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/**
 * A duration as Vault reads it, `15m`, `1h30m`, `900s`, `2d`, in seconds.
 * Undefined for what Vault refuses and for what is ambiguous or finer than a second: bare numbers, `ms`, signs, spaces.
 */
export function parseDuration(value: string): number | undefined {
  if (!/^(\d{1,9}d|(\d{1,9}(\.\d{1,9})?[hms])+)$/.test(value)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of value.matchAll(/([\d.]+)([dhms])/g)) {
    seconds += Number(amount) * unitSeconds[unit as keyof typeof unitSeconds];
  }
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}
