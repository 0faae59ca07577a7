import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../../core/byte-text.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { openaiModerations } from "./index.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const ask = (members: JsonObject = {}) =>
  openaiModerations.inbound!.read({ model: "acme/judge", input: "x", ...members });
const requested = (members: JsonObject, ...quirks: Quirk[]) => relayRequest(ask(members), leg(...quirks));
const PLAIN = { model: "large-2026", input: "x" };
const text = (words: string) => ({ type: "text", text: words });
const PICTURE = { type: "image_url", image_url: { url: "https://example.com/a.png" } };

describe("a request", () => {
  test("keeps all that is the provider's, and nothing of the gateway's", () => {
    const ours = { models: ["a/b"], tags: ["t"], user: "u", provider: {}, providerOptions: { gateway: {} } };
    expect(requested({ ...ours, new: 1 })).toEqual({ body: { ...PLAIN, new: 1 }, dropped: [] });
  });

  test("tells what of the gateway's wishes nobody grants", () => {
    const gateway = { serviceTier: "flex", safetyIdentifier: "s" };
    expect(requested({ caching: "auto", providerOptions: { gateway } })).toEqual({
      body: PLAIN,
      dropped: ["service_tier", "safety_identifier"],
    });
  });

  test("has what was addressed to its provider, except what is judged and by whom", () => {
    const acme = { newOption: 1, input: "y", model: "z" };
    expect(requested({ providerOptions: { acme } })).toEqual({
      body: { ...PLAIN, new_option: 1 },
      dropped: ["providerOptions.acme.input", "providerOptions.acme.model"],
    });
  });

  test("that names no model asks for the usual one, as the API does", () => {
    const { model: _, ...rest } = ask().body;
    expect(openaiModerations.inbound!.read(rest).model).toBe("openai/omni-moderation-latest");
    expect(openaiModerations.inbound!.read({ ...rest, model: null }).model).toBe("openai/omni-moderation-latest");
  });

  test("of parts is one text where only texts are taken, and pictures are refused there by name", () => {
    expect(requested({ input: [text("a"), text("b")] }, "text-input-only").body.input).toBe("a\nb");
    expect(requested({ input: ["a", "b"] }, "text-input-only").body.input).toEqual(["a", "b"]);
    expect(requested({ input: [text("a"), PICTURE] }).body.input).toEqual([text("a"), PICTURE]);
    const error = errorOf(() => requested({ input: [text("a"), PICTURE] }, "text-input-only"));
    expect(error).toMatchObject({ code: "unsupported", details: { param: "input" } });
    expect(error.message).toContain("acme");
  });
});

describe("an input", () => {
  const WHAT = "a string, an array of strings, or an array of parts of type text or image_url";
  test.each<[JsonValue, string, string]>([
    [5, "input", WHAT],
    [[], "input", WHAT],
    [null, "input", WHAT],
    [["a", 1], "input[1]", "a string"],
    [[1], "input[0]", 'an object with "type"'],
    [[{ type: "audio" }], "input[0].type", 'one of "text", "image_url"'],
    [[{ type: "text" }], "input[0].text", "given"],
    [[{ type: "image_url", image_url: "x" }], "input[0].image_url", "an object"],
    [[{ type: "image_url", image_url: {} }], "input[0].image_url.url", "given"],
  ])("of %j is none", (input, param, what) => {
    const error = errorOf(() => ask({ input }));
    expect(error).toMatchObject({ code: "invalid_request", details: { param } });
    expect(error.message).toBe(`"${param}" must be ${what}.`);
  });

  test("must be given", () => {
    expect(errorOf(() => openaiModerations.inbound!.read({ model: "acme/judge" })).message).toBe(
      '"input" must be given.',
    );
  });
});

const FLAGGED = `{"id":"modr-1","model":"judge-2026","results":[{"flagged":true,"categories":{"violence":true},"category_scores":{"violence":1.10e-5}}],"new":1.0}`;

function relayed(answer: string) {
  const readings = new Readings();
  const reply = relayAnswer(utf8ByteText(answer), ask(), STAMP, readings);
  return { readings, told: reply(CLOSING).toString() };
}

describe("an answer", () => {
  test("is the provider's to the byte, but for id, model and what the gateway tells", () => {
    const { readings, told } = relayed(FLAGGED);
    expect(told).toStartWith(
      `{"id":"${STAMP.id}","model":"${STAMP.model}","results":[{"flagged":true,"categories":{"violence":true},"category_scores":{"violence":1.10e-5}}],"new":1.0`,
    );
    expect(JSON.parse(told).providerMetadata).toEqual(CLOSING.metadata);
    expect(readings).toMatchObject({
      upstreamId: "modr-1",
      upstreamModel: "judge-2026",
      usage: undefined,
      ended: true,
    });
  });

  test("says whether it is flagged, also of who only names what was found", () => {
    const { readings, told } = relayed(
      '{"usage":{"prompt_tokens":10,"total_tokens":11},"results":[{"categories":{"pii":true}},{"categories":{"pii":false}}]}',
    );
    expect(JSON.parse(told).results).toEqual([
      { flagged: true, categories: { pii: true } },
      { flagged: false, categories: { pii: false } },
    ]);
    expect(readings.usage).toEqual({ input: 10, output: 0 });
  });

  test.each([
    ['{"error":{"message":"Overloaded","type":"overloaded_error"}}', "upstream_overloaded"],
    ["{}", "upstream_malformed"],
    ['{"results":{}}', "upstream_malformed"],
    ['{"results":[null]}', "upstream_malformed"],
    ['{"results":[{"categories":[]}]}', "upstream_malformed"],
    ["[]", "upstream_malformed"],
    ["<html>", "upstream_malformed"],
    ["", "upstream_malformed"],
  ])("%s is none", (answer, code) => expect(errorOf(() => relayed(answer)).code).toBe(code as never));

  test("that was cut is none, wherever", () => {
    for (let cut = 0; cut < FLAGGED.length; cut++)
      expect([cut, errorOf(() => relayed(FLAGGED.slice(0, cut))).code]).toEqual([cut, "upstream_malformed"]);
  });
});
