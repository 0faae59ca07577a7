import type { Bucket } from "./buckets.ts";

/** What this replica holds of buckets that are given back, of which it knows best; told where replicas share them. */
export class Holdings {
  private readonly say: (bucket: Bucket, count: number, force: boolean) => Promise<boolean>;
  private readonly held = new Map<string, { readonly bucket: Bucket; count: number }>();
  private readonly turns = new Map<string, Promise<void>>();

  /** @param say tells how many are held, unless (without `force`) that is too many: then it answers `false` */
  constructor(say: (bucket: Bucket, count: number, force: boolean) => Promise<boolean>) {
    this.say = say;
  }

  countOf(bucket: Bucket): number {
    return this.held.get(bucket.name)?.count ?? 0;
  }

  /** So many more, or fewer, whether or not anybody is told. */
  change(bucket: Bucket, amount: number): void {
    const count = Math.max(0, this.countOf(bucket) + amount);
    if (count === 0) this.held.delete(bucket.name);
    else this.held.set(bucket.name, { bucket, count });
  }

  /** @returns whether there were so many left */
  take(bucket: Bucket, amount: number): Promise<boolean> {
    return this.inTurn(bucket, async () => {
      this.change(bucket, amount);
      let there = false;
      try {
        there = await this.say(bucket, this.countOf(bucket), false);
        return there;
      } finally {
        if (!there) this.change(bucket, -amount);
      }
    });
  }

  async tell(bucket: Bucket): Promise<void> {
    await this.inTurn(bucket, () => this.say(bucket, this.countOf(bucket), true));
  }

  async tellAll(): Promise<void> {
    for (const { bucket } of [...this.held.values()]) await this.tell(bucket);
  }

  /** One after the other of each bucket: what is said last is so many as there are. */
  private inTurn<T>(bucket: Bucket, work: () => Promise<T>): Promise<T> {
    const result = (this.turns.get(bucket.name) ?? Promise.resolve()).then(work);
    const turn = result.then(
      () => {},
      () => {},
    );
    this.turns.set(bucket.name, turn);
    void turn.then(() => {
      if (this.turns.get(bucket.name) === turn) this.turns.delete(bucket.name);
    });
    return result;
  }
}
