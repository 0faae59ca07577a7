import { describe, expect, test } from "bun:test";
import { ConfigError, explain } from "./explain.ts";
import { checkConfig } from "./load.ts";
import { configSchema } from "./schema.ts";

/** Every option there is. */
const FULL = {
  $schema: "./headgate.schema.json",
  host: "127.0.0.1",
  port: 8787,
  workers: 2,
  worker_port: 9101,
  data: "./data",
  providers: {
    mine: {
      api_key: "sk-1",
      api_key_file: "/run/secrets/mine",
      base_url: "http://127.0.0.1:9000/v1",
      wire: "openai-chat",
      embeddings: true,
      headers: { "x-team": "t" },
      quirks: ["no-stream-options"],
      models: [
        {
          id: "a/b",
          upstream: "b",
          name: "B",
          type: "language",
          context_window: 1000,
          max_output: 100,
          abilities: ["tools"],
          quirks: ["fixed-sampling"],
          price: { input: 1, output: 2, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, reasoning: 3 },
        },
      ],
      zero_data_retention: true,
      no_training: true,
      hipaa: true,
      regions: ["eu"],
      credentials: [{ name: "one", weight: 2, api_key: "sk-2", regions: ["europe-west1"] }],
      clocks: { connect_ms: 1, first_byte_ms: 2, first_content_ms: 3, idle_ms: 4, total_ms: 5 },
    },
  },
  routing_rules: [
    { id: "r", type: "deny", model: "a/*", to: "a/b", reason: "no", enabled: true, description: "for people" },
  ],
  virtual_models: {
    "vmc/v": {
      model: "a/b",
      candidates: [{ model: "a/b", weight: 1 }],
      selector: "weight",
      sticky: "user",
      name: "V",
      description: "for people",
      status: "active",
      visibility: "public",
    },
  },
  clocks: { connect_ms: 1, first_byte_ms: 2, first_content_ms: 3, idle_ms: 4, total_ms: 5 },
  policy: { zero_data_retention: true, no_training: true, hipaa: true },
  retries: { same_endpoint: 1, wait_ms: 1, backoff_ms: 1 },
  health: { failures: 1, cooldown_ms: 1, longest_cooldown_ms: 1 },
  redis: { url: "rediss://u:p@h:6379/1", prefix: "p" },
  limits: { body_bytes: 1024, body_ms: 1, file_bytes: 1024, file_ms: 1, json_depth: 8, json_tokens: 1000 },
  rate_limits: {
    gateway: { requests_per_minute: 1 },
    per_key: { requests_per_minute: 1, tokens_per_minute: 1, concurrent_streams: 1 },
    per_user: { concurrent_streams: 1 },
    default_output_tokens: 0,
  },
  budgets: {
    default_output_tokens: 16,
    ceiling_price: { input: 1, output: 1 },
    wait_ms: 1,
    alerts: { url: "https://alerts.internal/", secret: "0123456789abcdef", secret_file: "/x" },
  },
  stalled_seconds: 300,
  heartbeat_seconds: 15,
  hedging: { percent: 1, models: ["a/b"] },
  drain_abandoned: true,
  drain_seconds: 30,
  ledger: { sync: "full" },
  telemetry: {
    propagate: true,
    otlp: { endpoint: "http://127.0.0.1:4318", headers: { authorization: "Bearer x" }, sample: 0.5 },
  },
  simulate: "never",
  database: { url: "postgres://u:p@h:5432/d" },
  secret: "0123456789abcdef0123456789abcdef",
  secret_file: "/run/secrets/headgate",
  secret_previous: "fedcba9876543210fedcba9876543210",
  secret_previous_file: "/run/secrets/headgate-before",
  oidc: [
    {
      name: "ci",
      issuer: "https://issuer.example",
      audience: "headgate",
      subjects: ["repo:acme/*"],
      claims: { environment: ["production"] },
      jwks_uri: "https://issuer.example/keys",
      ca_file: "/run/ca.pem",
      token_file: "/run/token",
      algorithms: ["ES256"],
      identity_from: "repository",
      name_from: "actor",
      team: "ci",
      policy: { models: ["a/*"], hedge: true },
    },
  ],
  admin_token: "0123456789abcdef",
  admin_token_file: "/run/secrets/admin",
  admin: "locked",
  dashboard: {
    url: "https://headgate.example.com",
    oidc: {
      issuer: "https://login.example.com",
      client_id: "headgate",
      client_secret: "a-secret-of-the-registration",
      title: "Example",
      scopes: ["openid", "groups"],
      admins: [{ claims: { groups: ["ops"] } }],
      viewers: [{ claims: { groups: ["*"] } }],
      algorithms: ["RS256"],
      ca_file: "/run/ca.pem",
    },
  },
  admin_hosts: ["admin.example"],
};

type Step = string | number;
interface Place {
  path: Step[];
  value: unknown;
}

/** Every value of a tree, from the outside in. */
function placesOf(value: unknown, path: Step[] = []): Place[] {
  const inside = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const steps = inside.map(([name, inner]): [Step, unknown] => [Array.isArray(value) ? Number(name) : name, inner]);
  return [{ path, value }, ...steps.flatMap(([step, inner]) => placesOf(inner, [...path, step]))];
}

/** A copy with something else in this place. */
function withAt(tree: unknown, [step, ...rest]: readonly Step[], value: unknown): unknown {
  if (step === undefined) return value;
  const copy = (Array.isArray(tree) ? [...tree] : { ...(tree as object) }) as Record<Step, unknown>;
  copy[step] = withAt(copy[step], rest, value);
  return copy;
}

function problemsOf(config: unknown): readonly string[] {
  try {
    checkConfig(config, "file");
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
}

const PLACES = placesOf(FULL);
const SECRET = "sk-canary-0123456789";

test("the full example is good, and holds every option that the schema has", () => {
  expect(problemsOf(FULL)).toEqual([]);
  expect(Object.keys(FULL).sort()).toEqual(Object.keys(configSchema().shape).sort());
});

describe("an unknown option is refused with its path", () => {
  /** Objects whose names are the schema's own. */
  const closed = PLACES.filter(
    ({ path, value }) =>
      typeof value === "object" &&
      !Array.isArray(value) &&
      !["providers", "headers", "virtual_models", "claims"].includes(String(path.at(-1) ?? "")),
  );
  test.each(closed.map(({ path, value }) => [path.join(".") || "(top)", path, value as object]))(
    "in %s",
    (_, path, value) => {
      const config = withAt(FULL, path, { ...value, qqqqqqqqqq: SECRET });
      expect(problemsOf(config)).toEqual([`file: ${[...path, "qqqqqqqqqq"].join(".")}: no such option`]);
      // Mistyped by one letter.
      for (const name of Object.keys(value).filter((name) => /^[a-z]/.test(name))) {
        const { [name as keyof object]: inner, ...rest } = value;
        const typed = `${name}x`;
        const [problem] = problemsOf(withAt(FULL, path, { ...rest, [typed]: inner })).filter((line) =>
          line.includes(": no such option"),
        );
        expect(problem).toBe(`file: ${[...path, typed].join(".")}: no such option; did you mean "${name}"?`);
      }
    },
  );

  test("also where nothing near it exists, and several at once", () => {
    expect([...problemsOf({ bbbbbbbb: 1, zzzzzzzz: 2, clocks: { idle: 1 } })].sort()).toEqual([
      "file: bbbbbbbb: no such option",
      "file: clocks.idle: no such option",
      "file: zzzzzzzz: no such option",
    ]);
  });
});

describe("a value of the wrong type is refused with its path, and not repeated", () => {
  test.each(PLACES.map(({ path, value }) => [path.join(".") || "(top)", path, value]))("at %s", (at, path, value) => {
    const wrong: unknown[] = [null, { [SECRET]: SECRET }, [SECRET], [[]], Number.NaN, Infinity, 10n];
    if (typeof value !== "string") wrong.push(SECRET, "");
    if (typeof value !== "boolean") wrong.push(true);
    if (typeof value !== "number") wrong.push(5);
    if (typeof value === "number") wrong.push(-1, "5");
    for (const one of wrong) {
      // A name is any, so an object there is not wrong in itself.
      if (
        typeof one === "object" &&
        one !== null &&
        !Array.isArray(one) &&
        /^(providers|virtual_models|.*\.headers|.*\.claims)$/.test(at)
      )
        continue;
      if (Array.isArray(value) && Array.isArray(one) && one.length === 0) continue;
      // So is that of a region, or of a host.
      if (Array.isArray(one) && one[0] === SECRET && /(^admin_hosts|\.regions|\.subjects|\.claims\.\w+)$/.test(at))
        continue;
      const problems = problemsOf(withAt(FULL, path, one));
      expect([at, problems.length > 0]).toEqual([at, true]);
      expect(problems.every((line) => line.startsWith(`file: ${path.join(".")}`))).toBe(true);
      const told = problems.filter((line) => !line.includes("no such option")).join();
      expect(told).not.toContain("canary");
    }
  });

  test.each([
    ["port", 65_536],
    ["port", 1.5],
    ["limits.body_bytes", 1023],
    ["limits.json_depth", 1001],
    ["heartbeat_seconds", 0],
    ["drain_seconds", 3601],
    ["simulate", "perhaps"],
    ["ledger.sync", "off"],
    ["admin_token", "fifteen-letters"],
    ["secret", "thirty-one-letters-are-too-few!"],
    ["providers.mine.base_url", "ftp://127.0.0.1"],
    ["providers.mine.base_url", "127.0.0.1:9000"],
    ["providers.mine.base_url", "file:///etc/passwd"],
    ["providers.mine.wire", "openai"],
    ["providers.mine.api_key", ""],
    ["providers.mine.models.0.id", "gpt"],
    ["providers.mine.models.0.id", "a/b/c"],
    ["providers.mine.models.0.type", "pictures"],
    ["providers.mine.models.0.abilities.0", "flying"],
    ["providers.mine.models.0.price.input", -0.01],
    ["providers.mine.models.0.context_window", 0],
  ])("%s may not be %p", (at, value) => {
    const path = at.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const problems = problemsOf(withAt(FULL, path, value));
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^file: ${at.replaceAll(".", "\\.")}: [a-z]`))]);
    if (typeof value === "string" && value !== "") expect(problems[0]).not.toContain(`"${value}"`);
  });

  test.each(["Mine", "-mine", "my vllm", "mine/2", ""])("a provider may not be called %p", (name) => {
    expect(problemsOf({ providers: { [name]: FULL.providers.mine } })).toEqual([
      expect.stringContaining(`file: providers.${name}: a provider's name is letters, digits`),
    ]);
  });

  test.each(["x team", "x:team", "", "x\r\ny", "ü"])("a header field may not be called %p", (name) => {
    const config = withAt(FULL, ["providers", "mine", "headers"], { [name]: "v" });
    expect(problemsOf(config)).toEqual([`file: providers.mine.headers.${name}: no name of a header field`]);
  });
});

test("a problem is told under the source of its option", () => {
  const issues = configSchema().safeParse({ port: "x", host: 1, limits: { a: 1 } }).error!.issues;
  const problems = explain(issues, configSchema(), (option) => `<${option}>`);
  expect(problems.map(({ path, line }) => [path.join("."), line.split(":")[0]!])).toEqual([
    ["host", "<host>"],
    ["port", "<port>"],
    ["limits.a", "<limits>"],
  ]);
  const [top] = explain(configSchema().safeParse(null).error!.issues, configSchema(), (option) => `<${option}>`);
  expect(top!.line).toStartWith("<>: (top): ");
});

test("an error of several problems is one text, a line each", () => {
  const error = new ConfigError(["a: wrong", "b: wrong"]);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "ConfigError",
    message: "a: wrong\nb: wrong",
    problems: ["a: wrong", "b: wrong"],
  });
});
