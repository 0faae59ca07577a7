import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Ask, GatewayFields } from "../core/ask.ts";
import { NO_GATEWAY_FIELDS } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { type Preferences, readPreferences } from "./preferences.ts";

function askWith(gateway: GatewayFields): Ask {
  return {
    wire: "openai-chat",
    operation: "generate",
    body: {},
    model: "lab/model",
    stream: false,
    gateway,
    needs: [],
    outputCap: undefined,
    hideReasoning: false,
  };
}

/** The preferences of a request with these options, these top-level members and these header fields. */
function read(
  options: JsonObject,
  top: Partial<GatewayFields> = {},
  headers: Record<string, string> = {},
): Preferences {
  return readPreferences(askWith({ options, ...top }), new Headers(headers));
}

/** The refusal of such a request. */
function refusal(...told: Parameters<typeof read>): GatewayError {
  try {
    read(...told);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error(`accepted: ${JSON.stringify(told)}`);
}

const SILENT: Preferences = {
  order: [],
  only: [],
  ignore: [],
  allowFallbacks: true,
  sort: undefined,
  has: [],
  maxPrice: undefined,
  timeouts: undefined,
  region: undefined,
  models: [],
  zeroDataRetention: false,
  disallowPromptTraining: false,
  hipaaCompliant: false,
  user: undefined,
  tags: [],
  fast: undefined,
  strict: false,
  dropped: [],
};

describe("a request that asks for nothing", () => {
  test("has no preferences, and costs no object", () => {
    const ask = askWith(NO_GATEWAY_FIELDS);
    expect(readPreferences(ask, new Headers())).toEqual(SILENT);
    expect(readPreferences(ask, new Headers())).toBe(readPreferences(ask, new Headers()));
  });

  test("says nothing by an empty object of options, or by null for any of them", () => {
    expect(read({})).toEqual(SILENT);
    const names = [
      "order",
      "only",
      "models",
      "zeroDataRetention",
      "disallowPromptTraining",
      "user",
      "tags",
      "sort",
      "has",
      "ignore",
      "allow_fallbacks",
      "max_price",
      "providerTimeouts",
    ];
    expect(read(Object.fromEntries(names.map((name) => [name, null])))).toEqual(SILENT);
    expect(read({ inferenceRegion: null, hipaaCompliant: null })).toEqual(SILENT);
    expect(read({}, { models: null, tags: null, user: null, provider: null })).toEqual(SILENT);
    expect(read({ ignore: [], has: [], models: [], tags: [] }, { models: [], tags: [] })).toEqual(SILENT);
  });
});

describe("an option that is obeyed", () => {
  test.each<[string, JsonObject, Partial<Preferences>]>([
    ["hipaaCompliant", { hipaaCompliant: true }, { hipaaCompliant: true }],
    ["hipaaCompliant: false", { hipaaCompliant: false }, {}],
    ["order", { order: ["vertex", "anthropic"] }, { order: ["vertex", "anthropic"] }],
    ["only", { only: ["anthropic"] }, { only: ["anthropic"] }],
    ["models", { models: ["a/b", "c/d"] }, { models: ["a/b", "c/d"] }],
    ["zeroDataRetention", { zeroDataRetention: true }, { zeroDataRetention: true }],
    ["zeroDataRetention: false", { zeroDataRetention: false }, {}],
    ["disallowPromptTraining", { disallowPromptTraining: true }, { disallowPromptTraining: true }],
    ["user", { user: "user-1" }, { user: "user-1" }],
    ["tags", { tags: ["team:a", "b"] }, { tags: ["team:a", "b"] }],
  ])("is read: %s", (_, options, preferences) => {
    expect(read(options)).toEqual({ ...SILENT, ...preferences });
  });

  test.each<[string, JsonValue, string]>([
    ["order", "anthropic", "an array of names"],
    ["only", [], "not empty"],
    ["order", [], "not empty"],
    ["order", names(101), "at most 100"],
    ["ignore", [7], "an array of names"],
    ["ignore", names(101), "at most 100"],
    ["allow_fallbacks", "no", "true or false"],
    ["sort", "cheapest", '"cost" or "ttft" or "tps"'],
    ["sort", ["cost"], '"cost" or "ttft" or "tps"'],
    ["models", names(1000, "a/"), "at most 20 models"],
    ["order", [1], "an array of names"],
    ["order", [""], "an array of names"],
    ["models", ["m".repeat(257)], "an array of names"],
    ["only", {}, "an array of names"],
    ["only", ["a", null], "an array of names"],
    ["models", "a/b", "an array of names"],
    ["models", [["a/b"]], "an array of names"],
    // Evaluation requests may begin with such an object (contract 9.4), and there are none here.
    ["models", [{ model: "a/b", when: {} }], "an array of names"],
    ["zeroDataRetention", "true", "true or false"],
    ["zeroDataRetention", 1, "true or false"],
    ["disallowPromptTraining", [], "true or false"],
    ["user", 7, "a string of at most 256"],
    ["quotaEntityId", 7, "a string of at most 256"],
    ["tags", "a,b", "an array of names"],
    ["tags", [7], "an array of names"],
  ])("of a wrong type is refused, and named: %s: %j", (name, value, expected) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe("invalid_request");
    expect(error.details.param).toBe(`providerOptions.gateway.${name}`);
    expect(error.message).toContain(`"providerOptions.gateway.${name}" must be `);
    expect(error.message).toContain(expected);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ["models", { models: names(20, "m/") }, { models: names(21, "m/") }],
    ["tags", { tags: names(10) }, { tags: names(11) }],
    ["tags", { tags: ["x".repeat(64)] }, { tags: ["x".repeat(65)] }],
    ["user", { user: "x".repeat(256) }, { user: "x".repeat(257) }],
    ["quotaEntityId", { quotaEntityId: "x".repeat(256) }, { quotaEntityId: "x".repeat(257) }],
  ])("is taken up to its cap and no further: %s", (name, within, beyond) => {
    expect(() => read(within)).not.toThrow();
    expect(refusal(beyond).details.param).toBe(`providerOptions.gateway.${name}`);
  });
});

function names(count: number, prefix = ""): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

describe("an option that a provider obeys", () => {
  test.each<[string, JsonValue, JsonValue]>([
    ["caching", "auto", "always"],
    ["serviceTier", "flex", "ultrafast"],
    ["serviceTier", "priority", true],
    ["serviceTier", "fast", ["flex"]],
    ["safetyIdentifier", "x".repeat(64), "x".repeat(65)],
    ["safetyIdentifier", "x", ""],
    ["speed", "fast", "slow"],
    ["allowFallbackFromFast", false, "no"],
  ])("is checked, and nothing is told of it: %s", (name, right, wrong) => {
    expect(read({ [name]: right }).dropped).toEqual([]);
    expect(read({ [name]: null }).dropped).toEqual([]);
    expect(refusal({ [name]: wrong }).details.param).toBe(`providerOptions.gateway.${name}`);
  });

  test("speed wants the fast variant first, or it alone", () => {
    expect(read({ speed: "fast" }).fast).toBe("first");
    expect(read({ speed: "fast", allowFallbackFromFast: true }).fast).toBe("first");
    expect(read({ speed: "fast", allowFallbackFromFast: false }).fast).toBe("only");
    expect(read({ allowFallbackFromFast: false }).fast).toBeUndefined();
  });
});

describe("an option of the hosted gateway that is not here yet", () => {
  test.each<[string, JsonValue]>([["idempotencyKey", "k"]])(
    "is told by its path and nothing of its value: %s",
    (name, value) => {
      expect(read({ [name]: value, order: ["openai"] })).toEqual({
        ...SILENT,
        order: ["openai"],
        dropped: [`providerOptions.gateway.${name}`],
      });
    },
  );
});

describe("an option nobody knows", () => {
  test.each([
    ["ordr", "order"],
    ["Only", "only"],
    ["model", "models"],
    ["zeroDataRetenion", "zeroDataRetention"],
    ["zero_data_retention", "zeroDataRetention"],
    ["disallowPromptTrainig", "disallowPromptTraining"],
    ["inferenceRegions", "inferenceRegion"],
    ["allowFallbacks", "allow_fallbacks"],
    ["maxPrice", "max_price"],
    ["ignored", "ignore"],
    ["providerTimeout", "providerTimeouts"],
    ["servicetier", "serviceTier"],
  ])("is refused with the word that was meant: %s", (name, meant) => {
    const error = refusal({ [name]: ["x"] });
    expect([error.code, error.status]).toEqual(["invalid_request", 400]);
    expect(error.details.param).toBe(`providerOptions.gateway.${name}`);
    expect(error.message).toContain(`Did you mean "${meant}"?`);
  });

  test("is refused with the options there are where none is near", () => {
    const { message } = refusal({ base_url: "http://169.254.169.254" });
    expect(message).toContain("The options are order, only, models,");
    expect(message).not.toContain("169.254");
  });

  test("is refused whatever its value, and beside options that are good", () => {
    for (const value of [null, false, "", {}]) expect(refusal({ order: ["openai"], nonsense: value }).status).toBe(400);
    expect(refusal({ __proto__x: 1 }).status).toBe(400);
  });
});

describe("options that stand where nobody looks", () => {
  test.each([
    ["provider_options", { provider_options: { gateway: { zeroDataRetention: true } } }],
    ["zeroDataRetention", { zeroDataRetention: true }],
    ["byok", { byok: { openai: [{ apiKey: "sk-x" }] } }],
    ["byok_only", { byok_only: true }],
    ["providerOptions.byok", { providerOptions: { byok: { openai: [] } } }],
    ["providerOptions.gatway", { providerOptions: { gatway: { zeroDataRetention: true } } }],
    ["providerOptions.Gateway", { providerOptions: { gateway: {}, Gateway: { only: ["openai"] } } }],
  ])("are refused, for what they ask would be kept by nobody: %s", (param, body: JsonObject) => {
    const ask = { ...askWith({ options: {} }), body };
    expect(() => readPreferences(ask, new Headers())).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        details: { param },
        message: expect.stringContaining("mean"),
      }),
    );
  });

  test("are a provider's own under its name, whatever that is", () => {
    const body = { providerOptions: { groq: { a: 1 }, gmicloud: {}, "gate-keeper.example": {} } };
    expect(readPreferences({ ...askWith({ options: {} }), body }, new Headers()).dropped).toEqual([]);
  });
});

describe("an address of the client's choosing", () => {
  const readBody = (body: JsonObject) => readPreferences({ ...askWith(NO_GATEWAY_FIELDS), body }, new Headers());

  test.each([
    ["base_url", { base_url: "http://169.254.169.254" }],
    ["apiBase", { apiBase: null }],
    ["providerOptions.openai.baseURL", { providerOptions: { openai: { baseURL: "http://x" } } }],
    ["providerOptions.nobody.api_base", { providerOptions: { gateway: {}, nobody: { api_base: "http://x" } } }],
  ])("is refused: %s", (param, body) => {
    expect(() => readBody(body)).toThrow(
      expect.objectContaining({ code: "invalid_request", details: { param }, message: expect.stringContaining(param) }),
    );
  });

  test("is a word like others in a tool's schema, in metadata, or further down", () => {
    const tools = [{ type: "function", function: { name: "f", parameters: { properties: { base_url: {} } } } }];
    expect(
      readBody({ tools, metadata: { base_url: "x" }, providerOptions: { openai: { x: { base_url: "x" } } } }),
    ).toBe(readBody({}));
  });
});

describe("the other places for a preference", () => {
  test("top-level `models` come before those of the options, each once", () => {
    const told = read({ models: ["c/d", "e/f"] }, { models: ["a/b", "c/d"] });
    expect(told.models).toEqual(["a/b", "c/d", "e/f"]);
  });

  test("the cap counts both lists together", () => {
    const error = refusal({ models: names(10, "a/") }, { models: names(11, "b/") });
    expect(error.message).toContain("at most 20 models");
    expect(read({ models: names(20, "a/") }, { models: names(20, "a/") }).models).toHaveLength(20);
  });

  test("tags of header, options and top level are one set", () => {
    const { tags } = read({ tags: ["a"] }, { tags: ["b", "a"] }, { "ai-reporting-tags": " c , a,,  " });
    expect(tags).toEqual(["a", "b", "c"]);
  });

  test("tags of the header count towards the cap, and may not be longer", () => {
    expect(refusal({ tags: names(6) }, {}, { "ai-reporting-tags": "a,b,c,d,e" }).message).toContain("at most 10 tags");
    expect(refusal({}, {}, { "ai-reporting-tags": "x".repeat(65) }).message).toContain("at most 64");
  });

  test("the header's user wins over the options', which wins over the body's", () => {
    const header = { "ai-reporting-user": "header" };
    expect(read({ user: "option" }, { user: "body" }, header).user).toBe("header");
    expect(read({ user: "option" }, { user: "body" }).user).toBe("option");
    expect(read({}, { user: "body" }).user).toBe("body");
    expect(read({}, { user: "" }).user).toBeUndefined();
    // Who says nothing overrules nobody.
    expect(read({ user: "" }, { user: "body" }, { "ai-reporting-user": "" }).user).toBe("body");
  });

  test("a header alone is a preference", () => {
    const ask = askWith(NO_GATEWAY_FIELDS);
    expect(readPreferences(ask, new Headers({ "ai-reporting-user": "u" }))).toEqual({ ...SILENT, user: "u" });
    expect(readPreferences(ask, new Headers({ "ai-reporting-tags": "t" }))).toEqual({ ...SILENT, tags: ["t"] });
  });
});

describe("a sort", () => {
  test.each([
    ["cost", "cost"],
    ["ttft", "ttft"],
    ["tps", "tps"],
    ["price", "cost"],
    ["latency", "ttft"],
    ["throughput", "tps"],
  ] as const)("has a second word: %s", (word, sort) => expect(read({ sort: word })).toEqual({ ...SILENT, sort }));
});

describe("the short forms in `provider`", () => {
  test("mean what the options mean", () => {
    const provider = { sort: "cost", order: ["a"], only: ["a", "b"], ignore: ["c"], allow_fallbacks: false };
    expect(read({}, { provider })).toEqual(read(provider));
    expect(read({}, { provider: { max_price: { input: 3 } } })).toEqual(read({ max_price: { input: 3 } }));
    expect(read({ zeroDataRetention: true }, { provider: { sort: "tps" } })).toEqual(
      read({ zeroDataRetention: true, sort: "tps" }),
    );
  });

  test("must say the same where both speak", () => {
    expect(read({ sort: "cost" }, { provider: { sort: "cost" } }).sort).toBe("cost");
    expect(read({ sort: null }, { provider: { sort: "cost", order: null } }).sort).toBe("cost");
    const error = refusal({ sort: "cost" }, { provider: { sort: "tps" } });
    expect([error.code, error.details.param]).toEqual(["invalid_request", "provider.sort"]);
    expect(error.message).toBe(
      '"provider.sort" and "providerOptions.gateway.sort" must be the same where both are given.',
    );
  });

  test.each([
    [{ oder: ["a"] }, "provider.oder", 'Did you mean "order"?'],
    [{ data_collection: "deny" }, "provider.data_collection", "the others stand in providerOptions.gateway."],
    ["openai", "provider", "must be an object of sort,"],
    [[], "provider", "must be an object of sort,"],
  ] as [JsonValue, string, string][])("are refused where nobody knows them: %j", (provider, param, said) => {
    const error = refusal({}, { provider });
    expect([error.code, error.details.param]).toEqual(["invalid_request", param]);
    expect(error.message).toContain(said);
  });

  test("are checked as the options are", () => {
    expect(refusal({}, { provider: { only: [] } }).message).toContain("not empty");
  });
});

describe("options that are no object", () => {
  test.each<[JsonValue, string]>([
    ["gateway", "providerOptions"],
    [[], "providerOptions"],
    [{ gateway: "only" }, "providerOptions.gateway"],
    [{ gateway: ["only"] }, "providerOptions.gateway"],
  ])("are refused, as nobody would read what they say: %j", (providerOptions, param) => {
    const ask = { ...askWith({ options: {} }), body: { providerOptions } };
    expect(() => readPreferences(ask, new Headers())).toThrow(
      expect.objectContaining({ code: "invalid_request", details: { param } }),
    );
  });
});

describe("`clocks`", () => {
  test("are read as the configuration has them, and are nothing where nothing is said", () => {
    const clocks = { connect_ms: 1000, first_byte_ms: 2000, first_content_ms: 3000, idle_ms: 4000, total_ms: 789_000 };
    expect(read({ clocks }).patience).toEqual({
      connect: 1000,
      firstByte: 2000,
      firstContent: 3000,
      idle: 4000,
      total: 789_000,
    });
    expect(read({ clocks: { idle_ms: null } })).not.toContainKey("patience");
  });

  test.each<[JsonValue, string]>([
    [{ idle_ms: 999 }, "clocks.idle_ms"],
    [{ total_ms: 789_001 }, "clocks.total_ms"],
    [{ total_ms: "60000" }, "clocks.total_ms"],
    [{ totalMs: 60_000 }, "clocks.totalMs"],
    [60_000, "clocks"],
  ])("are refused otherwise, by their path: %j", (clocks, at) => {
    expect(refusal({ clocks })).toMatchObject({
      code: "invalid_request",
      details: { param: `providerOptions.gateway.${at}` },
    });
  });
});

describe("`providerTimeouts`", () => {
  test("are read for every credential, and for the client's own", () => {
    const { timeouts } = read({ providerTimeouts: { byok: { openai: 1000 }, anthropic: 789_000 } });
    expect(timeouts).toEqual({ byok: new Map([["openai", 1000]]), all: new Map([["anthropic", 789_000]]) });
  });

  test.each<[JsonValue, string]>([
    [{ openai: 999 }, "openai"],
    [{ openai: 789_001 }, "openai"],
    [{ openai: 1000.5 }, "openai"],
    [{ openai: "1000" }, "openai"],
    [{ openai: null }, "openai"],
    [{ byok: { openai: 0 } }, "byok.openai"],
  ])("out of range are refused: %j", (providerTimeouts, at) => {
    const error = refusal({ providerTimeouts });
    expect([error.code, error.details.param]).toEqual([
      "invalid_request",
      `providerOptions.gateway.providerTimeouts.${at}`,
    ]);
    expect(error.message).toContain("whole milliseconds from 1000 to 789000");
  });

  test.each<[JsonValue]>([[5000], ["x"], [[]], [{ byok: 5000 }]])(
    "of another shape are refused: %j",
    (providerTimeouts) => {
      expect(refusal({ providerTimeouts }).message).toContain("an object of milliseconds by provider");
    },
  );
});

describe("`max_price`", () => {
  test("is read in USD per million tokens", () => {
    expect(read({ max_price: { input: 3, output: 15 } }).maxPrice).toEqual({ input: 3_000_000, output: 15_000_000 });
    expect(read({ max_price: { output: 0 } }).maxPrice).toEqual({ input: undefined, output: 0 });
  });

  test.each<[JsonValue, string]>([
    [{ input: -1 }, "max_price.input"],
    [{ output: "3" }, "max_price.output"],
    [{ input: 1_000_001 }, "max_price.input"],
    [{ inputs: 3 }, "max_price.inputs"],
    [3, "max_price"],
  ])("is refused otherwise, by its path: %j", (max_price, at) => {
    expect(refusal({ max_price }).details.param).toBe(`providerOptions.gateway.${at}`);
  });
});

describe("`has`", () => {
  test("is read in the words of the model list, each once", () => {
    expect(read({ has: ["vision", "implicit-caching", "vision", "free"] }).has).toEqual([
      "vision",
      "implicit-caching",
      "free",
    ]);
  });

  test.each<[JsonValue]>([[["visoin"]], ["vision"], [[7]], [{}]])("is refused for anything else: %j", (has) => {
    const error = refusal({ has });
    expect([error.code, error.details.param]).toEqual(["invalid_request", "providerOptions.gateway.has"]);
    expect(error.message).toContain('"implicit-caching", "vision"');
  });

  test("is told the near word", () => {
    expect(refusal({ has: ["visoin"] }).message).toEndWith('Did you mean "vision"?');
  });
});

test("whatever the options hold, they are read or refused by name, and never change", () => {
  const value = fc.oneof(fc.jsonValue(), fc.array(fc.string()), fc.boolean());
  const name = fc.oneof(
    fc.constantFrom(
      "order",
      "only",
      "models",
      "zeroDataRetention",
      "user",
      "tags",
      "sort",
      "hipaaCompliant",
      "has",
      "max_price",
      "providerTimeouts",
      "inferenceRegion",
      "ignore",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value as fc.Arbitrary<JsonValue>, { maxKeys: 4 }), (options) => {
      const before = JSON.stringify(options);
      try {
        const told = read(options);
        for (const list of [told.order, told.only, told.ignore, told.models, told.tags]) {
          for (const entry of list) expect(entry).toBeString();
        }
        expect(told.tags.length).toBeLessThanOrEqual(10);
        expect([told.zeroDataRetention, told.disallowPromptTraining].every((flag) => typeof flag === "boolean")).toBe(
          true,
        );
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        expect(thrown.status).toBe(400);
        expect(thrown.details.param).toStartWith("providerOptions.gateway.");
      }
      expect(JSON.stringify(options)).toBe(before);
    }),
  );
});
