import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { addOptions } from "./provider-options.ts";

function laid(options: JsonValue, body: JsonObject = { model: "m", temperature: 1 }) {
  const dropped = new Set<string>();
  addOptions(body, { acme: options, other: { x: 1 } } as JsonObject, "acme", dropped);
  return { body, dropped: [...dropped] };
}

const PLAIN = { model: "m", temperature: 1 };

test("are laid over the body, in the provider's spelling", () => {
  expect(laid({ reasoningEffort: "low", temperature: 0, safe_prompt: true }).body).toEqual({
    model: "m",
    temperature: 0,
    reasoning_effort: "low",
    safe_prompt: true,
  });
});

test("change names one level below, values never", () => {
  const value = { logitBias: { fooBar: { bazQux: 1 } }, listOf: [{ aB: 1 }] };
  expect(laid({ extraThing: value }).body).toEqual({
    ...PLAIN,
    extra_thing: { logit_bias: { fooBar: { bazQux: 1 } }, list_of: [{ aB: 1 }] },
  });
});

test("of another provider, or of none, change nothing", () => {
  for (const options of [undefined, {}, { other: { x: 1 } }] as (JsonObject | undefined)[]) {
    const body = { ...PLAIN };
    addOptions(body, options, "acme", new Set());
    expect(body).toEqual(PLAIN);
  }
});

test.each<[JsonValue]>([[null], ["x"], [7], [[]]])("of %p are none", (options) => {
  expect(laid(options)).toEqual({ body: PLAIN, dropped: [] });
});

describe("cannot change what was routed, is metered and paid for", () => {
  test.each(["model", "models", "messages", "input", "n", "stream", "stream_options", "streamOptions", "background"])(
    "%s",
    (name) => {
      expect(laid({ [name]: "x" })).toEqual({ body: PLAIN, dropped: [`providerOptions.acme.${name}`] });
    },
  );
});
