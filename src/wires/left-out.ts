import type { Event, WireName } from "../core/event.ts";
import { isObject, type JsonValue, stringAt } from "../core/json.ts";
import type { Dropped } from "../core/request.ts";

/** What of an answer a wire has words for, beyond what all of them have. */
export interface Vocabulary {
  /** Calls of tools that the provider runs itself. */
  call(name: string): boolean;
  citation(value: JsonValue): boolean;
  /** A file of this media type, as a part of the answer. */
  file(mediaType: string): boolean;
  /** `false`: what a model thought has no place in it. */
  reasoning?: false;
  /** What only this other wire says. Absent where nothing of it can be told. */
  native?(wire: WireName, value: JsonValue): boolean;
}

/**
 * The piece of an answer that the client's wire has no words for, by the name that the provider's has; `undefined` for
 * everything else, which is nearly all.
 * @param door the wire it is to be told in
 */
export function leftOut(event: Event, door: WireName, says: Vocabulary): Dropped | undefined {
  switch (event.type) {
    case "block-start": {
      const { block } = event;
      if (block.kind === "native")
        return block.wire === door || says.native?.(block.wire, block.value)
          ? undefined
          : nameOf(block.value, block.wire);
      if (block.kind === "reasoning") return says.reasoning === false ? "reasoning" : undefined;
      if (block.kind === "file") return says.file(block.mediaType) ? undefined : block.mediaType;
      return block.kind === "tool-call" && block.by === "provider" && !says.call(block.name) ? block.name : undefined;
    }
    case "block-delta": {
      const { delta } = event;
      if (delta.kind === "native") return delta.wire === door ? undefined : nameOf(delta.value, delta.wire);
      return delta.kind === "citation" && !says.citation(delta.value) ? "citations" : undefined;
    }
    case "message-end":
      return event.finish === "other" ? `finish_reason: ${event.raw}` : undefined;
    default:
      return undefined;
  }
}

function nameOf(value: JsonValue, wire: WireName): Dropped {
  if (!isObject(value)) return wire;
  return stringAt(value.type) ?? Object.keys(value)[0] ?? wire;
}
