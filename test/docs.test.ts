import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "../scripts/docs.ts";
import type { KeyRing } from "../src/access/keys.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { CONFIG_OPTIONS } from "../src/cli/options.ts";
import { usage } from "../src/cli/usage.ts";
import { checkConfig } from "../src/config/load.ts";
import { ERRORS } from "../src/core/error.ts";
import { compileSnapshot } from "../src/gateway/snapshot.ts";
import { SURFACE } from "../src/http/surface.ts";
import { OBEYED } from "../src/routing/preferences.ts";

const ROOT = join(import.meta.dir, "..");
const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");
const PAGES = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "AGENTS.md",
  "CHANGELOG.md",
  ...new Bun.Glob("docs/**/*.md").scanSync({ cwd: ROOT }),
];
const ALL = PAGES.map(textOf).join("\n");
const SOURCE = [...new Bun.Glob("{src,bin}/**/*.{ts,mjs}").scanSync({ cwd: ROOT })]
  .filter((path) => !/\.test\.ts$|\/fixtures\//.test(path))
  .map(textOf)
  .join("\n");

test.each(Object.entries(generatedFiles()))("%s is what scripts/docs.ts writes", (path, text) => {
  expect(textOf(path)).toBe(text);
});

describe("links", () => {
  test.each(PAGES)("of %s lead somewhere", (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  test.each(PAGES)("and pictures of %s are there", (page) => {
    const shown = [...textOf(page).matchAll(/\b(?:src|srcset)="([^":]+)"/g)].map(([, path]) => path!);
    expect(shown.filter((path) => !existsSync(join(ROOT, dirname(page), path)))).toEqual([]);
  });

  test.each(PAGES)("and names of files in %s are files", (page) => {
    const named = [...textOf(page).matchAll(/`((?:src|test|bench|scripts|docs|bin|examples)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe("commands", () => {
  test("that npm runs are those that the pages name", () => {
    const { scripts } = JSON.parse(textOf("package.json"));
    const named = [...ALL.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    // npm itself runs the last, before it packs.
    const shorthand = new Set(["start", "test", "prepack"]);
    expect(Object.keys(scripts).filter((name) => !shorthand.has(name) && !named.includes(name))).toEqual([]);
  });

  test("of headgate are all in its usage, and each that a page names exists", () => {
    const text = usage(COMMANDS);
    for (const [name, { means }] of Object.entries(COMMANDS)) {
      expect(text).toContain(name);
      expect(text).toContain(means);
    }
    const named = [...ALL.matchAll(/`(?:npx )?headgate ([a-z]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in COMMANDS))).toEqual([]);
  });

  test("have options that the README describes", () => {
    const options = textOf("README.md").split("## Options")[1]!;
    for (const name of Object.keys(CONFIG_OPTIONS)) expect(options).toContain(`\`--${name}\``);
    const named = [...options.matchAll(/`--([a-z-]+)`/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in CONFIG_OPTIONS))).toEqual([]);
  });
});

test("every variable that is read is documented, and every documented one is read", () => {
  const pattern = /\b(?:HEADGATE_[A-Z_]+|AI_GATEWAY_[A-Z_]+)\b/g;
  const read = new Set(SOURCE.match(pattern));
  const options = textOf("README.md").split("## Options")[1]!;
  // A `_FILE` twin is told beside its variable.
  const told = new Set(options.match(pattern)?.flatMap((name) => [name, `${name}_FILE`]));
  expect([...read].filter((name) => !told.has(name))).toEqual([]);
  expect((options.match(pattern) ?? []).filter((name) => !read.has(name))).toEqual([]);
});

test("every error that a page names is in the table", () => {
  const codes = new Set(Object.keys(ERRORS));
  const named = [...ALL.matchAll(/`((?:upstream|invalid|no)_[a-z_]+|[a-z]+_not_found)`/g)].map(([, code]) => code!);
  const others = new Set(["invalid_request_error", "no_training", "invalid_json_schema"]);
  expect(named.filter((code) => !codes.has(code) && !others.has(code))).toEqual([]);
});

test("every path that works is told in the README", () => {
  const readme = textOf("README.md");
  const working = Object.entries(SURFACE).filter(([, { door }]) => door.kind !== "absent");
  expect(working.map(([path]) => path).filter((path) => !readme.includes(path))).toEqual([]);
});

test("the README's configuration is one that loads", () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(textOf("README.md"))![1]!;
  const value = Bun.YAML.parse(yaml.replaceAll("${ANTHROPIC_API_KEY}", "sk-ant-1"));
  expect(Object.keys(checkConfig(value, "README.md").providers)).toEqual(["anthropic", "my-vllm"]);
});

describe("docs/routing.md", () => {
  test("has every option of a request that is obeyed", () => {
    const page = textOf("docs/routing.md");
    for (const name of OBEYED) expect(page).toContain(`\`${name}\``);
  });

  test("has configurations that load, with every secret in its place", () => {
    const blocks = [...textOf("docs/routing.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!);
    expect(blocks.length).toBeGreaterThan(0);
    for (const yaml of blocks) {
      const config = checkConfig(Bun.YAML.parse(yaml.replaceAll(/\$\{(\w+)\}/g, "secret-$1")), "docs/routing.md");
      const { choice } = compileSnapshot({ config, env: {}, keys: {} as KeyRing, simulator: undefined });
      expect([...choice.credentials.keys()].sort()).toEqual(Object.keys(config.providers).sort());
    }
  });
});

test("what agents must read is short", () => {
  expect(textOf("AGENTS.md").split("\n").length - 1).toBeLessThanOrEqual(60);
});

test("the configuration in docs/providers.md is one, and leads where it says", () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(textOf("docs/providers.md"))![1]!;
  const value = Bun.YAML.parse(yaml.replaceAll(/\$\{(\w+)\}/g, "secret")) as { providers: Record<string, object> };
  checkConfig(value, "docs/providers.md");
  // The file of the account is not here.
  const { vertex: _vertex, ...providers } = value.providers;
  const config = checkConfig({ providers }, "docs/providers.md");
  const { choice } = compileSnapshot({ config, env: {}, keys: {} as KeyRing, simulator: undefined });
  const first = (model: string, provider: string) =>
    choice.endpoints.get(model)?.find((endpoint) => endpoint.provider === provider)?.upstream;
  expect([...choice.credentials.keys()].sort()).toEqual(["azure", "bedrock", "ollama"]);
  expect(first("openai/gpt-5", "azure")).toBe("my-deployment");
  expect(first("amazon/nova-pro", "bedrock")).toBe("eu.amazon.nova-pro-v1:0");
  expect(first("alibaba/qwen-3-8b", "ollama")).toBe("qwen3:8b");
});
