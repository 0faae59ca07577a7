import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import type { KeyRow } from "../store/keys.ts";
import { isKeyShaped, type Key, KeyRing, keyHash, keyHint, keyRow, newKey } from "./keys.ts";

const KEY = newKey();
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("a new key", () => {
  test("is a prefix, 43 digits of chance and 6 of a checksum", () => {
    expect(KEY).toMatch(/^hg_[0-9A-Za-z]{49}$/);
    expect(isKeyShaped(KEY)).toBe(true);
  });

  test("is never the same, and uses the whole alphabet", () => {
    const keys = Array.from({ length: 500 }, newKey);
    expect(new Set(keys).size).toBe(500);
    const digits = new Set(keys.flatMap((key) => [...key.slice(4, 46)]));
    expect([...digits].sort().join("")).toBe([...ALPHABET].sort().join(""));
  });

  test("has the checksum that any zlib computes", () => {
    const secret = KEY.slice(3, 46);
    let rest = Bun.hash.crc32(secret);
    let digits = "";
    for (let i = 0; i < 6; i++, rest = Math.floor(rest / 62)) digits = ALPHABET[rest % 62] + digits;
    expect(KEY.slice(46)).toBe(digits);
  });
});

describe("a look-alike is told from a key", () => {
  test.each([
    ["nothing", ""],
    ["the prefix alone", "hg_"],
    ["another prefix", `sk_${KEY.slice(3)}`],
    ["a digit too few", KEY.slice(0, -1)],
    ["a digit too many", `${KEY}0`],
    ["lower case", KEY.toLowerCase()],
  ])("%s", (_, text) => {
    expect(isKeyShaped(text)).toBe(false);
  });

  test("any one digit changed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: KEY.length - 1 }), fc.constantFrom(...ALPHABET), (at, digit) => {
        fc.pre(KEY[at] !== digit);
        return !isKeyShaped(KEY.slice(0, at) + digit + KEY.slice(at + 1));
      }),
    );
  });
});

describe("what is kept of a key", () => {
  test("is its HMAC under the installation's secret", () => {
    expect(keyHash(KEY, "secret")).toBe(createHmac("sha256", "secret").update(KEY).digest("base64"));
    expect(keyHash(KEY, "other")).not.toBe(keyHash(KEY, "secret"));
  });

  test("and the first characters, too few to guess the rest", () => {
    expect(keyHint(KEY)).toBe(`${KEY.slice(0, 7)}…`);
  });
});

describe("the ring", () => {
  const SECRET = "of this installation";
  const key = (id: string, disabled = false): Key => ({ id, name: id, disabled });
  const ringOf = (keys: Record<string, Key>, secret = SECRET) =>
    new KeyRing(secret, new Map(Object.entries(keys).map(([text, one]) => [keyHash(text, SECRET), one])));

  test("finds the key of a text, the first time and every other", () => {
    const ring = ringOf({ first: key("a"), second: key("b", true) });
    for (let i = 0; i < 3; i++) {
      expect(ring.find("first")).toEqual(key("a"));
      expect(ring.find("second")).toEqual(key("b", true));
      expect(ring.find("third")).toBeUndefined();
    }
  });

  test("knows nothing under another secret, nor by the hash itself", () => {
    expect(ringOf({ first: key("a") }, "of another").find("first")).toBeUndefined();
    expect(ringOf({ first: key("a") }).find(keyHash("first", SECRET))).toBeUndefined();
    expect(ringOf({}).find("")).toBeUndefined();
  });

  test("still finds all of them when there are more than it remembers", () => {
    const names = Array.from({ length: 1500 }, (_, i) => `key-${i}`);
    const ring = ringOf(Object.fromEntries(names.map((name) => [name, key(name)])));
    for (let i = 0; i < 2; i++) expect(names.map((name) => ring.find(name)?.id)).toEqual(names);
  });

  describe("changed in place", () => {
    let now = 1000;
    const row = (text: string, more: Partial<KeyRow> = {}): KeyRow =>
      keyRow({ id: `id of ${text}`, hash: keyHash(text, SECRET), name: text, hint: "", createdAt: 0, ...more });
    const ringAt = (keys: Record<string, Key> = {}) =>
      new KeyRing(
        SECRET,
        new Map(Object.entries(keys).map(([text, one]) => [keyHash(text, SECRET), one])),
        undefined,
        () => now,
      );

    test("opens for what was put in, and what is put in anew takes its place at once", () => {
      const ring = ringAt();
      ring.put(row("one"));
      expect(ring.find("one")).toEqual({ id: "id of one", name: "one", disabled: false });
      ring.put(row("one", { disabled: true, team: "t", owner: "o", expiresAt: 5, policy: '{"models":["a/b"]}' }));
      expect(ring.find("one")).toEqual({
        ...{ id: "id of one", name: "one", disabled: true, team: "t", owner: "o", expiresAt: 5 },
        policy: { models: ["a/b"] },
      });
      ring.remove("id of one");
      expect(ring.find("one")).toBeUndefined();
      ring.remove("id of one");
    });

    test("knows nothing of one that is revoked, and one that leaked is disabled", () => {
      const ring = ringAt();
      ring.put(row("one"));
      ring.put(row("one", { revokedAt: 1 }));
      expect(ring.find("one")).toBeUndefined();
      ring.put(row("two", { leakedAt: 1 }));
      expect(ring.find("two")?.disabled).toBe(true);
    });

    test.each(["", "{", "[]", "null", "5"])(
      "is disabled where its policy is %j: nobody knows what it may not do",
      (policy) => {
        const ring = ringAt();
        ring.put(row("one", { policy }));
        expect(ring.find("one")).toEqual({ id: "id of one", name: "one", disabled: true });
      },
    );

    test("opens for the secret before, until its end", () => {
      const ring = ringAt();
      const rotated = row("new", { previousHash: keyHash("old", SECRET), previousUntil: 2000 });
      ring.put(rotated);
      now = 1999;
      expect([ring.find("old"), ring.find("new")]).toEqual([ring.find("new"), expect.anything()]);
      now = 2000;
      expect([ring.find("old"), ring.find("new")?.id]).toEqual([undefined, rotated.id]);
      now = 1000;
      ring.put(row("newer", { id: rotated.id }));
      expect([ring.find("old"), ring.find("new"), ring.find("newer")?.id]).toEqual([undefined, undefined, rotated.id]);
    });

    test("keeps what the environment has, whatever becomes of a row with the same secret", () => {
      const ring = ringAt({ shared: key("environment") });
      ring.put(row("shared", { disabled: true }));
      expect(ring.find("shared")).toEqual(key("environment"));
      ring.remove("id of shared");
      expect(ring.find("shared")).toEqual(key("environment"));
    });

    test("has the rows that it is given in the place of all others", () => {
      const ring = ringAt({ own: key("environment") });
      ring.put(row("one"));
      ring.put(row("two"));
      const before = ring.changes;
      ring.replace([row("two", { name: "second" }), row("three")]);
      expect(["own", "one", "two", "three"].map((text) => ring.find(text)?.name)).toEqual([
        ...["environment", undefined, "second", "three"],
      ]);
      expect(ring.changes).toBeGreaterThan(before);
    });
  });
});
