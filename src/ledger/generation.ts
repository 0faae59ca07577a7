import type { Ask } from "../core/ask.ts";
import type { Closing } from "../core/closing.ts";
import type { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { type Cost, costOf, sumOf } from "../core/money.ts";
import type { Readings } from "../core/readings.ts";
import type { Dropped } from "../core/request.ts";
import type { TraceContext } from "../core/trace-context.ts";
import { addUsage, cacheWrites, type Usage } from "../core/usage.ts";
import type { Plan } from "../routing/plan.ts";
import type { Preferences } from "../routing/preferences.ts";
import type { GenerationRow } from "../store/generations.ts";
import { type Attempt, type KeptAttempt, OUTRUN } from "./attempt.ts";
import { priceOf } from "./dearer.ts";
import { completeUsage, type Estimate, unitsIn, usedBy } from "./estimate.ts";
import { plausibleUsage } from "./plausible.ts";
import { providerCostOf } from "./provider-cost.ts";
import { type Aside, type KeptPlan, keptPlan, planColumn, routingRecord } from "./routing-record.ts";
import { costMembers, warningsOf } from "./told.ts";
import { Transcript } from "./transcript.ts";

/** What is known of a generation from its first moment. */
export interface GenerationFacts {
  readonly id: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** The same moment on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Who asks. */
  readonly key: {
    readonly id: string;
    readonly name?: string | undefined;
    readonly team?: string | undefined;
    readonly policy?: { readonly keep_bodies?: boolean | undefined } | undefined;
  };
  readonly ask: Ask;
  readonly preferences: Preferences;
  readonly plan: Plan;
  /** Tokens to which the answer was capped, as the budget pays for no more; absent where it was not. */
  readonly affordable?: number | undefined;
  /** Who of the plan refused a moment ago, and is asked only if nobody else is left. */
  readonly aside?: readonly Aside[] | undefined;
  /** `HTTP-Referer` and `X-Title` of the app that asks. */
  readonly app: { readonly url: string | null; readonly title: string | null };
  /** The trace that the client has begun. */
  readonly trace?: TraceContext | undefined;
}

/** How it ended: with an answer, or with the error that the client was told. */
export interface Ending {
  readonly attempt: Attempt | undefined;
  readonly readings: Readings | undefined;
  readonly error: GatewayError | undefined;
  readonly dropped: readonly Dropped[];
}

/** What one attempt used, and its cost where it has a price. */
export interface Spending {
  readonly attempt: Attempt;
  readonly usage: Usage;
  readonly nanodollars: number;
}

interface Story {
  readonly plan: KeptPlan;
  readonly attempts: readonly KeptAttempt[];
}

/** One request of a client with everything that was tried for it. */
export class Generation {
  readonly facts: GenerationFacts;
  readonly attempts: Attempt[] = [];
  /** Of its reply, where its key wants it kept. */
  readonly transcript: Transcript | undefined;
  /** Attempts whose end nobody waited for, with what they had told by then: what they used is paid for too. */
  private readonly lost: { attempt: Attempt; readings: Readings | undefined }[] = [];
  /** What each of them used, and the answer. */
  readonly spent: Spending[] = [];
  private closed = false;
  /** What a provider claims to have used and cannot have. */
  impossible: keyof Usage | undefined;

  constructor(facts: GenerationFacts) {
    this.facts = facts;
    this.transcript = facts.key.policy?.keep_bodies === true ? new Transcript() : undefined;
  }

  /** Takes up an attempt: it belongs to this generation from now on. */
  add(attempt: Attempt): Attempt {
    this.attempts.push(attempt);
    return attempt;
  }

  /** Takes note that nobody waits for an attempt any more, though it was sent. @param readings what it had told by then */
  lose(attempt: Attempt, readings: Readings | undefined): void {
    this.lost.push({ attempt, readings });
  }

  /**
   * Adds everything up. To be called once: a second ending of the same generation would be a second row.
   * @returns what the reply must still be told, and the row for the ledger
   */
  close(ending: Ending): { closing: Closing; row: GenerationRow } {
    if (this.closed) throw new Error("a generation was closed twice");
    this.closed = true;
    const { attempt, readings, error, dropped } = ending;
    const own = this.usageOf(attempt, readings, error);
    const price =
      attempt === undefined ? undefined : priceOf(attempt.leg, readings, this.facts.ask, this.facts.createdAt);
    const ownCost =
      own.usage === undefined || price === undefined
        ? undefined
        : costOf(own.usage, price, own.estimated ? "estimate" : "price");
    const cost = this.withLost(ownCost);
    const { usage, estimated } = own.usage === undefined ? this.lostUsage() : own;
    if (attempt !== undefined && own.usage !== undefined) this.spend(attempt, own.usage, ownCost);
    if (attempt !== undefined) this.stand(attempt);
    if (attempt !== undefined && readings !== undefined) attempt.upstreamId = readings.upstreamId;
    const byok = attempt?.leg.credential === "byok";
    const all = this.allDropped(readings === undefined ? dropped : [...dropped, ...readings.leftOut]);
    const story = this.story();
    const others = this.spent.filter((one) => (one.attempt.leg.credential === "byok") !== byok);
    const apart = others.reduce((sum, { nanodollars }) => sum + nanodollars, 0) || undefined;
    const metadata = this.metadata(ending, all, story, { cost, estimated, byok, apart });
    const closing = { usage, estimated, cost, byok, apart, metadata };
    return { closing, row: this.row(ending, closing, all, story) };
  }

  private spend(attempt: Attempt, usage: Usage, cost: Cost | undefined): void {
    this.spent.push({ attempt, usage, nanodollars: cost?.nanodollars ?? 0 });
    if (this.facts.ask.most !== undefined) attempt.units = unitsIn(usage);
  }

  /** The cost with that of the attempts whose end nobody waited for, which can only be guessed: their providers were not heard out. */
  private withLost(own: Cost | undefined): Cost | undefined {
    let sum = own;
    for (const { attempt, readings } of this.lost) {
      const { usage } = this.complete(attempt, readings);
      const price = priceOf(attempt.leg, readings, this.facts.ask, this.facts.createdAt);
      const cost = price === undefined ? undefined : costOf(usage, price, "estimate");
      this.spend(attempt, usage, cost);
      if (cost === undefined) continue;
      attempt.cost = cost.nanodollars;
      sum = sum === undefined ? cost : sumOf(sum, cost);
    }
    return sum;
  }

  /** What was used where nobody answered: what those have read whose end was not waited for. */
  private lostUsage(): { usage: Usage | undefined; estimated: boolean } {
    let sum: Usage | undefined;
    for (const { usage } of this.spent) sum = addUsage(sum, usage);
    return { usage: sum, estimated: sum !== undefined };
  }

  /** Whoever answered stands last, though others may have been asked later; and who has not even been sent anything is over too. */
  private stand(attempt: Attempt): void {
    if (this.attempts.length === 1) return;
    for (const other of this.attempts) if (other !== attempt && other.endedAt === undefined) other.end(OUTRUN);
    const at = this.attempts.indexOf(attempt);
    if (at >= 0) this.attempts.push(...this.attempts.splice(at, 1));
  }

  /** What the reply tells of it and the row keeps. */
  private story(): Story {
    const { startedAt, ask } = this.facts;
    return { plan: keptPlan(this.facts), attempts: this.attempts.map((one) => one.kept(startedAt, requestedOf(ask))) };
  }

  /** What was asked for and is not done, or cannot be said, wherever it was left out. */
  allDropped(dropped: readonly Dropped[]): Dropped[] {
    const slow = this.isSlow() ? ["providerOptions.gateway.speed"] : [];
    return [...this.facts.preferences.dropped, ...slow, ...this.missingModels(), ...dropped];
  }

  /** Speed was asked for, and the model has no fast variant. */
  private isSlow(): boolean {
    const { ask, plan, preferences } = this.facts;
    return preferences.fast !== undefined && plan.fast === undefined && !/-fast\b/.test(ask.model);
  }

  /** Models to fall back to that are not in the catalogue. */
  private missingModels(): Dropped[] {
    const { skipped } = this.facts.plan;
    if (skipped.length === 0) return [];
    return skipped.flatMap(({ model, provider }) => (provider === undefined ? [`models: ${model}`] : []));
  }

  /** What was used, told or guessed. An error before any content used nothing that anyone told us of. */
  private usageOf(
    attempt: Attempt | undefined,
    readings: Readings | undefined,
    error: GatewayError | undefined,
  ): { usage: Usage | undefined; estimated: boolean } {
    if (readings === undefined) return { usage: undefined, estimated: false };
    if (error !== undefined && !readings.committed && !tellsAny(readings.usage))
      return { usage: undefined, estimated: false };
    const { usage, estimated } = this.complete(attempt, readings);
    // What was told in the middle of an answer that broke is not all that was used.
    if (error === undefined || readings.ended) return { usage, estimated };
    const output = Math.max(usage.output ?? 0, completeUsage(undefined, null, readings.contentBytes).usage.output ?? 0);
    return { usage: { ...usage, output }, estimated: true };
  }

  /** What an attempt used, told or guessed. */
  private complete(attempt: Attempt | undefined, readings: Readings | undefined): Estimate {
    const { ask } = this.facts;
    const { usage, impossible } = plausibleUsage(readings?.usage, attempt?.leg.endpoint ?? {}, ask);
    this.impossible ??= impossible;
    return usedBy(ask, usage, readings?.contentBytes ?? 0, attempt?.leg.endpoint);
  }

  private metadata(
    { attempt, readings }: Ending,
    dropped: readonly Dropped[],
    story: Story,
    money: Pick<Closing, "cost" | "estimated" | "byok" | "apart">,
  ): JsonObject {
    const { ask, createdAt } = this.facts;
    const gateway: JsonObject = { routing: routingRecord({ asked: requestedOf(ask), createdAt, ...story }) };
    Object.assign(gateway, costMembers(money));
    gateway.generationId = this.facts.id;
    if (money.estimated) gateway.usageEstimated = true;
    if (readings?.serviceTier !== undefined) gateway.serviceTier = readings.serviceTier;
    if (attempt?.leg.simulated) gateway.simulated = true;
    if (dropped.length > 0) gateway.dropped = [...dropped];
    const warnings = warningsOf(dropped, this.facts.affordable, attempt?.calls);
    if (warnings.length > 0) gateway.warnings = warnings;
    if (attempt === undefined) return { gateway };
    const own: JsonObject = { ...readings?.metadata };
    if (readings?.rawUsage !== undefined) own.usage = readings.rawUsage;
    if (readings?.upstreamId !== undefined) own.responseId = readings.upstreamId;
    return { [attempt.leg.endpoint.maker ?? attempt.leg.provider]: own, gateway };
  }

  private row(
    { attempt, readings, error }: Ending,
    { usage, estimated, cost, byok, apart }: Closing,
    dropped: readonly Dropped[],
    { plan, attempts }: Story,
  ): GenerationRow {
    const { id, createdAt, startedAt, key, ask, preferences, app, trace } = this.facts;
    return {
      id,
      createdAt,
      keyId: key.id,
      operation: ask.operation,
      wire: ask.wire,
      requested: requestedOf(ask),
      model: attempt?.leg.endpoint.model ?? null,
      provider: attempt?.leg.provider ?? null,
      byok,
      mode: attempt === undefined ? null : attempt.leg.relay ? "relay" : "transcode",
      streamed: ask.stream,
      finish: readings?.finish ?? null,
      error: error?.code ?? null,
      input: usage?.input ?? null,
      cacheRead: usage?.cache_read ?? null,
      cacheWrite: usage === undefined ? null : (cacheWrites(usage) ?? null),
      output: usage?.output ?? null,
      reasoning: usage?.reasoning ?? null,
      searches: usage?.searches ?? null,
      estimated,
      cost: cost === undefined ? null : Math.min(cost.nanodollars, Number.MAX_SAFE_INTEGER),
      firstContentMs: attempt?.firstContentAt === undefined ? null : Math.round(attempt.firstContentAt - startedAt),
      durationMs: Math.round(performance.now() - startedAt),
      appUrl: app.url,
      appTitle: app.title,
      user: preferences.user ?? null,
      tags: listColumn(preferences.tags),
      dropped: listColumn(dropped),
      plan: planColumn(plan, attempts),
      attempts: JSON.stringify(attempts),
      traceId: trace?.traceId ?? null,
      team: key.team ?? null,
      entity: preferences.entity ?? null,
      zdr: preferences.zeroDataRetention,
      providerCost: readings?.rawUsage === undefined ? null : (providerCostOf(readings.rawUsage) ?? null),
      reckoned: null,
      apart: apart ?? null,
    };
  }
}

/** Nonsense leaves nothing. */
function tellsAny(usage: Usage = {}): boolean {
  for (const _ in usage) return true;
  return false;
}

/** What the client asked for, whatever the operator's rules made of it. */
function requestedOf({ requested, model }: Ask): string {
  return requested ?? model;
}

function listColumn(list: readonly string[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
