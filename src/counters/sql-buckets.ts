import { type Bucket, type Buckets, type Draw, type Drawn, type Level, shareOf } from "./buckets.ts";
import { DRAW, HOLD, keyOf, LEVEL, PRUNE, REPLICAS } from "./buckets-sql.ts";
import { Holdings } from "./holdings.ts";
import { MemoryBuckets } from "./memory-buckets.ts";

export interface SqlBucketsParts {
  /** PostgreSQL: with SQLite there is one process, and its memory. */
  database: {
    all<Row extends object>(
      sql: string,
      values?: readonly (string | number)[],
      withinMs?: number,
    ): Row[] | Promise<Row[]>;
  };
  /** Hears that limits are not shared: once, until they are again. */
  complain(cause: Error): void;
  /** For so long what a replica holds is believed; it says so anew three times meanwhile. @default 30 s */
  leaseMs?: number;
}

/** A request waits no longer for the database than this. */
const PATIENCE_MS = 500;
const RETRY_MS = 1000;
const LEASE_MS = 30_000;
const WINDOW_MS = 60_000;
/** How long until somebody gives back, nobody knows. */
const HELD_MS = 1000;
/** So much of a bucket is brought at once, to be used up without asking. */
const PART = 20;
/** What was brought and not used for so long goes back. */
const IDLE_MS = 2000;
/** Somebody may have given back by then. */
const LONGEST_REFUSAL_MS = 1000;

/** A part of a bucket that this replica has brought. */
interface Pool {
  readonly bucket: Bucket;
  have: number;
  usedAt: number;
  /** How far from full the whole was, and when. */
  levelMs: number;
  levelAt: number;
  /** What is on its way: whoever else comes meanwhile looks again afterwards. */
  bringing?: Promise<boolean> | undefined;
  /** So much, or more, is not there until `readyAt`; whether somebody has given back is asked from `until` on. */
  refusal?: { readonly amount: number; readonly until: number; readonly readyAt: number };
}

/**
 * Buckets that replicas share by PostgreSQL, where there is no Redis. Of each that refills a twentieth is brought at once; what is not
 * used goes back. As long as the database cannot be asked each has its share of them by itself: so much as there were replicas before.
 */
export class SqlBuckets implements Buckets {
  private readonly parts: SqlBucketsParts;
  private readonly self = crypto.randomUUID();
  private readonly leaseMs: number;
  private readonly local = new MemoryBuckets();
  private readonly pools = new Map<string, Pool>();
  private readonly holdings = new Holdings((bucket, count, force) => this.sayHeld(bucket, count, force));
  private timer: Timer | undefined;
  private heldToldAt = Number.NEGATIVE_INFINITY;
  private lostUntil = 0;
  private complained = false;
  private replicas = 1;

  constructor(parts: SqlBucketsParts) {
    this.parts = parts;
    this.leaseMs = parts.leaseMs ?? LEASE_MS;
  }

  /** Whether replicas share them now. */
  get isShared(): boolean {
    return this.lostUntil === 0;
  }

  take(draws: readonly Draw[]): Drawn | Promise<Drawn> {
    this.begin();
    if (this.isLost()) return this.byItself(draws);
    // What has been brought already is taken without asking.
    if (draws.every(({ bucket, amount }) => bucket.per === "minute" && this.poolOf(bucket).have >= amount)) {
      for (const { bucket, amount } of draws) this.use(this.poolOf(bucket), amount);
      return { levels: draws.map(({ bucket }) => this.levelOf(bucket)) };
    }
    return this.ask(draws);
  }

  adjust(draws: readonly Draw[]): void {
    if (this.isLost()) {
      this.local.adjust(draws.map((draw) => shareOf(draw, this.replicas)));
      for (const { bucket, amount } of draws) if (bucket.per === "moment") this.holdings.change(bucket, amount);
      return;
    }
    this.local.adjust(draws.filter(({ bucket }) => bucket.per === "moment"));
    for (const { bucket, amount } of draws) {
      if (bucket.per === "moment") {
        this.holdings.change(bucket, amount);
        void this.holdings.tell(bucket).catch((thrown) => this.lose(thrown));
        continue;
      }
      if (amount < 0) {
        this.putBack(bucket, -amount);
        continue;
      }
      const pool = this.poolOf(bucket);
      const used = Math.min(pool.have, amount);
      this.use(pool, used);
      if (amount > used) void this.draw(bucket, amount - used, true).catch((thrown) => this.lose(thrown));
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async ask(draws: readonly Draw[]): Promise<Drawn> {
    const taken: Draw[] = [];
    const giveBack = () => {
      for (const { bucket, amount } of taken)
        if (bucket.per === "minute") this.putBack(bucket, amount);
        else this.holdings.change(bucket, -amount);
    };
    try {
      for (const [at, draw] of draws.entries()) {
        const { bucket, amount } = draw;
        let waitMs = 0;
        if (bucket.per === "minute") waitMs = await this.bring(bucket, amount);
        else if (!(await this.holdings.take(bucket, amount))) waitMs = HELD_MS;
        if (waitMs === 0) taken.push(draw);
        else {
          giveBack();
          for (const { bucket } of taken) if (bucket.per === "moment") await this.holdings.tell(bucket);
          const levels = draws.map(({ bucket }) => this.levelOf(bucket));
          return { levels, refused: { at, waitMs } };
        }
      }
    } catch (thrown) {
      giveBack();
      this.lose(thrown);
      return this.byItself(draws);
    }
    this.local.adjust(draws.filter(({ bucket }) => bucket.per === "moment"));
    return { levels: draws.map(({ bucket }) => this.levelOf(bucket)) };
  }

  /** Takes so much, of what is here or what is there. @returns milliseconds to wait, where it is in neither */
  private async bring(bucket: Bucket, amount: number): Promise<number> {
    const pool = this.poolOf(bucket);
    const { refusal } = pool;
    const now = performance.now();
    if (pool.have < amount && refusal !== undefined && amount >= refusal.amount && now < refusal.until)
      return Math.max(1, Math.ceil(refusal.readyAt - now + ((amount - refusal.amount) * WINDOW_MS) / bucket.limit));
    while (pool.have < amount) {
      if (pool.bringing !== undefined) {
        await pool.bringing;
        continue;
      }
      const missing = amount - pool.have;
      pool.bringing = this.drawPart(bucket, missing).finally(() => {
        pool.bringing = undefined;
      });
      if (await pool.bringing) continue;
      const [row] = await this.parts.database.all<{ level: number }>(LEVEL, [keyOf(bucket)], PATIENCE_MS);
      this.tellLevel(pool, row?.level ?? 0);
      const waitMs = Math.max(1, Math.ceil(pool.levelMs + (missing * WINDOW_MS) / bucket.limit - WINDOW_MS));
      const at = performance.now();
      pool.refusal = { amount, until: at + Math.min(waitMs, LONGEST_REFUSAL_MS), readyAt: at + waitMs };
      return waitMs;
    }
    this.use(pool, amount);
    return 0;
  }

  /** So much, or a twentieth of the bucket where that is more and there. */
  private async drawPart(bucket: Bucket, missing: number): Promise<boolean> {
    const part = Math.floor(bucket.limit / PART);
    return (part > missing && (await this.draw(bucket, part, false))) || (await this.draw(bucket, missing, false));
  }

  /** Into the pool; a debt is of what was used already. @returns whether it was there */
  private async draw(bucket: Bucket, amount: number, force: boolean): Promise<boolean> {
    const unit = (WINDOW_MS * 1000) / bucket.limit;
    const micros = Math.round(amount * unit);
    // Whoever comes a hundredth of a unit too early is on time.
    const most = Math.round(WINDOW_MS * 1000 + unit / 100);
    const values = [keyOf(bucket), micros, micros, force ? 1 : 0, micros, most];
    const [row] = await this.parts.database.all<{ level: number }>(DRAW, values, PATIENCE_MS);
    if (row === undefined) return false;
    const pool = this.poolOf(bucket);
    this.tellLevel(pool, row.level);
    if (!force) pool.have += amount;
    return true;
  }

  private async sayHeld(bucket: Bucket, mine: number, force: boolean): Promise<boolean> {
    const { self } = this;
    const lease = this.leaseMs * 1000;
    const own = [self, mine, lease];
    const values = [keyOf(bucket), ...own, ...own, force ? 1 : 0, self, lease, mine, bucket.limit];
    const rows = await this.parts.database.all(HOLD, values, PATIENCE_MS);
    return rows.length > 0;
  }

  private byItself(draws: readonly Draw[]): Drawn {
    const drawn = this.local.take(draws.map((draw) => shareOf(draw, this.replicas)));
    if (drawn.refused === undefined)
      for (const { bucket, amount } of draws) if (bucket.per === "moment") this.holdings.change(bucket, amount);
    return drawn;
  }

  private use(pool: Pool, amount: number): void {
    pool.have -= amount;
    pool.usedAt = performance.now();
  }

  /** What is more than is brought at once goes on to the others. */
  private putBack(bucket: Bucket, amount: number): void {
    const pool = this.poolOf(bucket);
    pool.have += amount;
    const more = pool.have - Math.floor(bucket.limit / PART);
    if (more <= 0) return;
    pool.have -= more;
    void this.draw(bucket, -more, true).catch((thrown) => this.lose(thrown));
  }

  private tellLevel(pool: Pool, micros: number): void {
    pool.levelMs = micros / 1000;
    pool.levelAt = performance.now();
  }

  private poolOf(bucket: Bucket): Pool {
    let pool = this.pools.get(bucket.name);
    if (pool === undefined) {
      pool = { bucket, have: 0, usedAt: performance.now(), levelMs: 0, levelAt: performance.now() };
      this.pools.set(bucket.name, pool);
    }
    return pool;
  }

  private levelOf(bucket: Bucket): Level {
    const { name, limit, per } = bucket;
    if (per === "moment") return { remaining: Math.max(0, limit - this.holdings.countOf(bucket)), resetMs: 0 };
    const pool = this.pools.get(name);
    if (pool === undefined) return { remaining: limit, resetMs: 0 };
    const level = Math.max(0, pool.levelMs - (performance.now() - pool.levelAt));
    const there = Math.floor(((WINDOW_MS - level) * limit) / WINDOW_MS + 0.01);
    const remaining = Math.max(0, Math.min(limit, there + pool.have));
    return { remaining, resetMs: Math.max(0, level - (pool.have * WINDOW_MS) / limit) };
  }

  private begin(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.keep().catch((thrown) => this.lose(thrown)), RETRY_MS);
    this.timer.unref();
  }

  /** What is not used goes back, what is held is said anew, and what is full is forgotten. */
  private async keep(): Promise<void> {
    const now = performance.now();
    if (this.isLost()) return;
    for (const [name, pool] of this.pools) {
      if (now - pool.usedAt < IDLE_MS) continue;
      this.pools.delete(name);
      if (pool.have > 0) await this.draw(pool.bucket, -pool.have, true);
    }
    if (now - this.heldToldAt < this.leaseMs / 3) return;
    this.heldToldAt = now;
    await this.holdings.tellAll();
    await this.parts.database.all(PRUNE, [], PATIENCE_MS);
    const [told] = await this.parts.database.all<{ count: number }>(REPLICAS, [], PATIENCE_MS);
    this.replicas = Math.max(1, told?.count ?? 1);
  }

  /** Once a second it is found out whether that is over, while nobody waits. */
  private isLost(): boolean {
    if (this.lostUntil === 0) return false;
    if (performance.now() >= this.lostUntil) {
      this.lostUntil = performance.now() + RETRY_MS + PATIENCE_MS;
      void this.probe().catch((thrown) => this.lose(thrown));
    }
    return true;
  }

  private async probe(): Promise<void> {
    await this.parts.database.all(LEVEL, [""], PATIENCE_MS);
    this.lostUntil = 0;
    await this.holdings.tellAll();
    this.complained = false;
  }

  private lose(thrown: unknown): void {
    this.lostUntil = performance.now() + RETRY_MS;
    if (this.complained) return;
    this.complained = true;
    const share = this.replicas === 1 ? "all of them" : `1/${this.replicas} of them`;
    this.parts.complain(
      new Error(`the database does not keep limits: each replica grants ${share} by itself`, { cause: thrown }),
    );
  }
}
