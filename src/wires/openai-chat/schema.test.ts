import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { errorOf, hello } from "../fixtures/facts.ts";
import { mustFit } from "../shape.ts";
import { chatBody } from "./schema.ts";

/** A body with everything that the schema names, all of it as it should be. */
const FULL = {
  model: "acme/large",
  messages: [
    { role: "system", content: "s", name: "n" },
    { role: "developer", content: [{ type: "text", text: "d" }] },
    {
      role: "user",
      name: "u",
      content: [
        { type: "text", text: "t" },
        { type: "image_url", image_url: { url: "https://a.example/i.png", detail: "low" } },
        { type: "image_url", image_url: "https://a.example/i.png" },
        { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        { type: "file", file: { filename: "f.pdf", file_data: "data:application/pdf;base64,AAAA" } },
        { type: "file", file: { file_id: "file-1" } },
        { type: "file", file: { data: "AAAA", media_type: "application/pdf" } },
        { type: "video_url", video_url: { url: "https://a.example/v.mp4" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      name: "a",
      refusal: "no",
      reasoning: "hm",
      reasoning_details: [{ type: "reasoning.text", text: "hm" }],
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
        { id: "c2", type: "custom", custom: { name: "g", input: "x" } },
      ],
      function_call: { name: "f", arguments: "{}" },
    },
    { role: "tool", tool_call_id: "c1", content: "r" },
    { role: "function", name: "f", content: "r" },
  ],
  stream: true,
  stream_options: { include_usage: true, include_obfuscation: false },
  temperature: 0.5,
  top_p: 1,
  n: 1,
  max_tokens: 10,
  max_completion_tokens: 10,
  frequency_penalty: -1,
  presence_penalty: 1,
  stop: ["a"],
  seed: -5,
  logprobs: true,
  top_logprobs: 0,
  logit_bias: { "50256": -100 },
  tools: [
    { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } },
    { type: "custom", custom: { name: "g", format: { type: "text" } } },
    { type: "new_kind", anything: 1 },
  ],
  tool_choice: { type: "function", function: { name: "f" } },
  parallel_tool_calls: false,
  functions: [{ name: "f" }],
  response_format: { type: "json_schema", json_schema: { name: "n", schema: {}, strict: true, description: "d" } },
  reasoning_effort: "low",
  reasoning: { enabled: true, effort: "high", max_tokens: 100, exclude: false },
  modalities: ["text"],
  audio: {},
  prediction: {},
  metadata: { a: "b" },
  web_search_options: {},
  service_tier: "flex",
  store: false,
  user: "u",
  models: ["acme/small"],
  provider: { sort: "price" },
  providerOptions: { gateway: {}, acme: { deep: { er: 1 } } },
  tags: ["t"],
} satisfies JsonObject;

type Path = readonly (string | number)[];

/** A deep copy with one place changed; `undefined` takes the member out. */
function changed(path: Path, value: JsonValue | undefined): JsonObject {
  const body = structuredClone(FULL) as JsonObject;
  let place: Record<string | number, unknown> = body;
  for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
  const last = path.at(-1)!;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return body;
}

function refusalOf(body: JsonObject): { param: string | undefined; message: string } | undefined {
  try {
    mustFit(chatBody, body);
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    expect(error.code).toBe("invalid_request");
    return { param: error.details.param, message: error.message };
  }
  return undefined;
}

test("a body with everything passes", () => {
  expect(refusalOf(FULL)).toBeUndefined();
});

test("the least that is needed passes", () => {
  expect(refusalOf({ model: "m", messages: [{ role: "user", content: "" }] })).toBeUndefined();
});

const NOT = {
  string: [1, true, [], {}],
  text: ["", 1, true, [], {}],
  boolean: [0, "true", [], {}],
  object: ["x", 1, true, []],
  array: ["x", 1, true, {}],
  number: ["1", true, [], {}],
  whole: ["1", true, [], {}, 1.5],
} satisfies Record<string, JsonValue[]>;

const named = 'one of "none", "minimal", "low", "medium", "high", "xhigh", "max"';
const message = "messages[2].content";

/** Each place of the schema, what cannot stand there, and what is said of it. Where the place that is named is another, it comes last. */
const WRONG: [string, Path, JsonValue[], string, string?][] = [
  ["model", ["model"], NOT.text, "a string that is not empty"],
  ["model null", ["model"], [null], "a string that is not empty"],
  ["messages", ["messages"], [...NOT.array, [], null], "an array that is not empty"],
  ["a message", ["messages", 0], ["x", 1, null, []], 'an object with "role"', "messages[0]"],
  ["a role", ["messages", 0, "role"], [1, null, {}], "a string", "messages[0].role"],
  [
    "a role that nobody knows",
    ["messages", 0, "role"],
    ["human", "System", ""],
    'one of "system", "developer", "user", "assistant", "tool", "function"',
    "messages[0].role",
  ],
  ...[0, 1, 2].map((i): (typeof WRONG)[number] => [
    `content of message ${i}`,
    ["messages", i, "content"],
    [1, true, null],
    "a string or an array of parts",
    `messages[${i}].content`,
  ]),
  [
    "content of an assistant",
    ["messages", 3, "content"],
    [1, true],
    "a string or an array of parts",
    "messages[3].content",
  ],
  ["content that is one object", ["messages", 0, "content"], [{}], "an array", "messages[0].content"],
  ["a name", ["messages", 2, "name"], NOT.string, "a string", "messages[2].name"],
  ["a part", ["messages", 2, "content", 0], ["x", 1, null], 'an object with "type"', `${message}[0]`],
  ["the type of a part", ["messages", 2, "content", 0, "type"], [1, null], "a string", `${message}[0].type`],
  ["text", ["messages", 2, "content", 0, "text"], [...NOT.string, null], "a string", `${message}[0].text`],
  [
    "an image",
    ["messages", 2, "content", 1, "image_url"],
    [1, true, null],
    "an object with `url`",
    `${message}[1].image_url`,
  ],
  ["an image's list", ["messages", 2, "content", 1, "image_url"], [[]], "an object", `${message}[1].image_url`],
  [
    "the address of an image",
    ["messages", 2, "content", 1, "image_url", "url"],
    [...NOT.text, null],
    "a string that is not empty",
    `${message}[1].image_url.url`,
  ],
  [
    "the detail of an image",
    ["messages", 2, "content", 1, "image_url", "detail"],
    NOT.string,
    "a string",
    `${message}[1].image_url.detail`,
  ],
  [
    "audio",
    ["messages", 2, "content", 3, "input_audio"],
    [...NOT.object, null],
    "an object",
    `${message}[3].input_audio`,
  ],
  [
    "audio's data",
    ["messages", 2, "content", 3, "input_audio", "data"],
    [...NOT.string, null],
    "a string",
    `${message}[3].input_audio.data`,
  ],
  [
    "audio's format",
    ["messages", 2, "content", 3, "input_audio", "format"],
    [...NOT.string, null],
    "a string",
    `${message}[3].input_audio.format`,
  ],
  ["a file", ["messages", 2, "content", 4, "file"], [...NOT.object, null], "an object", `${message}[4].file`],
  ...["filename", "file_data", "file_id", "data", "media_type"].map((name): (typeof WRONG)[number] => [
    `a file's ${name}`,
    ["messages", 2, "content", 4, "file", name],
    NOT.string,
    "a string",
    `${message}[4].file.${name}`,
  ]),
  ["a refusal", ["messages", 3, "refusal"], NOT.string, "a string", "messages[3].refusal"],
  ["reasoning", ["messages", 3, "reasoning"], NOT.string, "a string", "messages[3].reasoning"],
  ["reasoning details", ["messages", 3, "reasoning_details"], NOT.array, "an array", "messages[3].reasoning_details"],
  [
    "a detail",
    ["messages", 3, "reasoning_details", 0],
    [1, "x", null],
    'an object with "type"',
    "messages[3].reasoning_details[0]",
  ],
  [
    "a detail's type",
    ["messages", 3, "reasoning_details", 0, "type"],
    [1, null],
    "a string",
    "messages[3].reasoning_details[0].type",
  ],
  ["tool calls", ["messages", 3, "tool_calls"], NOT.array, "an array", "messages[3].tool_calls"],
  ["a tool call", ["messages", 3, "tool_calls", 0], [...NOT.object, null], "an object", "messages[3].tool_calls[0]"],
  [
    "the id of a call",
    ["messages", 3, "tool_calls", 0, "id"],
    [...NOT.string, null],
    "a string",
    "messages[3].tool_calls[0].id",
  ],
  [
    "the function of a call",
    ["messages", 3, "tool_calls", 0, "function"],
    NOT.object,
    "an object",
    "messages[3].tool_calls[0].function",
  ],
  [
    "its name",
    ["messages", 3, "tool_calls", 0, "function", "name"],
    [...NOT.string, null],
    "a string",
    "messages[3].tool_calls[0].function.name",
  ],
  [
    "its arguments",
    ["messages", 3, "tool_calls", 0, "function", "arguments"],
    NOT.string,
    "a string",
    "messages[3].tool_calls[0].function.arguments",
  ],
  [
    "a custom call's input",
    ["messages", 3, "tool_calls", 1, "custom", "input"],
    [...NOT.string, null],
    "a string",
    "messages[3].tool_calls[1].custom.input",
  ],
  [
    "the old call's name",
    ["messages", 3, "function_call", "name"],
    [...NOT.string, null],
    "a string",
    "messages[3].function_call.name",
  ],
  [
    "the call of a result",
    ["messages", 4, "tool_call_id"],
    [...NOT.string, null],
    "a string",
    "messages[4].tool_call_id",
  ],
  [
    "the content of a result",
    ["messages", 4, "content"],
    [1, true, null],
    "a string or an array of parts",
    "messages[4].content",
  ],
  ["the name of an old result", ["messages", 5, "name"], [...NOT.string, null], "a string", "messages[5].name"],
  ["stream", ["stream"], NOT.boolean, "true or false"],
  ["stream_options", ["stream_options"], NOT.object, "an object"],
  ["include_usage", ["stream_options", "include_usage"], NOT.boolean, "true or false", "stream_options.include_usage"],
  ["temperature", ["temperature"], [...NOT.number, -0.1], "a number from 0"],
  ["top_p", ["top_p"], [...NOT.number, -1], "a number from 0"],
  ["n", ["n"], [...NOT.whole, 0, -1], "a whole number from 1"],
  ["max_tokens", ["max_tokens"], [...NOT.whole, 0, -1], "a whole number from 1"],
  ["max_completion_tokens", ["max_completion_tokens"], [...NOT.whole, 0], "a whole number from 1"],
  ["frequency_penalty", ["frequency_penalty"], NOT.number, "a number"],
  ["presence_penalty", ["presence_penalty"], NOT.number, "a number"],
  ["stop", ["stop"], [1, true], "a string or an array of strings"],
  ["stop as an object", ["stop"], [{}], "an array"],
  ["a stop", ["stop", 0], [1, null, []], "a string", "stop[0]"],
  ["seed", ["seed"], NOT.whole, "a whole number"],
  ["logprobs", ["logprobs"], NOT.boolean, "true or false"],
  ["top_logprobs", ["top_logprobs"], [...NOT.whole, -1], "a whole number from 0"],
  ["logit_bias", ["logit_bias"], NOT.object, "an object"],
  ["one bias", ["logit_bias", "50256"], [...NOT.number, null], "a number", "logit_bias.50256"],
  ["tools", ["tools"], NOT.array, "an array"],
  ["a tool", ["tools", 0], [1, "x", null], 'an object with "type"', "tools[0]"],
  ["the type of a tool", ["tools", 0, "type"], [1, null], "a string", "tools[0].type"],
  ["a function", ["tools", 0, "function"], [...NOT.object, null], "an object", "tools[0].function"],
  [
    "the name of a function",
    ["tools", 0, "function", "name"],
    [...NOT.text, null],
    "a string that is not empty",
    "tools[0].function.name",
  ],
  ["its description", ["tools", 0, "function", "description"], NOT.string, "a string", "tools[0].function.description"],
  ["its parameters", ["tools", 0, "function", "parameters"], NOT.object, "an object", "tools[0].function.parameters"],
  ["its strictness", ["tools", 0, "function", "strict"], NOT.boolean, "true or false", "tools[0].function.strict"],
  [
    "the name of a custom tool",
    ["tools", 1, "custom", "name"],
    [...NOT.text, null],
    "a string that is not empty",
    "tools[1].custom.name",
  ],
  ["tool_choice", ["tool_choice"], [1, true, []], 'an object with "type"'],
  ["a word for tool_choice", ["tool_choice"], ["", "always"], 'one of "none", "auto", "required", "any"'],
  ["tool_choice's type", ["tool_choice", "type"], [1, null], "a string", "tool_choice.type"],
  [
    "the tool that is chosen",
    ["tool_choice", "function", "name"],
    [...NOT.text, null],
    "a string that is not empty",
    "tool_choice.function.name",
  ],
  ["parallel_tool_calls", ["parallel_tool_calls"], NOT.boolean, "true or false"],
  ["functions", ["functions"], NOT.array, "an array"],
  [
    "the name of an old function",
    ["functions", 0, "name"],
    [...NOT.text, null],
    "a string that is not empty",
    "functions[0].name",
  ],
  ["response_format", ["response_format"], ["json", 1, []], 'an object with "type"'],
  ["its type", ["response_format", "type"], [1, null], "a string", "response_format.type"],
  [
    "its schema's name",
    ["response_format", "json_schema", "name"],
    NOT.text,
    "a string that is not empty",
    "response_format.json_schema.name",
  ],
  [
    "its schema",
    ["response_format", "json_schema", "schema"],
    NOT.object,
    "an object",
    "response_format.json_schema.schema",
  ],
  [
    "its schema's strictness",
    ["response_format", "json_schema", "strict"],
    NOT.boolean,
    "true or false",
    "response_format.json_schema.strict",
  ],
  ["reasoning_effort", ["reasoning_effort"], NOT.string, "a string"],
  ["reasoning", ["reasoning"], NOT.object, "an object"],
  ["reasoning.enabled", ["reasoning", "enabled"], NOT.boolean, "true or false", "reasoning.enabled"],
  ["reasoning.effort", ["reasoning", "effort"], ["very", "", 1, {}], named, "reasoning.effort"],
  [
    "reasoning.max_tokens",
    ["reasoning", "max_tokens"],
    [...NOT.whole, 0],
    "a whole number from 1",
    "reasoning.max_tokens",
  ],
  ["reasoning.exclude", ["reasoning", "exclude"], NOT.boolean, "true or false", "reasoning.exclude"],
  ["modalities", ["modalities"], NOT.array, "an array"],
  ["a modality", ["modalities", 0], [1, null], "a string", "modalities[0]"],
  ...["audio", "prediction", "metadata", "web_search_options", "provider"].map((name): (typeof WRONG)[number] => [
    name,
    [name],
    NOT.object,
    "an object",
  ]),
  ["service_tier", ["service_tier"], NOT.string, "a string"],
  ["store", ["store"], NOT.boolean, "true or false"],
  ["user", ["user"], NOT.string, "a string"],
  ["models", ["models"], NOT.array, "an array"],
  ["a model of models", ["models", 0], [...NOT.text, null], "a string that is not empty", "models[0]"],
  ["providerOptions", ["providerOptions"], NOT.object, "an object"],
  ["options of a provider", ["providerOptions", "acme"], [...NOT.object, null], "an object", "providerOptions.acme"],
  ["tags", ["tags"], NOT.array, "an array"],
  ["a tag", ["tags", 0], [1, null], "a string", "tags[0]"],
];

describe("what is of the wrong type is refused, and named", () => {
  test.each(WRONG)("%s", (_, path, values, expected, param = String(path[0])) => {
    for (const value of values) {
      expect({ value, said: refusalOf(changed(path, value)) }).toEqual({
        value,
        said: { param, message: `"${param}" must be ${expected}.` },
      });
    }
  });

  test.each<[Path, string]>([
    [["model"], "model"],
    [["messages"], "messages"],
    [["messages", 0, "content"], "messages[0].content"],
    [["messages", 2, "content", 0, "text"], "messages[2].content[0].text"],
    [["messages", 2, "content", 1, "image_url"], "messages[2].content[1].image_url"],
    [["messages", 2, "content", 1, "image_url", "url"], "messages[2].content[1].image_url.url"],
    [["messages", 2, "content", 4, "file"], "messages[2].content[4].file"],
    [["messages", 3, "tool_calls", 0, "id"], "messages[3].tool_calls[0].id"],
    [["messages", 4, "tool_call_id"], "messages[4].tool_call_id"],
    [["messages", 5, "name"], "messages[5].name"],
    [["tools", 0, "function"], "tools[0].function"],
    [["tools", 1, "custom"], "tools[1].custom"],
    [["response_format", "json_schema"], "response_format.json_schema"],
  ])("%p must be given", (path, param) => {
    expect(refusalOf(changed(path, undefined))).toEqual({ param, message: `"${param}" must be given.` });
  });
});

test("every member of the schema has been tried", () => {
  const tried = new Set(WRONG.map(([, path]) => path[0]));
  expect(Object.keys(FULL).filter((name) => !tried.has(name))).toEqual([]);
});

test("null stands for absent wherever a member is not required", () => {
  for (const name of Object.keys(FULL)) {
    if (name === "model" || name === "messages") continue;
    expect({ name, said: refusalOf(changed([name], null)) }).toEqual({ name, said: undefined });
  }
});

test("what nobody here knows travels unchecked", () => {
  const unknown = { thinking: { type: "enabled" }, safe_prompt: 1, transforms: null, usage: { include: true } };
  expect(refusalOf({ ...FULL, ...unknown })).toBeUndefined();
});

test.each<[string, JsonObject]>([
  ["a stop that is a string", { stop: "a" }],
  ["Mistral's word for required", { tool_choice: "any" }],
  [
    "a choice among allowed tools",
    { tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } } },
  ],
  ["the hosted gateway's old form of a schema", { response_format: { type: "json", schema: {}, name: "n" } }],
  ["plain JSON", { response_format: { type: "json_object" } }],
  ["a grammar", { response_format: { type: "grammar", grammar: "g" } }],
  ["temperature beyond 2, which is the provider's to refuse", { temperature: 9 }],
  ["an effort that is not ours", { reasoning_effort: "ultra" }],
])("%s passes", (_, members) => {
  expect(refusalOf({ ...FULL, ...members })).toBeUndefined();
});

test("a function may come without its type, a schema without its name, as clients of some vendors send them", () => {
  const read = (body: JsonObject) => mustFit(chatBody, body);
  const named = { function: { name: "f" } };
  read(
    hello({
      tools: [named],
      tool_choice: named,
      response_format: { type: "json_schema", json_schema: { schema: {} } },
    }),
  );
  expect(errorOf(() => read(hello({ tools: [{ function: {} }] }))).details.param).toBe("tools[0].function.name");
  expect(errorOf(() => read(hello({ tools: [{ name: "f" }] }))).details.param).toBe("tools[0].type");
  expect(errorOf(() => read(hello({ tool_choice: { function: 1 } }))).details.param).toBe("tool_choice.function");
});
