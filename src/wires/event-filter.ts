import type { Event } from "../core/event.ts";

/** One event in, what the client shall see of it out. Holds the state of one answer. */
export type EventFilter = (event: Event) => Event[];

/**
 * The changes that a request asks of its answer, whatever the wires.
 * - `answerTool`: calls of this tool are the answer's text, since it was only there to get a format.
 * - `hideReasoning`: thinking is left out. Blocks keep gapless indexes.
 * @returns `undefined` where nothing is changed
 */
export function eventFilter(changes: {
  answerTool: string | undefined;
  hideReasoning: boolean;
}): EventFilter | undefined {
  const { answerTool, hideReasoning } = changes;
  if (answerTool === undefined && !hideReasoning) return undefined;
  /** Their index → ours; `undefined` for a block that is left out. */
  const indexes = new Map<number, number | undefined>();
  /** Calls that are told as text, and whether they have said anything. */
  const texts = new Map<number, boolean>();
  let calls = 0;
  let next = 0;
  return (event) => {
    if (event.type === "block-start") {
      const hidden = hideReasoning && event.block.kind === "reasoning";
      indexes.set(event.index, hidden ? undefined : next++);
      if (hidden) return [];
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
