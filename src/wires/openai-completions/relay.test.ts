import { describe, expect, test } from "bun:test";
import { toByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { JsonObject } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { FrameSplitter } from "../sse.ts";
import { openaiCompletions } from "./index.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { CompletionRelay } from "./relay-stream.ts";

const PROMPT = { model: "acme/large", prompt: "Water" };
const PLAIN = { model: "large-2026", prompt: "Water" };
const ask = (members: JsonObject = {}) => openaiCompletions.inbound!.read({ ...PROMPT, ...members });
const requested = (members: JsonObject, ...quirks: Quirk[]) => relayRequest(ask(members), leg(...quirks));

describe("a request", () => {
  test("keeps all that is the provider's, and nothing of the gateway's", () => {
    const theirs = { suffix: "x", echo: true, logprobs: 3, best_of: 2, top_k: 5, prompt: [[1, 2], [3]] };
    const ours = {
      models: ["a/b"],
      tags: ["t"],
      provider: {},
      caching: "auto",
      providerOptions: { gateway: {}, acme: { minP: 0.1 } },
    };
    const asked = ask({ ...theirs, ...ours });
    const before = structuredClone(asked.body);
    expect(relayRequest(asked, leg())).toEqual({ body: { ...PLAIN, ...theirs, min_p: 0.1 }, dropped: [] });
    expect(asked.body).toEqual(before);
  });

  test("cannot be changed into another by options", () => {
    const acme = { prompt: "y", model: "z", n: 9, bestOf: 9, stream: true };
    expect(requested({ providerOptions: { acme } })).toEqual({
      body: PLAIN,
      dropped: ["prompt", "model", "n", "bestOf", "stream"].map((name) => `providerOptions.acme.${name}`),
    });
  });

  test("asks for the usage of a stream, unless the provider refuses that", () => {
    const told = { stream: true, stream_options: { include_usage: false } };
    expect(requested(told).body.stream_options).toEqual({ include_usage: true });
    expect(requested(told, "no-stream-options").body.stream_options).toBeUndefined();
    expect(requested({ stream_options: {} }).body).toEqual(PLAIN);
  });

  test("tells what it leaves out", () => {
    expect(requested({ user: "u" }, "no-user")).toEqual({ body: PLAIN, dropped: ["user"] });
    const gateway = { serviceTier: "flex", safetyIdentifier: "s" };
    const asked = ask({ providerOptions: { gateway } });
    expect(relayRequest(asked, leg())).toEqual({ body: { ...PLAIN, service_tier: "flex", user: "s" }, dropped: [] });
    expect(relayRequest(asked, { ...leg("no-user"), tiers: [] })).toEqual({
      body: PLAIN,
      dropped: ["service_tier", "safety_identifier"],
    });
  });
});

const ANSWER = `{ "id": "cmpl-1","object":"text_completion","model":"large-2026-01","choices":[{"text":"Grüße","index":0,"logprobs":{"token_logprobs":[-1.10e-5]},"finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5},"new":1.0 }`;

function relayed(text: string) {
  const readings = new Readings();
  const reply = relayAnswer(utf8ByteText(text), ask(), STAMP, readings);
  return { readings, told: reply(CLOSING).toString() };
}

describe("a whole answer", () => {
  test("is the provider's to the byte, but for id, model, usage and what the gateway tells", () => {
    const { readings, told } = relayed(ANSWER);
    expect(told).toContain('"choices":[{"text":"Grüße","index":0,"logprobs":{"token_logprobs":[-1.10e-5]}');
    expect(told).toContain('"new":1.0');
    expect(JSON.parse(told)).toMatchObject({
      id: STAMP.id,
      model: STAMP.model,
      generationId: STAMP.id,
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      providerMetadata: CLOSING.metadata,
    });
    expect(readings).toMatchObject({
      upstreamId: "cmpl-1",
      upstreamModel: "large-2026-01",
      usage: { input: 2, output: 3 },
      finish: "length",
      contentBytes: 7,
      committed: true,
      ended: true,
    });
  });

  test("without usage tells how much was said; without a finish reason it has finished all the same", () => {
    const { readings } = relayed('{"choices":[{"text":"ab"},{"text":"c","index":1}]}');
    expect(readings).toMatchObject({ usage: undefined, contentBytes: 3, finish: "stop", rawFinish: null });
  });

  test.each([
    ['{"error":{"message":"Overloaded","type":"overloaded_error"}}', "upstream_overloaded"],
    ["{}", "upstream_malformed"],
    ['{"choices":[]}', "upstream_malformed"],
    ['{"choices":"x"}', "upstream_malformed"],
    ["[]", "upstream_malformed"],
    ["<html>", "upstream_malformed"],
    ["", "upstream_malformed"],
  ])("%s is none", (text, code) => expect(errorOf(() => relayed(text)).code).toBe(code as never));

  test("that was cut is none, wherever", () => {
    for (let cut = 0; cut < ANSWER.length - 1; cut++)
      expect([cut, errorOf(() => relayed(ANSWER.slice(0, cut))).code]).toEqual([cut, "upstream_malformed"]);
  });
});

const chunk = (text: string, finish: string | null = null, index = 0, more: JsonObject = {}) =>
  `data: ${JSON.stringify({ id: "cmpl-1", created: 5, choices: [{ text, index, logprobs: null, finish_reason: finish }], model: "m", ...more })}\n\n`;
const USAGE = { usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 } };

/** Driven as `gateway/relay.ts` does. */
function streamed(text: string, choices = 1) {
  const readings = new Readings();
  const relay = new CompletionRelay(choices, STAMP, readings);
  const splitter = new FrameSplitter();
  let told = "";
  for (const frame of splitter.push(utf8ByteText(text))) {
    told += relay.push(frame);
    if (readings.ended || readings.error !== undefined) break;
  }
  const rest = splitter.end();
  if (rest !== undefined && !readings.ended && readings.error === undefined) told += relay.push(rest);
  if (!readings.ended && readings.error === undefined) relay.end();
  const end = readings.error === undefined ? relay.finish(CLOSING) : relay.fail(readings.error);
  const all = Buffer.from(told, "latin1").toString() + end;
  const chunks = all
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice(6)));
  return { readings, told: all, chunks };
}

describe("a stream", () => {
  test("goes on under our id, and ends with one usage, which is ours", () => {
    const { readings, told, chunks } = streamed(
      `${chunk("Grü")}: ping\n\n${chunk("ße", "stop")}${chunk("", null, 0, { choices: [], ...USAGE })}data: [DONE]\n\n`,
    );
    expect(chunks.map(({ choices }) => choices[0].text).join("")).toBe("Grüße");
    expect(chunks.map(({ id, model, created }) => [id, model, created])).toEqual(
      chunks.map(() => [STAMP.id, STAMP.model, 5]),
    );
    expect(chunks.flatMap(({ usage }) => (usage ? [usage.total_tokens] : []))).toEqual([18]);
    expect(chunks.at(-1)).toMatchObject({ generationId: STAMP.id, providerMetadata: CLOSING.metadata });
    expect(told).toContain(": ping\n\n");
    expect(told).toEndWith("data: [DONE]\n\n");
    expect(readings).toMatchObject({
      usage: { input: 2, output: 3 },
      finish: "stop",
      upstreamId: "cmpl-1",
      ended: true,
    });
  });

  test("is over when every choice is, whichever ends first", () => {
    const one = chunk("a", "length", 1) + chunk("b", null, 0);
    expect(streamed(`${one}data: [DONE]\n\n`, 2).readings.error?.code).toBe("upstream_truncated");
    const { readings, chunks } = streamed(`${one}${chunk("", "stop", 0)}data: [DONE]\n\n`, 2);
    expect(readings).toMatchObject({ finish: "stop", rawFinish: "stop", error: undefined });
    expect(chunks.filter(({ choices }) => choices[0].finish_reason !== null)).toHaveLength(2);
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  });

  test("without an end mark has ended where its choices have", () => {
    expect(streamed(chunk("a", "stop")).told).toEndWith("data: [DONE]\n\n");
  });

  test("that finishes twice has finished once", () => {
    const { chunks } = streamed(chunk("a", "stop") + chunk("", "stop") + chunk("b", "stop"));
    expect(chunks.at(-1).usage.total_tokens).toBe(18);
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  });

  test.each([
    [chunk("a"), "upstream_truncated"],
    [`${chunk("a")}data: [DONE]\n\n`, "upstream_truncated"],
    [
      `${chunk("a")}data: {"error":{"message":"x","type":"overloaded_error"}}\n\ndata: [DONE]\n\n`,
      "upstream_overloaded",
    ],
    [`${chunk("a")}data: nonsense\n\n`, "upstream_malformed"],
    [chunk("a", "error"), "upstream_error"],
    ["", "upstream_truncated"],
  ])("%j ends in an error, and never in an end", (text, code) => {
    const { readings, told } = streamed(text);
    expect(readings.error?.code).toBe(code as never);
    expect(told).not.toContain("[DONE]");
    expect(JSON.parse(told.trim().split("\n\n").at(-1)!.slice(6)).error.code).toBe(code);
  });

  test("that is cut, wherever, ends in an error until its choices have finished", () => {
    const whole = `${chunk("Water")}${chunk(" comes", "stop")}`;
    const bytes = toByteText(Buffer.from(whole));
    const end = bytes.indexOf('"finish_reason":"stop"');
    for (let cut = 0; cut < end; cut++) {
      const { told } = streamed(bytes.slice(0, cut));
      expect([cut, told.includes("[DONE]")]).toEqual([cut, false]);
    }
  });
});
