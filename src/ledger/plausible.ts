import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import { type JsonObject, objectAt, stringAt } from "../core/json.ts";
import { ALONE, type Meter, PARTS, PICTURES, UNITS, type Usage } from "../core/usage.ts";
import { asksWeb, toolsIn } from "./offered-tools.ts";

/** Where nobody says how much a model reads: no model that is sold reads more than ten million tokens. */
const WIDEST = 10_000_000;
/** What is known of a window may be of yesterday. */
const SLACK = 2;
/** A provider that uses tools of its own reads its context anew each time, and tells the sum. */
const TURNS = 64;
/** So often no provider uses a tool for one answer. */
const MOST_CALLS = 1000;

/** Tools that the client uses itself. */
const CLIENTS_OWN = /^(function|custom|namespace)$/;

export interface Plausible {
  /** Without counts that cannot be. Of tokens nothing is left then, to be estimated; calls are as many as there can be. */
  readonly usage: Usage | undefined;
  /** The first of those. */
  readonly impossible: keyof Usage | undefined;
}

/** What is read of what was asked. */
type Told = Pick<Ask, "body" | "operation" | "most" | "answers" | "files">;

/** What a provider tells, as far as a model can read and say so much. A provider may claim anything, and an account has an end. */
export function plausibleUsage(
  usage: Usage | undefined,
  { contextWindow = WIDEST }: Pick<Endpoint, "contextWindow">,
  ask: Told,
): Plausible {
  const { input = 0, output = 0 } = usage ?? {};
  const calls = usage === undefined ? 0 : most(usage, CALLS);
  const excess = ask.most === undefined ? undefined : UNITS.find((unit) => (usage?.[unit] ?? 0) > boundOf(unit, ask));
  const window = contextWindow * SLACK;
  // Most of what is asked keeps to a window without another look.
  if (
    input <= window &&
    output <= window &&
    calls <= MOST_CALLS &&
    (usage?.citations ?? 0) <= window &&
    (usage?.picture_drawn === undefined || most(usage, PICTURES) <= WIDEST) &&
    excess === undefined
  )
    return { usage, impossible: undefined };
  const turns = calls > 0 || usesTools(ask.body) ? TURNS : 1;
  const cap = window * turns * askedTimes(ask);
  const left: Usage = { ...usage };
  let impossible: keyof Usage | undefined;
  for (const whole of ["input", "output"] as const) {
    if ((usage?.[whole] ?? 0) <= cap) continue;
    impossible ??= whole;
    for (const part of PARTS[whole]) delete left[part];
    delete left[whole];
  }
  if (excess !== undefined) {
    impossible ??= excess;
    Object.assign(left, ask.most);
  }
  for (const meter of CALLS) {
    if ((left[meter] ?? 0) <= MOST_CALLS) continue;
    impossible ??= meter;
    left[meter] = MOST_CALLS;
  }
  for (const meter of PICTURES) {
    if ((left[meter] ?? 0) <= WIDEST) continue;
    impossible ??= meter;
    left[meter] = WIDEST;
  }
  if ((left.citations ?? 0) > cap) {
    impossible ??= "citations";
    left.citations = cap;
  }
  return { usage: left, impossible };
}

/** No sound is packed so tightly that fewer bytes make a second of it. */
const TIGHTEST = 50;

/** A file says itself how long it is, and a client may have it say anything: no more can be in it than its size allows, and no less need be believed. */
function boundOf(unit: (typeof UNITS)[number], { most = {}, files }: Pick<Ask, "most" | "files">): number {
  const told = SLACK * (most[unit] ?? Number.POSITIVE_INFINITY);
  if (unit !== "seconds" || files === undefined) return told;
  const bytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return Math.max(told, bytes / TIGHTEST);
}

const COUNTED: ReadonlySet<Meter> = new Set<Meter>(["citations", ...PICTURES, ...UNITS]);
const CALLS = ALONE.filter((meter) => !COUNTED.has(meter));

function most(usage: Usage, meters: readonly Meter[]): number {
  let most = 0;
  for (const meter of meters) most = Math.max(most, usage[meter] ?? 0);
  return most;
}

/** How many texts are placed, judged or ranked, or answers given. */
function askedTimes({ operation, body: { n, input, values, documents }, answers }: Told): number {
  if (operation === "embed" || operation === "moderate" || operation === "rerank") {
    // As each door calls them.
    const texts = [input, values, documents, objectAt(documents)?.values].find(Array.isArray);
    return Math.max(1, texts?.length ?? 1);
  }
  if (answers !== undefined) return answers;
  return typeof n === "number" && n > 1 ? n : 1;
}

function usesTools(body: JsonObject): boolean {
  if (asksWeb(body)) return true;
  return toolsIn(body).some((tool) => {
    const type = stringAt(objectAt(tool)?.type);
    return type !== undefined && !CLIENTS_OWN.test(type);
  });
}
