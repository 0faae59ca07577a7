import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { JsonValue } from "../core/json.ts";
import type { IdToken } from "./id-token.ts";
import { IssuerKeys } from "./issuer-keys.ts";

const EC = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const tokenBy = (keyId: string): IdToken => ({
  algorithm: "ES256",
  keyId,
  claims: {},
  signed: "",
  signature: Buffer.alloc(0),
});

/** An issuer whose clock and answers are in hand. */
function issuer(...names: string[]) {
  let answer: () => Promise<JsonValue | undefined>;
  const at = {
    now: 0,
    fetches: 0,
    complaints: [] as string[],
    has: (...ids: string[]) => {
      answer = async () => ({ keys: ids.map((kid) => ({ ...EC, kid })) });
    },
    isDown: () => {
      answer = async () => {
        throw new Error("connection refused");
      };
    },
  };
  at.has(...names);
  const keys = new IssuerKeys({
    fetch: () => {
      at.fetches++;
      return answer();
    },
    now: () => at.now,
    complain: (cause) => at.complaints.push(cause.message),
  });
  const find = async (name: string) => (await keys.find(tokenBy(name))).map(({ id }) => id);
  const refusal = (name: string) =>
    find(name).then(
      () => undefined,
      (thrown) => (thrown instanceof GatewayError ? thrown : undefined),
    );
  return { at, keys, find, refusal };
}

/** What was begun and is waited for by nobody. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("keys", () => {
  test("are fetched once, and there at once afterwards", async () => {
    const { at, keys, find } = issuer("a");
    expect(await Promise.all([find("a"), find("a")])).toEqual([["a"], ["a"]]);
    expect(keys.find(tokenBy("a"))).not.toBeInstanceOf(Promise);
    expect(at.fetches).toBe(1);
  });

  test("are fetched before anybody needs them, where there is time", async () => {
    const { at, keys } = issuer("a");
    await keys.warm();
    expect(keys.find(tokenBy("a"))).not.toBeInstanceOf(Promise);
    expect(at.fetches).toBe(1);
  });

  test("that are new are found when a token names one, once in ten seconds at most", async () => {
    const { at, find } = issuer("a");
    await find("a");
    at.has("a", "b");
    // Just asked: a stranger's token does not make us ask again.
    expect(await find("b")).toEqual([]);
    at.now += 10_000;
    expect(await Promise.all([find("b"), find("c"), find("b")])).toEqual([["b"], [], ["b"]]);
    for (let i = 0; i < 100; i++) expect(await find(`stranger-${i}`)).toEqual([]);
    expect(at.fetches).toBe(2);
  });

  test("that are gone are believed no longer than until the next look, and what was signed with them is forgotten", async () => {
    const { at, keys, find } = issuer("a", "b");
    await find("a");
    const { epoch } = keys;
    at.has("b", "c");
    at.now += 10 * MINUTE;
    // They still serve while they are renewed.
    expect(await find("a")).toEqual(["a"]);
    await settled();
    expect(await find("a")).toEqual([]);
    expect(await find("b")).toEqual(["b"]);
    expect(keys.epoch).toBe(epoch + 1);
    at.has("b", "c", "d");
    at.now += 10 * MINUTE;
    await find("b");
    await settled();
    expect(await find("d")).toEqual(["d"]);
    // Nothing is gone: nothing is forgotten.
    expect(keys.epoch).toBe(epoch + 1);
  });

  test("serve for a day while their issuer is down, which is complained of once", async () => {
    const { at, find, refusal } = issuer("a");
    await find("a");
    at.isDown();
    for (let passed = 0; passed < 24 * HOUR; passed += 20 * MINUTE, at.now += 20 * MINUTE)
      expect(await find("a")).toEqual(["a"]);
    await settled();
    expect(at.complaints).toEqual(["connection refused"]);
    expect(await refusal("a")).toMatchObject({ code: "issuer_unavailable", status: 503 });
    at.has("a");
    at.now += 10_000;
    expect(await find("a")).toEqual(["a"]);
    at.isDown();
    at.now += 20 * MINUTE;
    expect(await find("a")).toEqual(["a"]);
    await settled();
    expect(at.complaints.length).toBe(2);
  });

  test("that cannot be had make no token bad, and are not asked for by every request", async () => {
    const { at, find, refusal } = issuer();
    at.isDown();
    const [one, two] = await Promise.all([refusal("a"), refusal("a")]);
    expect([one?.code, two?.code]).toEqual(["issuer_unavailable", "issuer_unavailable"]);
    for (let i = 0; i < 10; i++) expect((await refusal("a"))?.details.retryAfterMs).toBe(10_000);
    expect(at.fetches).toBe(1);
    at.has("a");
    at.now += 10_000;
    expect(await find("a")).toEqual(["a"]);
  });

  test("of a name that nobody has are unknown, not unavailable, unless the issuer could not be asked", async () => {
    const { at, find, refusal } = issuer("a");
    await find("a");
    at.now += 10_000;
    at.isDown();
    expect((await refusal("b"))?.code).toBe("issuer_unavailable");
    expect((await refusal("b"))?.code).toBe("issuer_unavailable");
    expect(await find("a")).toEqual(["a"]);
    expect(at.fetches).toBe(2);
  });
});
