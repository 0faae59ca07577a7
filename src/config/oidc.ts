import "./jitless.ts";

import { z } from "zod";
import type { Problem } from "./explain.ts";
import { fading } from "./fading.ts";
import { keyPolicy } from "./key-policy.ts";

/** Whose tokens are taken in the place of a key (OpenID Connect): `oidc` of the configuration. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** What is fetched without TLS anybody on the way can write, keys above all. */
const isSafe = (text: string) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const safe = protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
  return safe && username === "" && password === "" && hash === "";
};
export const address = z.string().refine(isSafe, "must be an address that begins with https://");
const pattern = z.string().min(1).max(300);
export const claim = z.string().min(1).max(200);
export const patterns = z.array(pattern).min(1).max(100);

export const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const;

const rule = fading(() =>
  z.strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, "must be small letters, digits, `_` and `-`, at most 32")
      .describe("Its name. In the ledger, guests are `oidc:<name>:<identity>`."),
    issuer: address.describe("`iss` of the tokens, to the letter."),
    audience: z.string().min(1).max(500).describe("`aud` of the tokens: it must be that, or in it."),
    subjects: patterns.describe(
      "`sub` of the tokens: it must match one of these, in which `*` stands for any characters. At an issuer that the whole world shares, each must say whose.",
    ),
    claims: z
      .record(claim, patterns)
      .default({})
      .describe("Further claims that must match one of the patterns told for them."),
    jwks_uri: address
      .optional()
      .describe("Where the issuer's keys are. Default: what its `/.well-known/openid-configuration` says."),
    jwks_file: z
      .string()
      .min(1)
      .optional()
      .describe("A file that holds them instead: nothing is fetched. It may change while the gateway runs."),
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe("A file with the certificate of who vouches for the issuer's server, such as a cluster's own."),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with a token that is shown where the keys are fetched, as an API server of Kubernetes wants it: at the issuer's own address, and at `jwks_uri`.",
      ),
    algorithms: z
      .array(z.enum(ALGORITHMS))
      .min(1)
      .default(["RS256", "PS256", "ES256", "EdDSA"])
      .describe("How tokens may be signed."),
    max_age_seconds: z
      .int()
      .min(60)
      .max(31_536_000)
      .optional()
      .describe(
        "A token that was issued longer ago is refused, however long it says to hold; it must say when (`iat`). Default: its own end counts alone.",
      ),
    identity_from: claim
      .default("sub")
      .describe(
        "The claim by which the ledger, budgets and limits tell guests apart. Where subjects are easily made, as branches are, another is better.",
      ),
    name_from: claim.optional().describe("The claim that they are called by. Default: as they are told apart."),
    team: z.string().min(1).max(100).optional().describe("The team (its id) that they belong to."),
    team_from: claim
      .optional()
      .describe(
        "The claim that says which team they belong to, as `oidc:<name>:<claim>`: what guests of one value spend counts for one budget.",
      ),
    policy: keyPolicy()
      .optional()
      .describe("What they may do; without it, whatever a key may of which nothing is said."),
  }),
);

export const oidc = fading(() =>
  z
    .array(rule())
    .default([])
    .describe(
      "Whose tokens are taken in the place of a key. Of several rules for an issuer the first that fits counts.",
    ),
);

export type OidcConfig = z.output<ReturnType<typeof oidc>>;

/** Issuers of which everybody can have a token; how subjects begin there that say whose they are; and the claims that say it as well. */
const SHARED: readonly { issuer: RegExp; whose: RegExp; such: string; owners?: readonly string[] }[] = [
  // https://docs.github.com/actions/reference/openid-connect-reference
  {
    issuer: /^https:\/\/token\.actions\.githubusercontent\.com\/?$/,
    whose: /^repo:[^*/:]+\//,
    such: "repo:my-organization/my-repository:*",
    owners: ["repository_owner", "repository_owner_id", "repository", "repository_id"],
  },
  // https://vercel.com/docs/oidc/reference: that of a team has its name in the address.
  {
    issuer: /^https:\/\/oidc\.vercel\.com\/?$/,
    whose: /^owner:[^*:]+:/,
    such: "owner:my-team:project:my-project:*",
    owners: ["owner", "owner_id", "project_id"],
  },
  // https://docs.gitlab.com/ci/secrets/id_token_authentication/
  {
    issuer: /^https:\/\/gitlab\.com\/?$/,
    whose: /^project_path:[^*/:]+\//,
    such: "project_path:my-group/my-project:*",
    owners: ["namespace_id", "namespace_path", "project_id", "project_path"],
  },
  // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
  {
    issuer: /^https:\/\/app\.terraform\.io\/?$/,
    whose: /^organization:[^*:]+:/,
    such: "organization:my-organization:*",
  },
  // https://buildkite.com/docs/pipelines/security/oidc
  {
    issuer: /^https:\/\/agent\.buildkite\.com\/?$/,
    whose: /^organization:[^*:]+:/,
    such: "organization:my-organization:*",
  },
  // People and machines by number: https://developers.google.com/identity/openid-connect/openid-connect
  {
    issuer: /^https:\/\/accounts\.google\.com\/?$/,
    whose: /^[^*]+$/,
    such: "the number of one account",
    owners: ["email", "hd"],
  },
];

/** Whether a rule lets in only those of somebody, at an issuer that is everybody's. */
function saysWhose(
  { subjects, claims }: Pick<OidcConfig[number], "subjects" | "claims">,
  { whose, owners = [] }: (typeof SHARED)[number],
): boolean {
  const owned = owners.some((name) => (claims[name] ?? ["*"]).every((pattern) => !pattern.includes("*")));
  return owned || subjects.every((pattern) => whose.test(pattern));
}

/** Whether claims let in everybody, at an issuer that is everybody's. */
export function isForTheWorld(issuer: string, claims: OidcConfig[number]["claims"]): boolean {
  const shared = SHARED.find((one) => one.issuer.test(issuer));
  return shared !== undefined && !saysWhose({ subjects: claims.sub ?? ["*"], claims }, shared);
}

/** What a schema cannot say: what would let in the world, and rules of one issuer that do not go together. @param source where it was told */
export function oidcProblems(rules: OidcConfig, source: string): Problem[] {
  const problems: Problem[] = [];
  const complain = (at: number, member: string, what: string) =>
    problems.push({
      path: ["oidc", String(at), member],
      line: `${source}: oidc.${at}${member === "" ? "" : `.${member}`}: ${what}`,
    });
  rules.forEach((one, at) => {
    if (rules.findIndex(({ name }) => name === one.name) < at) complain(at, "name", "another has it already");
    const shared = SHARED.find(({ issuer }) => issuer.test(one.issuer));
    if (shared !== undefined && !saysWhose(one, shared))
      complain(
        at,
        "subjects",
        `everybody can have a token of ${one.issuer}: it must say whose are let in, such as \`${shared.such}\``,
      );
    if (one.team !== undefined && one.team_from !== undefined)
      complain(at, "team_from", "is there beside team: only one can hold");
    if (one.jwks_uri !== undefined && one.jwks_file !== undefined)
      complain(at, "jwks_file", "is there beside jwks_uri: only one can hold");
    const first = rules.find(({ issuer }) => issuer === one.issuer)!;
    for (const member of ["jwks_uri", "jwks_file", "ca_file", "token_file"] as const)
      if (one[member] !== first[member])
        complain(at, member, `must be as in the first rule for the issuer, "${first.name}"`);
  });
  return problems;
}
