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
    ).toBeLessThanOrEqual(25);
  });

  test("have addresses that a path can be added to", () => {
    for (const { name, baseUrl, docs } of PROVIDERS.values()) {
      if (baseUrl !== undefined) expect(baseUrl, name).toMatch(/^https:\/\/[^?#]*[^/?#]$/);
      expect(docs, name).toMatch(/^https:\/\//);
    }
  });

  test("have an address wherever they have a wire and a key", () => {
    for (const { name, baseUrl, auth, wires } of PROVIDERS.values()) {
      const served = Object.keys(wires).length > 0;
      expect(baseUrl !== undefined, name).toBe(served && auth.kind !== "none");
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
