import { authenticate } from "../access/authenticate.ts";
import type { Ask } from "../core/ask.ts";
import { readByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { count } from "../core/usage.ts";
import { estimateInput } from "../ledger/estimate.ts";
import type { Leg } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";
import { open } from "../upstream/open.ts";
import type { Clocks } from "../upstream/watch.ts";
import { readCount } from "../wires/anthropic-messages/index.ts";
import { withFittingTools } from "../wires/client-tools.ts";
import { wireNamed } from "../wires/index.ts";
import { withoutSpareTools } from "../wires/spare-tools.ts";
import type { EncodedRequest, LegFacts, Wire } from "../wires/wire.ts";
import { clocksOf } from "./attempt.ts";
import type { Call, Reply } from "./call.ts";
import { concealed } from "./discretion.ts";
import type { Gateway } from "./gateway.ts";
import { routeOf } from "./route.ts";

/** What a request to answer may say and one to count may not. */
const NOT_COUNTED = [
  "max_tokens",
  "stream",
  "metadata",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "service_tier",
];

/**
 * How many tokens a request has: the provider's own count where it has one, else an estimate that says
 * so. Costs nothing and leaves no row.
 * @throws GatewayError for a request that would not be served either
 */
export async function countTokens({ snapshot, health }: Gateway, call: Call): Promise<Reply> {
  const key = await authenticate(snapshot.keys, call.headers);
  const { ask, plan } = routeOf(snapshot, call, key, readCount(await call.body(key.id), call.headers), health);
  const { legs } = plan;
  const counts = ({ relay, endpoint, wire }: Leg) => relay || endpoint.counts?.includes(wire) === true;
  // Who asked to be left alone is not asked for this either.
  const leg = legs.find((one) => counts(one) && (one.credential.kind === "byok" || health.rank(one) !== "down"));
  const told = leg === undefined ? undefined : await counted(leg, clocksOf(snapshot, leg), call, ask);
  call.departure.settle();
  const body = told ?? JSON.stringify({ input_tokens: estimateInput(countable(ask.body)), estimated: true });
  return { contentType: "application/json", body, simulated: snapshot.simulated };
}

/**
 * The provider's own answer, or `undefined` where it has none to give just now.
 * @throws GatewayError for what it refuses as the client's fault
 */
async function counted(
  { endpoint, credential, wire: name, relay }: Leg<Credential>,
  clocks: Clocks,
  { departure }: Call,
  ask: Ask,
): Promise<string | undefined> {
  const wire = wireNamed(name);
  const { provider, maker, model, upstream: upstreamModel, quirks, maxOutput, betas } = endpoint;
  const counting = wire.hosted?.(quirks)?.count ?? (relay ? undefined : wire.outbound?.count);
  const own = credential.kind === "byok";
  const facts = { provider, maker, upstreamModel, model, quirks, maxOutput, betas, own };
  const written = writtenFor(wire, ask, facts, relay);
  if (written === undefined) return undefined;
  const { body, headers } = written;
  const below = counting?.path(upstreamModel) ?? `${wire.path(upstreamModel, false)}/count_tokens`;
  const path = `${endpoint.below?.[name] ?? ""}${below}`;
  const asked = counting?.body(relay ? countable(body) : body, upstreamModel, quirks) ?? countable(body);
  const request = { path, stream: false, body: JSON.stringify(asked), headers };
  const answer = await open(credential, request, clocks, departure).catch(() => undefined);
  if (answer?.whole === undefined) return undefined;
  const text = readByteText(answer.whole);
  if (answer.status === 200) {
    const told = parseJson(text);
    if (!isObject(told)) return undefined;
    if (counting === undefined) return count(told.input_tokens) === undefined ? undefined : text;
    const tokens = counting.read(told);
    return tokens === undefined ? undefined : JSON.stringify({ input_tokens: tokens });
  }
  // Who counts at another's house does not count for every model and place, and says so with a 400 as well.
  if (counting !== undefined) return undefined;
  const error = concealed(wire.decodeError(answer.status, answer.headers, text), credential);
  if (error.code === "upstream_invalid_request" || error.code === "upstream_too_large") throw error;
  return undefined;
}

/** The request as it would be sent, or `undefined` where this endpoint could not serve it. */
export function writtenFor(wire: Wire, ask: Ask, leg: LegFacts, relay: boolean): EncodedRequest | undefined {
  try {
    if (relay) return wire.relay!.request(ask, leg);
    const request = wireNamed(ask.wire).inbound!.transcode!.decodeRequest(ask);
    const fitted = withFittingTools(withoutSpareTools(request, wire.name), wire.outbound!, leg.quirks);
    return wire.outbound!.encodeRequest(fitted.request, leg);
  } catch (thrown) {
    if (GatewayError.from(thrown).code === "unsupported") return undefined;
    throw thrown;
  }
}

function countable(body: JsonObject): JsonObject {
  const counted = { ...body };
  for (const name of NOT_COUNTED) delete counted[name];
  return counted;
}
