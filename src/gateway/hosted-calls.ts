import type { CallRange, Seat } from "../access/admit.ts";
import type { Ask } from "../core/ask.ts";
import { type JsonObject, objectAt } from "../core/json.ts";
import { CALLS, type Meter, type Usage } from "../core/usage.ts";
import { draws } from "../ledger/dearer.ts";
import { asksWeb, capOfCalls, namesOf, toolsIn } from "../ledger/offered-tools.ts";
import type { Leg } from "../routing/plan.ts";
import { wireNamed } from "../wires/index.ts";
import type { CallBounds } from "../wires/wire.ts";

/** What a request lets providers do for it with tools of their own that are paid for by the call: search, mostly. */
export interface HostedCalls {
  /** Calls that the client itself allows, of the tools that it puts an end to. */
  readonly told: number;
  /** How many tools it puts no end to. */
  readonly open: number;
  /** What a call of theirs may be paid as. */
  readonly meters: readonly Meter[];
  /** How many tools make pictures. */
  readonly pictures: number;
  /** Of memory of the largest container, by which these are paid. */
  readonly gigabytes: number;
  /** Of all together, where the client says. */
  readonly cap: number | undefined;
}

/** By how tools are called. */
const TOOLS: readonly (readonly [name: RegExp, meters: readonly Meter[]])[] = [
  [/^web_search_preview/i, ["preview_searches"]],
  [/^(enterprise_?)?(web|google|x)_?search/i, ["searches"]],
  [/^google_?maps/i, ["places"]],
  [/^(file|collections?)_?search/i, ["file_searches"]],
  [/^code_interpreter/i, ["containers", "code_runs"]],
];

/** How often a provider uses a tool where nobody sets an end to it. */
const USUAL = 10;
/** … where each time may be a picture, the dearest by far: to look something up, and to draw. */
const USUAL_DRAWING = 3;

/** @returns `undefined` for none, which is most */
export function hostedCalls({ body, requires }: Pick<Ask, "body" | "requires">): HostedCalls | undefined {
  if (body.tools === undefined && body.providerOptions === undefined && !asksWeb(body)) return undefined;
  let [told, open, pictures, gigabytes] = [0, asksWeb(body) ? 1 : 0, 0, 1];
  const meters = new Set<Meter>(open === 0 ? [] : ["searches"]);
  for (const tool of toolsIn(body)) {
    if (draws(tool)) pictures++;
    const names = namesOf(tool);
    const paid = TOOLS.flatMap(([pattern, paid]) => (names.some((name) => pattern.test(name)) ? paid : []));
    if (paid.length === 0) continue;
    for (const meter of paid) meters.add(meter);
    const { args, max_uses: said, container = objectAt(args)?.container } = objectAt(tool) ?? {};
    const uses = said ?? objectAt(args)?.maxUses;
    const { memory_limit: limit, memoryLimit = limit } = objectAt(container) ?? {};
    const size = typeof memoryLimit === "string" ? /^(4|16|64)g$/.exec(memoryLimit)?.[1] : undefined;
    gigabytes = Math.max(gigabytes, Number(size ?? 1));
    if (typeof uses === "number" && Number.isSafeInteger(uses) && uses > 0) told += uses;
    else open++;
  }
  if (told + open + pictures === 0) return undefined;
  // Files that come with a request are searched as well, where tools are used at all.
  if (requires?.includes("files") === true && meters.size > 0) meters.add("attachment_searches");
  return { told, open, meters: [...meters], pictures, gigabytes, cap: capOfCalls(body) };
}

/** How many calls are reserved for, by who may be asked. Where the client says how many it wants of all, it is taken by its word. */
export function callRange({ told, open, pictures, cap }: HostedCalls, legs: readonly Leg[]): CallRange {
  const all = told + open * USUAL + pictures;
  const usual = pictures === 0 ? all : Math.min(all, Math.max(pictures, USUAL_DRAWING));
  const bounds = legs.map(({ wire }) => wireNamed(wire).calls?.of);
  const least = bounds.every((of) => of === "all") ? 1 : told + open;
  if (cap === undefined) return { usual, least: Math.min(usual, Math.max(1, least)) };
  return bounds.every((of) => of === "all")
    ? { usual: cap, least: cap }
    : { usual: Math.max(usual, cap), least: Math.max(least, cap) };
}

/** Whether a provider can be told how many calls it may make. */
export function isBound({ wire }: Pick<Leg, "wire">): boolean {
  return wireNamed(wire).calls !== undefined;
}

/** How many calls a leg may make on what is reserved, where that must be said to it; `undefined` where nobody holds it to any. */
export function boundsFor(
  { calls, limitsOwn }: Pick<Seat, "calls" | "limitsOwn">,
  { price, tariff }: Leg["endpoint"],
  { kind }: Leg["credential"],
  ask: Ask,
): CallBounds | undefined {
  if (calls === undefined || (kind === "byok" && limitsOwn !== true)) return undefined;
  const offered = hostedCalls(ask);
  if (offered === undefined) return undefined;
  const { told, open, meters, pictures } = offered;
  const rates = price?.rates ?? {};
  const isPaid = (pictures > 0 && tariff?.pictures !== undefined) || meters.some((meter) => (rates[meter] ?? 0) > 0);
  if (!isPaid) return undefined;
  return { all: calls, each: open === 0 ? calls : Math.max(1, Math.floor((calls - told) / open)) };
}

/** Whether a request has a provider make pictures for it, among other things. */
export function mayDraw(body: JsonObject): boolean {
  return toolsIn(body).some(draws);
}

/** Tokens of more than the dearest picture, with what is read for it: https://developers.openai.com/api/docs/guides/image-generation (6,240 at high quality). */
export const PICTURE_TOKENS = 10_000;

/** How many calls an answer has made by now, each picture that was drawn among them. */
export function callsIn(usage: Usage): number {
  let calls = Math.ceil((usage.picture_drawn ?? 0) / PICTURE_TOKENS);
  for (const meter of CALLS) calls += usage[meter] ?? 0;
  return calls;
}
