import { describe, expect, test } from "bun:test";
import { ConfigError } from "./explain.ts";
import { checkConfig } from "./load.ts";

const RULE = { name: "ci", issuer: "https://issuer.example", audience: "headgate", subjects: ["*"] };

function problemsOf(...rules: object[]): readonly string[] {
  try {
    checkConfig({ oidc: rules }, "file");
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
}

test("a rule needs no more than whom it trusts, for what, and whom it lets in", () => {
  expect(checkConfig({ oidc: [RULE] }, "test").oidc).toEqual([
    { ...RULE, claims: {}, algorithms: ["RS256", "PS256", "ES256", "EdDSA"], identity_from: "sub" },
  ]);
  for (const member of ["name", "issuer", "audience", "subjects"]) {
    const { [member as keyof typeof RULE]: _, ...rest } = RULE;
    expect(problemsOf(rest)[0]).toStartWith(`file: oidc.0.${member}: `);
  }
});

describe("an issuer that everybody can have tokens of needs a word on whose are let in", () => {
  const GITHUB = "https://token.actions.githubusercontent.com";
  test.each([
    [GITHUB, ["*"]],
    [GITHUB, ["repo:*"]],
    [GITHUB, ["repo:*/app:ref:refs/heads/main"]],
    [GITHUB, ["repo:acme*"]],
    [GITHUB, ["repo:acme/*", "*"]],
    [`${GITHUB}/`, ["*:environment:production"]],
    ["https://oidc.vercel.com", ["owner:*:project:app:environment:production"]],
    ["https://oidc.vercel.com", ["*"]],
    ["https://gitlab.com", ["project_path:*"]],
    ["https://accounts.google.com", ["1*"]],
    ["https://app.terraform.io", ["organization:*:project:x"]],
    ["https://agent.buildkite.com", ["*"]],
  ])("%s %j does not say it", (issuer, subjects) => {
    const [problem, ...rest] = problemsOf({ ...RULE, issuer, subjects });
    expect(problem).toMatch(/^file: oidc\.0\.subjects: everybody can have a token of .*such as `|the number of/);
    expect(rest).toEqual([]);
  });

  test.each([
    [GITHUB, ["repo:acme/*"]],
    [GITHUB, ["repo:acme/app:ref:refs/heads/main", "repo:acme/web:*"]],
    ["https://oidc.vercel.com", ["owner:acme:project:*:environment:production"]],
    ["https://gitlab.com", ["project_path:acme/*:ref_type:branch:ref:main"]],
    ["https://accounts.google.com", ["110169484474386276334"]],
    // That of a team, and of a cluster: nobody else has its tokens.
    ["https://oidc.vercel.com/acme", ["*"]],
    ["https://kubernetes.default.svc.cluster.local", ["*"]],
  ])("%s %j says it", (issuer, subjects) => {
    expect(problemsOf({ ...RULE, issuer, subjects })).toEqual([]);
  });

  test("which another claim may say", () => {
    const by = (claims: object) => problemsOf({ ...RULE, issuer: GITHUB, claims }).length;
    expect(by({ repository_owner: ["acme"] })).toBe(0);
    expect(by({ repository_owner_id: ["1", "2"] })).toBe(0);
    expect(by({ repository_owner: ["acme", "*"] })).toBe(1);
    expect(by({ actor: ["me"] })).toBe(1);
  });
});

describe("addresses", () => {
  test.each([
    "http://issuer.example",
    "https://user:password@issuer.example",
    "https://issuer.example/#a",
    "file:///keys",
    "issuer.example",
  ])("%s is none to fetch keys from", (address) => {
    expect(problemsOf({ ...RULE, issuer: address })).toEqual([
      "file: oidc.0.issuer: must be an address that begins with https://",
    ]);
    expect(problemsOf({ ...RULE, jwks_uri: address }).length).toBe(1);
  });

  test("of this machine need no TLS", () => {
    for (const host of ["127.0.0.1:8000", "localhost", "[::1]:80"])
      expect(problemsOf({ ...RULE, issuer: `http://${host}` })).toEqual([]);
  });
});

test("algorithms with a secret of both sides, or with none, are not to be had", () => {
  for (const algorithm of ["none", "HS256", "HS512", "RSA1_5", "es256"])
    expect(problemsOf({ ...RULE, algorithms: [algorithm] }).length).toBe(1);
  expect(problemsOf({ ...RULE, algorithms: [] }).length).toBe(1);
});

test("rules go together: each has its own name, and those of one issuer its keys from one place", () => {
  expect(problemsOf(RULE, RULE)).toEqual(["file: oidc.1.name: another has it already"]);
  const other = { ...RULE, name: "b" };
  expect(problemsOf(RULE, other)).toEqual([]);
  expect(problemsOf(RULE, { ...other, jwks_uri: "https://issuer.example/keys" })).toEqual([
    'file: oidc.1.jwks_uri: must be as in the first rule for the issuer, "ci"',
  ]);
  expect(problemsOf({ ...RULE, jwks_uri: "https://issuer.example/keys", jwks_file: "keys.json" })).toEqual([
    "file: oidc.0.jwks_file: is there beside jwks_uri: only one can hold",
  ]);
  expect(problemsOf({ ...RULE, team: "a", team_from: "owner" })).toEqual([
    "file: oidc.0.team_from: is there beside team: only one can hold",
  ]);
});

test("what guests may do is checked like what keys may do", () => {
  expect(problemsOf({ ...RULE, policy: { models: ["anthropic/*"], no_training: true } })).toEqual([]);
  expect(problemsOf({ ...RULE, policy: { model: ["anthropic/*"] } })[0]).toContain('did you mean "models"?');
});
