import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../../core/byte-text.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { openaiEmbeddings } from "./index.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const ask = (members: JsonObject = {}) =>
  openaiEmbeddings.inbound!.read({ model: "acme/embed", input: "Hello", ...members });
const requested = (members: JsonObject, ...quirks: Quirk[]) => relayRequest(ask(members), leg(...quirks));
const PLAIN = { model: "large-2026", input: "Hello" };

describe("a request", () => {
  test("has the endpoint's name for the model, and the client's body stays whole", () => {
    const asked = ask({ tags: ["t"], dimensions: 8 });
    const before = structuredClone(asked.body);
    expect(relayRequest(asked, leg("output-dimension"))).toEqual({
      body: { ...PLAIN, output_dimension: 8 },
      dropped: [],
    });
    expect(asked.body).toEqual(before);
  });

  test("never has the gateway's own fields; what nobody knows travels", () => {
    const own = {
      models: ["a/b"],
      provider: { sort: "price" },
      tags: ["t"],
      providerOptions: { gateway: {}, other: { x: 1 } },
    };
    expect(requested({ ...own, input_type: "query", truncate: null }).body).toEqual({
      ...PLAIN,
      input_type: "query",
      truncate: null,
    });
  });

  test("has what was addressed to its provider, except the input and the model", () => {
    const providerOptions = { acme: { inputType: "query", input: "x", model: "y" } };
    expect(requested({ providerOptions })).toEqual({
      body: { ...PLAIN, input_type: "query" },
      dropped: ["providerOptions.acme.input", "providerOptions.acme.model"],
    });
  });

  test.each<[string, JsonValue]>([
    ["tokens", [1, 2]],
    ["batches of tokens", [[1], [2, 3]]],
    ["batches of text", ["a", "b"]],
  ])("of %s travels where it is taken", (_, input) => expect(requested({ input }).body.input).toEqual(input));

  test.each<[string, JsonValue]>([
    ["tokens", [1, 2]],
    ["batches of tokens", [[1], [2, 3]]],
  ])("of %s is refused by name where only text is taken", (_, input) => {
    const error = errorOf(() => requested({ input }, "text-input-only"));
    expect(error).toMatchObject({ code: "unsupported", details: { param: "input" } });
    expect(error.message).toContain("acme");
    expect(requested({ input: ["a"] }, "text-input-only").body.input).toEqual(["a"]);
  });

  test("of a length that cannot be chosen is refused by name, not ignored", () => {
    expect(errorOf(() => requested({ dimensions: 8 }, "no-dimensions"))).toMatchObject({
      code: "unsupported",
      details: { param: "dimensions" },
    });
    expect(requested({}, "no-dimensions").body).toEqual(PLAIN);
  });

  test.each<[Quirk, JsonObject]>([
    ["float-embeddings", { encoding_format: "base64" }],
    ["no-user", { user: "u" }],
  ])("under %s leaves %p out", (quirk, members) => {
    expect(requested(members).body).toEqual({ ...PLAIN, ...members });
    expect(requested(members, quirk).body).toEqual(PLAIN);
  });
});

const FLOATS = [0.5, -0.25, 1];
const BASE64 = "AAAAPwAAgL4AAIA/";

function answer(embedding: JsonValue, members: JsonObject = {}): string {
  return JSON.stringify({
    object: "list",
    data: [{ object: "embedding", index: 0, embedding }],
    model: "embed-2026",
    usage: { prompt_tokens: 8, total_tokens: 8 },
    ...members,
  });
}

function relayed(text: string, members: JsonObject = {}) {
  const readings = new Readings();
  const close = relayAnswer(utf8ByteText(text), ask(members), STAMP, readings);
  const reply = Buffer.from(close(CLOSING)).toString("utf8");
  return { reply: JSON.parse(reply) as JsonObject, text: reply, readings };
}

const asked = { float: {}, base64: { encoding_format: "base64" } };
const embeddings = (reply: JsonObject) => (reply.data as JsonObject[]).map(({ embedding }) => embedding);

describe("an answer", () => {
  test("key for key: metadata is camelCase here, and there is no id", () => {
    const { reply } = relayed(answer(FLOATS));
    expect(Object.keys(reply)).toEqual(["object", "data", "model", "usage", "providerMetadata"]);
    expect(reply).toMatchObject({
      object: "list",
      model: STAMP.model,
      usage: { prompt_tokens: 11, total_tokens: 11 },
      providerMetadata: CLOSING.metadata,
    });
  });

  test("is the provider's to the byte where the vectors are as asked for", () => {
    const odd = '{ "data":[{"embedding" : [0.50, 1e-3],"index":0}] ,"model":"ü","usage":{"prompt_tokens":8}}';
    expect(relayed(odd).text).toBe(
      `{ "data":[{"embedding" : [0.50, 1e-3],"index":0}] ,"model":"${STAMP.model}","usage":{"prompt_tokens":11,"total_tokens":11},"providerMetadata":${JSON.stringify(CLOSING.metadata)}}`,
    );
  });

  test.each([
    ["floats for floats", FLOATS, asked.float, FLOATS],
    ["base64 for base64", BASE64, asked.base64, BASE64],
    ["floats for base64", FLOATS, asked.base64, BASE64],
    ["base64 for floats", BASE64, asked.float, FLOATS],
    ["base64 for floats by name", BASE64, { encoding_format: "float" }, FLOATS],
  ])("gives %s", (_, given, members, expected) => {
    expect(embeddings(relayed(answer(given), members).reply)).toEqual([expected]);
  });

  test("of many keeps their order and their other members", () => {
    const data = [2, 0, 1].map((index) => ({ object: "embedding", index, embedding: FLOATS, extra: { index } }));
    for (const members of [asked.float, asked.base64]) {
      const { reply } = relayed(answer(FLOATS, { data }), members);
      expect((reply.data as JsonObject[]).map(({ index, extra }) => [index, extra])).toEqual([
        [2, { index: 2 }],
        [0, { index: 0 }],
        [1, { index: 1 }],
      ]);
    }
  });

  test("whose first entry says much before its vector is read all the same", () => {
    const data = [{ object: "embedding", note: "x".repeat(500), embedding: FLOATS, index: 0 }];
    expect(embeddings(relayed(answer(FLOATS, { data })).reply)).toEqual([FLOATS]);
    expect(embeddings(relayed(answer(FLOATS, { data }), asked.base64).reply)).toEqual([BASE64]);
  });

  test("that has its usage and its model nowhere gets ours", () => {
    expect(relayed(`{"data":[{"embedding":[1]}]}`).reply).toMatchObject({
      model: STAMP.model,
      usage: { prompt_tokens: 11 },
    });
  });
});

describe("read off the answer", () => {
  test.each<[JsonValue, object | undefined]>([
    [
      { prompt_tokens: 8, total_tokens: 8 },
      { input: 8, output: 0 },
    ],
    [{ total_tokens: 8 }, { input: 8, output: 0 }],
    [{ prompt_tokens: -8, total_tokens: "8" }, { output: 0 }],
    [{}, undefined],
    [null, undefined],
    ["8", undefined],
  ])("usage %p", (usage, read) => {
    for (const members of [asked.float, asked.base64]) {
      const { readings } = relayed(answer(FLOATS, { usage }), members);
      expect(readings).toMatchObject({ usage: read, finish: "stop", committed: true, ended: true });
    }
  });

  test("the model as the provider names it, whichever way the answer goes", () => {
    for (const members of [asked.float, asked.base64]) {
      expect(relayed(answer(FLOATS), members).readings.upstreamModel).toBe("embed-2026");
    }
  });
});

describe("refused", () => {
  test.each([
    ["an error inside a 200", '{"error":{"type":"rate_limit_exceeded"}}', "upstream_rate_limited"],
    ["an error beside data", answer(FLOATS, { error: { message: "x" } }), "upstream_error"],
    ["no data", '{"object":"list"}', "upstream_malformed"],
    ["data that is none", answer(FLOATS, { data: "x" }), "upstream_malformed"],
    ["an entry that is none", answer(FLOATS, { data: [null] }), "upstream_malformed"],
    ["a vector that is none", answer(null), "upstream_malformed"],
    ["a second answer behind the first", `${answer(FLOATS)}{}`, "upstream_malformed"],
    ["a list", "[]", "upstream_malformed"],
    ["HTML", "<html>", "upstream_malformed"],
    ["nothing", "", "upstream_malformed"],
  ])("%s", (_, text, code) => {
    for (const members of [asked.float, asked.base64]) {
      expect(errorOf(() => relayed(text, members)).code).toBe(code as never);
    }
  });

  test("an answer that was cut, wherever", () => {
    const whole = answer(FLOATS);
    for (let cut = 0; cut < whole.length; cut++) {
      expect([cut, errorOf(() => relayed(whole.slice(0, cut))).code]).toEqual([cut, "upstream_malformed"]);
    }
  });

  test("an error of null is none", () => {
    expect(embeddings(relayed(answer(FLOATS, { error: null })).reply)).toEqual([FLOATS]);
  });
});
