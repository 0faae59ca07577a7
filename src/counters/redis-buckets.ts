import { createHash } from "node:crypto";
import { RedisClient } from "bun";
import { type Bucket, type Buckets, type Draw, type Drawn, shareOf } from "./buckets.ts";
import { TAKE } from "./buckets-script.ts";
import { within } from "./link.ts";
import { MemoryBuckets } from "./memory-buckets.ts";

export interface RedisBucketsParts {
  url: string;
  /** How its names begin: whoever has the same shares them. */
  prefix: string;
  /** Milliseconds on a clock that only ever goes on. */
  now?: () => number;
  /** For so long what a replica holds is believed; it says so anew three times meanwhile. @default 30 s */
  leaseMs?: number;
  /** How many replicas there are, where that is known while Redis is out of reach: this one may never have heard of the others there. */
  count?: (() => Promise<number>) | undefined;
  /** Hears that limits are not shared: once, until they are again. */
  complain(cause: Error): void;
}

/** A request waits no longer for Redis than this. */
const PATIENCE_MS = 250;
/** Nor, when it is the first, for the connection. */
const CONNECT_MS = 1000;
const RETRY_MS = 1000;
const LEASE_MS = 30_000;
const SHA = createHash("sha1").update(TAKE).digest("hex");

/**
 * Buckets that replicas share by Redis or Valkey. While it is out of reach each has its share of them by itself: as many as
 * there are, or were when it was last heard of. Nothing is asked there before the first limit is in force.
 */
export class RedisBuckets implements Buckets {
  private readonly parts: RedisBucketsParts;
  private readonly self = crypto.randomUUID();
  private readonly local: MemoryBuckets;
  private readonly leaseMs: number;
  /** What is held of buckets that are given back, of which this replica knows best. */
  private readonly held = new Map<string, { readonly bucket: Bucket; count: number }>();
  private client: RedisClient | undefined;
  /** The first attempt at a connection, and whether it is over. */
  private first: Promise<void> | undefined;
  private tried = false;
  private timer: Timer | undefined;
  private closed = false;
  private complained = false;
  private replicas = 1;

  constructor(parts: RedisBucketsParts) {
    this.parts = parts;
    this.local = new MemoryBuckets(parts.now);
    this.leaseMs = parts.leaseMs ?? LEASE_MS;
  }

  /** Whether replicas share them now; `undefined` as long as nobody has asked for any. */
  get isShared(): boolean | undefined {
    return this.tried ? this.client !== undefined : undefined;
  }

  take(draws: readonly Draw[]): Drawn | Promise<Drawn> {
    if (this.client !== undefined) return this.ask(draws);
    this.first ??= this.begin();
    // Only the first connection is waited for: whoever tries again may try for long.
    if (this.tried) return this.byItself(draws);
    return this.first.then(() => (this.client === undefined ? this.byItself(draws) : this.ask(draws)));
  }

  adjust(draws: readonly Draw[]): void {
    for (const { bucket, amount } of draws) if (bucket.per === "moment") this.hold(bucket, amount);
    if (this.client === undefined) this.local.adjust(draws.map((draw) => shareOf(draw, this.replicas)));
    else {
      this.local.adjust(draws.filter(isHeld));
      const { client } = this;
      void this.send(client, draws, true).catch((thrown) => this.lose(thrown, client));
    }
  }

  /** Says that it is not there any more, where that can be said: nobody keeps a share for it. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    const client = this.client;
    this.client = undefined;
    if (client === undefined) return;
    await within(client.send("ZREM", [`${this.parts.prefix}:replicas`, this.self]), PATIENCE_MS).catch(() => {});
    client.close();
  }

  private async ask(draws: readonly Draw[]): Promise<Drawn> {
    const client = this.client;
    if (client === undefined) return this.byItself(draws);
    // Before it is known: another that is asked for meanwhile counts it as well.
    for (const { bucket, amount } of draws) if (bucket.per === "moment") this.hold(bucket, amount);
    const giveBack = () => {
      for (const { bucket, amount } of draws) if (bucket.per === "moment") this.hold(bucket, -amount);
    };
    let told: number[];
    try {
      told = await this.send(client, draws, false);
    } catch (thrown) {
      giveBack();
      this.lose(thrown, client);
      return this.byItself(draws);
    }
    const [refused = 0, waitMs = 0] = told;
    const levels = draws.map((_, i) => ({ remaining: told[2 * i + 2] ?? 0, resetMs: told[2 * i + 3] ?? 0 }));
    if (refused > 0) {
      giveBack();
      return { levels, refused: { at: refused - 1, waitMs } };
    }
    this.local.adjust(draws.filter(isHeld));
    return { levels };
  }

  private byItself(draws: readonly Draw[]): Drawn {
    const drawn = this.local.take(draws.map((draw) => shareOf(draw, this.replicas)));
    if (drawn.refused === undefined)
      for (const { bucket, amount } of draws) if (bucket.per === "moment") this.hold(bucket, amount);
    return drawn;
  }

  private hold(bucket: Bucket, amount: number): void {
    const count = Math.max(0, (this.held.get(bucket.name)?.count ?? 0) + amount);
    if (count === 0) this.held.delete(bucket.name);
    else this.held.set(bucket.name, { bucket, count });
  }

  /** @throws Error where it takes too long */
  private async send(client: RedisClient, draws: readonly Draw[], force: boolean): Promise<number[]> {
    const keys = draws.map(({ bucket }) => this.keyOf(bucket));
    const told = draws.flatMap(({ bucket: { name, limit, per }, amount }) =>
      [per, limit, amount, per === "moment" ? (this.held.get(name)?.count ?? 0) : 0].map(String),
    );
    const rest = [`${keys.length}`, ...keys, this.self, `${this.leaseMs}`, force ? "1" : "0", ...told];
    const asked: Promise<number[]> = client.send("EVALSHA", [SHA, ...rest]).catch((thrown) => {
      if (!String((thrown as Error).message).includes("NOSCRIPT")) throw thrown;
      return client.send("EVAL", [TAKE, ...rest]);
    });
    return (await within(asked, PATIENCE_MS)).map(Number);
  }

  /** Names hold what clients say. */
  private keyOf({ name }: Bucket): string {
    return `${this.parts.prefix}:bucket:${createHash("sha256").update(name).digest("base64url").slice(0, 22)}`;
  }

  private async begin(): Promise<void> {
    this.timer = setInterval(() => void this.keep(), this.leaseMs / 3);
    this.timer.unref();
    await this.open();
    this.tried = true;
  }

  private async open(): Promise<void> {
    const options = { autoReconnect: false, enableOfflineQueue: false, connectionTimeout: CONNECT_MS } as const;
    const client = new RedisClient(this.parts.url, options);
    try {
      await within(client.connect(), CONNECT_MS);
      await this.introduce(client);
      if (this.closed) return client.close();
      client.onclose = () => this.lose(new Error("the connection is closed"), client);
      this.client = client;
    } catch (thrown) {
      client.close();
      // Where that is not known either, it goes by what was heard last.
      this.replicas = (await this.parts.count?.().catch(() => undefined)) ?? this.replicas;
      this.lose(thrown, undefined);
    }
  }

  /** Says that it is there and what it holds, and hears how many others there are. */
  private async introduce(client: RedisClient): Promise<void> {
    const script = `
      local now = redis.call('TIME')[1]
      redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
      redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)
      redis.call('EXPIRE', KEYS[1], 2 * ARGV[2])
      return redis.call('ZCARD', KEYS[1])`;
    const count = client.send("EVAL", [
      script,
      "1",
      `${this.parts.prefix}:replicas`,
      this.self,
      `${Math.ceil(this.leaseMs / 1000)}`,
    ]);
    this.replicas = Math.max(1, Number(await within(count, CONNECT_MS)));
    const held = [...this.held.values()].map(({ bucket }) => ({ bucket, amount: 0 }));
    if (held.length > 0) await this.send(client, held, true);
    this.complained = false;
  }

  private async keep(): Promise<void> {
    const client = this.client;
    if (client === undefined) return;
    await this.introduce(client).catch((thrown) => this.lose(thrown, client));
  }

  /** From here on it goes by itself, and tries again after a while. */
  private lose(thrown: unknown, of: RedisClient | undefined): void {
    // Another has found it out before.
    if (this.closed || of !== this.client) return;
    this.client = undefined;
    if (of !== undefined) {
      of.onclose = null;
      of.close();
    }
    if (!this.complained) {
      this.complained = true;
      const { host } = new URL(this.parts.url);
      const code = (thrown as { code?: unknown } | null)?.code;
      const why = typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
      const share = this.replicas === 1 ? "all of them" : `1/${this.replicas} of them`;
      this.parts.complain(
        new Error(`Redis at ${host} does not keep limits${why}: each replica grants ${share} by itself`),
      );
    }
    setTimeout(() => {
      if (!this.closed && this.client === undefined) void this.open();
    }, RETRY_MS).unref();
  }
}

const isHeld = ({ bucket }: Draw) => bucket.per === "moment";
