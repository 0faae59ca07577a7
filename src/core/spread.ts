/**
 * How measures are spread: in buckets, each a tenth wider than the one before, so that whatever is told of them is true to within a tenth.
 * A bucket is called by the least that is in it.
 */
const TENTH = 1.1;
/** An hour in milliseconds; more counts as that. */
const MOST = 3_600_000;

/** Of every bucket. */
export const LEAST: readonly number[] = leasts();

function leasts(): number[] {
  const all = [0];
  for (let least = 1; least < MOST; least = Math.max(least + 1, Math.floor(least * TENTH))) all.push(least);
  return [...all, MOST];
}

/** Speeds are counted in tenths of a token a second: whole ones would be more than a tenth apart below ten. */
export const SPEED_PARTS = 10;

/** The bucket that a measure is in. @param value whole */
export function bucketOf(value: number): number {
  let [low, high] = [0, LEAST.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (LEAST[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return LEAST[low]!;
}

/**
 * What a share of all had less of, as if those of a bucket were spread evenly over it.
 * @param counts bucket → how many are in it @param share from 0 to 1 @returns `undefined` of none
 */
export function quantile(counts: ReadonlyMap<number, number>, share: number): number | undefined {
  return quantiles(counts, [share])[0];
}

/** The same of several shares, each larger than the one before; none of none. */
export function quantiles(counts: ReadonlyMap<number, number>, shares: readonly number[]): number[] {
  const all = [...counts].filter(([, n]) => n > 0).sort(([a], [b]) => a - b);
  const whole = all.reduce((sum, [, n]) => sum + n, 0);
  const found: number[] = [];
  let below = 0;
  for (const [bucket, n] of all) {
    for (let next = shares[found.length]; next !== undefined && below + n >= next * whole; next = shares[found.length])
      found.push(bucket + (widthOf(bucket) * (next * whole - below)) / n);
    below += n;
  }
  return found;
}

/** Those of one are whole numbers, which are told as they are. */
function widthOf(bucket: number): number {
  const next = LEAST[LEAST.indexOf(bucket) + 1];
  return next === undefined || next - bucket === 1 ? 0 : next - bucket;
}
