import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt } from "../core/json.ts";
import type { CacheMark, Part, Request, Turn } from "../core/request.ts";
import type { Wishes } from "./wishes.ts";

/**
 * `caching: "auto"` (contract 9.6): marks at the last message, and at the one before the last of the user's or else at the system
 * prompt, so that what was said before is read from the cache and what is new is written to it. What the client marks itself stays.
 */

/** More marks than this in a request are refused. */
const MOST_MARKS = 4;

/** Of a list of messages those to be marked, the last first. */
function places(roles: readonly string[], marked: number): number[] {
  const last = roles.length - 1;
  const user = roles.findLastIndex((role) => role === "user" || role === "tool");
  const before = user - 1;
  const system = roles.findLastIndex((role) => role === "system" || role === "developer");
  const second = before >= 0 && roles[before] !== "system" && roles[before] !== "developer" ? before : system;
  const wanted = second < 0 || second === last ? [last] : [last, second];
  return wanted.slice(0, Math.max(0, MOST_MARKS - marked)).filter((place) => place >= 0);
}

/** The request with marks, for wires that say them. */
export function withMarks(request: Request): Request {
  if (request.caching === undefined) return request;
  const { turns, tools = [] } = request;
  const marks = turns.flatMap(({ parts }) => parts).filter(({ cache }) => cache !== undefined).length;
  const ofTools = tools.filter((tool) => tool.kind === "function" && tool.cache !== undefined).length;
  const chosen = places(
    turns.map(({ role }) => role),
    marks + ofTools,
  );
  return {
    ...request,
    turns: turns.map((turn, i) => (chosen.includes(i) ? markedTurn(turn, request.caching!) : turn)),
  };
}

function markedTurn(turn: Turn, cache: CacheMark): Turn {
  const at = turn.parts.findLastIndex(isMarkable);
  if (at < 0 || turn.parts.some((part) => part.cache !== undefined)) return turn;
  return { ...turn, parts: turn.parts.map((part, i) => (i === at ? { ...part, cache } : part)) };
}

/** Thinking takes no mark, and text of nothing is left out. */
function isMarkable(part: Part): boolean {
  if (part.kind === "text") return part.text.trim() !== "";
  return part.kind !== "reasoning" && part.kind !== "native" && part.kind !== "refusal";
}

/** The same for a body that is passed on: `messages` with `cache_control`, and a system prompt that may stand beside them. */
export function markMessages(body: JsonObject, { cacheTtl }: Wishes): void {
  const messages = arrayAt(body.messages) ?? [];
  const marks = [...messages, ...(arrayAt(body.tools) ?? []), { content: body.system }].reduce<number>(
    (sum, holder) => sum + marksIn(holder),
    0,
  );
  const beside = body.system === undefined || body.system === null ? [] : ["system"];
  const roles = [...beside, ...messages.map((message) => String(objectAt(message)?.role))];
  const mark = jsonObject({ type: "ephemeral", ttl: cacheTtl });
  const marked = [...messages];
  for (const place of places(roles, marks)) {
    const at = place - beside.length;
    if (at < 0) body.system = markedContent(body.system, mark);
    else if (isObject(marked[at]) && marksIn(marked[at]) === 0)
      marked[at] = { ...marked[at], content: markedContent(marked[at].content, mark) };
  }
  body.messages = marked;
}

function marksIn(holder: JsonValue): number {
  if (!isObject(holder)) return 0;
  const own = isObject(holder.cache_control) ? 1 : 0;
  return (arrayAt(holder.content) ?? []).reduce<number>((sum, part) => sum + marksIn(part), own);
}

const UNMARKABLE: ReadonlySet<unknown> = new Set(["thinking", "redacted_thinking"]);

function markedContent(content: JsonValue | undefined, mark: JsonObject): JsonValue | undefined {
  if (typeof content === "string")
    return content.trim() === "" ? content : [{ type: "text", text: content, cache_control: mark }];
  const parts = arrayAt(content);
  if (parts === undefined || parts.some((part) => marksIn(part) > 0)) return content;
  const at = parts.findLastIndex((part) => isObject(part) && !UNMARKABLE.has(part.type) && part.text !== "");
  return parts.map((part, i) => (i === at ? { ...objectAt(part), cache_control: mark } : part));
}
