import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "../wires/anthropic-messages/index.ts";
import { bedrockConverse } from "../wires/bedrock-converse/index.ts";
import { awsEvent } from "../wires/fixtures/aws-frame.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import type { Quirk } from "../wires/quirk.ts";
import { arriving, CLOSING, cutAt, factsOf, replyOf, STAMP, streamed } from "./fixtures/passage.ts";
import type { Passage } from "./passage.ts";
import { transcodePassage } from "./transcode.ts";

const TRANSCODE = openaiChat.inbound!.transcode!;

/** To a provider of Anthropic's wire. */
function across(body: JsonObject = {}, quirks: Quirk[] = []): Passage {
  return transcodePassage(factsOf(anthropicMessages, body, quirks), anthropicMessages.outbound!, TRANSCODE);
}

/** To a provider of the client's own wire whose answers have another shape. */
function reshaped(body: JsonObject = {}): Passage {
  return transcodePassage(factsOf(openaiChat, body, ["reasoning-content"]), openaiChat.outbound!, TRANSCODE);
}

const SAID = "Schleuse 水门 🚪 end";

function event(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}

const STREAM = [
  event("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  }),
  event("content_block_start", { index: 0, content_block: { type: "thinking", thinking: "" } }),
  event("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "Hm 水." } }),
  event("content_block_delta", { index: 0, delta: { type: "signature_delta", signature: "c2ln" } }),
  event("content_block_stop", { index: 0 }),
  event("ping", {}),
  event("content_block_start", { index: 1, content_block: { type: "text", text: "" } }),
  event("content_block_delta", { index: 1, delta: { type: "text_delta", text: SAID } }),
  event("content_block_stop", { index: 1 }),
  event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 9 } }),
  event("message_stop", {}),
].join("");

function chunksOf(sse: string) {
  return sse
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));
}

describe("the request", () => {
  test("is written in the provider's wire, at its path", () => {
    const passage = across({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
      max_tokens: 50,
    });
    expect(passage.path).toBe("/v1/messages");
    const body = JSON.parse(passage.body);
    expect(body).toMatchObject({ model: "model-2025", max_tokens: 50 });
    expect(JSON.stringify(body.system)).toContain("Be brief.");
    expect(body.messages).toMatchObject([{ role: "user" }]);
  });

  test("tells what the provider's wire cannot say", () => {
    expect(across({ frequency_penalty: 1, seed: 4 }).dropped).toEqual(
      expect.arrayContaining(["frequency_penalty", "seed"]),
    );
  });

  test("of a client that speaks the same wire is relayed: what nobody knows travels", () => {
    const passage = reshaped({ x_unknown: [1], models: ["lab/other"] });
    expect(passage.path).toBe("/chat/completions");
    const body = JSON.parse(passage.body);
    expect(body).toMatchObject({ model: "model-2025", x_unknown: [1] });
    expect(body.models).toBeUndefined();
  });
});

describe("a whole answer", () => {
  const answer = (more: object = {}) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [{ type: "text", text: SAID }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 9 },
    ...more,
  });

  test("is told in the client's wire, under our id, model and date", () => {
    const passage = across();
    const reply = replyOf(passage.whole(arriving(JSON.stringify(answer())))(CLOSING));
    expect(reply).toMatchObject({ ...STAMP, object: "chat.completion" });
    expect(reply.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: SAID } });
    expect(passage.readings).toMatchObject({ finish: "stop", upstreamId: "msg_1", usage: { input: 3, output: 9 } });
  });

  test("of another shape of the same wire has its thinking where clients look for it", () => {
    const body = {
      id: "c1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [
        { index: 0, message: { role: "assistant", content: SAID, reasoning_content: "Hm." }, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    };
    const { message } = replyOf(reshaped().whole(arriving(JSON.stringify(body)))(CLOSING)).choices[0];
    expect(message).toMatchObject({ content: SAID, reasoning: "Hm." });
    expect(message.reasoning_content).toBeUndefined();
  });

  test("hides the thinking from a client that does not want it, and pays for it all the same", () => {
    const content = [
      { type: "thinking", thinking: "Hm.", signature: "c2ln" },
      { type: "text", text: SAID },
    ];
    const passage = across({ reasoning: { max_tokens: 1024, exclude: true }, max_tokens: 4000 });
    const text = JSON.stringify(replyOf(passage.whole(arriving(JSON.stringify(answer({ content }))))(CLOSING)));
    expect(text).toContain(SAID);
    expect(text).not.toContain("Hm.");
    expect(passage.readings.contentBytes).toBeGreaterThan(SAID.length);
  });

  test("whose tool only gave a format is text, and was no call of a tool", () => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const passage = across({ response_format: { type: "json_schema", json_schema: { name: "place", schema } } }, [
      "schema-by-tool",
    ]);
    const { tools } = JSON.parse(passage.body);
    const content = [{ type: "tool_use", id: "toolu_1", name: tools[0].name, input: { city: "Ghent" } }];
    const told = passage.whole(arriving(JSON.stringify(answer({ content, stop_reason: "tool_use" }))));
    const [choice] = replyOf(told(CLOSING)).choices;
    expect(JSON.parse(choice.message.content)).toEqual({ city: "Ghent" });
    expect([choice.finish_reason, choice.message.tool_calls]).toEqual(["stop", undefined]);
    expect(passage.readings.finish).toBe("stop");
  });

  test.each([
    "",
    "null",
    "[]",
    '"text"',
    "<html>",
    '{"type":"error","error":{"type":"overloaded_error","message":"no"}}',
  ])("that is none is a failure: %s", (text) => {
    expect(() => across().whole(text)).toThrow(GatewayError);
  });

  test("that is a refusal is read in the provider's wire", () => {
    const body = '{"type":"error","error":{"type":"invalid_request_error","message":"messages: too few"}}';
    const error = across().refusal(400, new Headers(), body);
    expect([error.code, error.message]).toEqual(["upstream_invalid_request", expect.stringContaining("too few")]);
    expect(across().refusal(529, new Headers(), "").code).toBe("upstream_overloaded");
  });
});

describe("a stream", () => {
  test("is told in the client's wire, to one finish with usage and the end mark", () => {
    const passage = across({ stream: true });
    const told = streamed(passage, [arriving(STREAM)]);
    const chunks = chunksOf(told);
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? "").join("")).toBe(SAID);
    expect(chunks.map(({ choices }) => choices[0].delta.reasoning ?? "").join("")).toBe("Hm 水.");
    for (const chunk of chunks) expect(chunk).toMatchObject({ ...STAMP });
    expect(chunks.filter(({ usage }) => usage)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
    expect(told).toEndWith("data: [DONE]\n\n");
    expect(passage.readings).toMatchObject({
      ended: true,
      finish: "stop",
      upstreamId: "msg_1",
      usage: { input: 3, output: 9 },
    });
  });

  test("is the same however its bytes are cut, in the middle of a letter too", () => {
    const bytes = arriving(STREAM);
    const whole = streamed(across({ stream: true }), [bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        expect(streamed(across({ stream: true }), cutAt(bytes, places))).toBe(whole);
      }),
    );
    expect(streamed(across({ stream: true }), [...bytes])).toBe(whole);
  });

  test("hides the thinking from a client that does not want it", () => {
    const told = streamed(across({ stream: true, reasoning: { max_tokens: 1024, exclude: true }, max_tokens: 4000 }), [
      arriving(STREAM),
    ]);
    expect(told).not.toContain("Hm ");
    expect(
      chunksOf(told)
        .map(({ choices }) => choices[0].delta.content ?? "")
        .join(""),
    ).toBe(SAID);
  });

  test("that begins with an error has said nothing", () => {
    const passage = across({ stream: true });
    passage.stream().push(arriving(event("error", { error: { type: "overloaded_error", message: "Overloaded" } })));
    expect(passage.readings).toMatchObject({ committed: false, ended: false });
    expect(passage.readings.error?.code).toBe("upstream_overloaded");
  });

  test("whose last frame lacks the blank line behind it is whole all the same", () => {
    const passage = across({ stream: true });
    expect(streamed(passage, [arriving(STREAM.trimEnd())])).toEndWith("data: [DONE]\n\n");
    expect(passage.readings.error).toBeUndefined();
  });

  test("without its end is an error, wherever it breaks off", () => {
    const bytes = arriving(STREAM);
    const finishing = bytes.indexOf("event: message_delta");
    for (let at = 0; at < finishing; at += 11) {
      const passage = across({ stream: true });
      const told = streamed(passage, [bytes.slice(0, at)]);
      expect(passage.readings.error?.code).toBe("upstream_truncated");
      expect(told).not.toContain("[DONE]");
      expect(JSON.parse(told.trimEnd().split("\n\n").at(-1)!.slice(6)).error.code).toBe("upstream_truncated");
    }
  });

  test("speaks with its first thought, and not with its opening", () => {
    const passage = across({ stream: true });
    const course = passage.stream();
    const thought = STREAM.indexOf("event: content_block_delta");
    course.push(arriving(STREAM.slice(0, thought)));
    expect(passage.readings.committed).toBe(false);
    course.push(arriving(STREAM.slice(thought)));
    expect(passage.readings.committed).toBe(true);
  });
});

describe("a stream in binary frames", () => {
  const framed = () => transcodePassage(factsOf(bedrockConverse), bedrockConverse.outbound!, TRANSCODE);
  const said = (text: string) => awsEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text } });
  const END = awsEvent("messageStop", { stopReason: "end_turn" }) + awsEvent("metadata", { usage: { inputTokens: 3 } });

  test("is told as any other, cut anywhere", () => {
    const whole = said(SAID) + END;
    const expected = streamed(framed(), [whole]);
    expect(
      chunksOf(expected)
        .map(({ choices }) => choices[0].delta.content ?? "")
        .join(""),
    ).toBe(SAID);
    for (let cut = 1; cut < whole.length; cut++)
      expect(streamed(framed(), [whole.slice(0, cut), whole.slice(cut)])).toBe(expected);
  });

  test("that is damaged is an error behind what was read, in the same piece or in another", () => {
    const damaged = END.replace("end_turn", "end_turm");
    for (const pieces of [[said(SAID) + damaged], [said(SAID), damaged]]) {
      const passage = framed();
      const course = passage.stream();
      const told = pieces.map((piece) => Buffer.from(course.push(piece)).toString()).join("");
      expect(told).toContain(SAID);
      expect(passage.readings.committed).toBe(true);
      expect(passage.readings.error?.code).toBe("upstream_malformed");
    }
  });
});
