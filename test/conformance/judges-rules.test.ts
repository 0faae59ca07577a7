import { describe, expect, test } from "bun:test";
import { wireNamed } from "../../src/wires/index.ts";
import type { Door } from "../support/judges.ts";
import { RULES } from "../support/rules.ts";
import { decodeStream, fixture, tell } from "../support/wire-fixtures.ts";

/** The rules that replies are held against must be able to fail: a frame that is missing, twice there, or in the wrong place is seen. */

const STREAM = "01-parallel-calls-behind-thinking-and-text";

/** A frame that may be lost without a trace: one of many words, where the format never says them again. */
const UNSEEN: Record<Door, RegExp> = {
  "openai-chat": /"(content|reasoning|reasoning_details|arguments)":/,
  "openai-responses": /$^/,
  "anthropic-messages": /_delta","(text|thinking|signature|partial_json)":/,
};

function framesOf(door: Door): string[] {
  const { wire, stream } = fixture("anthropic-messages", STREAM);
  const told = tell(wireNamed(door).inbound!, decodeStream(wire.outbound!, stream!));
  return told.split("\n\n").slice(0, -1);
}

/** Numbered anew, where frames have numbers: it is not only their numbers that show it. */
function joined(frames: readonly string[]): string {
  const text = frames.map((frame, i) => frame.replace(/"sequence_number":\d+/, `"sequence_number":${i}`));
  return text.map((frame) => `${frame}\n\n`).join("");
}

describe.each(Object.keys(RULES) as Door[])("the rules of %s", (door) => {
  const frames = framesOf(door);
  const keeps = (changed: readonly string[]) => {
    try {
      RULES[door].stream(joined(changed));
      return true;
    } catch {
      return false;
    }
  };

  test("hold of the stream as it is", () => RULES[door].stream(joined(frames)));

  test("see a frame that is missing", () => {
    for (const [i, frame] of frames.entries())
      if (!UNSEEN[door].test(frame)) expect([frame, keeps(frames.toSpliced(i, 1))]).toEqual([frame, false]);
  });

  test("see a frame that comes twice", () => {
    for (const [i, frame] of frames.entries())
      if (!UNSEEN[door].test(frame)) expect([frame, keeps(frames.toSpliced(i, 0, frame))]).toEqual([frame, false]);
  });

  test("see two that have changed places", () => {
    for (const [i, frame] of frames.slice(1).entries()) {
      const two = [frame, frames[i]!];
      // Words that are never said again, and calls, of which several may be open at once.
      if (two.every((one) => UNSEEN[door].test(one) || /"function_call"/.test(one))) continue;
      expect([...two, keeps(frames.toSpliced(i, 2, ...two))]).toEqual([...two, false]);
    }
  });
});
