import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { present } from "../core/json.ts";
import { after, type Soon } from "../core/soon.ts";
import type { Bucket, Buckets, Draw, Level } from "../counters/buckets.ts";
import { type Demand, type Foresight, type Gate, NO_FIELDS, type Seat, type Spent } from "./admit.ts";
import type { Key } from "./keys.ts";
import { type LimitLevel, type LimitLevels, limitFields } from "./limit-fields.ts";

/** How much may be asked: absent or `null` is as much as there is. */
export interface RateLimit {
  readonly requests_per_minute?: number | null | undefined;
  readonly tokens_per_minute?: number | null | undefined;
  readonly concurrent_streams?: number | null | undefined;
}

/** The limits of a gateway, as its configuration has them. */
export interface RateLimitsTold {
  readonly gateway: RateLimit;
  readonly per_key: RateLimit;
  readonly per_user: RateLimit;
  readonly default_output_tokens: number;
}

/** What is counted. */
export type Counted = "requests" | "tokens" | "streams";

/** One limit that is in force for a request. */
interface Limit {
  readonly counts: Counted;
  /** Whose it is, in words. */
  readonly of: string;
  readonly bucket: Bucket;
}

interface Held extends Draw {
  readonly counts: Counted;
  /** How much is taken by now. */
  amount: number;
}

/** What is in force for each request of a key. */
interface KeyLimits {
  readonly all: readonly Limit[];
  /** For those that are no streams. */
  readonly plain: readonly Limit[];
  /** Within what end users are told apart. */
  readonly usersOf: string;
}

/** Where a key says what it may. */
interface Limited {
  readonly policy?: { readonly limits?: RateLimit | undefined };
}

const KINDS = [
  ["requests", "requests_per_minute", "minute"],
  ["tokens", "tokens_per_minute", "minute"],
  ["streams", "concurrent_streams", "moment"],
] as const;

const MINUTE_MS = 60_000;
/** How long until somebody gives back, nobody knows. */
const HELD_MS = 1000;

/** Lets in as many as the limits of the gateway, of the key and of the end user say. */
export class RateLimits implements Gate {
  private readonly told: RateLimitsTold;
  private readonly buckets: Buckets;
  private readonly ofAll: readonly Limit[];
  private readonly isPerUser: boolean;
  /** A key that is changed is another one. */
  private readonly ofKeys = new WeakMap<Key, KeyLimits>();

  constructor(told: RateLimitsTold, buckets: Buckets) {
    this.told = told;
    this.buckets = buckets;
    this.ofAll = limitsOf(told.gateway, "gateway", "the gateway");
    this.isPerUser = limitsOf(told.per_user, "user", "the user").length > 0;
  }

  /** @throws GatewayError `rate_limit_exceeded`; `request_too_large` for what would be refused at any time */
  enter(demand: Demand): Soon<Seat | undefined> {
    const limits = this.limitsFor(demand);
    if (limits.length === 0) return undefined;
    const tokens = this.tokensOf(demand, limits);
    const held: Held[] = [];
    for (const limit of limits) {
      held.push({ counts: limit.counts, bucket: limit.bucket, amount: amountOf(limit, tokens) });
    }
    return after(this.buckets.take(held), ({ levels, refused }) => {
      const fields = limitFields(levelsOf(limits, levels), demand.wire, demand.atMs);
      if (refused !== undefined) throw exceeded(limits[refused.at]!, refused.waitMs, fields);
      return new Place(this.buckets, held, tokens.input, fields);
    });
  }

  /** Looks at how full they are. */
  foresee(demand: Demand): Soon<Foresight> {
    const limits = this.limitsFor(demand);
    if (limits.length === 0) return {};
    const tokens = this.tokensOf(demand, limits);
    return after(this.look(limits), (levels) => {
      let refusal: GatewayError | undefined;
      const told = limits.map((limit, at) => {
        const { counts, of, bucket } = limit;
        const { remaining } = levels[at]!;
        let wanted = tokens.input;
        try {
          wanted = amountOf(limit, tokens);
          const lacking = wanted - remaining;
          const waitMs = bucket.per === "minute" ? (lacking * MINUTE_MS) / bucket.limit : HELD_MS;
          if (lacking > 0) refusal ??= exceeded(limit, waitMs, {});
        } catch (thrown) {
          refusal ??= GatewayError.from(thrown);
        }
        return { counts, of, limit: bucket.limit, per: bucket.per, remaining, wanted };
      });
      return { limits: told, refusal };
    });
  }

  /** What is left of the limits that hold for each of its requests. */
  fieldsFor(key: Key, wire: WireName, atMs: number): Soon<Seat["fields"]> {
    const { plain } = this.limitsOfKey(key);
    if (plain.length === 0) return NO_FIELDS;
    return after(this.look(plain), (levels) => limitFields(levelsOf(plain, levels), wire, atMs));
  }

  /** How full they are. */
  private look(limits: readonly Limit[]): Soon<readonly Level[]> {
    return after(this.buckets.take(limits.map(({ bucket }) => ({ bucket, amount: 0 }))), ({ levels }) => levels);
  }

  private limitsFor({ key, user, stream }: Demand): readonly Limit[] {
    const { all, plain, usersOf } = this.limitsOfKey(key);
    const limits = stream ? all : plain;
    if (!this.isPerUser || user === undefined) return limits;
    const own = limitsOf(this.told.per_user, `user ${usersOf} ${user}`, "this user");
    return [...limits, ...(stream ? own : withoutStreams(own))];
  }

  private limitsOfKey(key: Key & Limited): KeyLimits {
    const known = this.ofKeys.get(key);
    if (known !== undefined) return known;
    const told = { ...this.told.per_key, ...present(key.policy?.limits ?? {}) };
    const all = [...this.ofAll, ...limitsOf(told, `key ${key.id}`, "this key")];
    // However a team is called, its name ends where it ends.
    const usersOf = JSON.stringify(key.team === undefined ? { key: key.id } : { team: key.team });
    const limits = { all, plain: withoutStreams(all), usersOf };
    this.ofKeys.set(key, limits);
    return limits;
  }

  private tokensOf(demand: Demand, limits: readonly Limit[]): Tokens {
    if (!limits.some(({ counts }) => counts === "tokens")) return NO_TOKENS;
    const { outputCap = this.told.default_output_tokens * demand.answers } = demand;
    return { input: demand.inputTokens(), output: outputCap };
  }
}

interface Tokens {
  readonly input: number;
  readonly output: number;
}
const NO_TOKENS: Tokens = { input: 0, output: 0 };

function limitsOf(told: RateLimit, name: string, of: string): Limit[] {
  return KINDS.flatMap(([counts, member, per]) => {
    const limit = told[member];
    return typeof limit === "number" ? [{ counts, of, bucket: { name: `${counts} ${name}`, limit, per } }] : [];
  });
}

function withoutStreams(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter(({ counts }) => counts !== "streams");
}

/**
 * How much of it a request takes. Clients name far more tokens as the most of an answer than they ever get: such a request
 * waits until the bucket is full, and takes all of it.
 */
function amountOf({ counts, of, bucket: { limit } }: Limit, { input, output }: Tokens): number {
  if (counts !== "tokens") return 1;
  if (input > limit) {
    const message = `The request has about ${input} tokens; the limit for ${of} is ${limit} a minute.`;
    throw new GatewayError("request_too_large", message);
  }
  return Math.min(limit, input + output);
}

function exceeded({ counts, of, bucket }: Limit, waitMs: number, fields: Readonly<Record<string, string>>) {
  const { limit, per } = bucket;
  const most = `${limit} ${limit === 1 ? counts.slice(0, -1) : counts} ${per === "minute" ? "a minute" : "at a time"}`;
  const when =
    per === "minute" ? `Try again in ${Math.max(1, Math.ceil(waitMs / 1000))} s.` : "Let one of them end first.";
  const message = `The rate limit for ${of} is reached: ${most}. ${when}`;
  return new GatewayError("rate_limit_exceeded", message, { retryAfterMs: waitMs, fields });
}

/** Of each kind that is told of, the one with the least left. */
function levelsOf(limits: readonly Limit[], levels: readonly Level[]): LimitLevels {
  const told: { requests?: LimitLevel; tokens?: LimitLevel } = {};
  for (let at = 0; at < limits.length; at++) {
    const { counts, bucket } = limits[at]!;
    const level = levels[at]!;
    if (counts === "streams" || level.remaining >= (told[counts]?.remaining ?? Number.POSITIVE_INFINITY)) continue;
    told[counts] = { limit: bucket.limit, remaining: level.remaining, resetMs: level.resetMs };
  }
  return told;
}

/** What one request holds of its limits. */
class Place implements Seat {
  readonly fields: Readonly<Record<string, string>>;
  private readonly buckets: Buckets;
  private readonly input: number;
  private readonly held: readonly Held[];
  private over = false;

  constructor(buckets: Buckets, held: readonly Held[], input: number, fields: Readonly<Record<string, string>>) {
    this.buckets = buckets;
    this.input = input;
    this.held = held;
    this.fields = fields;
  }

  /** What is being said is not cut short: those that follow wait for longer. */
  extend(outputTokens: number): undefined {
    if (!this.over) this.count(this.input + outputTokens);
  }

  settle({ tokens }: Pick<Spent, "tokens">): readonly [] {
    this.end(tokens);
    return [];
  }

  /** The request was made, and counts as one; its tokens do not. */
  release(): void {
    this.end(0);
  }

  private end(tokens: number): void {
    if (this.over) return;
    this.over = true;
    this.count(tokens);
  }

  /** Counts so many tokens instead of what is taken by now, and not less while they still come; a stream that is over is given back. */
  private count(tokens: number): void {
    let draws: Draw[] | undefined;
    for (const one of this.held) {
      const amount = this.amountOf(one, tokens);
      if (amount === one.amount) continue;
      draws ??= [];
      draws.push({ bucket: one.bucket, amount: amount - one.amount });
      one.amount = amount;
    }
    if (draws !== undefined) this.buckets.adjust(draws);
  }

  private amountOf({ counts, amount }: Held, tokens: number): number {
    if (counts === "requests") return amount;
    if (counts === "streams") return this.over ? 0 : amount;
    return this.over ? tokens : Math.max(amount, tokens);
  }
}
