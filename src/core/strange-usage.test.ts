import { expect, test } from "bun:test";
import { strangeIn } from "./strange-usage.ts";

test.each([
  ["a negative count", '{"prompt_tokens":-1}', "prompt_tokens"],
  ["one beyond all numbers", '{"prompt_tokens":1e999}', "prompt_tokens"],
  ["one that no double holds", '{"output_tokens":9223372036854775808}', "output_tokens"],
  ["a text", '{"completion_tokens":"5"}', "completion_tokens"],
  ["a fraction", '{"input_tokens":1.5}', "input_tokens"],
  [
    "one of a part",
    '{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":-5}}',
    "prompt_tokens_details.cached_tokens",
  ],
  ["Gemini's", '{"promptTokenCount":-1}', "promptTokenCount"],
  [
    "more read from a cache than was sent",
    '{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":6}}',
    "prompt_tokens_details.cached_tokens",
  ],
  [
    "and so of Responses",
    '{"input_tokens":5,"input_tokens_details":{"cached_tokens":6}}',
    "input_tokens_details.cached_tokens",
  ],
])("%s is strange", (_, usage, at) => expect(strangeIn(JSON.parse(usage))).toBe(at));

test.each([
  ["nothing", "{}"],
  ["what is not told", '{"prompt_tokens":null,"prompt_tokens_details":null}'],
  ["zero", '{"prompt_tokens":0,"completion_tokens":0}'],
  ["the largest count", '{"prompt_tokens":9007199254740991}'],
  ["Claude's, whose input is without what it read", '{"input_tokens":3,"cache_read_input_tokens":5000}'],
  ["all of it read", '{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":5}}'],
  [
    "what costs and times there are",
    '{"cost":-0.5,"total_time":0.25,"service_tier":"default","cost_details":{"upstream":null}}',
  ],
  ["lists", '{"promptTokensDetails":[{"modality":"TEXT","tokenCount":5}]}'],
  ["reasoning beside its whole", '{"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":50}}'],
])("%s is not", (_, usage) => expect(strangeIn(JSON.parse(usage))).toBeUndefined());
