import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { CLOSING, leg } from "../../src/wires/fixtures/facts.ts";
import { relayWhole } from "../../test/support/wire-fixtures.ts";
import { type Exchange, IMAGES, isThere, titled } from "./support/exchanges.ts";

/** Images as they were recorded: what was asked can be asked here, and what came is passed on. */

const answered = IMAGES.filter(({ status }) => status === 200);
const refused = IMAGES.filter(({ status }) => status >= 400);
const askOf = ({ wire, request }: Exchange) => wire.inbound!.read({ ...request, model: "acme/large" });

if (isThere)
  test("there are some, of two providers", () => {
    expect(new Set(answered.map(({ folder }) => folder))).toEqual(new Set(["openai", "xai"]));
    expect(refused.map(({ wire }) => wire.name)).toContain("openai-image-edits");
  });

describe("what was asked can be asked, and arrives as it was", () => {
  test.each(titled(IMAGES.filter(({ request }) => request !== undefined)))("%s", (_, one) => {
    const { body, files, dropped } = one.wire.relay!.request(askOf(one), leg());
    expect({ body, files, dropped }).toEqual({
      body: { ...one.request, model: "large-2026" },
      files: undefined,
      dropped: [],
    });
  });
});

describe("what came is passed on", () => {
  test.each(titled(answered))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const { told, readings } = relayWhole(one.wire.relay!, askOf(one), one.bytes);
    expect(JSON.parse(told)).toMatchObject({ ...theirs, providerMetadata: CLOSING.metadata });
    expect(readings).toMatchObject({ committed: true, ended: true, finish: "stop" });
    expect(readings.usage).toMatchObject({ images: theirs.data.length });
    // Nobody who was recorded told tokens.
    expect(readings.usage!.output).toBeUndefined();
  });
});

describe("what was refused is refused, in the provider's own words", () => {
  test.each(titled(refused))("%s", (_, one) => {
    const error = one.wire.decodeError(one.status, new Headers(one.headers), one.text);
    expect(error).toBeInstanceOf(GatewayError);
    const { message, param } = JSON.parse(one.text).error;
    expect(error).toMatchObject({ code: "upstream_invalid_request", message, param });
  });
});
