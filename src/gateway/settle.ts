import type { Spent } from "../access/admit.ts";
import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import { paidOf } from "../core/money.ts";
import { strangeIn } from "../core/strange-usage.ts";
import { addUsage, type Usage } from "../core/usage.ts";
import { OUTRUN } from "../ledger/attempt.ts";
import type { Ending, Generation } from "../ledger/generation.ts";
import { askedText } from "../ledger/transcript.ts";
import type { Charge } from "../store/accounts.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { Trip } from "./attempt.ts";
import type { Gateway } from "./gateway.ts";
import { isPriced } from "./most.ts";

/** Adds the generation up and writes its row. Nothing about money lives only in memory once this resolves. */
export function settle(gateway: Gateway, trip: Trip, ending: Ending): Promise<Closing> {
  const { closing, row } = trip.generation.close(ending);
  // What is held is given up when the reply is over: by then it must be known what it was.
  const charges = trip.seat.settle(spentOf(closing, trip.generation));
  row.reckoned = reckonedOf(charges, row);
  trip.departure.settle();
  report(gateway, trip, ending, closing, row);
  doubt(gateway, trip.generation, ending, row);
  return gateway.ledger.write({ row, charges }).then(
    () => {
      // A whole answer is noted right behind this, and nobody waits for what is kept of it.
      if (trip.generation.transcript !== undefined) keep(gateway, trip.generation);
      gateway.audience.closed?.(row, trip.generation.facts.key.name);
      return closing;
    },
    (cause) => {
      throw new GatewayError("ledger_unavailable", "The usage could not be recorded, so the answer is withheld.", {
        cause,
      });
    },
  );
}

/** What each budget was charged beyond the cost. All of them are charged alike. */
function reckonedOf([charge]: readonly Charge[], { cost }: GenerationRow): number | null {
  return charge === undefined ? null : charge.spent + charge.byokSpent - (cost ?? 0) || null;
}

/** A whole answer, once it is noted where it is to be kept. */
export function noted<Body extends string | Buffer>({ generation }: Pick<Trip, "generation">, body: Body): Body {
  generation.transcript?.add(body);
  return body;
}

function keep({ bodies, complain }: Gateway, { facts, transcript }: Generation): void {
  const { id, createdAt, ask } = facts;
  bodies.addLater(
    () => ({
      generationId: id,
      createdAt,
      asked: askedText(ask.body),
      answered: transcript?.answered ?? null,
      askedFields: JSON.stringify(transcript?.fields ?? []),
      answeredFields: JSON.stringify(transcript?.answers ?? []),
    }),
    (cause) => complain(id, cause),
  );
}

/** What it was, by whose account: of the answer, and of those whose end nobody waited for. */
function spentOf({ usage }: Closing, { spent, facts }: Generation): Spent {
  let [nanodollars, byok] = [0, 0];
  let unpriced: Usage | undefined;
  let byokUnpriced: Usage | undefined;
  for (const { attempt, usage: used, nanodollars: cost } of spent) {
    const { endpoint, credential } = attempt.leg;
    // Of half a price nothing is taken: what is counted instead is whole.
    if (isPriced(endpoint.price, facts.ask.operation)) {
      if (credential === "byok") byok += cost;
      else nanodollars += cost;
    } else if (credential === "byok") byokUnpriced = addUsage(byokUnpriced, used);
    else unpriced = addUsage(unpriced, used);
  }
  const tokens = (usage?.input ?? 0) + (usage?.output ?? 0);
  return { nanodollars, byok, tokens, unpriced, byokUnpriced };
}

/** A provider whose counts are none is paid by our estimate, and somebody should look into it. What it said is not repeated. */
function doubt(
  { alarms }: Gateway,
  { impossible }: Generation,
  { readings }: Ending,
  { id, provider, model }: GenerationRow,
): void {
  const at = (readings?.rawUsage === undefined ? undefined : strangeIn(readings.rawUsage)) ?? impossible;
  if (at !== undefined) alarms.raise("usage", id, { provider, model, at: at.slice(0, 100) });
}

/** For those who watch. Nobody waits for them. */
function report({ metrics, tracer }: Gateway, trip: Trip, ending: Ending, closing: Closing, row: GenerationRow): void {
  const { attempts, facts } = trip.generation;
  const { attempt, readings, error } = ending;
  const { usage, byok, apart } = closing;
  metrics.ended({
    door: row.wire,
    streamed: row.streamed,
    attempts,
    attempt,
    failed: error !== undefined,
    usage,
    cost: paidOf(row.cost ?? 0, byok, apart),
    durationMs: row.durationMs,
  });
  tracer.ended({
    row,
    attempts,
    attempt,
    trace: facts.trace,
    startedAt: facts.startedAt,
    usage,
    upstreamModel: readings?.upstreamModel,
    outputCap: facts.ask.outputCap,
    status: error?.status ?? 200,
  });
}

/** Nobody answered: that too is a row. @throws GatewayError always, with what was tried */
export async function refused(gateway: Gateway, trip: Trip, thrown: unknown): Promise<never> {
  const error = GatewayError.from(thrown);
  // Who was let go has not refused.
  const attempt = trip.generation.attempts.findLast((one) => one.error !== OUTRUN);
  const closing = await settle(gateway, trip, { attempt, readings: undefined, dropped: [], error });
  throw explained(error, closing, trip);
}

/** An error explains itself as an answer does. */
export function explained(error: GatewayError, { metadata }: Closing, { seat }: Pick<Trip, "seat">): GatewayError {
  return error.explained({ gateway: metadata.gateway }, seat.fields);
}
