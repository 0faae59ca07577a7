import type { Ask } from "../core/ask.ts";
import { readByteText } from "../core/byte-text.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import { Readings } from "../core/readings.ts";
import type { Dropped, Source } from "../core/request.ts";
import { Attempt } from "../ledger/attempt.ts";
import { estimateInput } from "../ledger/estimate.ts";
import type { Generation } from "../ledger/generation.ts";
import type { Leg, Plan } from "../routing/plan.ts";
import type { Answer } from "../upstream/answer.ts";
import type { Credential } from "../upstream/credentials.ts";
import { open } from "../upstream/open.ts";
import type { Clocks } from "../upstream/watch.ts";
import { wireNamed } from "../wires/index.ts";
import type { Inbound, LegFacts } from "../wires/wire.ts";
import type { Departure } from "./departure.ts";
import { discreet } from "./discretion.ts";
import { addressesIn, type Inlines, NO_FILES } from "./inline.ts";
import { Live } from "./live.ts";
import type { Passage } from "./passage.ts";
import { relayPassage } from "./relay.ts";
import { transcodePassage } from "./transcode.ts";

/** Everything that an attempt needs to know of the request it serves. */
export interface Trip {
  readonly inbound: Inbound;
  readonly plan: Plan<Credential>;
  readonly generation: Generation;
  readonly departure: Departure;
  clocks(provider: string): Clocks;
  /** The file at an address that the client named. @throws GatewayError `unsupported` */
  fetchFile(url: string): Promise<Source>;
}

/** What a provider gave: a whole answer, or a stream that has begun to speak. */
export interface Answered<Given> {
  readonly given: Given;
  readonly attempt: Attempt;
  readonly passage: Passage;
}

/** How to make the reply of a whole answer, once the closing is known. */
export type Whole = (closing: Closing) => string | Buffer;

/** A whole answer from the first endpoint of the plan that gives one. @throws GatewayError */
export function attemptWhole(trip: Trip): Promise<Answered<Whole>> {
  return walk(trip, (passage, attempt, answer) => {
    const whole = passage.whole(answer.whole!);
    attempt.spoke();
    attempt.end();
    return whole;
  });
}

/** A stream from the first endpoint of the plan that begins to speak. @throws GatewayError */
export function attemptStream(trip: Trip): Promise<Answered<Live>> {
  return walk(trip, async (passage, attempt, answer) => {
    if (answer.whole !== undefined) {
      // JSON where a stream was asked for: an error if anything.
      passage.whole(answer.whole);
      throw new GatewayError("upstream_malformed", "The provider answered a stream request with one JSON object.");
    }
    const live = new Live(passage, attempt, answer);
    trip.departure.watch(() =>
      live.stop(new GatewayError("client_closed", "The client left before the first content.")),
    );
    await live.spoken;
    return live;
  });
}

type Take<Given> = (passage: Passage, attempt: Attempt, answer: Answer) => Given | Promise<Given>;

/** The only loop that retries: leg after leg, until one gives, or the error says that no other would. */
async function walk<Given>(trip: Trip, take: Take<Given>): Promise<Answered<Given>> {
  const failures: { leg: Leg; error: GatewayError }[] = [];
  const fetched: Fetched = new Map();
  for (const leg of trip.plan.legs) {
    let outcome = await askLeg(trip, { leg, ask: trip.generation.facts.ask }, fetched, take);
    if (outcome instanceof GatewayError && outcome.retry === "unsealed") {
      const bare = unsealed(trip, leg);
      if (bare !== undefined) outcome = await askLeg(trip, bare, fetched, take);
    }
    if (!(outcome instanceof GatewayError)) return outcome;
    failures.push({ leg, error: outcome });
    if (!mayGoOn(failures)) break;
  }
  throw verdict(failures);
}

/** One attempt: what a leg is asked. */
interface Question {
  readonly leg: Leg<Credential>;
  /** The client's request, or what was made of it for this attempt. */
  readonly ask: Ask;
  /** What was taken out of it. */
  readonly taken?: readonly Dropped[];
}

type Fetched = Map<string, Promise<Source>>;

/** Asks one leg once. @returns what it gave, or why it gave nothing @throws GatewayError `client_closed` */
async function askLeg<Given>(
  trip: Trip,
  question: Question,
  fetched: Fetched,
  take: Take<Given>,
): Promise<Answered<Given> | GatewayError> {
  // It may have left while its body came, or at the moment the last leg failed: nothing is sent for nobody.
  if (trip.departure.gone) throw new GatewayError("client_closed", "The client left before the answer.");
  const { leg } = question;
  const attempt = trip.generation.add(new Attempt(legRecord(leg)));
  try {
    const inlines = inlinesOf(leg);
    const files = inlines === undefined ? undefined : await filesFor(trip, inlines, fetched);
    const passage = discreet(passageOf(trip, question, files), leg.credential);
    mustSayAll(trip.generation, passage);
    const { body, headers } = passage;
    const path = (leg.endpoint.below?.[leg.wire] ?? "") + passage.path;
    const request = { path, stream: question.ask.stream, body, headers };
    const answer = await open(leg.credential, request, trip.clocks(leg.endpoint.provider), trip.departure);
    attempt.status = answer.status;
    const { idField } = wireNamed(leg.wire);
    if (idField !== undefined) passage.readings.upstreamId = answer.headers.get(idField) ?? undefined;
    if (answer.status !== 200) throw refusalOf(answer, passage);
    const given = take(passage, attempt, answer);
    return { given: given instanceof Promise ? await given : given, attempt, passage };
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    attempt.end(error);
    return error;
  }
}

/**
 * The same question without thinking that is sealed or signed. Where somebody else had minted it, or it was changed on its way, a
 * conversation would be refused from there on: better that the model does not see what was thought. Seals that look alike and
 * do not hold everywhere (those of two accounts, or of Gemini at its two addresses) are told apart here and nowhere else.
 * @returns `undefined` where the request has none: it would be refused again
 */
function unsealed({ inbound, generation }: Trip, leg: Leg<Credential>): Question | undefined {
  const { ask } = generation.facts;
  const bare = inbound.withoutSeals?.(ask.body);
  if (bare === undefined) return undefined;
  return { leg, ask: { ...ask, body: bare.body }, taken: bare.dropped };
}

/** A client that wants all of it or nothing is told what would be left out, before anything is sent. */
function mustSayAll(generation: Generation, passage: Passage): void {
  if (!generation.facts.preferences.strict) return;
  const dropped = generation.allDropped(passage.dropped);
  if (dropped.length === 0) return;
  const list = dropped.map((name) => `\`${name}\``).join(", ");
  const message = `This request cannot be served as it is (providerOptions.gateway.strict): ${list} would be left out.`;
  throw new GatewayError("unsupported", message, { param: dropped[0]! });
}

function refusalOf({ status, headers, whole }: Answer, passage: Passage): GatewayError {
  if (status >= 400) return passage.refusal(status, headers, readByteText(whole!));
  return new GatewayError("upstream_malformed", `The provider answered with status ${status}, which is not followed.`);
}

/** Which addresses of files a leg cannot pass on; `undefined` for none. */
function inlinesOf({ endpoint, wire: name, relay }: Leg): Inlines | undefined {
  const wire = wireNamed(name);
  return wire.hosted?.(endpoint.quirks)?.inlines ?? (relay ? undefined : wire.outbound!.inlines);
}

/** The files that a wire needs itself, each fetched once for all the legs of a request. */
async function filesFor(
  { generation, inbound, fetchFile }: Trip,
  inlines: Inlines,
  fetched: Fetched,
): Promise<ReadonlyMap<string, Source>> {
  const urls = addressesIn(inbound.transcode!.decodeRequest(generation.facts.ask), inlines);
  for (const url of urls) if (!fetched.has(url)) fetched.set(url, fetchFile(url));
  return new Map(await Promise.all(urls.map(async (url) => [url, await fetched.get(url)!] as const)));
}

function passageOf(
  trip: Trip,
  { leg: { endpoint, wire: name, relay }, ask, taken }: Question,
  files = NO_FILES,
): Passage {
  const { id, createdAt } = trip.generation.facts;
  const wire = wireNamed(name);
  const leg: LegFacts = {
    provider: endpoint.provider,
    maker: endpoint.maker,
    upstreamModel: endpoint.upstream,
    model: endpoint.model,
    // What was unsealed must say that it is.
    quirks: taken === undefined ? endpoint.quirks : new Set([...endpoint.quirks, "signed-calls" as const]),
    seals: endpoint.seals,
    maxOutput: endpoint.maxOutput,
    betas: endpoint.betas,
    tiers: endpoint.tiers,
  };
  const inputEstimate = () => estimateInput(ask.body);
  const stamp: Stamp = { id, model: endpoint.model, created: Math.floor(createdAt / 1000), inputEstimate };
  const facts = { ask, wire, leg, stamp, readings: new Readings(), files };
  const passage = relay
    ? relayPassage(facts, wire.relay!)
    : transcodePassage(facts, wire.outbound!, trip.inbound.transcode!);
  if (taken === undefined) return passage;
  return { ...passage, dropped: [...new Set([...taken, ...passage.dropped])] };
}

function legRecord({ endpoint, credential, wire, relay }: Leg<Credential>): Attempt["leg"] {
  const { provider, kind, simulated } = credential;
  return { endpoint, provider, wire, relay, credential: kind, simulated };
}

/** Whether another leg may do better. What may have been billed is tried once more, not twice. */
function mayGoOn(failures: readonly { error: GatewayError }[]): boolean {
  const { code, retry } = failures.at(-1)!.error;
  // What one leg cannot say was never sent, and another may be able to say it.
  if (retry === "never") return code === "unsupported";
  return failures.filter(({ error }) => error.retry === "once").length < 2;
}

/** What the client is told when nobody answered: the one reason there was, or a list. */
function verdict(all: readonly { leg: Leg; error: GatewayError }[]): GatewayError {
  const asked = all.filter(({ error }) => error.code !== "unsupported");
  const failures = asked.length === 0 ? all : asked;
  const last = failures.at(-1)!.error;
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
