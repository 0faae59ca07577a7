import { expect, test } from "bun:test";
import { spokenIn } from "./spoken.ts";

const stream = (...frames: object[]) => frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
const delta = (members: object) => ({ choices: [{ index: 0, delta: members }] });

test("a chat that thinks, speaks and calls a tool", () => {
  const text = stream(
    delta({ role: "assistant", reasoning: "Hm" }),
    delta({ reasoning: "…" }),
    delta({ content: "It " }),
    delta({ content: "is\n" }),
    delta({ tool_calls: [{ index: 0, id: "a", function: { name: "look_up", arguments: "" } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
    { choices: [], usage: {} },
  );
  expect(spokenIn(`: keep-alive\n\n${text}data: [DONE]\n\n`)).toEqual({
    text: "It is\n",
    reasoning: "Hm…",
    calls: [{ name: "look_up", given: '{"a":1}' }],
  });
});

test("a message, with the names of its events", () => {
  const frames = [
    { type: "message_start", message: {} },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Yes" } },
    { type: "content_block_start", index: 1, content_block: { type: "tool_use", name: "f" } },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "{}" } },
  ];
  const text = frames.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`).join("");
  expect(spokenIn(text)).toEqual({ text: "Yes", reasoning: "", calls: [{ name: "f", given: "{}" }] });
});

test("a response", () => {
  const text = stream(
    { type: "response.created" },
    { type: "response.reasoning_summary_text.delta", delta: "Hm" },
    { type: "response.output_text.delta", delta: "Ja" },
    { type: "response.output_item.done", output_index: 1, item: { type: "function_call", name: "f", arguments: "{}" } },
  );
  expect(spokenIn(text)).toEqual({ text: "Ja", reasoning: "Hm", calls: [{ name: "f", given: "{}" }] });
});

test("up to where it was cut; nothing of what is no stream", () => {
  const whole = stream(delta({ content: "a" }), delta({ content: "b" }));
  expect(spokenIn(whole.slice(0, -8))?.text).toBe("a");
  expect([spokenIn("{}"), spokenIn(""), spokenIn("data: {}\n\n"), spokenIn("data: null\n\n")]).toEqual(
    Array(4).fill(undefined),
  );
});
