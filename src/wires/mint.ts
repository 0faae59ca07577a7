import type { Event } from "../core/event.ts";
import type { Part, Request, Turn } from "../core/request.ts";

/**
 * Thinking that a provider seals can mostly be read wherever its format is spoken: Claude's at Anthropic, Bedrock and Vertex. Where it can be
 * read only by whoever sealed it, the seal travels under a format of that provider's own, its mint, and the wire's own format under
 * that name is somebody else's. https://github.com/openai/codex/issues/3573
 * @param wire the format under which the wire has its seals
 */
export interface Mint {
  readonly wire: string;
  readonly own: string;
}

/** What no wire takes for its own. */
const SOMEBODYS = "unknown";

/** An event as its provider said it, under the provider's own format. */
export function fromMint(event: Event, { wire, own }: Mint): Event {
  if (event.type === "block-start" && event.block.kind === "reasoning" && event.block.format === wire)
    return { ...event, block: { ...event.block, format: own } };
  if (event.type === "block-end" && event.signature?.format === wire)
    return { ...event, signature: { ...event.signature, format: own } };
  return event;
}

/** A request with its seals under the wire's own format where this provider made them, and under nobody's where another did. */
export function toMint(request: Request, mint: Mint): Request {
  const named = (format: string) => (format === mint.own ? mint.wire : format === mint.wire ? SOMEBODYS : format);
  const part = (one: Part): Part => {
    if (one.kind !== "reasoning" && one.kind !== "tool-call") return one;
    const told = one.signature === undefined ? one : signed(one, named(one.signature.format));
    return told.kind === "reasoning" && told.format !== undefined ? { ...told, format: named(told.format) } : told;
  };
  return { ...request, turns: request.turns.map((turn): Turn => ({ ...turn, parts: turn.parts.map(part) })) };
}

function signed<P extends Extract<Part, { kind: "reasoning" | "tool-call" }>>(part: P, format: string): P {
  return { ...part, signature: { ...part.signature!, format } };
}
