import type { WireName } from "../core/event.ts";
import { objectAt, stringAt } from "../core/json.ts";
import type { Dropped, Part, Turn } from "../core/request.ts";

/**
 * A conversation without what another wire's provider did for itself: tools that it ran, and what came of them. Nobody else can read it, and the
 * conversation goes on without; that it was left out is told. What a client says of its own accord is never left out.
 */
export function withoutForeign(turns: readonly Turn[], wire: WireName, dropped: Set<Dropped>): Turn[] {
  return turns.map((given) => {
    const turn = withNamesInWords(given, wire, dropped);
    if (turn.role !== "assistant" || !turn.parts.some((part) => isForeign(part, wire))) return turn;
    const parts = turn.parts.filter((part) => {
      if (!isForeign(part, wire)) return true;
      dropped.add(nameOf(part));
      return false;
    });
    return { ...turn, parts };
  });
}

/**
 * Results in which a search has named tools it found. Only who searches so can read such names; elsewhere all tools are offered, and the names
 * are said in words: in an empty result a model reads that nothing was found, and it searches again.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-search-tool#custom-tool-search-implementation
 */
export function withNamesInWords(turn: Turn, wire: WireName, dropped: Set<Dropped>): Turn {
  const isReference = (part: Part) => isForeign(part, wire) && nameOf(part) === "tool_reference";
  const refers = (part: Part) => part.kind === "tool-result" && part.parts.some(isReference);
  if (!turn.parts.some(refers)) return turn;
  dropped.add("tool_reference");
  const inWords = (part: Part): Part => {
    if (part.kind !== "tool-result") return part;
    const names = part.parts.filter(isReference).map(toolOf).join(", ");
    const others = part.parts.filter((inner) => !isReference(inner));
    return names === "" ? part : { ...part, parts: [{ kind: "text", text: names }, ...others] };
  };
  return { ...turn, parts: turn.parts.map(inWords) };
}

function toolOf(part: Part): string {
  return (part.kind === "native" ? stringAt(objectAt(part.value)?.tool_name) : undefined) ?? "";
}

function isForeign(part: Part, wire: WireName): boolean {
  if (part.kind === "native") return part.wire !== wire;
  // Calls that a provider ran are parts of their own only where this wire said them.
  return part.kind === "tool-call" && part.by === "provider" && wire !== "anthropic-messages";
}

function nameOf(part: Part): string {
  if (part.kind === "native") return stringAt(objectAt(part.value)?.type ?? part.extra?.type) ?? part.wire;
  return stringAt(part.extra?.type) ?? "tool_calls";
}
