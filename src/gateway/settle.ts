import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { Ending } from "../ledger/generation.ts";
import type { Trip } from "./attempt.ts";
import type { Gateway } from "./gateway.ts";

/** Adds the generation up and writes its row. Nothing about money lives only in memory once this resolves. */
export function settle(gateway: Gateway, trip: Trip, ending: Ending): Promise<Closing> {
  const { closing, row } = trip.generation.close(ending);
  trip.departure.settle();
  gateway.metrics.ended({
    door: row.wire,
    streamed: row.streamed,
    attempts: trip.generation.attempts,
    attempt: ending.attempt,
    failed: ending.error !== undefined,
    usage: closing.usage,
    cost: closing.byok ? 0 : (row.cost ?? 0),
    durationMs: row.durationMs,
  });
  return gateway.ledger.write(row).then(
    () => closing,
    (cause) => {
      throw new GatewayError("ledger_unavailable", "The usage could not be recorded, so the answer is withheld.", {
        cause,
      });
    },
  );
}

/** Nobody answered: that too is a row. @throws GatewayError always, with what was tried */
export async function refused(gateway: Gateway, trip: Trip, thrown: unknown): Promise<never> {
  const error = GatewayError.from(thrown);
  const attempt = trip.generation.attempts.at(-1);
  const closing = await settle(gateway, trip, { attempt, readings: undefined, dropped: [], error });
  throw explained(error, closing);
}

/** An error explains itself as an answer does. */
export function explained(error: GatewayError, { metadata }: Closing): GatewayError {
  return error.explained({ gateway: metadata.gateway });
}
