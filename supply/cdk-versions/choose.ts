import maxSatisfying from 'semver/ranges/max-satisfying';
import minVersion from 'semver/ranges/min-version';

/** A version of aws-cdk-lib that package.json promises to work with. */
export interface Candidate {
  readonly version: string;
  readonly which: 'lowest' | 'latest';
  /** The one that package-lock.json has, and the tests run on every day. */
  readonly installed: boolean;
}

/**
 * The two ends of a range.
 * @param range of package.json, `^2.270.0`.
 * @param published all versions that the registry has.
 * @throws where the lowest version that the range admits was never published.
 */
export function ends(range: string, published: readonly string[], installed: string): readonly Candidate[] {
  const lowest = minVersion(range)?.version;
  const latest = maxSatisfying([...published], range);
  if (lowest === undefined || latest === null || !published.includes(lowest)) {
    throw new Error(`aws-cdk-lib ${range}: ${latest === null ? 'no published version is in this range' : `${lowest} was never published`}; correct the range in package.json.`);
  }
  return [
    { version: lowest, which: 'lowest', installed: lowest === installed },
    { version: latest, which: 'latest', installed: latest === installed },
  ];
}
