import "./jitless.ts";

import { z } from "zod";
import type { Problem } from "./explain.ts";
import { fading } from "./fading.ts";
import { ALGORITHMS, address, claim, isForTheWorld, patterns } from "./oidc.ts";

/** How people reach the dashboard, and who of them is let in: `dashboard` of the configuration. */

const isPlace = (text: string) => {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === "/" && search + hash + username === "";
};

const people = fading(() =>
  z.array(
    z.strictObject({
      claims: z
        .record(claim, patterns)
        .refine((one) => Object.keys(one).length > 0, "must name a claim")
        .describe(
          "Claims of the token, each with patterns (`*` stands for any characters) of which it must match one. All of them must.",
        ),
    }),
  ),
);

const signOn = fading(() =>
  z.strictObject({
    issuer: address.describe("`iss` of its tokens, to the letter; below it is `/.well-known/openid-configuration`."),
    client_id: z.string().min(1).max(500).describe("As the gateway is registered there."),
    client_secret: z
      .string()
      .min(1)
      .optional()
      .describe("The secret of that registration, as `${…}`; a public one has none."),
    client_secret_file: z.string().min(1).optional().describe("A file that holds it instead."),
    title: z.string().min(1).max(60).default("single sign-on").describe("What the button says: sign in with …"),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, "must be a scope, without spaces"))
      .default(["openid", "email", "profile"])
      .describe("What is asked of the issuer: it decides which claims a token has, and some want one for groups."),
    admins: people().default([]).describe("Who is let in as an admin: whoever matches one of these."),
    viewers: people()
      .default([])
      .describe("Who is let in as a viewer, likewise. Whoever is an admin is not looked for here."),
    algorithms: z
      .array(z.enum(ALGORITHMS))
      .min(1)
      .default(["RS256", "PS256", "ES256", "EdDSA"])
      .describe("How tokens may be signed."),
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe("A file with the certificate of who vouches for the issuer's server."),
  }),
);

export const dashboard = fading(() =>
  z
    .strictObject({
      url: z
        .string()
        .refine(isPlace, "must be an address without a path, such as https://headgate.example.com")
        .optional()
        .describe(
          "Where browsers reach it, such as `https://headgate.example.com`, where that is another address than the one it listens on: for links that sign in, single sign-on, and cookies that go by TLS alone. Its name counts as one of `admin_hosts`.",
        ),
      oidc: signOn().optional().describe("Single sign-on (OpenID Connect, code flow with PKCE)."),
    })
    .prefault({})
    .describe("The dashboard."),
);

export type DashboardConfig = z.output<ReturnType<typeof dashboard>>;
export type SignOnConfig = z.output<ReturnType<typeof signOn>>;

/** What a schema cannot say. @param source where it was told */
export function dashboardProblems({ oidc }: DashboardConfig, source: string): Problem[] {
  if (oidc === undefined) return [];
  const problems: Problem[] = [];
  const complain = (member: string, what: string) =>
    problems.push({ path: ["dashboard", "oidc", member], line: `${source}: dashboard.oidc.${member}: ${what}` });
  if (oidc.client_secret !== undefined && oidc.client_secret_file !== undefined)
    complain("client_secret_file", "is there beside client_secret: only one can hold");
  if (oidc.admins.length + oidc.viewers.length === 0)
    complain("admins", "nobody is let in: it must say who is an admin, or `viewers` who is a viewer");
  if (!oidc.scopes.includes("openid")) complain("scopes", "`openid` must be among them");
  for (const role of ["admins", "viewers"] as const)
    for (const [at, { claims }] of oidc[role].entries())
      if (isForTheWorld(oidc.issuer, claims))
        complain(`${role}.${at}.claims`, `everybody can have a token of ${oidc.issuer}: it must say whose are let in`);
  return problems;
}
