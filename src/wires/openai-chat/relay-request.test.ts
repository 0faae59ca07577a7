import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { ask, hello, leg } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { relayRequest } from "./relay-request.ts";

/** What an endpoint with these quirks gets of a body, and what was left out. */
const relayed = (members: JsonObject, ...quirks: Quirk[]) => relayRequest(ask(members), leg(...quirks));
const plain = { ...hello(), model: "large-2026" };

test("the model is the endpoint's own name for it", () => {
  expect(relayed({})).toEqual({ body: plain, dropped: [] });
});

test("the client's body stays whole for the next leg", () => {
  const members = {
    messages: [{ role: "user", cache_control: {}, content: [{ type: "text", text: "t", cache_control: {} }] }],
    tools: [{ type: "function", function: { name: "f" }, cache_control: {} }],
    stream: true,
    models: ["a"],
  };
  const { body, ...rest } = ask(members);
  const before = structuredClone(body);
  relayRequest({ body, ...rest }, leg("random-seed", "max-tokens-only"));
  expect(body).toEqual(before);
});

describe("where sampling is fixed", () => {
  test("it is left out, and told", () => {
    expect(relayed({ temperature: 0.1, top_p: 0.9 }, "fixed-sampling")).toEqual({
      body: plain,
      dropped: ["temperature", "top_p"],
    });
  });
  test("what is so without a word may be said", () => {
    const usual = { temperature: 1, top_p: 1 };
    expect(relayed(usual, "fixed-sampling")).toEqual({ body: { ...plain, ...usual }, dropped: [] });
    expect(relayed({ temperature: null }, "fixed-sampling")).toEqual({ body: plain, dropped: [] });
  });
  test("and nowhere else", () => {
    expect(relayed({ temperature: 0.1 })).toEqual({ body: { ...plain, temperature: 0.1 }, dropped: [] });
  });
});

describe("the gateway's own fields", () => {
  const own = {
    models: ["acme/small"],
    provider: { sort: "price" },
    providerOptions: { gateway: { order: ["acme"] } },
    tags: ["t"],
    reasoning: { exclude: true },
    caching: "auto",
  };
  test.each(Object.entries(own))("%s never reaches a provider", (name, value) => {
    expect(relayed({ [name]: value })).toEqual({ body: plain, dropped: [] });
  });
  test("not even all together, nor as null", () => {
    expect(relayed(own).body).toEqual(plain);
    expect(relayed({ ...own, provider: null, reasoning: null }).body).toEqual(plain);
  });
});

test("what nobody here knows travels, whatever it is", () => {
  const unknown = {
    safe_prompt: true,
    transforms: ["middle-out"],
    enable_thinking: false,
    usage: { include: true },
    store: null,
    metadata: { provider: "x", models: "y", tags: "z" },
    deep: { model: { providerOptions: [1, { tags: null }] } },
  };
  const message = { role: "user", content: [{ type: "new_part", x: 1 }, "loose"], name: "u", extra: { y: 2 } };
  const tools = [{ type: "new_tool", z: 3 }];
  // The loose string is no part that the schema knows, so it is asked for without it.
  const messages = [{ ...message, content: [message.content[0] as JsonObject] }];
  expect(relayed({ ...unknown, messages, tools }).body).toEqual({ ...plain, ...unknown, messages, tools });
});

describe("usage is asked for", () => {
  test("in a stream, whether or not the client did", () => {
    expect(relayed({ stream: true }).body.stream_options).toEqual({ include_usage: true });
    expect(relayed({ stream: true, stream_options: { include_usage: false } }).body.stream_options).toEqual({
      include_usage: true,
    });
  });
  test("beside the client's other stream options", () => {
    expect(relayed({ stream: true, stream_options: { include_obfuscation: false } }).body.stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
    });
  });
  test.each<[string, JsonObject, Quirk[]]>([
    ["without a stream", { stream_options: { include_usage: true } }, []],
    ["where stream is false", { stream: false, stream_options: {} }, []],
    ["where they are refused", { stream: true, stream_options: { include_usage: true } }, ["no-stream-options"]],
    ["where they are refused and none were sent", { stream: true }, ["no-stream-options"]],
  ])("not by options %s", (_, members, quirks) => {
    expect(relayed(members, ...quirks).body).not.toHaveProperty("stream_options");
  });
});

describe("reasoning", () => {
  test.each<[string, JsonObject, JsonObject, string[]]>([
    ["an effort", { reasoning: { effort: "high" } }, { reasoning_effort: "high" }, []],
    ["none", { reasoning: { effort: "none" } }, { reasoning_effort: "none" }, []],
    ["off", { reasoning: { enabled: false } }, { reasoning_effort: "none" }, []],
    ["on, with the model's own default", { reasoning: { enabled: true } }, {}, []],
    ["nothing", { reasoning: {} }, {}, []],
    ["to hide it, which is ours to do", { reasoning: { exclude: true } }, {}, []],
    ["a budget, which this wire cannot say", { reasoning: { max_tokens: 500 } }, {}, ["reasoning.max_tokens"]],
    ["the wire's own word", { reasoning_effort: "medium" }, { reasoning_effort: "medium" }, []],
    ["a word nobody knows", { reasoning_effort: "ultra" }, { reasoning_effort: "ultra" }, []],
    [
      "both words: the object holds",
      { reasoning: { effort: "low" }, reasoning_effort: "high" },
      { reasoning_effort: "low" },
      [],
    ],
    [
      "an object that says no effort beside the word",
      { reasoning: { exclude: true }, reasoning_effort: "high" },
      { reasoning_effort: "high" },
      [],
    ],
    ["nulls", { reasoning: { effort: null, max_tokens: null, enabled: null } }, {}, []],
  ])("asks for %s", (_, members, expected, dropped) => {
    expect(relayed(members)).toEqual({ body: { ...plain, ...expected }, dropped });
  });

  test("travels as it stands where the provider takes the object", () => {
    const reasoning = { effort: "high", exclude: true, new_member: 1 };
    expect(relayed({ reasoning }, "reasoning-object")).toEqual({ body: { ...plain, reasoning }, dropped: [] });
  });

  test("is left out and told where an effort is refused", () => {
    expect(relayed({ reasoning: { effort: "high" } }, "no-reasoning-effort")).toEqual({
      body: plain,
      dropped: ["reasoning"],
    });
    expect(relayed({ reasoning_effort: "high" }, "no-reasoning-effort")).toEqual({
      body: plain,
      dropped: ["reasoning_effort"],
    });
    expect(relayed({}, "no-reasoning-effort")).toEqual({ body: plain, dropped: [] });
  });
});

describe("quirks", () => {
  test.each<[Quirk, JsonObject, JsonObject, string[]]>([
    ["completion-cap", { max_tokens: 5 }, { max_completion_tokens: 5 }, []],
    ["completion-cap", { max_tokens: 5, max_completion_tokens: 7 }, { max_completion_tokens: 7 }, []],
    ["max-tokens-only", { max_completion_tokens: 5 }, { max_tokens: 5 }, []],
    ["max-tokens-only", { max_completion_tokens: 5, max_tokens: 7 }, { max_tokens: 7 }, []],
    ["random-seed", { seed: 0 }, { random_seed: 0 }, []],
    ["no-parallel-flag", { parallel_tool_calls: false }, {}, ["parallel_tool_calls"]],
    ["no-parallel-flag", { parallel_tool_calls: null }, {}, []],
    ["no-user", { user: "u" }, {}, ["user"]],
    ["required-is-any", { tool_choice: "required" }, { tool_choice: "any" }, []],
    ["required-is-any", { tool_choice: "auto" }, { tool_choice: "auto" }, []],
  ])("%s: %j", (quirk, members, expected, dropped) => {
    expect(relayed(members, quirk)).toEqual({ body: { ...plain, ...expected }, dropped });
    if (JSON.stringify(members) !== JSON.stringify(expected)) {
      expect(relayed(members).body).toEqual({ ...plain, ...members });
    }
  });

  test("no-developer-role: the role is called system, elsewhere it stays", () => {
    const messages = [
      { role: "developer", content: "d" },
      { role: "user", content: "u" },
    ];
    expect(relayed({ messages }, "no-developer-role").body.messages).toEqual([
      { role: "system", content: "d" },
      { role: "user", content: "u" },
    ]);
    expect(relayed({ messages }).body.messages).toEqual(messages);
  });
});

describe("cache marks", () => {
  const cache_control = { type: "ephemeral" };
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const tool = { type: "function", function: { name: "f" } };
  const marked = {
    messages: [
      { role: "system", content: "s", cache_control },
      { role: "user", content: [{ type: "text", text: "t", cache_control }] },
      { role: "assistant", content: null, tool_calls: [{ ...call, cache_control }] },
      { role: "tool", tool_call_id: "c", content: "r", cache_control },
    ],
    tools: [{ ...tool, cache_control }],
  };
  test("are taken out wherever they may stand, and told once", () => {
    expect(relayed(marked)).toEqual({
      body: {
        ...plain,
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: [{ type: "text", text: "t" }] },
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: "c", content: "r" },
        ],
        tools: [tool],
      },
      dropped: ["cache_control"],
    });
  });
  test.each(Object.keys(marked) as (keyof typeof marked)[])("those on %s alone are told too", (where) => {
    expect(relayed({ [where]: marked[where] }).dropped).toEqual(["cache_control"]);
  });
  test("travel to a provider that takes them", () => {
    expect(relayed(marked, "cache-marks")).toEqual({ body: { ...plain, ...marked }, dropped: [] });
  });
  test("that are null said nothing", () => {
    expect(relayed({ messages: [{ role: "user", content: "u", cache_control: null }] }).dropped).toEqual([]);
  });
});

describe("thinking of earlier turns", () => {
  const details = [{ type: "reasoning.text", text: "hm", signature: "s" }];
  const said = {
    role: "assistant",
    content: "a",
    reasoning: "hm",
    reasoning_details: details,
    provider_metadata: { gateway: {} },
  };
  const messages = [{ role: "user", content: "u" }, said];
  const assistant = (...quirks: Quirk[]) => (relayed({ messages }, ...quirks).body.messages as JsonObject[])[1];

  test("is left out and told where the wire has no word for it", () => {
    expect(assistant()).toEqual({ role: "assistant", content: "a" });
    expect(relayed({ messages }).dropped).toEqual(["reasoning_details"]);
  });
  test("goes as reasoning_content to providers of that form", () => {
    expect(assistant("reasoning-content")).toEqual({ role: "assistant", content: "a", reasoning_content: "hm" });
    expect(relayed({ messages }, "reasoning-content").dropped).toEqual([]);
  });
  test("goes so too from a client that keeps the details alone", () => {
    const pieces = [
      { type: "reasoning.text", text: "h" },
      { type: "reasoning.text", text: "m" },
    ];
    const kept = [{ role: "assistant", content: "a", reasoning_details: pieces }];
    const { body, dropped } = relayed({ messages: kept }, "reasoning-content");
    expect(body.messages).toEqual([{ role: "assistant", content: "a", reasoning_content: "hm" }]);
    expect(dropped).toEqual([]);
    const sealed = [
      { role: "assistant", content: "a", reasoning_details: [{ type: "reasoning.encrypted", data: "x" }] },
    ];
    expect(relayed({ messages: sealed }, "reasoning-content")).toMatchObject({ dropped: ["reasoning_details"] });
  });
  test("in that form already, it stays", () => {
    const own = [{ role: "assistant", content: "a", reasoning: "x", reasoning_content: "own" }];
    expect(relayed({ messages: own }, "reasoning-content").body.messages).toEqual([
      { role: "assistant", content: "a", reasoning_content: "own" },
    ]);
    const other = [{ role: "assistant", content: "a", reasoning_content: "own" }];
    expect(relayed({ messages: other }).body.messages).toEqual(other);
  });
  test("travels as it stands where the provider takes the details; the gateway's metadata never does", () => {
    const { provider_metadata: _, ...rest } = said;
    expect(assistant("reasoning-object")).toEqual(rest);
  });
});

describe("files", () => {
  const part = (members: JsonObject, quirks: Quirk[] = []) => {
    const messages = [{ role: "user", content: [{ type: "file", file: members }] }];
    return ((relayed({ messages }, ...quirks).body.messages as JsonObject[])[0]!.content as JsonObject[])[0]!;
  };
  const file = (members: JsonObject) => part(members).file;
  test("in the hosted gateway's form are put in OpenAI's", () => {
    expect(file({ data: "AAAA", media_type: "application/pdf", filename: "f.pdf" })).toEqual({
      filename: "f.pdf",
      file_data: "data:application/pdf;base64,AAAA",
    });
  });
  test("without a media type are bytes of no kind", () => {
    expect(file({ data: "AAAA", filename: "f" })).toEqual({
      filename: "f",
      file_data: "data:application/octet-stream;base64,AAAA",
    });
  });
  test("that are a data URL already stay one", () => {
    expect(file({ data: "data:text/plain;base64,AAAA", media_type: "x/y", filename: "f" })).toEqual({
      filename: "f",
      file_data: "data:text/plain;base64,AAAA",
    });
  });
  test("in OpenAI's own forms travel", () => {
    const own = { file_data: "data:a/b;base64,AAAA", filename: "f" };
    expect(file(own)).toEqual(own);
  });
  test.each(["data", "file_data"])("that have no name get one, without which they are refused (%s)", (member) => {
    const url = "data:application/pdf;base64,AAAA";
    expect(file({ [member]: url })).toEqual({ filename: "file", file_data: url });
  });
  test("that the hosted gateway's clients name by address keep it", () => {
    expect(file({ data: "https://a.example/f.pdf", media_type: "application/pdf" })).toEqual({
      file_data: "https://a.example/f.pdf",
    });
  });
  test.each<[JsonObject, JsonObject]>([
    [
      { filename: "a.mp3", file_data: "data:audio/mpeg;base64,AAAA" },
      { data: "AAAA", format: "mp3" },
    ],
    [
      { data: "AAAA", media_type: "audio/x-wav" },
      { data: "AAAA", format: "wav" },
    ],
    [{ file_data: "data:audio/ogg;codecs=opus;base64,AAAA" }, { data: "AAAA", format: "ogg" }],
  ])("of sound are parts of sound: %j", (members, sound) => {
    expect(part(members)).toEqual({ type: "input_audio", input_audio: sound });
  });
  test.each<[JsonObject, string]>([
    [{ filename: "a.png", file_data: "data:image/png;base64,AAAA" }, "data:image/png;base64,AAAA"],
    [{ data: "AAAA", media_type: "image/jpeg" }, "data:image/jpeg;base64,AAAA"],
    [{ data: "https://a.example/a.png", media_type: "image/png" }, "https://a.example/a.png"],
  ])("of pictures are pictures: %j", (members, url) => {
    expect(part(members)).toEqual({ type: "image_url", image_url: { url } });
  });
  test("have another name where the provider calls them documents", () => {
    const file_data = "data:application/pdf;base64,AAAA";
    expect(part({ file_data, filename: "f.pdf" }, ["document-url"])).toEqual({
      type: "document_url",
      document_url: file_data,
      document_name: "f.pdf",
    });
    expect(part({ file_data: "https://a.example/f.pdf" }, ["document-url"])).toEqual({
      type: "document_url",
      document_url: "https://a.example/f.pdf",
    });
  });
});

describe("providerOptions", () => {
  test("of the endpoint's provider become members of the body, in its spelling", () => {
    const providerOptions = {
      acme: { reasoningEffort: "low", logitBias: { "50256": 1 }, deep: { camelCase: { staysAs: 1 } } },
    };
    expect(relayed({ providerOptions }).body).toEqual({
      ...plain,
      reasoning_effort: "low",
      logit_bias: { "50256": 1 },
      deep: { camel_case: { staysAs: 1 } },
    });
  });
  test("of other providers are not its business", () => {
    expect(relayed({ providerOptions: { other: { seed: 5 } } })).toEqual({ body: plain, dropped: [] });
  });
  test("win over the client's own members", () => {
    expect(relayed({ temperature: 1, providerOptions: { acme: { temperature: 0 } } }).body.temperature).toBe(0);
  });
  test("cannot change what was routed and is paid for", () => {
    const acme = {
      model: "dear-2026",
      stream: true,
      streamOptions: { includeUsage: false },
      stream_options: null,
      messages: [],
      n: 8,
    };
    const names = Object.keys(acme).map((name) => `providerOptions.acme.${name}`);
    expect(relayed({ providerOptions: { acme } })).toEqual({ body: plain, dropped: names });
    expect(relayed({ stream: true, providerOptions: { acme: { stream: false } } }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
