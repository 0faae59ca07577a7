import { Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import type { Health } from "../routing/health.ts";
import type { Hedging } from "../routing/hedging.ts";
import { isImpatient } from "../routing/leg.ts";
import type { Leg, Plan } from "../routing/plan.ts";
import { backoff, type Retries, type RetryBudget } from "../routing/retries.ts";
import type { Vitals } from "../routing/vitals.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Departure } from "./departure.ts";
import { race } from "./race.ts";

/** Where a request may go, and what is known of the way. */
export interface Journey {
  readonly plan: Plan<Credential>;
  readonly departure: Departure;
  readonly health: Health;
  readonly retries: Retries;
}

/** Asks one leg, until it departs. @returns what it gave, or why it gave nothing @throws GatewayError that ends it all */
export type AskLeg<Given> = (leg: Leg<Credential>, departure: Departure) => Promise<Given | GatewayError>;

/** For a request that two may be asked at once for. */
export interface Hedge<Given> {
  readonly hedging: Hedging;
  /** What was given too late. */
  drop(given: Given): void;
}

interface Failure {
  readonly leg: Leg<Credential>;
  readonly error: GatewayError;
  /** What is known of others' requests: for this one nothing was sent, so nothing of it can have been billed. */
  readonly unsent?: boolean;
}

/**
 * The only loop that retries: leg after leg, until one gives, or the error says that no other would. Those that are known to
 * refuse just now wait until nobody else is left: better a probable failure than none. Who refused in clear may then be asked again.
 * @throws GatewayError
 */
export async function walk<Given>(journey: Journey, ask: AskLeg<Given>, hedge?: Hedge<Given>): Promise<Given> {
  const { plan, health, retries, departure } = journey;
  const hedged = hedge === undefined ? undefined : new Set<Leg>();
  const failures: Failure[] = [];
  const parked: Leg<Credential>[] = [];
  const until = health.now() + retries.untilMs;
  budgetOf(retries, plan.legs[0]).earn();
  for (const leg of plan.legs) {
    if (hedged?.has(leg)) continue;
    const vitals = health.of(leg);
    if (vitals !== undefined) {
      if (!mayAsk(vitals, leg, false)) {
        parked.push(leg);
        continue;
      }
      if (failures.length > 0 && !vitals.sound && !retries.budget.spend()) continue;
      enter(journey, vitals, leg);
    }
    const lateMs = hedge === undefined || isImpatient(leg) ? undefined : vitals?.lateMs;
    if (hedge === undefined || hedged === undefined || lateMs === undefined) {
      const outcome = await ask(leg, departure);
      if (!(outcome instanceof GatewayError)) return outcome;
      failures.push({ leg, error: outcome });
    } else {
      const second = () => secondTo(journey, leg, hedge, hedged);
      const runners = await race({ departure, first: leg, lateMs, second, ask: daring(ask), drop: hedge.drop });
      for (const { leg, outcome } of runners) {
        if (!(outcome instanceof GatewayError)) return outcome;
        failures.push({ leg, error: outcome });
      }
    }
    if (!mayGoOn(journey, failures, until)) throw verdict(failures);
  }
  return last(journey, ask, { parked, failures, until });
}

/** Whatever ends it all ends this one. */
function daring<Given>(ask: AskLeg<Given>): AskLeg<Given> {
  return (leg, departure) => ask(leg, departure).catch(GatewayError.from);
}

/** Who else is asked for the same model when this leg is late: the next one of another provider's that is well. */
function secondTo<Given>(
  journey: Journey,
  late: Leg,
  { hedging }: Hedge<Given>,
  hedged: Set<Leg>,
): Leg<Credential> | undefined {
  const { legs } = journey.plan;
  const other = legs.slice(legs.indexOf(late as Leg<Credential>) + 1).find((leg) => {
    const vitals = journey.health.of(leg);
    if (leg.endpoint.model !== late.endpoint.model || leg.endpoint.provider === late.endpoint.provider) return false;
    return vitals?.sound === true && !isImpatient(leg);
  });
  if (other === undefined || !hedging.spend()) return undefined;
  hedged.add(other);
  return other;
}

/** How far a request has come. */
interface Way {
  /** Who is known to refuse just now. */
  readonly parked: readonly Leg<Credential>[];
  readonly failures: Failure[];
  /** When nobody else is asked any more. */
  readonly until: number;
}

/** Nobody is left who could be asked at once. */
async function last<Given>(journey: Journey, ask: AskLeg<Given>, { parked, failures, until }: Way): Promise<Given> {
  const { health, retries } = journey;
  const deadline = health.now() + retries.waitMs;
  for (const leg of parked) {
    if (failures.length > 0 && !retries.budget.spend()) break;
    const refused = await turnOf(journey, leg, deadline);
    const outcome = refused ?? (await ask(leg, journey.departure));
    if (!(outcome instanceof GatewayError)) return outcome;
    failures.push({ leg, error: outcome, unsent: refused !== undefined });
    if (!mayGoOn(journey, failures, until)) throw verdict(failures);
  }
  for (let nth = 0; nth < retries.sameEndpoint; nth++) {
    const soonest = soonestOf(failures, backoff(retries, nth));
    if (soonest.length === 0) break;
    const { leg, wait } = soonest[nth % soonest.length]!;
    if (health.now() + wait > deadline || !budgetOf(retries, leg).spend()) break;
    await pause(journey.departure, wait);
    const refused = await turnOf(journey, leg, deadline);
    const outcome = refused ?? (await ask(leg, journey.departure));
    if (!(outcome instanceof GatewayError)) return outcome;
    failures.push({ leg, error: outcome, unsent: refused !== undefined });
    if (!mayGoOn(journey, failures, until)) break;
  }
  throw verdict(failures);
}

/** Who brings an account of its own has no part in what is left for all the others, nor adds to it. */
function budgetOf({ budget, ownBudget }: Retries, leg: Leg<Credential> | undefined): RetryBudget {
  return leg?.credential.kind === "byok" ? ownBudget : budget;
}

/** Those who may be asked again first, and when. @param otherwise the wait where none was asked for */
function soonestOf(failures: readonly Failure[], otherwise: number): { leg: Leg<Credential>; wait: number }[] {
  const willing = latest(failures).filter(({ error }) => error.retry === "same");
  const waits = willing.map(({ leg, error }) => ({ leg, wait: error.details.retryAfterMs ?? otherwise }));
  const shortest = Math.min(...waits.map(({ wait }) => wait));
  return waits.filter(({ wait }) => wait === shortest);
}

/** From who is not waited for as long as others would, nothing is learned of a provider: it may not find out either. */
function mayAsk(vitals: Vitals, leg: Leg, desperate: boolean): boolean {
  return isImpatient(leg) ? vitals.isClosed : vitals.lets(desperate);
}

/** Nothing is sent for nobody: then nobody must wait for what comes of it. */
function enter({ departure }: Journey, vitals: Vitals, leg: Leg): void {
  if (!departure.gone && !isImpatient(leg)) vitals.pass();
}

/** So long after it was asked, one who finds out is waited for: what has not failed by then probably works. */
const PROBE_MS = 1000;

/** Waits until a leg may be asked that refused a moment ago. @returns why it may not, if that is known */
async function turnOf(journey: Journey, leg: Leg, deadline: number): Promise<GatewayError | undefined> {
  const { health, departure } = journey;
  const vitals = health.of(leg);
  if (vitals === undefined) return undefined;
  while (!departure.gone) {
    if (mayAsk(vitals, leg, true)) {
      enter(journey, vitals, leg);
      return undefined;
    }
    const now = health.now();
    const { shut } = vitals;
    if (shut === undefined) return undefined;
    const { probe, cause, until, told } = shut;
    if (probe !== undefined) {
      const patience = Math.min(deadline, probe.since + PROBE_MS);
      if (now >= patience) return undefined;
      const works = await pause(departure, patience - now, probe.fate);
      if (works === false) return vitals.shut?.cause ?? cause;
    } else if (until > deadline) return told ? leftAlone(cause, until - now) : undefined;
    else if (until <= now) return undefined;
    else await pause(departure, until - now);
  }
  return undefined;
}

function leftAlone(cause: GatewayError, ms: number): GatewayError {
  const seconds = Math.ceil(ms / 1000);
  return new GatewayError(cause.code, `${cause.message} It asked to be left alone for another ${seconds} s.`, {
    retryAfterMs: ms,
  });
}

/** So many milliseconds, or until something else comes first, or the client leaves. @returns what came first, if it did */
function pause<T>(departure: Departure, ms: number, sooner?: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const deadline = new Deadline(performance.now() + ms, () => resolve(undefined));
  const end = (value?: T) => {
    deadline.clear();
    resolve(value);
  };
  departure.watch(() => end());
  sooner?.then(end);
  return promise;
}

/** Whether another leg may do better, and may be asked. What may have been billed is tried once more, not twice. */
function mayGoOn({ retries, health }: Journey, failures: readonly Failure[], until: number): boolean {
  const { code, retry } = failures.at(-1)!.error;
  // What one leg cannot say was never sent, and another may be able to say it.
  if (retry === "never") return code === "unsupported";
  const sent = failures.filter(({ error, unsent }) => unsent !== true && error.code !== "unsupported");
  if (sent.length >= retries.attempts || health.now() >= until) return false;
  return sent.filter(({ error }) => error.retry === "once").length < 2;
}

/** How each leg failed the last time. */
function latest(failures: readonly Failure[]): Failure[] {
  return [...new Map(failures.map((failure) => [failure.leg, failure])).values()];
}

/** What the client is told when nobody answered: the one reason there was, or a list. */
function verdict(all: readonly Failure[]): GatewayError {
  const each = latest(all);
  const asked = each.filter(({ error }) => error.code !== "unsupported");
  const failures = asked.length === 0 ? each : asked;
  const last = all.findLast(({ leg }) => failures.some((failure) => failure.leg === leg))!.error;
  if (failures.length === 1 || last.retry === "never") return last;
  const codes = new Set(failures.map(({ error }) => error.code));
  const waits = failures.flatMap(({ error }) => error.details.retryAfterMs ?? []);
  const details = waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) };
  const list = failures.map(({ leg, error }) => `${leg.endpoint.provider} for ${leg.endpoint.model}: ${error.message}`);
  return new GatewayError(
    codes.size === 1 ? last.code : "provider_unavailable",
    `No provider answered. ${list.join(" ")}`,
    details,
  );
}
