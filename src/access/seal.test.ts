import { expect, test } from "bun:test";
import { Seal, SealError } from "./seal.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";
const seal = new Seal(SECRET);

/** Why it does not open. */
function refusalOf(by: Seal, sealed: string, bound: string): string | undefined {
  try {
    by.open(sealed, bound);
    return undefined;
  } catch (thrown) {
    return thrown instanceof SealError ? thrown.why : String(thrown);
  }
}

test("what was sealed opens for the same thing, and after a restart", () => {
  const sealed = seal.close("sk-täst", "a");
  expect(seal.open(sealed, "a")).toBe("sk-täst");
  expect(new Seal(SECRET).open(sealed, "a")).toBe("sk-täst");
  expect(sealed).not.toContain("sk-");
});

test("the same is sealed differently each time", () => {
  expect(new Set(Array.from({ length: 100 }, () => seal.close("x", "a"))).size).toBe(100);
});

test("for anything else it does not open", () => {
  const sealed = seal.close("x", "a");
  expect(refusalOf(seal, sealed, "b")).toBe("bound");
  expect(refusalOf(seal, sealed, "")).toBe("bound");
});

test("with any bit changed, or any part missing, it does not open", () => {
  const sealed = seal.close("a secret", "a");
  const start = sealed.lastIndexOf(".") + 1;
  const bytes = Buffer.from(sealed.slice(start), "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const other = Buffer.from(bytes);
    other[bit >> 3]! ^= 1 << (bit & 7);
    expect(refusalOf(seal, sealed.slice(0, start) + other.toString("base64url"), "a")).toBe("bound");
  }
  for (let length = 0; length < bytes.length; length++) {
    const other = bytes.subarray(0, length).toString("base64url");
    expect(refusalOf(seal, sealed.slice(0, start) + other, "a")).toBe("bound");
  }
  for (const nonsense of ["", ".", "s1", "s2.x.y", "null"]) expect(refusalOf(seal, nonsense, "a")).toBe("secret");
});

test("under another secret it does not open, and says so; under the one before it does", () => {
  const sealed = seal.close("x", "a");
  expect(refusalOf(new Seal(OTHER), sealed, "a")).toBe("secret");
  const rotated = new Seal(OTHER, SECRET);
  expect(rotated.open(sealed, "a")).toBe("x");
  expect([rotated.isCurrent(sealed), rotated.isCurrent(rotated.close("x", "a"))]).toEqual([false, true]);
  expect(refusalOf(seal, rotated.close("x", "a"), "a")).toBe("secret");
});
