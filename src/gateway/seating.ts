import { createHash } from "node:crypto";
import { admit, type Demand, FREE, type Gate, type Seat } from "../access/admit.ts";
import type { Key } from "../access/keys.ts";
import type { Ask } from "../core/ask.ts";
import { after, type Soon } from "../core/soon.ts";
import { estimateInput } from "../ledger/estimate.ts";
import type { Call } from "./call.ts";
import type { Route } from "./route.ts";

/** A request that was let in: as it may be sent, and what it holds. */
export interface Seated {
  readonly ask: Ask;
  readonly seat: Seat;
}

/** Lets a request in. @throws GatewayError the refusal */
export function seated(gates: readonly Gate[], call: Call, key: Key, route: Route): Soon<Seated> {
  const { ask } = route;
  if (gates.length === 0) return { ask, seat: FREE };
  return after(admit(gates, demandOf(call, key, route)), (seat) => ({ ask, seat }));
}

function demandOf(call: Call, key: Key, { ask, preferences }: Route): Demand {
  let input: number | undefined;
  return {
    key,
    id: call.id,
    idempotencyKey: call.headers.get("idempotency-key") ?? undefined,
    digest: () => digestOf(ask),
    wire: ask.wire,
    user: preferences.user,
    tags: preferences.tags,
    entity: undefined,
    stream: ask.stream,
    inputTokens() {
      input ??= estimateInput(ask.body);
      return input;
    },
    outputCap: ask.operation === "embed" ? 0 : ask.outputCap,
    mostOf: () => undefined,
    atMs: call.createdAt,
    onLeft: (act) => call.departure.watch(act),
  };
}

/** Of what is asked: of its body without the secrets that it brought, and of the door. */
function digestOf({ wire, body }: Ask): string {
  return createHash("sha256").update(wire).update(JSON.stringify(body)).digest("base64");
}
