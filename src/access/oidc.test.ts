import { describe, expect, test } from "bun:test";
import { part, type SigningKey, signingKey, tokenOf } from "../../test/support/issuer.ts";
import { GatewayError } from "../core/error.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { Key } from "./keys.ts";
import { Oidc, type OidcRule } from "./oidc.ts";

const ISSUER = "https://issuer.example";
const START = Date.UTC(2026, 10, 25);

/** Guests of one issuer, with a clock and keys in hand. */
async function guests(more: Partial<OidcRule> = {}) {
  const first = signingKey("ES256", "first");
  const at = { now: START, keys: [first] as SigningKey[] };
  const keys = new IssuerKeys({
    fetch: async () => ({ keys: at.keys.map(({ jwk }) => jwk) as never }),
    now: () => at.now,
    complain: () => undefined,
  });
  const rule: OidcRule = {
    name: "ci",
    algorithms: new Set(["ES256"]),
    audience: "headgate",
    claims: new Map([["sub", ["*"]]]),
    identityFrom: "sub",
    ...more,
  };
  const oidc = new Oidc([{ issuer: ISSUER, keys, rules: [rule] }], () => at.now);
  const token = (claims: object = {}, key: SigningKey = first) => {
    const iat = at.now / 1000;
    return tokenOf(key, { iss: ISSUER, aud: "headgate", sub: "me", iat, exp: iat + 3600, ...claims });
  };
  await keys.warm();
  /** Whose token it is, known or not. */
  const find = (text: string) => oidc.find(text) as Key;
  return { at, oidc, token, find, first };
}

/** What was begun and is waited for by nobody. */
function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a token that was looked at", () => {
  test("is known at once, until a minute after it has expired", async () => {
    const { at, oidc, token, find } = await guests();
    const text = token();
    expect(oidc.known(text)).toBeUndefined();
    expect(find(text)).toMatchObject({ id: "oidc:ci:me", expiresAt: START + 3_660_000 });
    at.now += 3_659_000;
    expect(oidc.known(text)?.id).toBe("oidc:ci:me");
    at.now += 1000;
    expect(oidc.known(text)).toBeUndefined();
    expect(() => find(text)).toThrow("has expired");
  });

  test("is forgotten when its issuer takes back the key that it was signed with", async () => {
    const { at, oidc, token, find, first } = await guests();
    const text = token({ exp: at.now / 1000 + 86_400 });
    find(text);
    const second = signingKey("ES256", "second");
    at.keys = [first, second];
    at.now += 600_000;
    await oidc.find(token({}, second)); // Unknown: the keys are fetched anew, and none is gone.
    expect(oidc.known(text)?.id).toBe("oidc:ci:me");
    at.keys = [second];
    at.now += 600_000;
    expect(oidc.known(text)?.id).toBe("oidc:ci:me");
    await settled();
    expect(oidc.known(text)).toBeUndefined();
    await expect(Promise.resolve(oidc.find(text))).rejects.toThrow("no such key");
  });

  test("is not the only one that is kept, and not for ever", async () => {
    const { oidc, token, find } = await guests();
    const texts = Array.from({ length: 1001 }, (_, i) => token({ sub: `me-${i}` }));
    for (const text of texts) find(text);
    expect(oidc.known(texts[0]!)).toBeUndefined();
    expect(oidc.known(texts.at(-1)!)?.id).toBe("oidc:ci:me-1000");
    expect(find(texts[0]!).id).toBe("oidc:ci:me-0");
  });

  test("that was refused is not kept", async () => {
    const { oidc, token, find } = await guests();
    const text = token({ aud: "another" });
    for (let i = 0; i < 2; i++) {
      expect(() => find(text)).toThrow("another audience");
      expect(oidc.known(text)).toBeUndefined();
    }
  });
});

describe("what its claims must match", () => {
  const claims = new Map([
    ["sub", ["*"]],
    ["groups", ["admins", "ops-*"]],
    ["verified", ["true"]],
  ]);
  test.each([
    [{ groups: "admins", verified: true }, undefined],
    [{ groups: ["users", "ops-eu"], verified: "true" }, undefined],
    [{ groups: ["users"], verified: true }, '"groups"'],
    [{ groups: [], verified: true }, '"groups"'],
    [{ groups: { admins: "admins" }, verified: true }, '"groups"'],
    [{ groups: [["admins"]], verified: true }, '"groups"'],
    [{ groups: null, verified: true }, '"groups"'],
    [{ groups: "admins" }, '"verified"'],
    [{ groups: "admins", verified: false }, '"verified"'],
  ])("%j", async (told, lacking) => {
    const { token, find } = await guests({ claims });
    if (lacking === undefined) expect(find(token(told)).id).toBe("oidc:ci:me");
    else expect(() => find(token(told))).toThrow(`nobody with its ${lacking} is let in`);
  });

  test("are claims of its own: what every object has is none", async () => {
    const strict = await guests({ claims: new Map([["constructor", ["*"]]]) });
    expect(() => strict.find(strict.token())).toThrow('nobody with its "constructor" is let in');
    const named = await guests({ identityFrom: "toString" });
    expect(() => named.find(named.token())).toThrow('its "toString" is no name');
  });
});

test("who a guest is and what it is called may be two claims", async () => {
  const { token, find } = await guests({ identityFrom: "repository", nameFrom: "actor", team: "t" });
  const told = { repository: "acme/app", actor: "somebody" };
  expect(find(token(told))).toMatchObject({ id: "oidc:ci:acme/app", name: "somebody", team: "t", disabled: false });
  expect(() => find(token({ repository: "acme/app" }))).toThrow('its "actor" is no name');
});

test("what is no token of anybody's is not looked at", async () => {
  const { oidc } = await guests();
  for (const text of ["hg_key", "sk-ant-a.b.c", "ey", "eyJ.a", "eyJ.a.b.c.d", `x${part({})}.e.f`])
    expect(oidc.isToken(text)).toBe(false);
  expect(oidc.isToken("eyJ.a.b")).toBe(true);
  expect(() => oidc.find("eyJ.a.b")).toThrow(GatewayError);
});
