import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { authenticate } from "./authenticate.ts";
import { type Key, KeyRing, keyHash } from "./keys.ts";

const ring = new KeyRing(
  "secret",
  new Map([
    [keyHash("hg_good", "secret"), { id: "key_1", name: "good", disabled: false }],
    [keyHash("hg_disabled", "secret"), { id: "key_2", name: "disabled", disabled: true }],
    [keyHash("hg_expired", "secret"), { id: "key_3", name: "expired", disabled: false, expiresAt: 1000 }],
    [keyHash("hg_ends", "secret"), { id: "key_4", name: "ends", disabled: false, expiresAt: 1001 }],
  ]),
  undefined,
  () => 1000,
);

const shown = (authorization?: string) =>
  authenticate(ring, new Headers(authorization === undefined ? {} : { authorization })) as Key;

function refusalOf(authorization?: string): GatewayError {
  try {
    shown(authorization);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
    return thrown as GatewayError;
  }
  throw new Error("was let in");
}

test.each([["Bearer hg_good"], ["bearer hg_good"], ["BEARER hg_good"], ["Bearer   hg_good"], ["  Bearer hg_good  "]])(
  "%p opens",
  (authorization) => {
    expect(shown(authorization).id).toBe("key_1");
  },
);

test("a key opens until its last millisecond", () => {
  expect(shown("Bearer hg_ends").id).toBe("key_4");
});

describe("what does not open is a 401 that says what to send", () => {
  test.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["an empty header of blanks", "   "],
  ])("%s", (_, authorization) => {
    expect(refusalOf(authorization)).toMatchObject({
      code: "invalid_api_key",
      status: 401,
      message: "Missing API key. Send it as `Authorization: Bearer <key>`, or as `x-api-key: <key>`.",
    });
  });

  test.each([
    ["the key alone", "hg_good"],
    ["the word alone", "Bearer"],
    ["no blank between", "Bearerhg_good"],
    ["another scheme", "Basic aGdfZ29vZDo="],
    ["a key in two words", "Bearer hg_good hg_good"],
    ["two headers, joined as HTTP joins them", "Bearer hg_good, Bearer hg_good"],
  ])("%s", (_, authorization) => {
    expect(refusalOf(authorization)).toMatchObject({
      code: "invalid_api_key",
      message: "The authorization header must be `Bearer <key>`, once.",
    });
  });

  test.each([
    ["an unknown key", "Bearer hg_other"],
    ["a key with more behind it", "Bearer hg_good,"],
    ["a key in other letters", "Bearer HG_GOOD"],
    ["a disabled key", "Bearer hg_disabled"],
    ["a key whose time is over", "Bearer hg_expired"],
  ])("%s, in the same words as every other", (_, authorization) => {
    const error = refusalOf(authorization);
    expect([error.code, error.message]).toEqual(["invalid_api_key", "Invalid API key"]);
    // Twice: what is remembered must not open either.
    expect(refusalOf(authorization).message).toBe("Invalid API key");
  });

  test("the first that is shown decides, and an empty one is not shown", () => {
    const opens = (headers: Record<string, string>) => (authenticate(ring, new Headers(headers)) as Key).id;
    const good = "hg_good";
    expect(opens({ "x-api-key": good })).toBe("key_1");
    expect(opens({ "x-ai-gateway-api-key": good })).toBe("key_1");
    expect(opens({ "x-ai-gateway-api-key": `Bearer ${good}`, authorization: "Bearer sk-ant-oat01-x" })).toBe("key_1");
    expect(opens({ authorization: `Bearer ${good}`, "x-api-key": "sk-ant-x" })).toBe("key_1");
    expect(opens({ authorization: "", "x-api-key": good, "x-ai-gateway-api-key": "" })).toBe("key_1");
    const shut: Record<string, string>[] = [
      { "x-ai-gateway-api-key": "hg_other", authorization: `Bearer ${good}` },
      { authorization: "Bearer hg_other", "x-api-key": good },
      { "x-api-key": `Bearer ${good}` },
      { "x-api-key": `${good}, ${good}` },
      { "x-ai-gateway-api-key": `${good} ${good}` },
    ];
    for (const headers of shut) expect(() => opens(headers)).toThrow(GatewayError);
  });

  test("no refusal repeats what was shown", () => {
    for (const text of ["Bearer hg_s3cret", "hg_s3cret", "Bearer a hg_s3cret"])
      expect(refusalOf(text).message).not.toContain("s3cret");
  });
});
