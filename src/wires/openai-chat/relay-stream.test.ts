import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readByteText, utf8ByteText } from "../../core/byte-text.ts";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { readFrame } from "../sse.ts";
import { ChatRelay } from "./relay-stream.ts";

const HEAD = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_712_345_678, model: "large-2026" };

function relay(choices = 1) {
  const readings = new Readings();
  const stream = new ChatRelay(choices, STAMP, readings);
  /** What the client gets of these frames, as ordinary text. */
  const push = (...frames: string[]) => readByteText(frames.map((frame) => stream.push(utf8ByteText(frame))).join(""));
  return { readings, stream, push };
}

const framed = (chunk: JsonObject) => `data: ${JSON.stringify(chunk)}\n\n`;

function chunk(delta: JsonObject, finish: string | null = null, members: JsonObject = {}): string {
  return framed({ ...HEAD, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...members });
}

const parse = (frame: string): JsonObject => JSON.parse(readFrame(frame)!.data);
const OURS = { id: STAMP.id, model: STAMP.model };
const USAGE = { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 };

test("a first chunk without id, model and time (Azure's, of the prompt's filters) is not taken for what follows", () => {
  const { push, readings } = relay();
  const first = parse(
    push(framed({ id: "", object: "", created: 0, model: "", choices: [], prompt_filter_results: [] })),
  );
  expect(first).toMatchObject({ ...OURS, created: STAMP.created, prompt_filter_results: [] });
  const next = push(chunk({ role: "assistant", content: "a" }), chunk({ content: "b" }));
  for (const frame of next.trim().split("\n\n"))
    expect(parse(`${frame}\n\n`)).toMatchObject({ ...OURS, created: STAMP.created });
  expect(readings).toMatchObject({ upstreamId: HEAD.id, upstreamModel: HEAD.model });
});

describe("a chunk of content", () => {
  test("is the provider's to the byte but for id and model, the first as well as the next", () => {
    const { push } = relay();
    const odd = (text: string) =>
      `data: {"id":"a","created":7,"model":"m","x":1.0e0,"choices":[{"delta":{"role":"assistant","content":"${text}"},"finish_reason":null}],"y":"\\u00fc"}\n\n`;
    const expected = (text: string) => odd(text).replace('"a"', `"${STAMP.id}"`).replace('"m"', `"${STAMP.model}"`);
    for (const text of ["Grüße", '\\n\\"🌍', "漢字", ""]) expect(push(odd(text))).toBe(expected(text));
  });

  test("counts as content by what is said in it", () => {
    const { push, readings } = relay();
    push(chunk({ role: "assistant", content: "" }));
    expect(readings).toMatchObject({ committed: false, contentBytes: 0 });
    push(chunk({ content: "" }), chunk({ content: "" }));
    expect(readings).toMatchObject({ committed: false, contentBytes: 0 });
    push(chunk({ content: "12345" }));
    expect(readings).toMatchObject({ committed: true, contentBytes: 5 });
  });

  test("counts in bytes, whichever way it is read", () => {
    const { push, readings } = relay();
    // The first is parsed, the second compared.
    push(chunk({ role: "assistant", content: "漢字" }), chunk({ content: "漢字" }));
    expect(readings.contentBytes).toBe(12);
  });

  test.each<[string, JsonObject]>([
    ["thinking", { reasoning: "All of this was thought of before." }],
    ["thinking under its other name", { reasoning_content: "All of this was thought of before." }],
    ["details of thinking", { reasoning_details: [{ type: "reasoning.text", text: "All of this was thought of." }] }],
    ["a refusal", { refusal: "All of this will not be said at all." }],
    ["a call", { tool_calls: [{ index: 0, function: { arguments: '{"all":"of this"}' } }] }],
  ])("counts %s beside a content that is empty", (_, beside) => {
    const { push, readings } = relay();
    push(chunk({ role: "assistant", content: "" }), chunk({ role: "assistant", content: "", ...beside }));
    expect(readings.committed).toBe(true);
    expect(readings.contentBytes).toBeGreaterThan(20);
  });

  test.each<[string, JsonObject]>([
    ["thinking", { reasoning: "Hm" }],
    ["thinking by its other name", { reasoning_content: "Hm" }],
    ["sealed thinking", { reasoning_details: [{ type: "reasoning.encrypted", data: "Z0E=" }] }],
    ["a refusal", { refusal: "No" }],
    ["a tool call", { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "" } }] }],
    ["a function call", { function_call: { name: "f" } }],
    ["an image", { images: [{ type: "image_url" }] }],
    ["audio", { audio: { data: "AA==" } }],
  ])("%s is content, first or later", (_, delta) => {
    const first = relay();
    first.push(chunk(delta));
    expect(first.readings.committed).toBe(true);
    const later = relay();
    later.push(chunk({ role: "assistant", content: "" }), chunk(delta));
    expect(later.readings.committed).toBe(true);
  });

  test("an id or a model that was never told is added", () => {
    const { push } = relay();
    const bare = framed({ choices: [{ index: 0, delta: { role: "assistant", content: "a" }, finish_reason: null }] });
    expect(parse(push(bare))).toEqual({ ...parse(bare), ...OURS });
  });

  test("without any member it is still JSON", () => {
    const { push } = relay();
    expect(parse(push("data: {}\n\n"))).toMatchObject(OURS);
    expect(parse(push("data: { }\n\n"))).toMatchObject(OURS);
  });

  test("the time stays the first one's", () => {
    const { push } = relay();
    push(chunk({ content: "a" }));
    expect(parse(push(chunk({ content: "b" }, null, { created: 9 })))).toMatchObject({ created: HEAD.created });
  });

  test("written over several data lines it is one line", () => {
    const { push } = relay();
    const told = push('data: {"id":"a",\ndata: "choices":[]}\n\n');
    expect(told.match(/data:/g)).toHaveLength(1);
    expect(parse(told)).toMatchObject({ ...OURS, choices: [] });
  });

  test("event and id lines of SSE are left behind", () => {
    const { push } = relay();
    expect(push(`event: message\nid: 7\n${chunk({ content: "a" })}`)).toStartWith("data: {");
    expect(push("retry: 5\n\n")).toBe("");
    expect(push("event: ping\n\n", "\n")).toBe("");
  });
});

describe("usage", () => {
  test("beside content is read and taken out, and teaches nothing wrong", () => {
    const { push, readings } = relay();
    const said = { role: "assistant", content: "a" };
    const first = chunk(said, null, { usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 4 } } });
    expect(parse(push(first))).toEqual({ ...parse(first), ...OURS, usage: null });
    expect(readings.usage).toMatchObject({ input: 19, output: 10, cache_read: 4 });
    // The next has the same beginning and no usage.
    const next = chunk({ content: "b" });
    expect(parse(push(next))).toEqual({ ...parse(next), ...OURS });
    const null_ = chunk({ content: "c" }, null, { usage: null });
    expect(parse(push(null_))).toEqual({ ...parse(null_), ...OURS });
  });

  test.each(['"usage": {', '"usage" :{', '"usage":\t{'])("spelled %s it is seen all the same", (spelled) => {
    const { push, readings } = relay();
    push(chunk({ content: "a" }));
    const told = push(chunk({ content: "b" }, null, { usage: USAGE }).replace('"usage":{', () => spelled));
    expect(parse(told).usage).toBeNull();
    expect(readings.usage).toMatchObject({ input: 19, output: 10 });
  });

  test("alone in its chunk is held, with the facts beside it, for the finishing chunk", () => {
    const { push, stream, readings } = relay();
    expect(push(chunk({ content: "a" }))).not.toBe("");
    expect(
      push(chunk({}, "stop"), framed({ ...HEAD, choices: [], usage: USAGE, citations: ["https://a.example"] })),
    ).toBe("");
    stream.end();
    expect(readings).toMatchObject({ ended: true, error: undefined });
    const [last, done, ...rest] = stream.finish(CLOSING).split(/(?<=\n\n)/);
    expect([done, ...rest]).toEqual(["data: [DONE]\n\n"]);
    expect(parse(last!)).toMatchObject({ ...OURS, citations: ["https://a.example"], usage: { total_tokens: 18 } });
  });
});

describe("the finishing chunk", () => {
  const finished = (...frames: string[]) => {
    const { push, stream, readings } = relay();
    const before = push(...frames);
    stream.end();
    return { before, last: parse(stream.finish(CLOSING).split("data: [DONE]")[0]!), readings };
  };

  test("waits for the end and takes usage, metadata and the id along", () => {
    const { before, last } = finished(chunk({ role: "assistant" }), chunk({}, "length", { service_tier: "flex" }));
    expect(parse(before)).toMatchObject({ choices: [{ finish_reason: null }] });
    expect(last).toMatchObject({
      ...HEAD,
      ...OURS,
      service_tier: "flex",
      generationId: STAMP.id,
      choices: [{ index: 0, delta: { provider_metadata: CLOSING.metadata }, finish_reason: "length" }],
    });
  });

  test("keeps the content that shares it", () => {
    const { last, readings } = finished(chunk({ content: "whole" }, "stop"));
    expect(last.choices).toMatchObject([{ delta: { content: "whole" } }]);
    expect(readings).toMatchObject({ finish: "stop", rawFinish: "stop", contentBytes: 5 });
  });

  test("sent twice, it is sent once; what the second says is not lost", () => {
    const { before, last } = finished(
      chunk({ content: "a" }),
      chunk({}, "tool_calls", { native_finish_reason: "x" }),
      chunk({ content: "late" }, "stop", { usage: USAGE }),
    );
    const frames = before.split(/(?<=\n\n)/).map(parse);
    expect(frames.map(({ choices }) => choices)).toMatchObject([
      [{ delta: { content: "a" }, finish_reason: null }],
      [{ delta: { content: "late" }, finish_reason: null }],
    ]);
    expect(last.choices).toMatchObject([{ finish_reason: "tool_calls" }]);
    expect(last.native_finish_reason).toBe("x");
  });

  test("an odd word for it is the client's to read, and ours is `other`", () => {
    const { last, readings } = finished(chunk({ content: "a" }), chunk({}, "cosmic_rays"));
    expect(last.choices).toMatchObject([{ finish_reason: "cosmic_rays" }]);
    expect(readings).toMatchObject({ finish: "other", rawFinish: "cosmic_rays" });
  });
});

describe("several choices", () => {
  const of = (index: number, delta: JsonObject, finish: string | null = null) =>
    framed({ ...HEAD, choices: [{ index, delta, finish_reason: finish }] });

  test("must each finish", () => {
    const one = relay(2);
    one.push(of(0, { content: "a" }), of(1, { content: "b" }), of(1, {}, "length"), "data: [DONE]\n\n");
    expect(one.readings.ended).toBe(false);
    one.stream.end();
    expect(one.readings.error?.code).toBe("upstream_truncated");
  });

  test("go out each with its own finish, the usage on the last alone", () => {
    const two = relay(2);
    two.push(
      of(0, { content: "a" }),
      of(1, { content: "b" }),
      of(1, {}, "length"),
      of(0, {}, "stop"),
      "data: [DONE]\n\n",
    );
    expect(two.readings).toMatchObject({ ended: true, finish: "stop" });
    const frames = two.stream
      .finish(CLOSING)
      .split(/(?<=\n\n)/)
      .slice(0, -1)
      .map(parse);
    expect(frames.map(({ choices }) => (choices as JsonObject[])[0]!.finish_reason)).toEqual(["length", "stop"]);
    expect(frames.map((frame) => "usage" in frame)).toEqual([false, true]);
  });
});

describe("what is no chunk", () => {
  test.each(['data: {"id":\n\n', "data: [1]\n\n", "data: null\n\n", "data: <html>\n\n"])("%s is malformed", (frame) => {
    const { push, readings } = relay();
    push(chunk({ content: "a" }));
    expect(push(frame)).toBe("");
    expect(readings.error?.code).toBe("upstream_malformed");
  });

  test("an error in the middle is an error, also beside the usual beginning", () => {
    const { push, readings } = relay();
    push(chunk({ content: "a" }));
    expect(push(chunk({ content: "" }, null, { error: { message: "x", code: 429 } }))).toBe("");
    expect(readings.error?.code).toBe("upstream_rate_limited");
  });

  test("an error of null is none", () => {
    const { push, readings } = relay();
    expect(push(chunk({ content: "a" }, null, { error: null }))).not.toBe("");
    expect(readings.error).toBeUndefined();
  });

  test("a plain chunk that was cut before its end is not passed on as one", () => {
    const { push, readings } = relay();
    push(chunk({ content: "a" }));
    expect(push(chunk({ content: "b" }).slice(0, -4))).toBe("");
    expect(readings.error?.code).toBe("upstream_malformed");
  });

  test("a comment that was cut is not passed on: what follows would stand in it", () => {
    const { push } = relay();
    expect(push(": ping\n\n")).toBe(": ping\n\n");
    expect(push(": pi")).toBe("");
  });

  test("the error that ends it is a frame that OpenAI's SDKs throw on, and no end mark follows", () => {
    const { stream } = relay();
    expect(stream.fail(new GatewayError("upstream_truncated", "Cut."))).toBe(
      framed({
        error: { message: "Cut.", type: "internal_server_error", code: "upstream_truncated" },
        generationId: STAMP.id,
      }),
    );
  });
});

/** JSON as different servers spell it. */
const SPELLINGS: readonly ((value: JsonValue) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 1).replace(/\n\s*/g, " "),
  (value) =>
    JSON.stringify(value).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  (value) => JSON.stringify(value).replace(/("(?:[^"\\]|\\.)*")(:?)/g, (_, text, colon) => text + (colon && " : ")),
];

const words = fc.oneof(
  fc.constantFrom(
    "",
    "usage",
    "finish_reason",
    "error",
    '"usage":{',
    '","finish_reason":null',
    "\\",
    "ü🌍",
    "\n\ndata: x",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
const aDelta = fc.record(
  {
    content: fc.oneof(words, fc.constant(null)),
    reasoning: words,
    refusal: fc.constant(null),
    tool_calls: fc.constant([{ index: 0, function: { arguments: '{"error":1}' } }]),
    extra: anything,
  },
  { requiredKeys: [] },
);
const aChunk = fc.record({
  members: fc.shuffledSubarray(["id", "object", "created", "model", "choices", "usage", "unknown", "service_tier"]),
  delta: aDelta,
  unknown: anything,
  usage: fc.constantFrom<JsonValue>(null, USAGE, {}),
  usual: fc.boolean(),
  spelling: fc.nat(SPELLINGS.length - 1),
  ends: fc.constantFrom("\n\n", "\r\n\r\n", "\r\r"),
});

describe("whatever the chunk, what is relayed is the chunk with the declared edits and nothing else", () => {
  test("one after the other, in any spelling and order of members", () => {
    fc.assert(
      fc.property(fc.array(aChunk, { minLength: 1, maxLength: 6 }), (specs) => {
        const { push, readings } = relay();
        let created: JsonValue | undefined;
        let hasRole = false;
        for (const { members, delta, unknown, usage, usual, spelling, ends } of specs) {
          const all: JsonObject = {
            ...HEAD,
            created: usual ? HEAD.created : 5,
            choices: [{ index: 0, delta: delta as JsonObject, logprobs: null, finish_reason: null }],
            usage,
            unknown,
            service_tier: "default",
          };
          const names = usual ? Object.keys(all) : members;
          // As JSON has it: there is no -0.
          const sent: JsonObject = JSON.parse(
            JSON.stringify(Object.fromEntries(names.map((name) => [name, all[name]]))),
          );
          created ??= sent.created;
          const told = push(`data: ${SPELLINGS[spelling]!(sent)}${ends}`);
          if (sent.choices === undefined && sent.usage !== null && sent.usage !== undefined) {
            expect(told).toBe("");
            continue;
          }
          const edited: JsonObject = { ...sent, ...OURS };
          if (sent.usage !== undefined && sent.usage !== null) edited.usage = null;
          // The first that says anything says who speaks.
          if (sent.choices !== undefined && !hasRole) {
            hasRole = true;
            const [choice] = sent.choices as JsonObject[];
            edited.choices = [{ ...choice, delta: { role: "assistant", ...(choice!.delta as JsonObject) } }];
          }
          // A time is only made the same where there is one, or where the chunk has to be written anew.
          const got = parse(told);
          if (sent.created !== undefined || got.created !== undefined) edited.created = created ?? STAMP.created;
          expect(got).toEqual(edited);
        }
        expect(readings.error).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test("usage that any chunk told is read", () => {
    fc.assert(
      fc.property(fc.array(aChunk, { minLength: 1, maxLength: 6 }), (specs) => {
        const { push, readings } = relay();
        push(chunk({ content: "a" }));
        for (const { delta, usage, spelling, ends } of specs) {
          const sent = { ...HEAD, choices: [{ index: 0, delta: delta as JsonObject, finish_reason: null }], usage };
          push(`data: ${SPELLINGS[spelling]!(sent)}${ends}`);
        }
        expect(readings.rawUsage).toEqual(specs.some(({ usage }) => usage === USAGE) ? USAGE : undefined);
      }),
      { numRuns: 500 },
    );
  });
});

test("usage beside an error is read: what was spent was spent", () => {
  const { push, readings } = relay();
  const error = { code: 400, message: "Token limit reached" };
  push(chunk({ content: "Hi" }), chunk({ content: "" }, null, { error, usage: USAGE }));
  expect(readings.error?.message).toBe("Token limit reached");
  expect(readings.usage).toMatchObject({ input: 19, output: 10 });
});

test("who speaks is said with the first choice, where the provider never says it, and once", () => {
  const { push } = relay();
  expect(push(framed({ ...HEAD, choices: [] }))).not.toContain("role");
  const [first, second] = [push(chunk({ content: "Hi" })), push(chunk({ content: " there" }))];
  expect(parse(first)).toMatchObject({ ...OURS, choices: [{ delta: { role: "assistant", content: "Hi" } }] });
  expect(second).toContain('"delta":{"content":" there"}');
});

test("the tier that served it is read, wherever it is told", () => {
  const { push, readings } = relay();
  push(chunk({ role: "assistant", content: "a" }, null, { service_tier: "auto" }), chunk({ content: "b" }));
  push(chunk({}, "stop", { service_tier: "default" }));
  expect(readings.serviceTier).toBe("default");
  const silent = relay();
  silent.push(chunk({ role: "assistant", content: "a" }, "stop", { service_tier: null }));
  expect(silent.readings.serviceTier).toBeUndefined();
});
