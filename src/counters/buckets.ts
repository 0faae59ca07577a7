/** Something that is used up and fills again by itself, or is given back. Whoever names it alike shares it. */
export interface Bucket {
  readonly name: string;
  /** How much it holds when it is full: a whole number, 1 or more. */
  readonly limit: number;
  /** `minute`: as much as it holds flows in within one, evenly. `moment`: what is taken is held until it is given back. */
  readonly per: "minute" | "moment";
}

/** So much of a bucket. Of one that refills, never more than it holds: that would never be there. */
export interface Draw {
  readonly bucket: Bucket;
  readonly amount: number;
}

/** How full a bucket is. */
export interface Level {
  /** Whole units. */
  readonly remaining: number;
  /** Milliseconds until it is full, if nothing more is taken; 0 for what is given back. */
  readonly resetMs: number;
}

export interface Drawn {
  /** In the order of what was asked for. */
  readonly levels: readonly Level[];
  /** Nothing was taken: which of them, in that order, had too little for the longest, and for how many milliseconds. */
  readonly refused?: { readonly at: number; readonly waitMs: number } | undefined;
}

/** Where buckets stand: in this process, or where replicas share them. */
export interface Buckets {
  /** All of it or nothing. May answer later where it must be asked for. Never throws: where nobody can say, this process does. */
  take(draws: readonly Draw[]): Drawn | Promise<Drawn>;
  /** So much more is taken, whether or not it is there, or given back where the amount is negative. Nobody waits for it. */
  adjust(draws: readonly Draw[]): void;
}

/** What one of so many replicas may have by itself, where nobody can be asked what the others have. */
export function shareOf({ bucket, amount }: Draw, replicas: number): Draw {
  const limit = Math.max(1, Math.floor(bucket.limit / replicas));
  return {
    bucket: { ...bucket, limit },
    amount: bucket.per === "minute" && amount > 0 ? Math.min(limit, amount) : amount,
  };
}
