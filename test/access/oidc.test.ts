import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { checkConfig } from "../../src/config/load.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Claims, Issuer, part, type SigningKey, signatureOf, signingKey, tokenOf } from "../support/issuer.ts";

const ASKED = { model: "openai/gpt-5-mini", messages: [{ role: "user", content: "Hi" }] };

let issuer: Issuer;
let gateway: RunningGateway;

const ruleOf = (at: Issuer, more: object = {}) => ({
  name: "ci",
  issuer: at.url,
  audience: "headgate",
  subjects: ["repo:acme/*"],
  ...more,
});

beforeAll(async () => {
  issuer = new Issuer(["ES256", "RS256", "PS256", "EdDSA", "RS512"].map((algorithm) => signingKey(algorithm)));
  gateway = await startGateway({ config: { oidc: [ruleOf(issuer)] } });
});
afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = (token: string, at = gateway, more: Record<string, string> = {}) =>
  at.post("/v1/chat/completions", ASKED, { ...bearer(token), ...more });

/** The row of a generation, where this was who asked for it. */
const rowOf = (id: string, keyId: string, at = gateway) => at.headgate.gateway.generations.find(id, keyId);

/** What a token is refused with. */
async function refusalOf(token: string, at = gateway): Promise<string> {
  const reply = await ask(token, at);
  const { error } = (await reply.json()) as { error: { message: string; type: string; code: string } };
  expect([reply.status, error.type, error.code]).toEqual([401, "authentication_error", "invalid_token"]);
  return error.message;
}

describe("a token of a trusted issuer opens", () => {
  test.each(["ES256", "RS256", "PS256", "EdDSA"])("signed with %s", async (algorithm) => {
    const key = issuer.keys.find((one) => one.algorithm === algorithm)!;
    const reply = await ask(issuer.token({}, {}, key));
    expect(reply.status).toBe(200);
    const { id } = (await reply.json()) as { id: string };
    expect(await rowOf(id, "oidc:ci:repo:acme/app:ref:main")).toMatchObject({ id, requested: ASKED.model });
  });

  test("streams, and every other door", async () => {
    const headers = bearer(issuer.token());
    const stream = await gateway.post("/v1/chat/completions", { ...ASKED, stream: true }, headers);
    expect(await stream.text()).toContain("data: [DONE]");
    const messages = { ...ASKED, max_tokens: 20 };
    expect((await gateway.post("/v1/messages", messages, headers)).status).toBe(200);
    expect((await gateway.post("/v1/messages/count_tokens", ASKED, headers)).status).toBe(200);
    expect((await gateway.post("/v1/responses", { model: ASKED.model, input: "Hi" }, headers)).status).toBe(200);
    expect((await gateway.get("/metrics", headers)).status).toBe(200);
  });

  test("in whichever field keys are shown", async () => {
    const token = issuer.token();
    const post = (headers: Record<string, string>) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(ASKED),
      });
    expect((await post({ "x-ai-gateway-api-key": `Bearer ${token}` })).status).toBe(200);
    expect((await post({ "x-api-key": token })).status).toBe(200);
  });

  test("with several audiences, of which one is ours", async () => {
    expect((await ask(issuer.token({ aud: ["other", "headgate"] }))).status).toBe(200);
  });

  test("without a `typ`, or as an access token", async () => {
    expect((await ask(issuer.token({}, { typ: undefined }))).status).toBe(200);
    expect((await ask(issuer.token({}, { typ: "at+jwt" }))).status).toBe(200);
  });

  test("and its generations are its own", async () => {
    const mine = bearer(issuer.token());
    const { id } = (await (await gateway.post("/v1/chat/completions", ASKED, mine)).json()) as { id: string };
    expect((await gateway.get(`/v1/generation?id=${id}`, mine)).status).toBe(200);
    const other = bearer(issuer.token({ sub: "repo:acme/other:ref:main" }));
    expect((await gateway.get(`/v1/generation?id=${id}`, other)).status).toBe(404);
    expect((await gateway.get(`/v1/generation?id=${id}`)).status).toBe(404);
  });
});

describe("a token is refused, in words that say which rule it breaks", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const CLAIMS: [string, () => Claims, RegExp][] = [
    ["for another audience", () => ({ aud: "another" }), /another audience/],
    ["for an audience that only begins so", () => ({ aud: "headgate.evil" }), /another audience/],
    ["for no audience", () => ({ aud: undefined }), /another audience/],
    ["for an audience that is no text", () => ({ aud: { headgate: true } }), /another audience/],
    ["of another subject", () => ({ sub: "repo:evil/app:ref:main" }), /its "sub"/],
    ["of a subject that holds the right one", () => ({ sub: "x repo:acme/app" }), /its "sub"/],
    ["without a subject", () => ({ sub: undefined }), /its "sub"/],
    ["of a subject that is a list", () => ({ sub: ["repo:acme/app"] }), /nobody with its "sub"/],
    ["with a subject longer than any", () => ({ sub: `repo:acme/${"a".repeat(195)}` }), /its "sub" is no name/],
    ["with a line end in its subject", () => ({ sub: "repo:acme/a\nb" }), /its "sub" is no name/],
    ["that has expired", () => ({ exp: now() - 61 }), /expired/],
    ["that never expires", () => ({ exp: undefined }), /does not say when it expires/],
    ["that expires at a text", () => ({ exp: String(now() + 60) }), /does not say when it expires/],
    ["that is not yet good", () => ({ nbf: now() + 90 }), /not begun/],
    ["from the future", () => ({ iat: now() + 90 }), /not begun/],
    ["that begins at a text", () => ({ nbf: "now" }), /time in it is none/],
    ["of another issuer", () => ({ iss: "https://issuer.example" }), /issuer is not one that is trusted/],
    ["of an issuer with a slash more", () => ({ iss: `${issuer.url}/` }), /issuer is not one that is trusted/],
    ["of an issuer in a list", () => ({ iss: [issuer.url] }), /issuer is not one that is trusted/],
    ["of no issuer", () => ({ iss: undefined }), /issuer is not one that is trusted/],
  ];
  test.each(CLAIMS)("%s", async (_, claims, words) => {
    expect(await refusalOf(issuer.token(claims()))).toMatch(words);
  });

  const HEADERS: [string, Claims, RegExp][] = [
    ["with an algorithm that was not configured", { alg: "RS512" }, /algorithm/],
    ["without an algorithm", { alg: undefined }, /algorithm/],
    ["with an algorithm that is a list", { alg: ["ES256"] }, /algorithm/],
    ["with an algorithm that every object has", { alg: "constructor" }, /algorithm/],
    ["with what must be understood", { crit: ["exp"], exp: 1 }, /crit/],
    ["with what must be understood, and nothing in it", { crit: [] }, /crit/],
    ["with a payload that is not encoded", { b64: false }, /b64/],
    ["with another token in it", { cty: "JWT" }, /cty/],
    ["made for something else", { typ: "logout+jwt" }, /typ/],
    ["of a type that is no text", { typ: 1 }, /typ/],
    ["with a key's name that is no text", { kid: 7 }, /kid/],
    ["with the name of no key", { kid: "another" }, /no such key/],
  ];
  test.each(HEADERS)("%s", async (_, header, words) => {
    expect(await refusalOf(issuer.token({}, header))).toMatch(words);
  });

  test("signed by nobody", async () => {
    for (const alg of ["none", "None", "NONE", ""]) {
      const said = `${part({ alg, typ: "JWT", kid: issuer.keys[0]!.id })}.${part(issuer.claims())}`;
      for (const proof of ["", "AA"]) expect(await refusalOf(`${said}.${proof}`)).toMatch(/algorithm|signature/);
    }
  });

  test("signed with a public key as if it were a secret", async () => {
    const key = issuer.keys.find((one) => one.algorithm === "RS256")!;
    const { createHmac, createPublicKey } = await import("node:crypto");
    const pem = createPublicKey(key.privateKey).export({ type: "spki", format: "pem" });
    const said = `${part({ alg: "HS256", typ: "JWT", kid: key.id })}.${part(issuer.claims())}`;
    const proof = createHmac("sha256", pem).update(said).digest("base64url");
    expect(await refusalOf(`${said}.${proof}`)).toMatch(/algorithm/);
  });

  test("signed with a key that it brings along", async () => {
    const own = signingKey("ES256", issuer.keys[0]!.id);
    const header = { jwk: own.jwk, jku: `${issuer.url}/stolen`, x5u: `${issuer.url}/stolen` };
    expect(await refusalOf(tokenOf(own, issuer.claims(), header))).toMatch(/signature does not hold/);
    expect(issuer.asked).not.toContain("/stolen");
  });

  test("signed for another algorithm than its key is for", async () => {
    const [rsa, ec] = ["RS256", "ES256"].map((name) => issuer.keys.find((one) => one.algorithm === name)!);
    expect(await refusalOf(issuer.token({}, { kid: ec!.id }, rsa))).toMatch(/no such key/);
    expect(await refusalOf(issuer.token({}, { alg: "PS256" }, rsa))).toMatch(/signature does not hold/);
  });

  test("changed by one character, wherever", async () => {
    const token = issuer.token();
    const [head, body] = token.split(".") as [string, string, string];
    const places = [4, head.length - 2, head.length + 3, head.length + body.length - 2, token.length - 20];
    for (const at of places) {
      const other = token[at] === "A" ? "B" : "A";
      await refusalOf(token.slice(0, at) + other + token.slice(at + 1));
    }
  });

  test("with claims of one and the signature of another", async () => {
    const [head, , proof] = issuer.token().split(".");
    const body = part(issuer.claims({ sub: "repo:acme/admin" }));
    expect(await refusalOf([head, body, proof].join("."))).toMatch(/signature does not hold/);
  });

  test("with a member twice, in its claims or its header", async () => {
    const [key] = issuer.keys as [SigningKey];
    const claims = JSON.stringify(issuer.claims());
    const twice = `${claims.slice(0, -1)},"sub":"repo:acme/admin"}`;
    expect(await refusalOf(tokenOf(key, twice))).toMatch(/payload has a member twice/);
    const said = `${part(`{"alg":"ES256","alg":"ES256","kid":"${key.id}"}`)}.${part(claims)}`;
    const proof = signatureOf(key, said).toString("base64url");
    expect(await refusalOf(`${said}.${proof}`)).toMatch(/header has a member twice/);
  });

  test("that is none", async () => {
    const [key] = issuer.keys as [SigningKey];
    for (const [body, words] of [
      ["[]", /not a JSON object/],
      ["null", /not a JSON object/],
      ["{", /not JSON/],
      ['{"iss":1e999}', /issuer/],
      [`{"a":${"[".repeat(3000)}${"]".repeat(3000)}}`, /issuer/],
    ] as const)
      expect(await refusalOf(tokenOf(key, body))).toMatch(words);
    expect(await refusalOf("eyJ9.eyJ9.eyJ9")).toMatch(/not JSON/);
    expect(await refusalOf("eyJhbGciOiJFUzI1NiJ9.ey=.AA")).toMatch(/not base64url/);
    expect(await refusalOf(issuer.token({ filling: "a".repeat(9500) }))).toMatch(/too long/);
  });

  test("and not a word of what it holds, nor of what would have been right", async () => {
    const texts = await Promise.all([
      refusalOf(issuer.token({ sub: "repo:s3cret/x" })),
      refusalOf(issuer.token({ aud: "s3cret" })),
      refusalOf(issuer.token({ iss: "https://s3cret.example" })),
    ]);
    for (const text of texts) for (const word of ["s3cret", "acme", "127.0.0.1"]) expect(text).not.toContain(word);
  });

  test("in the dialect of the door", async () => {
    const reply = await gateway.post("/v1/messages", { ...ASKED, max_tokens: 5 }, bearer(issuer.token({ aud: "x" })));
    expect(await reply.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  });

  test("and none opens the admin API", async () => {
    expect((await gateway.get("/admin/health", bearer(issuer.token()))).status).toBe(401);
  });
});

describe("a key and a token", () => {
  test("a key beside a token counts, whatever it is worth", async () => {
    expect((await ask(issuer.token({ aud: "x" }), gateway, { "x-api-key": KEY })).status).toBe(200);
    expect((await ask(issuer.token(), gateway, { "x-api-key": "hg_unknown" })).status).toBe(401);
    expect((await ask(issuer.token(), gateway, { "x-ai-gateway-api-key": "hg_unknown" })).status).toBe(401);
    expect((await ask(issuer.token(), gateway, { "x-ai-gateway-api-key": "" })).status).toBe(200);
  });

  test("without issuers a token is a key that nobody knows", async () => {
    const alone = await startGateway();
    const reply = await ask(issuer.token(), alone);
    expect(await reply.json()).toMatchObject({ error: { code: "invalid_api_key", message: "Invalid API key" } });
    await alone.stop();
  });
});

describe("rules", () => {
  const running = async (rules: object[], body: (at: RunningGateway) => Promise<void>) => {
    const at = await startGateway({ config: { oidc: rules } });
    try {
      await body(at);
    } finally {
      await at.stop();
    }
  };
  const isOf = async (at: RunningGateway, claims: Claims, keyId: string) => {
    const { id } = (await (await ask(issuer.token(claims), at)).json()) as { id: string };
    expect(await rowOf(id, keyId, at)).toMatchObject({ id });
  };

  test("the first that fits says who it is", async () => {
    const rules = [
      ruleOf(issuer, { name: "deploy", claims: { environment: ["production", "staging"] }, subjects: ["*"] }),
      ruleOf(issuer, { name: "rest", identity_from: "repository" }),
    ];
    await running(rules, async (at) => {
      const repository = "acme/app";
      await isOf(at, { environment: "production", repository }, "oidc:deploy:repo:acme/app:ref:main");
      await isOf(at, { environment: "test", repository }, "oidc:rest:acme/app");
      await isOf(at, { repository }, "oidc:rest:acme/app");
      expect(await refusalOf(issuer.token({ environment: "test" }), at)).toMatch(/its "repository" is no name/);
      expect(await refusalOf(issuer.token({ environment: "test", sub: "x", repository }), at)).toMatch(
        /its "environment"|its "sub"/,
      );
    });
  });

  test("how old a token may be is what its rule says, whatever the token does", async () => {
    const own = new Issuer();
    let ahead = 0;
    const now = () => Date.now() + ahead;
    const oidc = [ruleOf(own, { max_age_seconds: 3600 })];
    const at = await startGateway({ config: { oidc }, now });
    try {
      const [iat, exp] = [Math.floor(Date.now() / 1000), 4_000_000_000];
      const token = own.token({ iat, exp });
      expect((await ask(token, at)).status).toBe(200);
      ahead = 3_590_000;
      expect((await ask(token, at)).status).toBe(200);
      // It is remembered by now, and ends all the same: a minute later, as clocks differ.
      ahead = 3_661_000;
      expect((await ask(token, at)).status).toBe(401);
      expect(await refusalOf(own.token({ iat: iat + 1, exp, jti: "x" }), at)).toContain("too long ago");
      expect(await refusalOf(own.token({ iat: undefined, exp }), at)).toContain("too long ago");
      expect((await ask(own.token({ iat: iat + 3000, exp }), at)).status).toBe(200);
    } finally {
      await at.stop();
      await own.stop();
    }
  });

  test("an algorithm that one rule takes is not one that all take", async () => {
    const rules = [
      ruleOf(issuer, { name: "strict", algorithms: ["EdDSA"], subjects: ["repo:acme/*"] }),
      ruleOf(issuer, { name: "open", algorithms: ["ES256"], subjects: ["repo:open/*"] }),
    ];
    await running(rules, async (at) => {
      expect(await refusalOf(issuer.token(), at)).toMatch(/its "sub"/);
      expect((await ask(issuer.token({ sub: "repo:open/x" }), at)).status).toBe(200);
    });
  });

  test("what guests may do in a minute, each of them may", async () => {
    await running([ruleOf(issuer, { policy: { limits: { requests_per_minute: 1 } } })], async (at) => {
      const [one, two] = [issuer.token(), issuer.token({ sub: "repo:acme/other" })];
      expect((await ask(one, at)).status).toBe(200);
      expect((await ask(one, at)).status).toBe(429);
      // Another token of the same guest's is no other guest.
      expect((await ask(issuer.token({ jti: "another" }), at)).status).toBe(429);
      expect((await ask(two, at)).status).toBe(200);
    });
  });

  test("what guests may do is what their rule says", async () => {
    const rules = [ruleOf(issuer, { policy: { models: ["anthropic/*"] }, team: "ci-team" })];
    await running(rules, async (at) => {
      expect((await ask(issuer.token(), at)).status).toBe(403);
      const allowed = { ...ASKED, model: "anthropic/claude-haiku-4.5" };
      const reply = await at.post("/v1/chat/completions", allowed, bearer(issuer.token()));
      expect(reply.status).toBe(200);
      const { id } = (await reply.json()) as { id: string };
      expect(await rowOf(id, "oidc:ci:repo:acme/app:ref:main", at)).toMatchObject({ team: "ci-team" });
    });
  });
});

test("the configuration in docs/oidc.md is one", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/oidc.md"), "utf8");
  const { oidc } = checkConfig(Bun.YAML.parse(/```yaml\n([\s\S]*?)```/.exec(page)![1]!), "docs/oidc.md");
  expect(oidc.map(({ name }) => name)).toEqual(["vercel", "github", "cluster"]);
});

/** Claims as those say that they issue them. */
const ISSUED: [string, { path?: string; rule: object; claims: Claims; header: Claims }, string][] = [
  // https://vercel.com/docs/oidc/reference
  [
    "VERCEL_OIDC_TOKEN of a team",
    {
      path: "/acme",
      rule: { audience: "https://vercel.com/acme", subjects: ["owner:acme:project:*:environment:production"] },
      claims: {
        aud: "https://vercel.com/acme",
        sub: "owner:acme:project:shop:environment:production",
        scope: "owner:acme:project:shop:environment:production",
        owner: "acme",
        owner_id: "team_7Gw5ZMzpQA8h90F832KGp7nwbuh3",
        project: "shop",
        project_id: "prj_7Gw5ZMBpQA8h9GF832KGp7nwbuh3",
        environment: "production",
      },
      header: {},
    },
    "oidc:ci:owner:acme:project:shop:environment:production",
  ],
  // https://docs.github.com/actions/reference/openid-connect-reference
  [
    "a token of GitHub Actions",
    {
      rule: {
        audience: "https://gateway.example",
        subjects: ["repo:octo-org/octo-repo:*"],
        claims: { ref: ["refs/heads/main"] },
        identity_from: "repository",
        name_from: "workflow",
      },
      claims: {
        aud: "https://gateway.example",
        sub: "repo:octo-org/octo-repo:environment:prod",
        jti: "example-id",
        environment: "prod",
        ref: "refs/heads/main",
        repository: "octo-org/octo-repo",
        repository_owner: "octo-org",
        repository_owner_id: "65",
        workflow: "example-workflow",
        runner_environment: "github-hosted",
      },
      header: { x5t: "example-thumbprint" },
    },
    "oidc:ci:octo-org/octo-repo",
  ],
  // https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
  [
    "a token of a service account of Kubernetes",
    {
      rule: { audience: "headgate", subjects: ["system:serviceaccount:shop:*"] },
      claims: {
        aud: ["headgate", "https://kubernetes.default.svc.cluster.local"],
        sub: "system:serviceaccount:shop:web",
        "kubernetes.io": {
          namespace: "shop",
          pod: { name: "web-1", uid: "u" },
          serviceaccount: { name: "web", uid: "u" },
        },
      },
      header: { typ: undefined },
    },
    "oidc:ci:system:serviceaccount:shop:web",
  ],
];

test.each(ISSUED)("%s opens, by the official client", async (_, { path = "", rule, claims, header }, keyId) => {
  const own = new Issuer([signingKey("RS256")], { path });
  const at = await startGateway({ config: { oidc: [{ ...ruleOf(own), ...rule }] } });
  const client = new OpenAI({ baseURL: `${at.url}/v1`, apiKey: own.token(claims, header), maxRetries: 0 });
  const { id } = await client.chat.completions.create({ ...ASKED, messages: [{ role: "user", content: "Hi" }] });
  expect(await rowOf(id, keyId, at)).toMatchObject({ id });
  await at.stop();
  await own.stop();
});

describe("keys of an issuer", () => {
  const folders: string[] = [];
  afterAll(() => {
    setSystemTime();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const alone = async (
    body: (own: Issuer, at: RunningGateway) => Promise<void>,
    more: (own: Issuer) => object = () => ({}),
  ) => {
    const own = new Issuer();
    const at = await startGateway({ config: { oidc: [ruleOf(own, more(own))] } });
    try {
      await body(own, at);
    } finally {
      at.complaints.length = 0;
      await at.stop();
      await own.stop();
    }
  };

  test("are fetched once for many", async () => {
    await alone(async (own, at) => {
      const all = Array.from({ length: 20 }, (_, i) => ask(own.token({ jti: String(i) }), at));
      expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(own.fetches).toBe(1);
    });
  });

  describe("from before a restart", () => {
    const config = (own: Issuer, more: object = {}) => {
      const data = mkdtempSync(join(tmpdir(), "headgate-oidc-"));
      folders.push(data);
      return { data, oidc: [ruleOf(own)], ...more };
    };
    const down = () => new Response("down", { status: 503 });
    /** A gateway that has fetched an issuer's keys, and is stopped; and one that begins then, at which the issuer is down. */
    const restarted = async (
      own: Issuer,
      body: (at: RunningGateway) => Promise<void>,
      between: (data: string) => void = () => {},
      now = Date.now,
    ) => {
      const told = config(own);
      const first = await startGateway({ config: told });
      expect((await ask(own.token(), first)).status).toBe(200);
      await first.stop();
      between(told.data);
      own.answer = down;
      const second = await startGateway({ config: told, now });
      try {
        await body(second);
        expect(second.complaints.splice(0)).toHaveLength(1);
      } finally {
        second.complaints.length = 0;
        await second.stop();
        await own.stop();
      }
    };

    test("serve while the issuer is down, and say nothing of a token by another key", async () => {
      const own = new Issuer();
      await restarted(own, async (at) => {
        expect((await ask(own.token({ jti: "new" }), at)).status).toBe(200);
        const other = own.token({}, {}, signingKey());
        expect((await ask(other, at)).status).toBe(503);
        expect(await refusalOf(`${own.token().slice(0, -8)}AAAAAAAA`, at)).toContain("signature");
      });
    });

    test("serve for a day after they were fetched, and no longer", async () => {
      for (const [hours, status] of [
        [23.9, 200],
        [24.1, 503],
        // A clock that was set back does not make them younger.
        [-1, 503],
      ] as const) {
        const own = new Issuer();
        const later = () => Date.now() + hours * 3_600_000;
        const token = own.token({ exp: 4e9, iat: 1 });
        await restarted(own, async (at) => expect((await ask(token, at)).status).toBe(status), undefined, later);
      }
    });

    test("are worth nothing where others have written or changed them", async () => {
      for (const forged of ["plain", "changed"]) {
        const own = new Issuer();
        const foe = new Issuer();
        const read = "SELECT value FROM settings WHERE name = ?";
        const between = (data: string) => {
          const file = new Database(join(data, "headgate.db"));
          const name = `issuer_keys ${own.url}`;
          const { value } = file.query<{ value: string }, [string]>(read).get(name)!;
          expect(value).not.toContain(own.keys[0]!.id);
          const document = { at: Date.now(), document: { keys: [foe.keys[0]!.jwk] } };
          const other = file.query("UPDATE settings SET value = ? WHERE name = ?");
          other.run(forged === "plain" ? JSON.stringify(document) : value.slice(0, -4) + "AAAA", name);
          file.close();
        };
        await restarted(
          own,
          async (at) => {
            expect((await ask(tokenOf(foe.keys[0]!, own.claims()), at)).status).toBe(503);
            expect((await ask(own.token(), at)).status).toBe(503);
          },
          between,
        );
        await foe.stop();
      }
    });
  });

  test("are as fresh as they were, however the machine's clock is set", async () => {
    await alone(async (own, at) => {
      expect((await ask(own.token(), at)).status).toBe(200);
      own.answer = () => new Response("down", { status: 500 });
      for (const days of [40, -80]) {
        setSystemTime(new Date(Date.now() + days * 86_400_000));
        expect((await ask(own.token(), at)).status).toBe(200);
      }
      setSystemTime();
    });
  });

  test("that cannot be had are no fault of the token's: 503, and soon it is worth another try", async () => {
    await alone(async (own, at) => {
      own.answer = () => new Response("down", { status: 500 });
      const reply = await ask(own.token(), at);
      expect(reply.status).toBe(503);
      expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await reply.json()).toMatchObject({ error: { code: "issuer_unavailable" } });
      expect(String(at.complaints[0])).toContain("status 500");
      expect((await at.post("/v1/chat/completions", ASKED)).status).toBe(200);
    });
  });

  const BAD: [string, (own: Issuer) => Response, RegExp][] = [
    [
      "are those of somebody else",
      (own) => Response.json({ issuer: "https://other", jwks_uri: `${own.url}/keys` }),
      /another issuer/,
    ],
    ["are nowhere", (own) => Response.json({ issuer: own.url }), /no jwks_uri/],
    ["are elsewhere, by a redirect", (own) => Response.redirect(`${own.url}/keys`), /status 302/],
    ["are too many", () => new Response(new Uint8Array(600_000)), /larger than/],
    ["are no JSON", () => new Response("<html>"), /not JSON/],
  ];
  test.each(BAD)("%s: nobody is let in", async (_, answer, words) => {
    await alone(async (own, at) => {
      own.answer = () => answer(own);
      expect((await ask(own.token(), at)).status).toBe(503);
      expect(String(at.complaints[0])).toMatch(words);
    });
  });

  test("without one that can be used let nobody in", async () => {
    await alone(async (own, at) => {
      const { kty, n, e } = signingKey("RS256").jwk as Record<string, string>;
      const weak = [
        { kty: "oct", k: "c2VjcmV0", kid: "a", alg: "HS256" },
        { kty, n: n!.slice(0, 171), e, kid: "b" },
        { kty, n, e: "AQ", kid: "c" },
        { ...own.keys[0]!.jwk, use: "enc" },
        { ...own.keys[0]!.jwk, key_ops: ["sign"] },
        { kty, n, e: 3 },
        null,
        "text",
      ];
      own.answer = (request) => (request.url.endsWith("/keys") ? Response.json({ keys: weak }) : undefined);
      expect((await ask(own.token(), at)).status).toBe(503);
      expect(String(at.complaints[0])).toContain("no key that a signature could be checked with");
    });
  });

  test("are told of in the admin API", async () => {
    const own = new Issuer([signingKey(), signingKey()]);
    const token = "an-admin-token-of-the-operator";
    const at = await startGateway({ config: { admin_token: token, oidc: [ruleOf(own)] } });
    const told = async (of: RunningGateway) =>
      ((await (await of.get("/admin/health", bearer(token))).json()) as { issuers: unknown }).issuers;
    expect((await ask(own.token(), at)).status).toBe(200);
    expect(await told(at)).toEqual([
      { issuer: own.url, keys: 2, fetched_seconds_ago: expect.any(Number), failing: false },
    ]);
    await at.stop();
    own.answer = () => new Response(null, { status: 500 });
    const other = await startGateway({ config: { admin_token: token, oidc: [ruleOf(own)] } });
    expect((await ask(own.token(), other)).status).toBe(503);
    expect(await told(other)).toEqual([{ issuer: own.url, keys: 0, fetched_seconds_ago: null, failing: true }]);
    other.complaints.length = 0;
    await other.stop();
    await own.stop();
  });

  test("at an address that is told need no more looking for", async () => {
    await alone(
      async (own, at) => {
        expect((await ask(own.token(), at)).status).toBe(200);
        expect(own.asked).toEqual(["/keys"]);
      },
      (own) => ({ jwks_uri: `${own.url}/keys` }),
    );
  });

  test("are asked for with a token, where that is wanted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-oidc-"));
    folders.push(folder);
    writeFileSync(join(folder, "token"), "of-the-pod\n");
    await alone(
      async (own, at) => {
        own.answer = ({ headers }) =>
          headers.get("authorization") === "Bearer of-the-pod" ? undefined : new Response(null, { status: 401 });
        expect((await ask(own.token(), at)).status).toBe(200);
      },
      () => ({ token_file: join(folder, "token") }),
    );
  });

  test("are asked for without it, where only the issuer says that they are there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-oidc-"));
    folders.push(folder);
    writeFileSync(join(folder, "token"), "of-the-pod");
    const other = new Issuer();
    const shown: (string | null)[] = [];
    other.answer = ({ headers }) => {
      shown.push(headers.get("authorization"));
      return undefined;
    };
    await alone(
      async (own, at) => {
        own.answer = () => Response.json({ issuer: own.url, jwks_uri: `${other.url}/keys` });
        await ask(own.token(), at);
        expect(shown).toEqual([null]);
      },
      () => ({ token_file: join(folder, "token") }),
    );
    await other.stop();
  });

  test("over TLS come only from whom somebody vouches for whom the operator trusts", async () => {
    const tls = (name: string) => join(import.meta.dir, "../../src/upstream/fixtures/tls", name);
    const own = new Issuer([signingKey()], { tls: { key: tls("good.key"), cert: tls("good.pem") } });
    for (const [ca_file, status] of [
      [undefined, 503],
      [tls("self-signed.pem"), 503],
      [tls("ca.pem"), 200],
    ] as const) {
      const at = await startGateway({ config: { oidc: [ruleOf(own, ca_file === undefined ? {} : { ca_file })] } });
      expect([ca_file, (await ask(own.token(), at)).status]).toEqual([ca_file, status]);
      at.complaints.length = 0;
      await at.stop();
    }
    await own.stop();
  });

  test("in a file are read, and nobody is asked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-oidc-"));
    folders.push(folder);
    const file = join(folder, "keys.json");
    await alone(
      async (own, at) => {
        expect((await ask(own.token(), at)).status).toBe(200);
        expect(own.asked).toEqual([]);
      },
      (own) => {
        writeFileSync(file, JSON.stringify({ keys: own.keys.map(({ jwk }) => jwk) }));
        return { jwks_file: file };
      },
    );
  });
});
