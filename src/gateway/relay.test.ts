import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../core/json.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { arriving, CLOSING, cutAt, factsOf, replyOf, STAMP, streamed } from "./fixtures/passage.ts";
import type { Passage } from "./passage.ts";
import { relayPassage } from "./relay.ts";

function passageFor(body: JsonObject = {}): Passage {
  return relayPassage(factsOf(openaiChat, body), openaiChat.relay!);
}

const SAID = 'Schleuse 水门 🚪 "quoted" \\ end';

function frame(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: "chatcmpl-7", object: "chat.completion.chunk", created: 5, model: "model-2025-07", choices, x_vendor: { kept: 1 } })}\n\n`;
}

const USAGE =
  'data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":5,"model":"model-2025-07","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n';

const STREAM = `${frame({ role: "assistant", content: "" })}${frame({ content: SAID })}: a comment\n\n${frame({ content: "!" })}${frame({}, "stop")}${USAGE}data: [DONE]\n\n`;

describe("the request", () => {
  test("goes as it came, but for the model and what is the gateway's own", () => {
    const passage = passageFor({ temperature: 0.3, x_unknown: { deep: [1] }, models: ["lab/other"], tags: ["t"] });
    const body = JSON.parse(passage.body);
    expect(passage.path).toBe("/chat/completions");
    expect(body).toEqual({
      model: "model-2025",
      messages: [{ role: "user", content: "Hello" }],
      temperature: 0.3,
      x_unknown: { deep: [1] },
    });
    expect(passage.dropped).toEqual([]);
  });

  test("of a stream asks for its usage", () => {
    expect(JSON.parse(passageFor({ stream: true }).body).stream_options).toEqual({ include_usage: true });
  });

  test("tells what could not be sent", () => {
    expect(passageFor({ providerOptions: { lab: { model: "other" } } }).dropped).toEqual(["providerOptions.lab.model"]);
  });
});

describe("a whole answer", () => {
  const answer = {
    id: "chatcmpl-7",
    object: "chat.completion",
    created: 5,
    model: "model-2025-07",
    choices: [{ index: 0, message: { role: "assistant", content: SAID, x_more: true }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    x_vendor: { kept: 1 },
  };

  test("is read, and gets our id and model; the rest is the provider's", () => {
    const passage = passageFor();
    const reply = replyOf(passage.whole(arriving(JSON.stringify(answer)))(CLOSING));
    expect(reply).toMatchObject({
      id: STAMP.id,
      model: STAMP.model,
      created: 5,
      x_vendor: { kept: 1 },
      object: "chat.completion",
    });
    expect(reply.choices[0].message).toMatchObject({ content: SAID, x_more: true });
    expect(passage.readings).toMatchObject({
      finish: "stop",
      upstreamId: "chatcmpl-7",
      usage: { input: 3, output: 2 },
    });
  });

  test.each(["", "null", "[]", "{}", "<html>", '{"choices":[]', '{"error":{"message":"no"}}'])(
    "that is none is a failure: %s",
    (text) => {
      expect(() => passageFor().whole(text)).toThrow(expect.objectContaining({ name: "GatewayError" }));
    },
  );

  test("that is a refusal is an error of ours, in the provider's words where the client caused it", () => {
    const limited = passageFor().refusal(429, new Headers({ "retry-after": "3" }), '{"error":{"message":"org-7"}}');
    expect([limited.code, limited.details.retryAfterMs]).toEqual(["upstream_rate_limited", 3000]);
    expect(limited.message).not.toContain("org-7");
    const refused = passageFor().refusal(400, new Headers(), '{"error":{"message":"no such voice"}}');
    expect([refused.code, refused.message]).toEqual([
      "upstream_invalid_request",
      expect.stringContaining("no such voice"),
    ]);
  });
});

describe("a stream", () => {
  test("is told word for word, under our id and model, to one finish with usage and the end mark", () => {
    const passage = passageFor({ stream: true });
    const told = streamed(passage, [arriving(STREAM)]);
    const chunks = told
      .split("\n\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice(6)));
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? "").join("")).toBe(`${SAID}!`);
    for (const chunk of chunks)
      expect(chunk).toMatchObject({ id: STAMP.id, model: STAMP.model, created: 5, x_vendor: { kept: 1 } });
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
    expect(told).toEndWith("data: [DONE]\n\n");
    expect(passage.readings).toMatchObject({ ended: true, committed: true, finish: "stop" });
    // For an estimate, should no usage come: what is quoted in the text counts as well.
    expect(passage.readings.contentBytes).toBeGreaterThan(SAID.length);
  });

  test("is the same however its bytes are cut, in the middle of a letter too", () => {
    const bytes = arriving(STREAM);
    const whole = streamed(passageFor({ stream: true }), [bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        expect(streamed(passageFor({ stream: true }), cutAt(bytes, places))).toBe(whole);
      }),
    );
    expect(streamed(passageFor({ stream: true }), [...bytes])).toBe(whole);
  });

  test("has nothing behind its end, or behind its error", () => {
    const end = passageFor({ stream: true }).stream();
    expect(Buffer.from(end.push(arriving(STREAM + frame({ content: "never" })))).toString()).not.toContain("never");
    const passage = passageFor({ stream: true });
    const told = passage.stream().push(arriving(`data: {"error":{"message":"no"}}\n\n${frame({ content: "never" })}`));
    expect(told.toString()).not.toContain("never");
    expect(passage.readings.error?.code).toBe("upstream_error");
  });

  test("whose last frame lacks the blank line behind it is whole all the same", () => {
    const passage = passageFor({ stream: true });
    expect(streamed(passage, [arriving(STREAM.trimEnd())])).toEndWith("data: [DONE]\n\n");
    expect(passage.readings.error).toBeUndefined();
  });

  test("that breaks off in the frame behind its last lacks nothing", () => {
    const passage = passageFor({ stream: true });
    expect(streamed(passage, [arriving(STREAM.slice(0, -5))])).toEndWith("data: [DONE]\n\n");
    expect(passage.readings).toMatchObject({ error: undefined, usage: { input: 3, output: 2 } });
  });

  test("without its end is an error, wherever it breaks off", () => {
    const bytes = arriving(STREAM);
    const finishing = bytes.indexOf('"finish_reason":"stop"');
    for (let at = 0; at < finishing; at += 7) {
      const passage = passageFor({ stream: true });
      const told = streamed(passage, [bytes.slice(0, at)]);
      expect(passage.readings.error?.code).toBe("upstream_truncated");
      expect(told).toEndWith("\n\n");
      expect(told).not.toContain("[DONE]");
      expect(JSON.parse(told.trimEnd().split("\n\n").at(-1)!.slice(6)).error.code).toBe("upstream_truncated");
    }
  });
});
