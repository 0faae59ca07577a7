import { GatewayError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import type { Part, Request, Tool, ToolChoice, Turn } from "../core/request.ts";
import { letters } from "./limits.ts";

/** Names of functions as OpenAI takes them, and those after its model. https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools */
export const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Every wire takes a name that is made here: the least of what each allows, and with a letter or `_` at its head. */
const LONGEST = 64;

/** A request whose tools are all called what the target takes. */
export interface Renamed {
  request: Request;
  /** The name there → the client's own. Absent where none was changed. */
  names?: ReadonlyMap<string, string>;
}

/**
 * Tools under names that the target takes, in what is offered, chosen and called: agents name a tool by the server that has it, and get
 * beyond 64 characters. A name always becomes the same, so that a prompt that is cached stays so.
 * https://github.com/mrexodia/ida-pro-mcp/issues/129
 * @param taken which names the target takes. One that is empty is the client's mistake, and the provider's to refuse
 */
export function withTakenNames(request: Request, taken: RegExp): Renamed {
  const wanted = new Set(namesIn(request));
  const refused = [...wanted].filter((name) => name !== "" && !taken.test(name));
  if (refused.length === 0) return { request };
  const own = new Map<string, string>();
  const theirs = new Map<string, string>();
  for (const name of refused) {
    let free = replaced(name, name);
    for (let i = 2; wanted.has(free) || own.has(free); i++) free = replaced(name, `${name} ${i}`);
    own.set(free, name);
    theirs.set(name, free);
  }
  return { request: renamed(request, (name) => theirs.get(name) ?? name), names: own };
}

function* namesIn({ tools, toolChoice, turns }: Request): Generator<string> {
  for (const tool of tools ?? []) if (tool.kind === "function") yield tool.name;
  if (toolChoice?.mode === "tool") yield toolChoice.name;
  for (const { parts } of turns) for (const part of parts) if (isOwnCall(part)) yield part.name;
}

/** What a provider ran for itself has that provider's name. */
function isOwnCall(part: Part): part is Extract<Part, { kind: "tool-call" }> {
  return part.kind === "tool-call" && part.by === "client";
}

/** As much of the name as there is room for, and what tells it from others that begin alike. */
function replaced(name: string, toldBy: string): string {
  const said = name.replace(/[^a-zA-Z0-9_-]/g, "_");
  const head = /^[a-zA-Z_]/.test(said) ? said : `_${said}`;
  return `${head.slice(0, LONGEST - 10)}_${letters(toldBy)}`;
}

function renamed(request: Request, named: (name: string) => string): Request {
  const { tools, toolChoice, turns } = request;
  const tool = (one: Tool): Tool => (one.kind === "function" ? { ...one, name: named(one.name) } : one);
  const choice = (one: ToolChoice): ToolChoice => (one.mode === "tool" ? { ...one, name: named(one.name) } : one);
  const part = (one: Part): Part => (isOwnCall(one) ? { ...one, name: named(one.name) } : one);
  return {
    ...request,
    turns: turns.map((turn): Turn => (turn.parts.some(isOwnCall) ? { ...turn, parts: turn.parts.map(part) } : turn)),
    ...(tools === undefined ? {} : { tools: tools.map(tool) }),
    ...(toolChoice === undefined ? {} : { toolChoice: choice(toolChoice) }),
  };
}

/** An event in which a tool has the client's own name. What the model made up stays. */
export function withOwnName(event: Event, names: Renamed["names"]): Event {
  if (names === undefined || event.type !== "block-start" || event.block.kind !== "tool-call") return event;
  const own = event.block.by === "client" ? names.get(event.block.name) : undefined;
  return own === undefined ? event : { ...event, block: { ...event.block, name: own } };
}

/** A provider's complaint of a tool, which the client knows by its own name. */
export function complaintWithOwnNames(error: GatewayError, names: Renamed["names"] = new Map()): GatewayError {
  let { message } = error;
  for (const [theirs, own] of names) message = message.replaceAll(theirs, () => own);
  return message === error.message ? error : new GatewayError(error.code, message, error.details);
}
