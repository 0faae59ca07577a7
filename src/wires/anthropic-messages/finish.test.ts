import { expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { Finish } from "../../core/event.ts";
import { decodeFinish } from "./finish.ts";

/** Every reason that the SDK knows: a new one does not compile. */
const REASONS: Record<Anthropic.StopReason, Finish> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "refusal",
};

test.each(Object.entries(REASONS))("%s is %s", (reason, finish) => expect(decodeFinish(reason)).toBe(finish));

test.each(["compaction", "", "constructor", "toString", "__proto__"])(
  "%p, which nobody knows, is `other`",
  (reason) => {
    expect(decodeFinish(reason)).toBe("other");
  },
);
