import { usedOf } from "../access/accounts.ts";
import type { Foresight } from "../access/admit.ts";
import type { Key } from "../access/keys.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { generationId } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import { costOf, usdNumber } from "../core/money.ts";
import { estimateInput } from "../ledger/estimate.ts";
import type { Skipped } from "../routing/plan.ts";
import { Nobody } from "../routing/refusal.ts";
import { follow } from "../routing/rules.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { asideOf } from "./aside.ts";
import type { Call } from "./call.ts";
import { Departure } from "./departure.ts";
import type { Gateway, Snapshot } from "./gateway.ts";
import { boundsFor, callRange, hostedCalls, isBound } from "./hosted-calls.ts";
import { isPriced, mostOf } from "./most.ts";
import { mostTimes } from "./most-times.ts";
import { type Route, routeOf } from "./route.ts";
import { demandOf, pricedOnly } from "./seating.ts";

/**
 * What would become of a chat completion now: the way that a request goes, up to where it would take its seat. Nothing is sent, held or
 * written down.
 * @param body as a client would send it @param atMs Unix milliseconds
 * @throws GatewayError for what is no such request
 */
export async function previewOf(gateway: Gateway, key: Key, body: JsonObject, atMs: number) {
  const { snapshot } = gateway;
  const call = callOf(body, atMs);
  const asked = call.inbound.read(body, call.headers);
  const common = {
    object: "preview" as const,
    api_key_id: key.id,
    api_key_name: key.name,
    requested_model: asked.model,
  };
  let route: Route;
  try {
    mustOpen(snapshot, key);
    gateway.ledger.mustTake();
    route = routeOf(snapshot, call, key, asked, gateway.health);
  } catch (thrown) {
    const skipped = thrown instanceof Nobody ? thrown.skipped.map(skippedTold) : [];
    const nothing = { steps: [], skipped, dropped: [], budgets: [], limits: [] };
    const unknown = { model: null, input_tokens: null, output_cap: null, call_cap: null };
    return { ...common, ...unknown, ...nothing, led_by: ledBy(snapshot, asked), refusal: refusalTold(thrown) };
  }
  const { ask, preferences } = route;
  const foreseen = await foresee(gateway, call, key, route);
  const plan = foreseen.pricedOnly ? pricedOnly(route.plan, ask) : route.plan;
  return {
    ...common,
    model: ask.model,
    led_by: ledBy(snapshot, asked, ask.model),
    steps: stepsOf(gateway, ask, plan.legs, foreseen.outputCap, atMs),
    skipped: plan.skipped.map(skippedTold),
    dropped: [...preferences.dropped],
    input_tokens: estimateInput(ask.body),
    output_cap: foreseen.outputCap ?? ask.outputCap ?? null,
    call_cap: plan.legs.some(
      (leg) => isBound(leg) && boundsFor(foreseen, leg.endpoint, leg.credential, ask) !== undefined,
    )
      ? foreseen.calls!
      : null,
    budgets: foreseen.accounts.map(accountTold),
    limits: foreseen.limits.map((one) => ({ ...one, is_enough: one.wanted <= one.remaining })),
    refusal: foreseen.refusal === undefined ? null : refusalTold(foreseen.refusal),
  };
}

/** A request that nobody waits for. */
function callOf(body: JsonObject, atMs: number): Call {
  return {
    id: generationId(atMs),
    createdAt: atMs,
    startedAt: performance.now(),
    inbound: openaiChat.inbound!,
    headers: new Headers(),
    departure: new Departure(() => {}),
    body: async () => body,
  };
}

/** @throws GatewayError in the words of who shows such a key */
function mustOpen({ keys }: Snapshot, { disabled, expiresAt }: Key): void {
  if (disabled || (expiresAt !== undefined && keys.now() >= expiresAt))
    throw new GatewayError("invalid_api_key", "Invalid API key");
}

/** What all gates say, the first refusal among it. */
async function foresee(gateway: Gateway, call: Call, key: Key, route: Route) {
  const demand = demandOf(gateway, call, key, route);
  const told: Foresight[] = [];
  for (const gate of gateway.gates) if (gate.foresee !== undefined) told.push(await gate.foresee(demand));
  return {
    accounts: told.flatMap(({ accounts = [] }) => accounts),
    limits: told.flatMap(({ limits = [] }) => limits),
    outputCap: told.find(({ outputCap }) => outputCap !== undefined)?.outputCap,
    calls: told.find(({ calls }) => calls !== undefined)?.calls,
    limitsOwn: told.some((one) => one.limitsOwn === true),
    pricedOnly: told.some((one) => one.pricedOnly === true),
    refusal: told.find(({ refusal }) => refusal !== undefined)?.refusal,
  };
}

/** The rules that led on, or refused, and the virtual model at their end. @param model absent where nothing is asked */
function ledBy({ directory }: Snapshot, { model: asked }: Ask, model: string | null = null) {
  const { rules, virtual, canonical } = directory;
  const outcome = follow(rules, asked, canonical);
  const ids = outcome.kind === "endless" ? outcome.rules : outcome.by;
  const all = outcome.kind === "denied" ? [...ids, outcome.rule.id] : ids;
  const led = all.map((id) => ({
    kind: "routing_rule" as "routing_rule" | "virtual_model",
    id,
    to: rules.find((one) => one.id === id)?.to ?? null,
  }));
  const named = outcome.kind === "model" ? virtual.get(outcome.model) : undefined;
  return named === undefined ? led : [...led, { kind: "virtual_model" as const, id: named.name, to: model }];
}

/** Who would be asked, in this order, and for how much. */
function stepsOf(
  { health }: Gateway,
  ask: Ask,
  legs: Route["plan"]["legs"],
  outputCap: number | undefined,
  atMs: number,
) {
  const input = estimateInput(ask.body);
  return legs.map((leg) => {
    const { endpoint, credential, wire, relay } = leg;
    const [aside] = asideOf([leg], health);
    const { price, maxOutput } = endpoint;
    const answers = typeof ask.body.n === "number" ? ask.body.n : 1;
    const cap = outputCap ?? ask.outputCap ?? maxOutput;
    const { operation } = ask;
    const hosted = hostedCalls(ask);
    const calls = hosted === undefined ? 0 : callRange(hosted, [leg]).usual;
    const parts = {
      legs: [leg],
      operation,
      ceiling: undefined,
      answers,
      hosted,
    };
    const times = mostTimes(ask, [leg], atMs);
    const most = cap === undefined ? undefined : mostOf({ ...parts, times }, input, cap * answers, true, calls);
    return {
      provider: endpoint.provider,
      model: endpoint.model,
      endpoint: endpoint.id,
      upstream_model: endpoint.upstream,
      credential: credential.name ?? null,
      wire,
      mode: relay ? ("relay" as const) : ("transcode" as const),
      left_alone: aside?.[1] ?? null,
      cost: isPriced(price, operation)
        ? {
            least: usdNumber(costOf({ input }, price).nanodollars),
            most: most === undefined ? null : usdNumber(most),
          }
        : null,
    };
  });
}

function skippedTold({ model, provider, credential, reason }: Skipped) {
  return { model, provider: provider ?? null, credential: credential ?? null, reason };
}

function accountTold({ account, wanted }: NonNullable<Foresight["accounts"]>[number]) {
  const { budget, name, reserved } = account;
  const left = budget.limit - usedOf(account) - reserved;
  return {
    id: budget.id,
    scope: budget.scope,
    scope_id: name.scopeId,
    period: budget.period,
    limit_usd: usdNumber(budget.limit),
    spent_usd: usdNumber(usedOf(account)),
    reserved_usd: usdNumber(reserved),
    wanted_usd: wanted === undefined ? null : usdNumber(wanted),
    is_enough: budget.soft || (wanted !== undefined && left > 0 && wanted <= left),
  };
}

function refusalTold(thrown: unknown) {
  if (!(thrown instanceof GatewayError)) throw thrown;
  const { status, code, message } = thrown;
  return { status, code, message };
}
