import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyRing } from "../access/keys.ts";
import { MODELS } from "../catalog/models.ts";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { ConfigError } from "../config/explain.ts";
import { checkConfig, type Environment } from "../config/load.ts";
import { picodollars } from "../core/money.ts";
import type { Snapshot } from "./gateway.ts";
import { compileSnapshot, hasCredentials } from "./snapshot.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-snapshot-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Told {
  providers?: Record<string, object>;
  env?: Environment;
  simulator?: string;
  more?: object;
}

function snapshotOf({ providers = {}, env = {}, simulator, more = {} }: Told = {}): Snapshot {
  const config = checkConfig({ providers, ...more }, "test");
  return compileSnapshot({ config, env, keys: new KeyRing("secret", new Map()), simulator });
}

function problemsOf(told: Told): readonly string[] {
  try {
    snapshotOf(told);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  throw new Error("accepted");
}

/** What a provider would be sent first, with the credential in it. */
function headFor(snapshot: Snapshot, provider: string): string {
  const credential = snapshot.choice.credentials.get(provider)?.[0];
  if (credential === undefined) throw new Error(`${provider} has no credential`);
  return credential.head({ path: "/p", stream: false, body: "" });
}

function offersOf(snapshot: Snapshot, model: string) {
  return snapshot.choice.endpoints.get(model)!.map(({ provider, upstream }) => `${provider}:${upstream}`);
}

const OWN = { wire: "openai-chat", base_url: "http://127.0.0.1:9000/v1", api_key: "none" };

describe("a credential", () => {
  test("comes from the variable where the vendor's own tools look", () => {
    const snapshot = snapshotOf({ env: { OPENAI_API_KEY: "sk-1", ANTHROPIC_API_KEY: "sk-2" } });
    expect([...snapshot.choice.credentials.keys()].sort()).toEqual(["anthropic", "openai"]);
    expect(headFor(snapshot, "openai")).toStartWith("POST /v1/p HTTP/1.1\r\nhost: api.openai.com\r\n");
    expect(headFor(snapshot, "openai")).toContain("authorization: Bearer sk-1\r\n");
    const anthropic = headFor(snapshot, "anthropic");
    expect(anthropic).toContain("x-api-key: sk-2\r\n");
    expect(anthropic).toContain("anthropic-version: 2023-06-01\r\n");
    expect(anthropic).not.toContain("authorization");
  });

  test("comes from the usual variable before the others", () => {
    const env = { TOGETHER_AI_API_KEY: "second", TOGETHER_API_KEY: "first" };
    expect(headFor(snapshotOf({ env }), "togetherai")).toContain("Bearer first\r\n");
    expect(headFor(snapshotOf({ env: { TOGETHER_AI_API_KEY: "second" } }), "togetherai")).toContain(
      "Bearer second\r\n",
    );
  });

  test("comes from a file that the variable's twin names, without the line end", () => {
    const env = { GROQ_API_KEY_FILE: file("groq", "gsk-file\n") };
    expect(headFor(snapshotOf({ env }), "groq")).toContain("Bearer gsk-file\r\n");
  });

  test("of the configuration wins over the environment", () => {
    const env = { OPENAI_API_KEY: "sk-env" };
    expect(headFor(snapshotOf({ env, providers: { openai: { api_key: "sk-told" } } }), "openai")).toContain("sk-told");
    const api_key_file = file("openai", " sk-file ");
    expect(headFor(snapshotOf({ env, providers: { openai: { api_key_file } } }), "openai")).toContain(
      "Bearer sk-file\r\n",
    );
  });

  test("that is blank is none", () => {
    const snapshot = snapshotOf({ env: { OPENAI_API_KEY: "", GROQ_API_KEY: "  ", GROQ_API_KEY_FILE: "" } });
    expect(snapshot.choice.credentials.size).toBe(0);
  });

  test.each([
    ["GROQ_API_KEY_FILE: ", (path: string) => ({ env: { GROQ_API_KEY_FILE: path } })],
    ["providers.groq.api_key_file: ", (path: string) => ({ providers: { groq: { api_key_file: path } } })],
  ])("in a file that is not there, or is empty, is a mistake and not silence (%s)", (at, told) => {
    const gone = join(folder, "gone");
    expect(problemsOf(told(gone))).toEqual([expect.stringContaining(`${at}${gone} cannot be read`)]);
    const empty = file("empty", "\n");
    expect(problemsOf(told(empty))).toEqual([`${at}${empty} is empty`]);
  });

  test("that no header can carry is refused, and not repeated", () => {
    const [problem, ...others] = problemsOf({ env: { OPENAI_API_KEY: "sk-1\r\nx-evil: 1" } });
    expect(others).toEqual([]);
    expect(problem).toStartWith("providers.openai: ");
    expect(problem).not.toContain("sk-1");
  });

  test("carries what the operator has in contract, and nothing that the operator has not said", () => {
    const { credentials } = snapshotOf({
      env: { OPENAI_API_KEY: "a", GROQ_API_KEY: "b" },
      providers: { openai: { zero_data_retention: true, no_training: true } },
    }).choice;
    expect(credentials.get("openai")?.[0]).toMatchObject({
      zeroDataRetention: true,
      noTraining: true,
      simulated: false,
    });
    expect(credentials.get("groq")?.[0]).toMatchObject({ zeroDataRetention: false, noTraining: false, kind: "system" });
  });

  test("is not needed by a local server that wants none, and is shown to one that does", () => {
    const base_url = "http://127.0.0.1:11434/v1";
    expect(headFor(snapshotOf({ providers: { ollama: { base_url } } }), "ollama")).not.toContain("authorization");
    expect(headFor(snapshotOf({ providers: { vllm: { base_url, api_key: "t" } } }), "vllm")).toContain("Bearer t\r\n");
    expect(headFor(snapshotOf({ providers: { mine: OWN } }), "mine")).not.toContain("authorization");
    expect(snapshotOf().choice.credentials.has("ollama")).toBe(false);
  });

  test("without an address to show it at is a mistake where it was configured, and no matter where it only lies about", () => {
    expect(problemsOf({ providers: { ollama: {} } })).toEqual(["providers.ollama: needs a base_url"]);
    expect(problemsOf({ providers: { azure: { api_key: "k" } } })).toEqual([
      "providers.azure: needs a base_url (or AZURE_OPENAI_ENDPOINT in the environment)",
    ]);
    expect(snapshotOf({ env: { AZURE_API_KEY: "k" } }).choice.credentials.size).toBe(0);
  });

  test.each([
    ["azure", "https://r.openai.azure.com", "POST /openai/v1/chat/completions"],
    ["azure", "https://r.openai.azure.com/", "POST /openai/v1/chat/completions"],
    ["azure", "https://r.openai.azure.com/openai/v1/", "POST /openai/v1/chat/completions"],
    ["google", "https://g.example/v1beta/openai", "POST /v1beta/openai/embeddings"],
    ["openai", "https://o.example/openai/v1", "POST /openai/v1/chat/completions"],
  ])("of %s is shown where its address says, with or without what its paths begin with: %s", (name, base_url, line) => {
    const { choice } = snapshotOf({ providers: { [name]: { api_key: "k", base_url } } });
    const wire = name === "google" ? "openai-embeddings" : "openai-chat";
    const path = `${PROVIDERS.get(name)?.below?.[wire] ?? ""}${name === "google" ? "/embeddings" : "/chat/completions"}`;
    const head = choice.credentials.get(name)![0]!.head({ path, stream: false, body: "" }, {});
    expect(head).toStartWith(`${line} HTTP/1.1\r\n`);
  });

  test.each(["https://a.example", "https://a.example/v1", "https://a.example/v1/"])(
    "for Anthropic's wire is shown where its address says, with or without the version: %s",
    (base_url) => {
      const mine = { wire: "anthropic-messages", api_key: "k", base_url } as const;
      for (const [name, told] of Object.entries({ anthropic: { api_key: "k", base_url }, mine })) {
        const [credential] = snapshotOf({ providers: { [name]: told } }).choice.credentials.get(name)!;
        const head = credential!.head({ path: "/v1/messages", stream: false, body: "" }, {});
        expect(head).toStartWith("POST /v1/messages HTTP/1.1\r\nhost: a.example\r\n");
      }
    },
  );

  test("tells whether there is anybody to ask", () => {
    const config = checkConfig({}, "test");
    expect(hasCredentials(config, {})).toBe(false);
    expect(hasCredentials(config, { OPENAI_API_KEY: "k" })).toBe(true);
    expect(hasCredentials(checkConfig({ providers: { mine: OWN } }, "test"), {})).toBe(true);
  });

  test("does not serialise with the snapshot", () => {
    const { choice } = snapshotOf({ env: { OPENAI_API_KEY: "sk-canary" } });
    const told = JSON.stringify([...choice.credentials.values()]) + Bun.inspect(choice.credentials, { depth: 9 });
    expect(told).toContain("openai");
    expect(told).not.toContain("sk-canary");
  });
});

describe("a known provider", () => {
  test("goes to another address, with further header fields, on request", () => {
    const snapshot = snapshotOf({
      env: { ANTHROPIC_API_KEY: "k" },
      providers: { anthropic: { base_url: "http://127.0.0.1:9/proxy/", headers: { "x-team": "t" } } },
    });
    const head = headFor(snapshot, "anthropic");
    expect(head).toStartWith("POST /proxy/p HTTP/1.1\r\nhost: 127.0.0.1:9\r\n");
    expect(head).toContain("x-team: t\r\n");
    expect(head).toContain("anthropic-version: 2023-06-01\r\n");
  });

  test("has the quirks that the operator gives it instead of its own, in every endpoint", () => {
    const quirks = (providers: Told["providers"] = {}) => [
      ...snapshotOf({ providers })
        .choice.endpoints.get("mistral/mistral-large-3")!
        .find(({ provider }) => provider === "mistral")!.quirks,
    ];
    expect(quirks()).toContain("content-list");
    // What the model itself cannot do stays.
    expect(quirks({ mistral: { quirks: ["no-user"] } })).toEqual(["no-user", "never-thinks"]);
    expect(quirks({ mistral: { quirks: [] } })).toEqual(["never-thinks"]);
  });

  test("speaks another wire on request", () => {
    const { endpoints } = snapshotOf({ providers: { google: { wire: "anthropic-messages" } } }).choice;
    const google = endpoints.get("google/gemini-2.5-pro")!.find(({ provider }) => provider === "google")!;
    expect(google.wires.generate).toEqual(["anthropic-messages"]);
  });
});

describe("a provider of the operator's own", () => {
  const models = [{ id: "meta/llama-3.1-8b", upstream: "llama-local", price: { input: 0.05, output: 0.08 } }];

  test("serves its models under its names for them, first of all who do", () => {
    const snapshot = snapshotOf({ providers: { "my-vllm": { ...OWN, models } } });
    expect(offersOf(snapshot, "meta/llama-3.1-8b")[0]).toBe("my-vllm:llama-local");
    expect(snapshot.choice.slugs.get("my-vllm")).toBe("my-vllm");
    const bare = snapshotOf({ providers: { mine: { ...OWN, models: [{ id: "me/tiny:q4" }] } } });
    expect(offersOf(bare, "me/tiny:q4")).toEqual(["mine:tiny:q4"]);
  });

  test("stands before those that the configuration names after it", () => {
    const snapshot = snapshotOf({ providers: { z: { ...OWN, models }, a: { ...OWN, models } } });
    expect(offersOf(snapshot, "meta/llama-3.1-8b").slice(0, 2)).toEqual(["z:llama-local", "a:llama-local"]);
  });

  test("keeps its models from strangers where no catalogue has them", () => {
    const { models: known } = snapshotOf({ providers: { mine: { ...OWN, models: [{ id: "me/secret" }, ...models] } } });
    expect(known.get("me/secret")).toMatchObject({ own: true, name: "me/secret", type: "language", abilities: [] });
    expect(known.get("meta/llama-3.1-8b")!.own).toBe(
      MODELS.some(({ id }) => id === "meta/llama-3.1-8b") ? undefined : true,
    );
  });

  test("embeds where its wire is OpenAI's, unless it is said not to", () => {
    const wires = (told: object) =>
      snapshotOf({ providers: { mine: { ...OWN, ...told, models: [{ id: "me/m" }] } } }).choice.endpoints.get(
        "me/m",
      )![0]!.wires;
    expect(wires({})).toEqual({ generate: ["openai-chat"], embed: ["openai-embeddings"] });
    expect(wires({ embeddings: false })).toEqual({ generate: ["openai-chat"] });
    expect(wires({ wire: "anthropic-messages" })).toEqual({ generate: ["anthropic-messages"] });
  });

  test("and the wire that is said of one of the catalogue's is for everything there", () => {
    const wiresAt = (told: object) =>
      snapshotOf({ providers: { bedrock: { api_key: "k", ...told } } })
        .choice.endpoints.get("anthropic/claude-sonnet-4.5")!
        .find(({ provider }) => provider === "bedrock")!.wires.generate;
    expect(wiresAt({})).toEqual(["bedrock-converse", "anthropic-messages"]);
    expect(wiresAt({ wire: "openai-chat" })).toEqual(["openai-chat"]);
  });

  test("that speaks OpenAI's newer wire is shown the key as that wire wants it", () => {
    const mine = { wire: "openai-responses", base_url: "http://127.0.0.1:9", api_key: "sk-r" };
    const head = headFor(snapshotOf({ providers: { mine } }), "mine");
    expect(head).toContain("authorization: Bearer sk-r\r\n");
    expect(head).not.toContain("anthropic");
  });

  test("that speaks Anthropic's wire is shown the key as that wire wants it", () => {
    const mine = { wire: "anthropic-messages", base_url: "http://127.0.0.1:9", api_key: "sk-a" };
    const head = headFor(snapshotOf({ providers: { mine } }), "mine");
    expect(head).toContain("x-api-key: sk-a\r\n");
    expect(head).toContain("anthropic-version: 2023-06-01\r\n");
  });

  test.each([
    ["wire", "needs `wire: openai-chat`"],
    ["base_url", "needs a base_url"],
    ["api_key", "needs an api_key (`none` where the server wants none)"],
  ])("without its %s is refused", (member, problem) => {
    const { [member as keyof typeof OWN]: _, ...rest } = OWN;
    expect(problemsOf({ providers: { mine: rest } })).toEqual([
      expect.stringContaining(`providers.mine: not in the catalogue, so it ${problem}`),
    ]);
  });

  test("at an address that holds a password or a query is refused, and the password not repeated", () => {
    const [problem] = problemsOf({ providers: { mine: { ...OWN, base_url: "http://u:hunter2@127.0.0.1/v1" } } });
    expect(problem).toStartWith("providers.mine: ");
    expect(problem).not.toContain("hunter2");
    expect(problemsOf({ providers: { mine: { ...OWN, base_url: "http://h/v1?key=1" } } })[0]).toContain("query");
  });
});

describe("a model of the catalogue", () => {
  const override = (model: object) =>
    snapshotOf({ providers: { anthropic: { models: [{ id: "anthropic/claude-sonnet-4", ...model }] } } });
  const known = MODELS.find(({ id }) => id === "anthropic/claude-sonnet-4")!;

  test("takes the operator's price and keeps everything else", () => {
    const price = { input: 1, output: 2, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, reasoning: 3 };
    const model = override({ upstream: "claude-sonnet-4-20250514", price }).models.get(known.id)!;
    expect(model.offers[0]!.price).toEqual({
      rates: {
        input: picodollars(1),
        output: picodollars(2),
        cache_read: picodollars(0.1),
        cache_write_5m: picodollars(1.25),
        cache_write_1h: picodollars(2),
        reasoning: picodollars(3),
      },
    });
    expect({ ...model, offers: [] }).toEqual({ ...known, offers: [] });
    expect(model.offers.slice(1)).toEqual(known.offers.filter(({ provider }) => provider !== "anthropic"));
  });

  test("takes a price for one of its offers without that one being preferred for it", () => {
    const { provider } = known.offers[1]!;
    const snapshot = snapshotOf({ providers: { [provider]: { models: [{ id: known.id, price: { input: 1 } }] } } });
    expect(offersOf(snapshot, known.id)).toEqual(offersOf(snapshotOf(), known.id));
    expect(snapshot.models.get(known.id)!.offers[1]!.price).toEqual({ rates: { input: picodollars(1) } });
  });

  test("keeps the listed price and name of the offer where the operator tells none", () => {
    const [offer] = override({}).models.get(known.id)!.offers;
    expect(offer).toEqual(known.offers.find(({ provider }) => provider === "anthropic")!);
  });

  test("may be free, which is a price of zero and not no price", () => {
    const [free] = override({ price: { input: 0, output: 0 } }).models.get(known.id)!.offers;
    expect(free!.price).toEqual({ rates: { input: 0, output: 0 } });
  });

  test("takes the operator's limits, abilities, name and quirks", () => {
    const told = { name: "Mine", context_window: 10, max_output: 5, abilities: ["tools"], quirks: ["fixed-sampling"] };
    const snapshot = override(told);
    expect(snapshot.models.get(known.id)).toMatchObject({
      name: "Mine",
      contextWindow: 10,
      maxOutput: 5,
      abilities: ["tools"],
      quirks: ["fixed-sampling"],
      type: "language",
    });
    const endpoint = snapshot.choice.endpoints.get(known.id)![0]!;
    expect([...endpoint.quirks]).toEqual(["fixed-sampling"]);
    expect(endpoint.maxOutput).toBe(5);
  });

  test("is served by another whom the operator names, before the rest", () => {
    const snapshot = snapshotOf({
      providers: { mine: { ...OWN, models: [{ id: known.id, upstream: "local-claude" }] } },
    });
    expect(offersOf(snapshot, known.id)).toEqual(["mine:local-claude", ...offersOf(snapshotOf(), known.id)]);
  });

  test("is not changed for the next snapshot", () => {
    override({ name: "Mine", price: { input: 9 } });
    expect(snapshotOf().models.get(known.id)).toBe(known);
  });

  test("is asked only for what it does", () => {
    const { endpoints } = snapshotOf().choice;
    const wires = (id: string) => endpoints.get(id)!.find(({ provider }) => provider === "openai")!.wires;
    expect(wires("openai/gpt-5")).toEqual({ generate: ["openai-chat", "openai-responses", "openai-compaction"] });
    expect(wires("openai/text-embedding-3-small")).toEqual({ embed: ["openai-embeddings"] });
  });
});

describe("the simulator", () => {
  test("stands in for every provider that speaks a wire of ours, and marks and keeps nothing", () => {
    const snapshot = snapshotOf({ simulator: "http://127.0.0.1:4000", env: { OPENAI_API_KEY: "sk-real" } });
    expect(snapshot.simulated).toBe(true);
    const speaking = [...PROVIDERS.values()].filter(({ wires }) => Object.keys(wires).length > 0);
    expect([...snapshot.choice.credentials.keys()]).toEqual(speaking.map(({ name }) => name));
    for (const [name, [credential]] of snapshot.choice.credentials) {
      expect(credential).toMatchObject({ simulated: true, zeroDataRetention: true });
      const head = credential!.head({ path: "/p", stream: false, body: "" });
      expect(head).toStartWith(`POST /${name}/p HTTP/1.1\r\nhost: 127.0.0.1:4000\r\n`);
      expect(head).not.toContain("sk-real");
    }
    expect(headFor(snapshot, "anthropic")).toContain("x-api-key: sk-simulated\r\n");
  });

  test("is nowhere without being asked for", () => {
    const { simulated, choice } = snapshotOf({ env: { OPENAI_API_KEY: "k" } });
    expect(simulated).toBe(false);
    for (const credential of [...choice.credentials.values()].flat()) expect(credential.simulated).toBe(false);
  });
});

describe("what routing knows", () => {
  test("has every slug, alias and variable of the catalogue", () => {
    const { slugs, variables } = snapshotOf().choice;
    for (const name of PROVIDERS.keys()) expect(slugs.get(name)).toBe(name);
    expect(slugs.get("vertexAnthropic")).toBe("vertex");
    expect(variables.get("openai")).toEqual(["OPENAI_API_KEY"]);
    expect(variables.get("ollama")).toEqual([]);
  });

  test("has the wires that are written, and which of them are told in each other", () => {
    const { outbound, transcodes } = snapshotOf().choice.wires;
    for (const name of ["anthropic-messages", "openai-chat"] as const) {
      expect(outbound).toContain(name);
      expect(transcodes).toContain(name);
    }
    // Embeddings have no events, and no client knocks in Gemini's words.
    expect(outbound).not.toContain("openai-embeddings");
    expect(transcodes).not.toContain("openai-embeddings");
    expect(transcodes).not.toContain("gemini-generate");
  });
});

test("clocks are the provider's own, before those of all, before the defaults", () => {
  const { clocks } = snapshotOf({
    more: { clocks: { idle_ms: 5, total_ms: 6 } },
    providers: { openai: { clocks: { idle_ms: 7 } } },
  });
  const defaults = { connect: 10_000, firstByte: 300_000, firstContent: 300_000 };
  expect(clocks("openai")).toEqual({ ...defaults, idle: 7, total: 6 });
  expect(clocks("groq")).toEqual({ ...defaults, idle: 5, total: 6 });
});

test("who has opened a stream may think for as long as who has not", () => {
  const { firstContent, idle } = snapshotOf().clocks("openai");
  expect(idle).toBeGreaterThanOrEqual(firstContent);
});

test("a model that shall be hedged is one that is known", () => {
  expect(problemsOf({ more: { hedging: { models: ["openai/gpt-5", "openai/gpt-55"] } } })).toEqual([
    'hedging.models: nobody knows a model "openai/gpt-55"; did you mean "openai/gpt-5"?',
  ]);
});

test("the heartbeat is in milliseconds", () => {
  expect(snapshotOf({ more: { heartbeat_seconds: 2 } }).heartbeatMs).toBe(2000);
  expect(snapshotOf().heartbeatMs).toBe(15_000);
});
