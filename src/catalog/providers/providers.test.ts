import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { SLUGS } from "../slugs.ts";
import { PROVIDERS } from "./index.ts";

const here = new URL(".", import.meta.url).pathname;
const files = readdirSync(here).filter((file) => file !== "index.ts" && !file.endsWith(".test.ts"));

/** Slugs of contract 8.5. */
const HOSTED =
  "alibaba anthropic arcee-ai azure baseten bedrock bfl blackbox bytedance cerebras claudeaws cohere crusoe deepinfra " +
  "deepseek digitalocean exa fireworks fish-audio friendli gmicloud google groq inception inceptron interfaze " +
  "moonshotai novita openai togetherai vertex vertexAnthropic xai spacexai";

describe("the providers", () => {
  test("are one file each, named for them, in the order of their names", () => {
    expect(files.map((file) => file.replace(/\.ts$/, "")).sort()).toEqual([...PROVIDERS.keys()]);
  });

  test.each(files)("%s is short", (file) => {
    expect(
      readFileSync(here + file, "utf8")
        .trimEnd()
        .split("\n").length,
    ).toBeLessThanOrEqual(28);
  });

  test("have addresses that a path can be added to", () => {
    for (const { name, baseUrl, docs } of PROVIDERS.values()) {
      if (baseUrl !== undefined) expect(baseUrl, name).toMatch(/^https:\/\/[^?#]*[^/?#]$/);
      expect(docs, name).toMatch(/^https:\/\//);
    }
  });

  test("have an address wherever they have a wire and a key", () => {
    for (const { name, baseUrl, addressVariables, auth, wires } of PROVIDERS.values()) {
      const served = Object.keys(wires).length > 0;
      expect((baseUrl ?? addressVariables) !== undefined, name).toBe(
        served && !["none", "google-cloud"].includes(auth.kind),
      );
    }
  });

  test("look for their keys where no other looks", () => {
    const variables = [...PROVIDERS.values()].flatMap(({ auth }) => (auth.kind === "none" ? [] : auth.variables));
    expect(variables.filter((name, i) => variables.indexOf(name) !== i)).toEqual([]);
    for (const name of variables) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
  });

  test("say a quirk once, and only where a wire can obey it", () => {
    for (const { name, quirks = [], wires } of PROVIDERS.values()) {
      expect(new Set(quirks).size, name).toBe(quirks.length);
      if (quirks.length > 0) expect(Object.keys(wires), name).not.toBeEmpty();
    }
  });

  test("with quirks cite where they are seen", () => {
    for (const { name, quirks } of PROVIDERS.values()) {
      if (quirks === undefined || name === "openai") continue;
      expect(readFileSync(`${here}${name}.ts`, "utf8"), name).toMatch(/https:|recordings|Recordings|models\.dev/);
    }
  });
});

/** Who speaks OpenAI's wire in the recordings, and where its documentation says that its key stands. */
const SPEAKERS: [name: string, variable: string][] = [
  ["alibaba", "DASHSCOPE_API_KEY"],
  ["avian", "AVIAN_API_KEY"],
  ["baseten", "BASETEN_API_KEY"],
  ["cerebras", "CEREBRAS_API_KEY"],
  ["cohere", "CO_API_KEY"],
  ["deepinfra", "DEEPINFRA_TOKEN"],
  ["deepseek", "DEEPSEEK_API_KEY"],
  ["fireworks", "FIREWORKS_API_KEY"],
  ["friendli", "FRIENDLI_TOKEN"],
  ["groq", "GROQ_API_KEY"],
  ["huggingface", "HF_TOKEN"],
  ["inception", "INCEPTION_API_KEY"],
  ["minimax", "MINIMAX_API_KEY"],
  ["mistral", "MISTRAL_API_KEY"],
  ["moonshotai", "MOONSHOT_API_KEY"],
  ["nebius", "NEBIUS_API_KEY"],
  ["novita", "NOVITA_API_KEY"],
  ["nvidia", "NVIDIA_API_KEY"],
  ["ollama-cloud", "OLLAMA_API_KEY"],
  ["openai", "OPENAI_API_KEY"],
  ["openrouter", "OPENROUTER_API_KEY"],
  ["perplexity", "PERPLEXITY_API_KEY"],
  ["sambanova", "SAMBANOVA_API_KEY"],
  ["togetherai", "TOGETHER_API_KEY"],
  ["xai", "XAI_API_KEY"],
  ["zai", "ZAI_API_KEY"],
];

describe("a provider of OpenAI's wire", () => {
  test.each(SPEAKERS)("%s is asked as soon as %s is set", (name, variable) => {
    const provider = PROVIDERS.get(name)!;
    expect(provider.wires.generate![0]).toBe("openai-chat");
    expect(provider.baseUrl).toStartWith("https://");
    expect(provider.auth.kind === "none" ? [] : provider.auth.variables).toContain(variable);
  });

  test.each(["llamacpp", "lmstudio", "ollama", "vllm"])("%s is wherever the operator runs it", (name) => {
    const { auth, baseUrl, wires } = PROVIDERS.get(name)!;
    expect([auth.kind, baseUrl, wires.generate]).toEqual(["none", undefined, ["openai-chat"]]);
  });

  test("is addressed by its own host and by no other's", () => {
    const hosts = [...PROVIDERS.values()].flatMap(({ baseUrl }) =>
      baseUrl === undefined ? [] : [new URL(baseUrl).host],
    );
    expect(new Set(hosts).size).toBe(hosts.length);
  });
});

describe("a slug", () => {
  test("may be an alias, which no provider has for its own", () => {
    expect(SLUGS.get("vertexAnthropic")).toBe("vertex");
    expect(SLUGS.get("spacexai")).toBe("xai");
    for (const slug of SLUGS.keys()) expect(PROVIDERS.has(slug), slug).toBe(false);
  });

  test.each(HOSTED.split(" "))("of the hosted service is known: %s", (slug) => {
    expect(PROVIDERS.has(slug) || SLUGS.has(slug)).toBe(true);
  });
});
