import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { PROVIDERS } from "../src/catalog/providers/index.ts";
import { QUIRKS } from "../src/wires/quirk.ts";

/** What each folder of `src/` may import from, beside itself. A folder that is not here fails. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  clock: ["core"],
  wires: ["core"],
  catalog: ["core", "wires/quirk"],
  config: ["core", "catalog", "wires/quirk"],
  routing: ["core", "catalog", "wires/quirk"],
  upstream: ["core", "clock"],
  counters: [],
  store: ["core"],
  access: ["core", "clock", "store (types)", "counters (types)"],
  ledger: ["core", "catalog (types)", "routing (types)", "store (types)"],
  telemetry: ["core", "clock", "catalog", "ledger (types)", "store (types)"],
  gateway: [
    "core",
    "clock",
    "wires",
    "catalog",
    "config",
    "access",
    "routing",
    "upstream",
    "store",
    "counters (types)",
    "ledger",
    "telemetry",
  ],
  admin: ["core", "access", "config", "gateway (types)", "ledger", "routing", "store (types)"],
  http: ["core", "clock", "wires", "catalog", "access", "admin", "ledger", "telemetry", "gateway", "package"],
  simulator: [],
  cli: ["core", "access", "catalog (types)", "config", "gateway", "http", "simulator", "store", "index", "package"],
  index: [
    "access",
    "admin",
    "config",
    "counters",
    "gateway",
    "http",
    "ledger",
    "replicas",
    "purse",
    "books",
    "simulator",
    "store",
    "telemetry",
    "package",
  ],
  books: ["access (types)", "config", "gateway (types)", "ledger", "store"],
  replicas: ["core", "admin", "config", "counters", "gateway", "purse", "store"],
  purse: ["access (types)", "admin (types)", "store"],
  main: ["cli", "config"],
};

/** Folders and files that know which runtime this is. */
const TOUCHES_BUN = ["http", "upstream", "store", "counters", "config", "simulator", "cli", "index"];

/** File names that every wire has, where it has that direction at all. */
const WIRE_FILES = new Set([
  "index",
  "schema",
  "decode-request",
  "encode-request",
  "decode-answer",
  "decode-stream",
  "encode-reply",
  "encode-stream",
  "relay",
  "relay-request",
  "relay-answer",
  "relay-stream",
  // Where others serve it.
  "hosting",
  "usage",
  "finish",
  "error",
  // Pieces of content that are long enough for a file of their own.
  "content-size",
  "encode-turns",
  "decode-turns",
  "hosted-tools",
  "hosted-items",
  "hosted-results",
  "betas",
  "options",
  "thinking",
  "reasoning",
  "citation",
  "source",
  "vector",
  "response",
]);

const LONGEST = 300;
const LONGEST_PLOT = 100;

const ROOT = join(import.meta.dir, "..");
const SOURCES = [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: ROOT })]
  .filter((path) => !path.endsWith(".test.ts") && !path.includes("/fixtures/"))
  .sort();

const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** `src/wires/sse.ts` → `wires`; `src/main.ts` → `main`; `package.json` → `package`. */
function folderOf(path: string): string {
  const [top = "", first = top] = path.split("/");
  return first.replace(/\.(ts|json)$/, "");
}

interface Import {
  path: string;
  typesOnly: boolean;
}

/** Relative imports of a file, as paths from the root. */
function importsOf(path: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s+)?[^;]*?from\s+"(\.[^"]+)"/gm;
  return [...textOf(path).matchAll(pattern)].map(([, type, target]) => ({
    path: normalize(join(dirname(path), target!)),
    typesOnly: type !== undefined,
  }));
}

describe("who may import whom", () => {
  test.each(SOURCES)("%s", (path) => {
    const from = folderOf(path);
    const allowed = MAY_IMPORT[from];
    if (allowed === undefined) throw new Error(`src/${from} has no row in the table`);
    const refused = importsOf(path).filter((one) => {
      const to = folderOf(one.path);
      if (to === from) return false;
      if (one.path === "src/wires/quirk.ts" && allowed.includes("wires/quirk")) return false;
      return !allowed.includes(to) && !(one.typesOnly && allowed.includes(`${to} (types)`));
    });
    expect(refused.map((one) => one.path)).toEqual([]);
  });

  test("the table has no row for a folder that is gone", () => {
    expect(new Set(SOURCES.map(folderOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  test("no file imports itself by a longer way", () => {
    const seen = new Map<string, readonly string[]>(
      SOURCES.map((path) => [path, importsOf(path).flatMap((one) => (one.typesOnly ? [] : [one.path]))]),
    );
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) throw new Error([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (done.has(path)) return;
      for (const next of seen.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of SOURCES) walk(path, []);
  });
});

test("only the outer rooms know the runtime", () => {
  const knowing = SOURCES.filter((path) => /\bBun\.|from "bun/.test(textOf(path))).map(folderOf);
  expect([...new Set(knowing)].filter((folder) => !TOUCHES_BUN.includes(folder))).toEqual([]);
});

test("only main may end the process", () => {
  const ending = SOURCES.filter((path) => /\bprocess\.exit\b/.test(textOf(path)));
  expect(ending).toEqual(["src/main.ts"]);
});

describe("files", () => {
  test.each(SOURCES)("%s is not too long", (path) => {
    expect(textOf(path).split("\n").length - 1).toBeLessThanOrEqual(LONGEST);
  });

  test("the plot fits on a page", () => {
    expect(textOf("src/gateway/serve.ts").split("\n").length - 1).toBeLessThanOrEqual(LONGEST_PLOT);
  });

  test("are nouns in kebab-case", () => {
    const named = (path: string) => basename(path).replace(/\.ts$/, "");
    expect(SOURCES.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(named(path)))).toEqual([]);
    expect(
      SOURCES.filter((path) => /(^|-)(manager|service|helper|util|handler|base|impl|common|misc)s?$/.test(named(path))),
    ).toEqual([]);
  });

  test("of every wire have the same names", () => {
    const strangers = SOURCES.filter((path) => /^src\/wires\/[^/]+\/[^/]+\.ts$/.test(path)).filter(
      (path) => !WIRE_FILES.has(basename(path, ".ts")),
    );
    expect(strangers).toEqual([]);
  });

  test("of providers are short: a provider is data", () => {
    const files = SOURCES.filter((path) => /^src\/catalog\/providers\/(?!index)/.test(path));
    expect(files.length).toBeGreaterThanOrEqual(20);
    const long = files.filter((path) => textOf(path).split("\n").length - 1 > 28);
    expect(long).toEqual([]);
    expect(files.filter((path) => !/docs: "https:\/\//.test(textOf(path)))).toEqual([]);
  });
});

describe("names of providers", () => {
  /** Comments may cite where a deviation was seen, and a wire is called after who invented it. */
  const bare = (path: string) =>
    textOf(path)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/(^|[^:])\/\/.*$/gm, "$1");
  /** Words that are also the names of wires, of formats, or of English. */
  const ORDINARY = new Set(["openai", "anthropic", "writer", "inception", "friendli", "interfaze"]);
  const names = [...PROVIDERS.keys()].filter((name) => !ORDINARY.has(name));

  test.each(SOURCES.filter((path) => !/^src\/(catalog|simulator|wires\/[^/]+\/)/.test(path)))(
    "%s knows none",
    (path) => {
      const text = bare(path);
      expect(names.filter((name) => new RegExp(`["'\`]${name}["'\`]`).test(text))).toEqual([]);
      // Those that are also words: never compared with.
      expect(/(===|!==|case|has\()\s*["'](openai|anthropic)["']/.test(text)).toBe(false);
    },
  );

  test("are unknown to the wires that others speak too", () => {
    const wires = SOURCES.filter((path) => /^src\/wires\//.test(path));
    const knowing = wires.filter((path) => names.some((name) => new RegExp(`["'\`]${name}["'\`]`).test(bare(path))));
    expect(knowing).toEqual([]);
  });
});

test("there is no way around the types", () => {
  const escapes = SOURCES.filter((path) =>
    /(: any\b|\bas any\b|<any>|@ts-ignore|@ts-nocheck|@ts-expect-error)/.test(textOf(path)),
  );
  expect(escapes).toEqual([]);
});

test("nothing sleeps on the way of a request", () => {
  const sleeping = SOURCES.filter((path) =>
    /^src\/(core|clock|wires|routing|access|ledger|telemetry|gateway|upstream|http)\//.test(path),
  ).filter((path) => /\b(setTimeout|Bun\.sleep|Atomics\.wait)\b/.test(textOf(path)));
  expect(sleeping).toEqual([]);
});

test("no schema library on the way of a request", () => {
  const using = SOURCES.filter((path) => /from "zod/.test(textOf(path))).map(folderOf);
  expect([...new Set(using)]).toEqual(["config"]);
});

test("one loop retries", () => {
  const loops = SOURCES.filter((path) => /for \(const leg of/.test(textOf(path)));
  expect(loops).toEqual(["src/gateway/walk.ts"]);
});

test("every quirk is obeyed by a wire or changes the way of the answer", () => {
  const wires = SOURCES.filter((path) => /^src\/wires\/(?!quirk)/.test(path))
    .map(textOf)
    .join("\n");
  const unheeded = Object.entries(QUIRKS).filter(([name, { shape }]) => !shape && !wires.includes(`"${name}"`));
  expect(unheeded.map(([name]) => name)).toEqual([]);
});

test("runtime dependencies are few, pinned, and each has its reason", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(textOf("package.json"));
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  expect(
    Object.entries(all).filter(([, version]) => !/^(npm:[\w./@-]+@)?\d+\.\d+\.\d+$/.test(String(version))),
  ).toEqual([]);
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(6);
  for (const name of Object.keys(dependencies)) expect(textOf(`docs/decisions/${name}.md`)).toContain(name);
});
