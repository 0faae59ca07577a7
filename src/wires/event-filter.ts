import type { Event } from "../core/event.ts";
import { fromMint, type Mint } from "./mint.ts";
import { textCalls } from "./text-tools.ts";
import { withOwnName } from "./tool-names.ts";

/** One event in, what the client shall see of it out. Holds the state of one answer. */
export type EventFilter = (event: Event) => Event[];

/**
 * The changes that a request asks of its answer, whatever the wires.
 * - `answerTool`: calls of this tool are the answer's text, since it was only there to get a format.
 * - `hideReasoning`: what was thought is left out. Sealed thinking stays, which nobody can read and the next turn needs (it comes unasked
 *   as well: contract 3.1.5); a signature only where it stands alone, since over words that are gone it proves nothing. Blocks keep gapless indexes.
 * - `mint`: what the provider sealed has its own format outside.
 * - `names`: tools that the provider knows by another name have the client's own.
 * - `textTools`: calls of these tools have the text that was wrapped in JSON.
 * @returns `undefined` where nothing is changed
 */
export function eventFilter(changes: {
  answerTool: string | undefined;
  hideReasoning: boolean;
  mint?: Mint | undefined;
  names?: ReadonlyMap<string, string> | undefined;
  textTools?: ReadonlySet<string> | undefined;
}): EventFilter | undefined {
  const { answerTool, hideReasoning, mint, names, textTools } = changes;
  if (mint !== undefined || names !== undefined || textTools !== undefined) {
    const others = eventFilter({ answerTool, hideReasoning });
    const unwrapped = textTools === undefined ? undefined : textCalls(textTools);
    return (event) => {
      const named = withOwnName(mint === undefined ? event : fromMint(event, mint), names);
      const told = unwrapped?.(named) ?? [named];
      return others === undefined ? told : told.flatMap(others);
    };
  }
  if (answerTool === undefined && !hideReasoning) return undefined;
  /** Their index → ours; `undefined` for a block that is left out. */
  const indexes = new Map<number, number | undefined>();
  /** Calls that are told as text, and whether they have said anything. */
  const texts = new Map<number, boolean>();
  /** Thoughts that are held back: whether anything was said in them shows at their end. */
  const thoughts = new Map<number, { start: Event & { type: "block-start" }; said: boolean }>();
  let calls = 0;
  let next = 0;
  return (event) => {
    if (event.type === "block-start") {
      if (
        hideReasoning &&
        event.block.kind === "reasoning" &&
        (event.block.encrypted ?? event.block.redacted) === undefined
      ) {
        thoughts.set(event.index, { start: event, said: false });
        return [];
      }
      indexes.set(event.index, next++);
      const index = indexes.get(event.index)!;
      if (event.block.kind !== "tool-call" || event.block.name !== answerTool) {
        if (event.block.kind === "tool-call" && event.block.by === "client") calls++;
        return [{ ...event, index }];
      }
      texts.set(event.index, false);
      return [{ ...event, index, block: { kind: "text" } }];
    }
    if (event.type === "message-end" && event.finish === "tool-calls" && texts.size > 0 && calls === 0)
      return [{ ...event, finish: "stop" }];
    if (event.type !== "block-delta" && event.type !== "block-end") return [event];
    const thought = thoughts.get(event.index);
    if (thought !== undefined) {
      if (event.type === "block-delta") {
        thought.said ||= event.delta.kind === "text" && event.delta.text !== "";
        return [];
      }
      thoughts.delete(event.index);
      if (event.signature !== undefined && !thought.said) {
        const index = next++;
        return [
          { ...thought.start, index },
          { ...event, index },
        ];
      }
      return [];
    }
    const index = indexes.get(event.index);
    if (index === undefined) return [];
    if (event.type === "block-delta" && event.delta.kind === "arguments" && texts.has(event.index)) {
      texts.set(event.index, true);
      return [{ ...event, index, delta: { kind: "text", text: event.delta.json } }];
    }
    // A call without arguments is one of an empty object (scar 5).
    if (event.type === "block-end" && texts.get(event.index) === false)
      return [
        { type: "block-delta", index, delta: { kind: "text", text: "{}" } },
        { ...event, index },
      ];
    return [{ ...event, index }];
  };
}
