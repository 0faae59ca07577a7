import { createHash } from "node:crypto";
import { admit, type Demand, FREE, type Seat } from "../access/admit.ts";
import { authenticate } from "../access/authenticate.ts";
import type { Key } from "../access/keys.ts";
import type { Ask, Operation } from "../core/ask.ts";
import { after, type Soon } from "../core/soon.ts";
import { estimateInput, mostInput } from "../ledger/estimate.ts";
import type { Plan } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { callRange, hostedCalls, isBound } from "./hosted-calls.ts";
import { capInBody, capsInOptions, isPriced, mostOf } from "./most.ts";
import { mostTimes } from "./most-times.ts";
import type { Route } from "./route.ts";

/** A request that was let in: as it may be sent, to whom, and what it holds. */
export interface Seated {
  readonly ask: Ask;
  readonly plan: Plan<Credential>;
  readonly seat: Seat;
}

/**
 * Lets a request in.
 * @param changes of keys that there had been when its own was looked at
 * @throws GatewayError the refusal, also of a key that was shut meanwhile: its body may have come slowly, or it has waited for others
 */
export function seated(gateway: Gateway, call: Call, key: Key, route: Route, changes: number): Soon<Seated> {
  const { ask, plan } = route;
  if (gateway.gates.length === 0) return { ask, plan, seat: FREE };
  const { keys } = gateway.snapshot;
  /** @throws GatewayError where the key opens nothing any more */
  const mustStillOpen = (): Soon<unknown> =>
    keys.changes === changes || call.key !== undefined ? undefined : authenticate(keys, call.headers);
  const seating = after(admit(gateway.gates, demandOf(gateway, call, key, route)), (seat) => {
    call.departure.atEnd = () => seat.release();
    const found: Seated = {
      ask: seat.outputCap === undefined ? ask : capped(ask, call, seat.outputCap),
      plan: seat.pricedOnly === true ? pricedOnly(plan, ask) : plan,
      seat,
    };
    // With a key its budgets go: who waited for them must not be let in by that.
    return after(mustStillOpen(), () => found);
  });
  if (!(seating instanceof Promise)) return seating;
  // Nor is it told that there is no money.
  return seating.catch(async (thrown) => {
    await mustStillOpen();
    throw thrown;
  });
}

/** What a request wants of those who let it in. */
export function demandOf(gateway: Gateway, call: Call, key: Key, { ask, preferences, plan }: Route): Demand {
  let input: number | undefined;
  let most: number | undefined;
  const { operation, stream, body } = ask;
  const { legs } = plan;
  const answers = ask.answers ?? (typeof body.n === "number" && isTalk(operation) ? body.n : 1);
  const hosted = hostedCalls(ask);
  const calls = hosted === undefined ? undefined : callRange(hosted, legs);
  const dearest = {
    legs,
    operation,
    ceiling: gateway.snapshot.ceiling,
    // Whoever is slower is paid as well.
    times:
      (stream && legs.length > 1 && gateway.hedging.may(ask.model, preferences.hedge) ? 2 : 1) *
      mostTimes(ask, legs, call.createdAt),
    answers,
    hosted,
    // A stream is asked for more as it makes more.
    free: calls === undefined ? undefined : { calls: calls.usual, isBound: stream ? () => true : isBound },
    units: ask.most,
  };
  const { isOptional, ...caps }: Capped = isTalk(operation)
    ? capsOf(ask, answers)
    : { outputCap: ask.outputCap ?? 0, isOptional: false };
  return {
    key,
    id: call.id,
    idempotencyKey: call.headers.get("idempotency-key") ?? undefined,
    digest: () => digestOf(ask),
    wire: ask.wire,
    user: preferences.user,
    tags: preferences.tags,
    entity: preferences.entity,
    stream,
    inputTokens() {
      input ??= estimateInput(body);
      return input;
    },
    mostInput() {
      most ??= Math.max(mostInput(body), ask.most?.input ?? 0);
      return most;
    },
    ...caps,
    answers,
    leastCap: stream ? 1 : isOptional ? undefined : leastOf(call, plan),
    ownOnly: legs.every(({ credential }) => credential.kind === "byok"),
    mostOf: remembered((input, output, withByok, calls) => mostOf(dearest, input, output, withByok, calls)),
    calls,
    atMs: call.createdAt,
    onLeft: (act) => call.departure.watch(act),
  };
}

/** Elsewhere it is known before how much an answer can say. */
function isTalk(operation: Operation): boolean {
  return operation === "generate" || operation === "complete";
}

/** Each of several budgets asks the same. */
function remembered(most: Demand["mostOf"]): Demand["mostOf"] {
  let last: [input: number, output: number, withByok: boolean, calls: number | undefined] | undefined;
  let found: number | undefined;
  return (input, output, withByok, calls) => {
    if (last?.[0] !== input || last[1] !== output || last[2] !== withByok || last[3] !== calls) {
      found = most(input, output, withByok, calls);
      last = [input, output, withByok, calls];
    }
    return found;
  };
}

/** Caps that a client sets. */
interface Capped {
  /** The most that it lets an answer say; of all answers together. Absent where nothing holds everybody to it. */
  readonly outputCap: number | undefined;
  /** Where nothing does: what it asks for all the same. */
  readonly outputTold?: number | undefined;
  /** Options for providers say one as well, which would stand in the place of ours. */
  readonly isOptional: boolean;
}

/** Options for one provider are nothing to another, and who does not know them does as it likes: they only add to what is reserved. */
function capsOf({ outputCap, body }: Ask, answers: number): Capped {
  const { most = 0, loose } = capsInOptions(body.providerOptions);
  const isOptional = loose || most > 0;
  const each = Math.max(most, outputCap ?? 0, outputCap === undefined ? 0 : capInBody(body));
  const told = Math.min(each * answers, Number.MAX_SAFE_INTEGER);
  if (outputCap !== undefined && !loose) return { outputCap: told, isOptional };
  return { outputCap: undefined, outputTold: told, isOptional };
}

/** Each of those who may be asked takes it. */
function leastOf({ inbound }: Call, { legs }: Plan): number | undefined {
  if (inbound.cap === undefined) return undefined;
  // What one format of a vendor's wants, others of it take as well.
  return legs.every(({ relay }) => relay) ? inbound.cap.least : Math.max(inbound.cap.least, LEAST_ELSEWHERE);
}

/** The highest of all wires' lowest caps. */
const LEAST_ELSEWHERE = 16;

/** As if the client had asked for no more. */
function capped(ask: Ask, { inbound }: Call, outputCap: number): Ask {
  return { ...ask, outputCap, body: { ...ask.body, [inbound.cap!.member]: outputCap } };
}

/** Without those who would be asked for nobody knows how much. */
export function pricedOnly(plan: Plan<Credential>, { operation }: Ask): Plan<Credential> {
  const stays = ({ endpoint: { price }, credential }: Plan<Credential>["legs"][number]) =>
    credential.kind === "byok" || isPriced(price, operation);
  const legs = plan.legs.filter(stays);
  if (legs.length === plan.legs.length || legs.length === 0) return plan;
  const reason = "no known price, and a budget is to be kept";
  const gone = plan.legs.filter((leg) => !stays(leg));
  const skipped = gone.map(({ endpoint: { model, provider } }) => ({ model, provider, reason }));
  return { ...plan, legs, skipped: [...plan.skipped, ...skipped] };
}

/** Of what is asked: of its body without the secrets that it brought, and of the door. */
function digestOf({ wire, body, files = [] }: Ask): string {
  const digest = createHash("sha256").update(wire).update(JSON.stringify(body));
  for (const { field, bytes } of files) digest.update(`${field} ${bytes.length}\n`).update(bytes);
  return digest.digest("base64");
}
