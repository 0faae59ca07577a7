import type { WireName } from "../core/event.ts";
import { objectAt, stringAt } from "../core/json.ts";
import type { Dropped, Part, Turn } from "../core/request.ts";

/**
 * A conversation without what another wire's provider did for itself: tools that it ran, and what came of them. Nobody else can read it, and the
 * conversation goes on without; that it was left out is told. What a client says of its own accord is never left out.
 */
export function withoutForeign(turns: readonly Turn[], wire: WireName, dropped: Set<Dropped>): Turn[] {
  return turns.map((given) => {
    const turn = withoutReferences(given, wire, dropped);
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
 * Results without the names of tools that a search has found: only who searches so can read them, and elsewhere all tools are offered.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-search-tool#custom-tool-search-implementation
 */
function withoutReferences(turn: Turn, wire: WireName, dropped: Set<Dropped>): Turn {
  const isReference = (part: Part) => isForeign(part, wire) && nameOf(part) === "tool_reference";
  const refers = (part: Part) => part.kind === "tool-result" && part.parts.some(isReference);
  if (!turn.parts.some(refers)) return turn;
  dropped.add("tool_reference");
  const parts = turn.parts.map((part) =>
    part.kind === "tool-result" ? { ...part, parts: part.parts.filter((inner) => !isReference(inner)) } : part,
  );
  return { ...turn, parts };
}

function isForeign(part: Part, wire: WireName): boolean {
  if (part.kind === "native") return part.wire !== wire;
  // Calls that a provider ran are parts of their own only where this wire said them.
  return part.kind === "tool-call" && part.by === "provider" && wire !== "anthropic-messages";
}

function nameOf(part: Part): string {
  if (part.kind === "native") return stringAt(objectAt(part.value)?.type) ?? part.wire;
  return stringAt(part.extra?.type) ?? "tool_calls";
}
