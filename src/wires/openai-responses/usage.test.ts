import { expect, test } from "bun:test";
import { CLOSING } from "../fixtures/facts.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

test("what was written to the cache is one count there, for however long it lives", () => {
  const usage = { input: 90, cache_write_5m: 20, cache_write_1h: 30, output: 7 };
  const told = encodeUsage({ ...CLOSING, usage });
  expect(told).toMatchObject({ input_tokens: 90, input_tokens_details: { cache_write_tokens: 50 } });
  expect(decodeUsage(told)).toMatchObject({ input: 90, cache_write_5m: 50, output: 7 });
});

test("a write that nobody told is not told as none", () => {
  const told = encodeUsage({ ...CLOSING, usage: { input: 90, cache_read: 3, output: 7 } });
  expect(told.input_tokens_details).toEqual({ cached_tokens: 3 });
});

test.each([
  [[{ type: "file_search_call" }, { type: "file_search_call" }], { file_searches: 2 }],
  [[{ type: "web_search_call" }, { type: "web_search_call", action: { type: "open_page" } }], { searches: 1 }],
  [
    [
      { type: "code_interpreter_call", container_id: "c1" },
      { type: "code_interpreter_call", container_id: "c1" },
      { type: "code_interpreter_call", container_id: "c2" },
    ],
    { containers: 2 },
  ],
  [[{ type: "code_interpreter_call" }, { type: "code_interpreter_call" }], { code_runs: 2 }],
  [
    [
      { type: "custom_tool_call", name: "x_keyword_search" },
      { type: "custom_tool_call", name: "x_thread_fetch" },
      { type: "custom_tool_call", name: "mine" },
    ],
    { searches: 2 },
  ],
  [[{ type: "image_generation_call" }], { unmetered: 1 }],
  [[{ type: "message" }, null, 5, { type: "constructor" }], {}],
])("what tools did is told by what came of it: %j", (output, did) => {
  expect(decodeUsage({ input_tokens: 1, output_tokens: 2 }, { output } as never)).toEqual({
    input: 1,
    output: 2,
    ...did,
  });
});

test("containers are counted by the gigabyte of their memory", () => {
  const output = [{ type: "code_interpreter_call", container_id: "c1" }];
  const counted = (container: unknown) =>
    decodeUsage({ input_tokens: 1 }, { output, tools: [null, { type: "code_interpreter", container }] } as never)
      .containers;
  expect(["1g", "4g", "64g", "65g", 4].map((memory_limit) => counted({ type: "auto", memory_limit }))).toEqual([
    1, 4, 64, 1, 1,
  ]);
  expect(counted("cntr_1")).toBe(1);
});

test("what tools of xAI's did is counted, whatever came of it", () => {
  const server_side_tool_usage_details = {
    web_search_calls: 2,
    x_search_calls: 1,
    code_interpreter_calls: 3,
    file_search_calls: 0,
    document_search_calls: 4,
    mcp_calls: 5,
    image_generation_calls: 0,
  };
  expect(
    decodeUsage({ input_tokens: 1, server_side_tool_usage_details }, { output: [{ type: "web_search_call" }] }),
  ).toEqual({
    input: 1,
    searches: 3,
    code_runs: 3,
    file_searches: 0,
    attachment_searches: 4,
  });
});

test("has the two members without which a typed client reads nothing, told or not", () => {
  const usage = { input: 9, output: 7 };
  expect(encodeUsage({ ...CLOSING, usage })).toMatchObject({
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  });
  const raw = { input_tokens_details: { cached_tokens: 4, more: 1 }, output_tokens_details: { reasoning_tokens: 3 } };
  expect(encodeUsage({ ...CLOSING, usage }, raw)).toMatchObject(raw);
  expect(encodeUsage({ ...CLOSING, usage: { ...usage, cache_read: 5, reasoning: 2 } }, raw)).toMatchObject({
    input_tokens_details: { cached_tokens: 5, more: 1 },
    output_tokens_details: { reasoning_tokens: 2 },
  });
});

test.each([
  [
    { input_tokens: 12, output_tokens: 84 },
    { picture_words: 12, picture_drawn: 84 },
  ],
  [
    {
      input_tokens: 300,
      input_tokens_details: { text_tokens: 100, image_tokens: 200 },
      cached_tokens: 60,
      cached_tokens_details: { cached_text_tokens: 10, cached_image_tokens: 50 },
      output_tokens: 1056,
      output_tokens_details: { image_tokens: 1000, text_tokens: 56 },
    },
    { picture_words: 90, picture_seen: 150, picture_kept: 60, picture_drawn: 1000, picture_said: 56 },
  ],
  [
    { input_tokens: 5, output_tokens: 7, input_tokens_details: { image_tokens: 9000 } },
    { picture_words: 0, picture_seen: 5, picture_drawn: 7 },
  ],
  [{ input_tokens: 0, output_tokens: 0, total_tokens: 0 }, { unmetered: 1 }],
  [{ input_tokens: -1, output_tokens: 7 }, { unmetered: 1 }],
  ["many", { unmetered: 1 }],
])("pictures that were made are told in tokens of their model: %j", (image_gen, did) => {
  const response = { output: [{ type: "image_generation_call" }], tool_usage: { image_gen } };
  expect(decodeUsage({ input_tokens: 1, output_tokens: 2 }, response as never)).toEqual({
    input: 1,
    output: 2,
    ...did,
  });
});
