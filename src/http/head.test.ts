import { describe, expect, test } from "bun:test";
import { headOf } from "./head.ts";

const ID = "gen_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const JSON_TYPE = "application/json";
const told = (headers: Headers) => Object.fromEntries(new Headers(headers));
const COMMON = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "*",
  "cache-control": "no-store",
  "x-request-id": ID,
  "request-id": ID,
};

describe("one head after the other has its own fields, and none of those before", () => {
  const kinds: [what: string, type: string, more: Record<string, string> | undefined][] = [
    ["none", JSON_TYPE, undefined],
    ["an empty list", JSON_TYPE, {}],
    ["limits", JSON_TYPE, { "x-ratelimit-limit-requests": "5", "x-ratelimit-remaining-requests": "4" }],
    [
      "the same with another value",
      JSON_TYPE,
      { "x-ratelimit-limit-requests": "5", "x-ratelimit-remaining-requests": "3" },
    ],
    ["fewer", JSON_TYPE, { "x-ratelimit-limit-requests": "5" }],
    [
      "more",
      JSON_TYPE,
      { "x-ratelimit-limit-requests": "6", "x-ratelimit-remaining-requests": "3", "retry-after": "1" },
    ],
    ["another order", JSON_TYPE, { "x-ratelimit-remaining-requests": "2", "x-ratelimit-limit-requests": "5" }],
    ["a stream with limits", "text/event-stream", { "x-ratelimit-limit-requests": "5" }],
    ["a stream", "text/event-stream; charset=utf-8", undefined],
    ["one of the common ones otherwise", JSON_TYPE, { "cache-control": "private" }],
  ];
  const whole = ([, type, more]: (typeof kinds)[number]) => ({
    ...COMMON,
    "content-type": type,
    ...(type.startsWith("text/event-stream") ? { "x-accel-buffering": "no" } : {}),
    ...more,
  });

  test.each(kinds.flatMap((one) => kinds.map((other) => [one[0], other[0], one, other] as const)))(
    "%s, then %s",
    (_, __, one, other) => {
      for (const kind of [one, other, one]) expect(told(headOf(ID, kind[1], kind[2]))).toEqual(whole(kind));
    },
  );

  test("more kinds than are remembered, again and again", () => {
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 30; i++)
        expect(told(headOf(ID, JSON_TYPE, { [`x-${i}`]: String(round) }))).toEqual({
          ...COMMON,
          "content-type": JSON_TYPE,
          [`x-${i}`]: String(round),
        });
  });
});

test("a response keeps what it was given when another is made", () => {
  const more = { "x-ratelimit-remaining-requests": "4" };
  const one = new Response("", { headers: headOf(ID, JSON_TYPE, more) });
  headOf("gen_other", JSON_TYPE, { "x-ratelimit-remaining-requests": "3" });
  expect([one.headers.get("x-request-id"), one.headers.get("x-ratelimit-remaining-requests")]).toEqual([ID, "4"]);
});

test("what cannot be sent is refused, and the next has none of it", () => {
  const fields = (value: string) => ({ "x-first": value, "x-second": "b" });
  for (let i = 0; i < 3; i++) {
    expect(() => headOf(ID, JSON_TYPE, fields("a\nset-cookie: c"))).toThrow(TypeError);
    expect(told(headOf(ID, JSON_TYPE, fields("a")))).toMatchObject({ "x-first": "a", "x-second": "b" });
    expect(() => headOf(ID, JSON_TYPE, { "no name": "a" })).toThrow(TypeError);
    expect(told(headOf(ID, JSON_TYPE, fields("c")))).toMatchObject({ "x-first": "c", "x-second": "b" });
  }
});
