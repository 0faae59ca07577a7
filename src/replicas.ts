import { randomBytes } from "node:crypto";
import type { Times, Topic } from "./admin/beside.ts";
import type { Budgets } from "./admin/budgets.ts";
import type { Directions } from "./admin/directions.ts";
import { type Feed, listsOf } from "./admin/feed.ts";
import { directionSeal } from "./admin/shared-directions.ts";
import type { Config } from "./config/schema.ts";
import type { Buckets } from "./counters/buckets.ts";
import { REPLICAS } from "./counters/buckets-sql.ts";
import { type Correspondent, RedisLink } from "./counters/link.ts";
import { MemoryBuckets } from "./counters/memory-buckets.ts";
import { RedisBoard } from "./counters/redis.ts";
import { RedisBuckets } from "./counters/redis-buckets.ts";
import { RedisSignal } from "./counters/redis-signal.ts";
import { RedisTable } from "./counters/redis-table.ts";
import { SqlBuckets } from "./counters/sql-buckets.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { sharedHealth } from "./gateway/shared-health.ts";
import type { Standing } from "./gateway/standing.ts";
import { Purse } from "./purse.ts";
import { marking, type Revisions, telling } from "./store/changes.ts";
import type { Database } from "./store/database.ts";
import type { DirectionRow } from "./store/directions.ts";
import { KeyParts } from "./store/key-parts.ts";
import type { KeyStore } from "./store/keys.ts";
import { isOutage } from "./store/outage.ts";
import { SettingStore } from "./store/settings.ts";
import { type Reload, Watch } from "./store/watch.ts";

/** So long a request may wait until it is known how many replicas there are. */
const COUNT_MS = 500;

export interface ReplicasParts {
  config: Config;
  /** The admin token that all replicas have in their configuration, if they do. */
  adminToken: string | undefined;
  database: Database;
  /** Which of the processes of one machine it is, where there are several. */
  worker?: number | undefined;
  complain: Gateway["complain"];
}

/** Whom it concerns what another replica has changed. */
export interface Replicated {
  gateway: Gateway;
  directions: Directions;
  budgets: Pick<Budgets, "take" | "treasury">;
  /** Is told what lists have changed. */
  feed?: Pick<Feed, "changed">;
  /** By the names of tables, what else is to be read anew when one has changed. */
  reloads?: Readonly<Record<string, () => Promise<void>>>;
}

/** By what replicas know of one another. */
export type Mode = {
  /** Which of the processes of one machine answers, from 1 on, where there are several. */
  readonly worker: number | null;
  readonly database: Database["engine"];
  /** Whether Redis is in reach, where there is to be one. */
  readonly redis: "reached" | "out_of_reach" | null;
  /** Where rate limits are kept: in this process; by Redis or the database for all; or by each itself, as long as that is out of reach. */
  readonly limits: "here" | "redis" | "database" | "by_itself";
  /**
   * How it is known here that a key was changed elsewhere: by word of the database, by looking every second, or it is only changed here;
   * `unknown` as long as the database cannot be read.
   */
  readonly key_changes: "told" | "looked_for" | "here" | "unknown";
};

/**
 * What this gateway and others have in common: PostgreSQL, of which each holds a part in memory, and Redis, by which they tell one
 * another what must not wait. With neither it is the only one.
 */
export class Replicas {
  /** The database that was given, for the stores: who writes by it is heard by the others. */
  readonly database: Database;
  /** Tells others of a rule or a virtual model, where the database does not. */
  readonly tell: ((row: DirectionRow) => void) | undefined;
  /** What rate limits are taken from. */
  readonly buckets: Buckets;
  private readonly sharedBuckets: RedisBuckets | SqlBuckets | undefined;
  private readonly parts: ReplicasParts;
  /** How all names in Redis begin: another installation's begin otherwise. */
  private readonly prefix: string;
  private readonly shared: boolean;
  private readonly signal: RedisSignal | undefined;
  private directions: Directions | undefined;
  private readonly table: RedisTable | undefined;
  private link: RedisLink | undefined;
  private watch: Watch | undefined;
  private purse: Purse | undefined;
  private unlisten: (() => Promise<void>) | undefined;

  /** @throws what the engine says */
  static async open(parts: ReplicasParts): Promise<Replicas> {
    return new Replicas(parts, await prefixOf(parts));
  }

  private constructor(parts: ReplicasParts, prefix: string) {
    this.parts = parts;
    this.prefix = prefix;
    const { config, database, adminToken, complain } = parts;
    this.shared = database.engine === "postgres";
    const told = { complain: (cause: Error) => complain("limits", cause) };
    const count = this.shared ? () => countOf(database) : undefined;
    if (config.redis !== undefined)
      this.sharedBuckets = new RedisBuckets({ url: config.redis.url, prefix, count, ...told });
    else if (this.shared) this.sharedBuckets = new SqlBuckets({ database, ...told });
    this.buckets = this.sharedBuckets ?? new MemoryBuckets();
    const signal =
      this.shared && config.redis !== undefined ? new RedisSignal(prefix, () => this.watch?.look()) : undefined;
    this.signal = signal;
    this.database = signal === undefined ? database : telling(database, (table) => signal.tell(table));
    if (!this.shared && config.redis !== undefined && adminToken !== undefined) {
      const seal = directionSeal(adminToken);
      const table = this.directionTable(seal);
      this.table = table;
      this.tell = (row) => table.put(seal.close(row));
    }
  }

  /** Whether others change what stands in the database. */
  get isShared(): boolean {
    return this.shared;
  }

  /** From here on it hears of the others, and they of it. */
  async begin({ gateway, directions, budgets, feed, reloads = {} }: Replicated, keys: KeyStore): Promise<void> {
    this.directions = directions;
    const { database, complain } = this.parts;
    if (this.shared) {
      this.purse = new Purse(database, gateway.snapshot.keys, budgets, new KeyParts(keys));
      const told =
        (reload: () => Promise<void>): Reload =>
        async (changed) => {
          await reload();
          for (const table of changed) feed?.changed(listsOf(table));
        };
      // Of some nothing is held here: who looks on is told.
      const each = {
        ...reloads,
        directions: () => directions.adopt(),
        teams: async () => {},
        corrections: async () => {},
      };
      const others = Object.entries(each).map(([table, reload]) => [table, told(reload)] as const);
      const purse = told(() => this.purse!.renew());
      const all = { keys: purse, budgets: purse, ...Object.fromEntries(others) };
      this.watch = new Watch({
        database,
        reloads: all,
        lost: () => this.purse!.forget(),
        complain: (cause) => complain("replicas", cause),
      });
      // Who cannot listen still looks every second.
      this.unlisten = await database
        .listen?.(() => this.watch?.look())
        .catch((thrown) => {
          complain("replicas", thrown);
          return undefined;
        });
      // What was read at the start was not of one moment: nobody is served by it.
      await this.watch.begun;
    }
    this.link = this.linkOf(gateway);
  }

  /** By what replicas know of one another, for the operator. */
  mode(): Mode {
    const { redis } = this.parts.config;
    const sharing = this.sharedBuckets;
    return {
      worker: this.parts.worker ?? null,
      database: this.parts.database.engine,
      redis: redis === undefined ? null : this.link?.isReached === true ? "reached" : "out_of_reach",
      limits: sharing === undefined ? "here" : sharing.isShared === false ? "by_itself" : redis ? "redis" : "database",
      key_changes: this.keyChanges(),
    };
  }

  /** How it stands with what is written down, and with Redis, for which nobody waits. */
  standing(written: (atMs: number) => Standing): Standing {
    const atMs = Date.now();
    const standing = written(atMs);
    const downMs = this.link?.downMs;
    if (downMs === undefined) return standing;
    return { ...standing, missing: [...standing.missing, { what: "redis", since: atMs - downMs, servedUntil: null }] };
  }

  /** As `Renewed` has it. */
  heldOf(topic: Topic): number {
    return this.purse?.held[topic] ?? 0;
  }

  readonly marking = marking;

  /** What is to be changed of them here waits for this. */
  get pause(): Promise<void> | undefined {
    return this.purse?.pause;
  }

  /** As `Renewed` has it, here and below. Where nobody else has changed anything it is one question. */
  async abreast(of: readonly Topic[]): Promise<void> {
    const { watch, purse } = this;
    if (watch !== undefined && purse?.isAbreast(await watch.revisions(), of) === false) await this.catchUp();
  }

  made(revisions: Revisions, times: Times): void {
    this.purse?.made(revisions, times);
  }

  /** What has changed of keys and budgets by now holds here, as far as it can be read. @throws what the engine says */
  async catchUp(): Promise<void> {
    try {
      await this.watch?.catchUp("keys");
    } catch (thrown) {
      // One that is nonsense is complained of where all are read.
      if (isOutage(thrown)) throw thrown;
    }
  }

  private keyChanges(): Mode["key_changes"] {
    if (!this.shared) return "here";
    if (this.watch?.isCurrent === false) return "unknown";
    return this.unlisten === undefined ? "looked_for" : "told";
  }

  async close(): Promise<void> {
    this.link?.close();
    await this.sharedBuckets?.close();
    this.watch?.close();
    // A server that is out of reach forgets who listened all the same.
    await this.unlisten?.().catch(() => {});
  }

  /** By which replicas tell one another who fails, that something was changed, and where requests are led. */
  private linkOf(gateway: Gateway): RedisLink | undefined {
    const { health, complain } = gateway;
    const { redis } = this.parts.config;
    if (redis === undefined) return undefined;
    const { reader, shareBy } = sharedHealth(health, () => gateway.snapshot.choice);
    const board = new RedisBoard(this.prefix, reader);
    const told: (Correspondent & { wake: () => void })[] = [board];
    for (const one of [this.table, this.signal]) if (one !== undefined) told.push(one);
    const link = new RedisLink(redis.url, told, (cause) => complain("redis", cause));
    for (const one of told) one.wake = () => link.wake();
    shareBy((entry) => board.post(entry));
    return link;
  }

  /** What is made at one replica, for all that have the same admin token in their configuration: it signs what they tell one another. */
  private directionTable(seal: ReturnType<typeof directionSeal>): RedisTable {
    const { complain } = this.parts;
    let complained = false;
    return new RedisTable(this.prefix, "directions", {
      size: () => this.directions?.size ?? 0,
      all: () => (this.directions?.rows() ?? []).map(seal.close),
      learn: (items) => {
        const rows = items.flatMap((item) => seal.open(item) ?? []);
        if (rows.length < items.length && !complained) {
          complained = true;
          complain(
            "redis",
            new Error("routing rules that another replica tells are passed over: it has not this admin token"),
          );
        }
        this.directions?.learn(rows).catch((thrown) => complain("redis", thrown));
      },
    });
  }
}

/** How many replicas there are. @throws what the engine says */
async function countOf(database: Database): Promise<number> {
  const [told] = await database.all<{ count: number }>(REPLICAS, [], COUNT_MS);
  return Math.max(1, told?.count ?? 1);
}

/** One database is one installation: what it is known by is made once, by whoever begins first. */
async function prefixOf({ config: { redis }, database }: ReplicasParts): Promise<string> {
  if (redis?.prefix !== undefined) return redis.prefix;
  if (redis === undefined || database.engine === "sqlite") return "headgate";
  return `headgate:${await new SettingStore(database).keep("installation", randomBytes(6).toString("base64url"))}`;
}
