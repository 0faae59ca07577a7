import { describe, expect, test } from "bun:test";
import { hostsOf } from "../admin/hosts.ts";
import { ConfigError } from "./explain.ts";
import { checkConfig } from "./load.ts";

const OIDC = { issuer: "https://login.example.com", client_id: "headgate", admins: [{ claims: { groups: ["ops"] } }] };

function problemsOf(dashboard: object): readonly string[] {
  try {
    checkConfig({ dashboard }, "file");
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
}

describe("single sign-on", () => {
  test("has its defaults", () => {
    expect(checkConfig({ dashboard: { oidc: OIDC } }, "file").dashboard.oidc).toEqual({
      ...OIDC,
      title: "single sign-on",
      scopes: ["openid", "email", "profile"],
      viewers: [],
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
    });
  });

  test.each([
    ["nobody who is let in", { admins: [] }, "dashboard.oidc.admins: nobody is let in"],
    ["an entry that everybody matches", { admins: [{ claims: {} }] }, "must name a claim"],
    ["no openid among its scopes", { scopes: ["email"] }, "dashboard.oidc.scopes: `openid` must be among them"],
    ["two secrets", { client_secret: "a", client_secret_file: "b" }, "dashboard.oidc.client_secret_file"],
    ["an issuer without TLS", { issuer: "http://login.example.com" }, "begins with https://"],
    ["a scope with a space in it", { scopes: ["openid a"] }, "must be a scope"],
    [
      "an issuer that is everybody's, and does not say whose",
      { issuer: "https://accounts.google.com", admins: [{ claims: { email_verified: ["true"] } }] },
      "dashboard.oidc.admins.0.claims: everybody can have a token",
    ],
  ])("with %s is refused", (_, more, line) => {
    expect(problemsOf({ oidc: { ...OIDC, ...more } }).join("\n")).toContain(line);
  });

  test("at an issuer that is everybody's says whose are let in", () => {
    const told = { issuer: "https://accounts.google.com", viewers: [{ claims: { hd: ["example.com"] } }] };
    expect(problemsOf({ oidc: { ...OIDC, admins: [{ claims: { email: ["ada@example.com"] } }], ...told } })).toEqual(
      [],
    );
  });
});

test.each([
  "https://gate.example.com/below",
  "https://a:b@gate.example.com",
  "ftp://gate.example.com",
  "gate",
  "https://gate.example.com/?x",
])("%s is no place for browsers to reach it", (url) => expect(problemsOf({ url })).toHaveLength(1));

test("where browsers reach it is a name of the admin API's", () => {
  const isHost = hostsOf(checkConfig({ dashboard: { url: "https://Gate.example.com:8443" } }, "file"));
  expect([isHost("gate.example.com"), isHost("gate.example.com:8443"), isHost("other.example.com")]).toEqual([
    true,
    true,
    false,
  ]);
});
