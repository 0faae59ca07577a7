import type { Seat } from "../access/admit.ts";
import type { Ask } from "../core/ask.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import { Readings } from "../core/readings.ts";
import type { Dropped, Source } from "../core/request.ts";
import { Attempt, OUTRUN } from "../ledger/attempt.ts";
import { estimateInput } from "../ledger/estimate.ts";
import type { Generation } from "../ledger/generation.ts";
import { warningsOf } from "../ledger/told.ts";
import type { Hedging } from "../routing/hedging.ts";
import { isImpatient } from "../routing/leg.ts";
import type { Leg } from "../routing/plan.ts";
import { isRegional, placeNameOf } from "../routing/region.ts";
import type { Vitals } from "../routing/vitals.ts";
import type { Tracer } from "../telemetry/tracer.ts";
import type { Answer } from "../upstream/answer.ts";
import type { Credential, HeadFields } from "../upstream/credentials.ts";
import { type Interruption, open, unlessLeft } from "../upstream/open.ts";
import { requestIdOf } from "../upstream/request-id.ts";
import type { Clocks } from "../upstream/watch.ts";
import { wireNamed } from "../wires/index.ts";
import type { Inbound, LegFacts } from "../wires/wire.ts";
import { Allowance } from "./allowance.ts";
import { type Departure, LEFT } from "./departure.ts";
import { concealed, discreet } from "./discretion.ts";
import type { Drains } from "./drains.ts";
import { type Hear, heard } from "./heard.ts";
import { boundsFor, mayDraw } from "./hosted-calls.ts";
import { addressesIn, type Inlines, NO_FILES } from "./inline.ts";
import { Live } from "./live.ts";
import { type Passage, readHead } from "./passage.ts";
import { refusalOf } from "./provider-refusal.ts";
import { relayPassage } from "./relay.ts";
import { repeated } from "./repeated.ts";
import { transcodePassage } from "./transcode.ts";
import { type AskLeg, type Hedge, type Journey, walk } from "./walk.ts";

/** Everything that an attempt needs to know of the request it serves. */
export interface Trip extends Journey {
  readonly inbound: Inbound;
  readonly generation: Generation;
  readonly seat: Seat;
  /** Absent: no provider is told of a trace. */
  readonly tracer?: Tracer | undefined;
  /** What the client says to a provider's caches. */
  readonly affinity?: HeadFields | undefined;
  readonly hedging: Hedging;
  readonly drains: Drains;
  readonly hear?: Hear | undefined;
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
  return tried(trip, (passage, attempt, answer, vitals) => {
    const whole = passage.whole(answer.whole!);
    attempt.spoke();
    attempt.end();
    vitals?.ended(attempt);
    return whole;
  });
}

/** A stream from the first endpoint of the plan that begins to speak. @throws GatewayError */
export function attemptStream(trip: Trip): Promise<Answered<Live>> {
  const { ask, preferences } = trip.generation.facts;
  // Nothing is learned of an own account, nor where there is less patience: nor does it count among those that others may save up from.
  const [first] = trip.plan.legs;
  const isShared = first !== undefined && first.credential.kind !== "byok" && !isImpatient(first);
  const isHedged = isShared && trip.hedging.wanted(ask.model, preferences.hedge);
  const drop = ({ given: live, attempt, passage }: Answered<Live>) => {
    live.stop(OUTRUN);
    trip.generation.lose(attempt, passage.readings);
  };
  const hedge = isHedged ? { hedging: trip.hedging, drop } : undefined;
  const take: Take<Live> = async (passage, attempt, answer, vitals, departure) => {
    if (answer.whole !== undefined && passage.retold !== undefined) answer.retell(passage.retold(answer.whole));
    if (answer.whole !== undefined) {
      // JSON where a stream was asked for: an error if anything.
      passage.whole(answer.whole);
      throw new GatewayError("upstream_malformed", "The provider answered a stream request with one JSON object.");
    }
    const live = new Live(passage, attempt, answer, vitals, new Allowance(trip.seat));
    departure.watch(() =>
      live.stop(departure.reason ?? new GatewayError("client_closed", "The client left before the first content.")),
    );
    await live.spoken;
    return live;
  };
  return tried(trip, take, hedge);
}

type Take<Given> = (
  passage: Passage,
  attempt: Attempt,
  answer: Answer,
  vitals: Vitals | undefined,
  departure: Departure,
) => Given | Promise<Given>;

/** Asks the legs, each as often as it takes, until one gives. */
function tried<Given>(whole: Trip, take: Take<Given>, hedge?: Hedge<Answered<Given>>): Promise<Answered<Given>> {
  const fetched: Fetched = new Map();
  const ask: AskLeg<Answered<Given>> = async (leg, departure) => {
    const trip = departure === whole.departure ? whole : { ...whole, departure };
    const outcome = await askLeg(trip, { leg, ask: trip.generation.facts.ask }, fetched, take);
    if (!(outcome instanceof GatewayError) || outcome.retry !== "unsealed") return outcome;
    const bare = unsealed(trip, leg);
    return bare === undefined ? outcome : askLeg(trip, bare, fetched, take);
  };
  return walk(whole, whole.hear === undefined ? ask : heard(whole.hear, ask), hedge);
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
  const { departure } = trip;
  if (departure.gone) throw departure.reason ?? LEFT;
  const { leg } = question;
  const attempt = trip.generation.add(new Attempt(legRecord(leg)));
  // Who is not waited for as long as others would be is not judged by it.
  const vitals = isImpatient(leg) ? undefined : trip.health.of(leg);
  let readings: Readings | undefined;
  try {
    const inlines = inlinesOf(leg);
    const files = inlines === undefined ? undefined : await unlessLeft(filesFor(trip, inlines, fetched), departure);
    const passage = discreet(passageOf(trip, question, files), leg.credential);
    mustSayAll(trip.generation, passage);
    readings = passage.readings;
    attempt.calls = passage.calls;
    const { body, form, headers } = passage;
    const path = (leg.endpoint.below?.[leg.wire] ?? "") + passage.path;
    const { id, trace } = trip.generation.facts;
    const told = trip.tracer?.fields(id, trace, attempt);
    const beside =
      told === undefined && trip.affinity === undefined ? headers : { ...headers, ...trip.affinity, ...told };
    const request = { path, stream: question.ask.stream, body, form, headers: beside };
    const once = (until: Interruption) => open(leg.credential, request, clocksOf(trip, leg), until);
    const send = (until: Interruption) => repeated(passage.times, until, once);
    const answer = await (request.stream ? send(departure) : trip.drains.whole(departure, leg.credential, send));
    attempt.status = answer.status;
    attempt.askedTwice = answer.askedTwice;
    attempt.requestId = requestIdOf(answer.headers, leg.credential);
    trip.generation.transcript?.gave(leg, answer);
    readHead(passage.readings, wireNamed(leg.wire), answer.headers);
    if (answer.status !== 200) throw refusalOf(answer, passage);
    const given = take(passage, attempt, answer, vitals, departure);
    return { given: given instanceof Promise ? await given : given, attempt, passage };
  } catch (thrown) {
    const cause = GatewayError.from(thrown);
    const error = departure.reason ?? concealed(cause, leg.credential);
    attempt.upstreamId = readings?.upstreamId;
    if (cause.details.askedTwice === true) attempt.askedTwice = true;
    const isOver = attempt.endedAt !== undefined;
    attempt.end(error);
    // Who does not wait pays for what the provider was sent, and may charge for whatever comes of it: its input, mostly.
    const isSent = attempt.status === undefined ? cause.details.isSent === true : attempt.status === 200;
    const isUnpaid = cause.code === "quota_for_entity_exceeded";
    if (isSent && (departure.gone || attempt.expired !== undefined || isUnpaid))
      trip.generation.lose(attempt, readings);
    if (!isOver) vitals?.ended(attempt);
    return error;
  }
}

/** How long this leg is waited for. A client may be less patient with the beginning than the operator. */
export function clocksOf(trip: Pick<Trip, "clocks">, { endpoint, firstContentMs, patience }: Leg): Clocks {
  const clocks = trip.clocks(endpoint.provider);
  if (firstContentMs === undefined && patience === undefined) return clocks;
  const least = (...all: (number | undefined)[]) => Math.min(...all.filter((ms) => ms !== undefined));
  return {
    connect: least(clocks.connect, firstContentMs, patience?.connect),
    firstByte: least(clocks.firstByte, firstContentMs, patience?.firstByte),
    firstContent: least(clocks.firstContent, firstContentMs, patience?.firstContent),
    idle: least(clocks.idle, patience?.idle),
    total: least(clocks.total, patience?.total),
  };
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

/** Which addresses of files a leg cannot pass on; `undefined` for none. */
function inlinesOf({ endpoint, wire: name, relay }: Leg): Inlines | undefined {
  const wire = wireNamed(name);
  return wire.hosted?.(endpoint.quirks)?.inlines ?? (relay ? undefined : wire.outbound?.inlines);
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
  { leg: { endpoint, credential, wire: name, relay }, ask, taken }: Question,
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
    draws: endpoint.abilities?.includes("image-output") === true || mayDraw(ask.body),
    own: credential.kind === "byok",
  };
  const inputEstimate = () => estimateInput(ask.body);
  const stamp: Stamp = { id, model: endpoint.model, created: Math.floor(createdAt / 1000), inputEstimate };
  const whole = (dropped: readonly Dropped[]) => (taken === undefined ? dropped : [...new Set([...taken, ...dropped])]);
  const warnings = (dropped: readonly Dropped[], calls: number | undefined) =>
    warningsOf(trip.generation.allDropped(whole(dropped)), trip.generation.facts.affordable, calls);
  const calls = boundsFor(trip.seat, endpoint, credential, ask);
  const facts = { ask, wire, leg, stamp, readings: new Readings(), files, warnings, calls };
  const codec = relay ? wire.relay : wire.adapts?.[ask.wire];
  const passage =
    codec === undefined ? transcodePassage(facts, wire.outbound!, trip.inbound.transcode!) : relayPassage(facts, codec);
  return taken === undefined ? passage : { ...passage, dropped: whole(passage.dropped) };
}

function legRecord({ endpoint, credential, wire, relay, firstContentMs }: Leg<Credential>): Attempt["leg"] {
  const { provider, kind, name: account, simulated } = credential;
  const place = placeNameOf(endpoint, credential);
  const regional = endpoint.tariff?.regional === undefined ? undefined : isRegional(endpoint, credential);
  return { endpoint, provider, wire, relay, credential: kind, account, simulated, place, regional, firstContentMs };
}
