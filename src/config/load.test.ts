import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "./explain.ts";
import { checkConfig, type Environment, type Flags, jsonSchema, loadConfig } from "./load.ts";
import type { Config } from "./schema.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(text: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

function load(yaml: string, env: Environment = {}, flags: Flags = {}): Config {
  return loadConfig({ config: fileOf(yaml), ...flags }, env).config;
}

/** What an operator would be shown, with `file` for the path of the file. */
function problems(yaml: string, env: Environment = {}, flags: Flags = {}): string[] {
  const config = fileOf(yaml);
  try {
    loadConfig({ config, ...flags }, env);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    expect(thrown.message).toBe(thrown.problems.join("\n"));
    return thrown.problems.map((line) => line.replaceAll(config, "file"));
  }
  throw new Error("accepted");
}

describe("as it is printed", () => {
  /** Issue 2, to the letter. */
  const PRINTED = `
providers:
  anthropic: { api_key: \${ANTHROPIC_API_KEY}, base_url: https://api.anthropic.com }   # base_url optional for known ones
  my-vllm:                                                                            # any name not in the catalogue
    wire: openai-chat
    base_url: http://127.0.0.1:9000/v1
    api_key: none
    models: [{ id: meta/llama-3.1-8b, upstream: llama-3.1-8b, price: { input: 0.05, output: 0.08 } }]   # USD per million tokens
`;

  test("the example loads", () => {
    const { providers } = load(PRINTED, { ANTHROPIC_API_KEY: "sk-ant-1" });
    expect(providers).toEqual({
      anthropic: { api_key: "sk-ant-1", base_url: "https://api.anthropic.com" },
      "my-vllm": {
        wire: "openai-chat",
        base_url: "http://127.0.0.1:9000/v1",
        api_key: "none",
        models: [
          {
            id: "meta/llama-3.1-8b",
            upstream: "llama-3.1-8b",
            type: "language",
            price: { input: 0.05, output: 0.08 },
          },
        ],
      },
    });
  });

  test("the example without its variable says which", () => {
    expect(problems(PRINTED)).toEqual(["file: providers.anthropic.api_key: the variable ANTHROPIC_API_KEY is not set"]);
  });

  test("the README's loads", () => {
    const readme = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readme)!;
    const env = new Proxy(
      {},
      { get: (_, name) => (String(name).startsWith("HEADGATE_") ? undefined : `value of ${String(name)}`) },
    );
    const { providers } = loadConfig({ config: fileOf(yaml!), host: "::1", port: "1", data: "d" }, env).config;
    expect(Object.keys(providers)).toEqual(["anthropic", "my-vllm"]);
    expect(providers.anthropic!.api_key).toBe("value of ANTHROPIC_API_KEY");
  });
});

describe("which file", () => {
  test("none: the defaults, and no file", () => {
    // The tests run where there is no headgate.yaml.
    const { config, file } = loadConfig({}, {});
    expect(file).toBeUndefined();
    expect(config).toEqual(checkConfig({}, "test"));
    expect(config).toMatchObject({ host: "127.0.0.1", port: 8787, data: "./data", simulate: "auto", providers: {} });
  });

  test("the flag's before the environment's", () => {
    const told = fileOf("port: 1");
    const other = fileOf("port: 2");
    expect(loadConfig({}, { HEADGATE_CONFIG: told })).toMatchObject({ file: told, config: { port: 1 } });
    expect(loadConfig({ config: other }, { HEADGATE_CONFIG: told })).toMatchObject({
      file: other,
      config: { port: 2 },
    });
    expect(loadConfig({}, { HEADGATE_CONFIG: "" }).file).toBeUndefined();
  });

  test.each([
    ["that is not there", () => join(folder, "gone.yaml"), /ENOENT/],
    ["that is a folder", () => folder, /EISDIR/],
  ])("one %s is named", (_, path, reason) => {
    const message = messageOf(() => loadConfig({ config: path() }, {}));
    expect(message).toStartWith(`${path()}: cannot be read (`);
    expect(message).toMatch(reason);
  });

  test.each([
    ["", "empty"],
    ["# nothing yet\n", "only comments"],
    ["---\n", "an empty document"],
    ["\uFEFF", "a BOM"],
  ])("%j holds nothing, and that is good", (text) => expect(load(text)).toEqual(checkConfig({}, "test")));

  test("one that begins with a byte order mark or has Windows' line ends reads the same", () => {
    expect(load("\uFEFFport: 1\r\nproviders:\r\n  groq: { api_key: k }\r\n")).toMatchObject({
      port: 1,
      providers: { groq: { api_key: "k" } },
    });
  });

  test.each(["just words", "- port: 1", "42", "port: 1\n---\nport: 2"])("%j holds no options", (text) => {
    expect(problems(text)).toEqual(["file: must hold options, one a line, such as `port: 8787`"]);
  });

  test.each([
    ["port: 1\nproviders: { a: [\n", 2],
    ["port: 1\nhost: 'x\ndata: y\n", 2],
    ["port: 1\nproviders:\n\tgroq: {}\n", 3],
    ["a: b: c", 1],
    ["port: 1\n\n# comment\nhost: *nobody\n", 4],
  ])("%j is not YAML, and the line is told", (text, line) => {
    const [problem, ...others] = problems(text);
    expect(others).toEqual([]);
    expect(problem).toStartWith("file: is not YAML: ");
    expect(problem).toEndWith(`, in line ${line} or what begins there`);
  });

  test("text that is not YAML is not repeated", () => {
    const [problem] = problems('providers: { openai: { api_key: "sk-canary }');
    expect(problem).not.toContain("canary");
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("an option with nothing behind it is as good as absent", () => {
  expect(load("port:\nproviders:\n#  openai: { api_key: x }\n").port).toBe(8787);
  const yaml = "providers:\n  groq:\n  openai:\n    api_key: x\n    models:\n      - id: a/b\n        upstream:\n";
  expect(load(yaml).providers).toEqual({ openai: { api_key: "x", models: [{ id: "a/b", type: "language" }] } });
});

describe("who wins", () => {
  const FILE = "host: file.example\nport: 1\ndata: of-file\nadmin_token: token-of-the-file-1\nsimulate: never\n";
  const ENV = {
    HEADGATE_HOST: "env.example",
    HEADGATE_PORT: "2",
    HEADGATE_DATA: "of-env",
    HEADGATE_ADMIN_TOKEN: "token-of-the-environment",
  };
  const FLAGS = { host: "flag.example", port: "3", data: "of-flag", simulate: true };

  test("the file over the defaults", () => {
    expect(load(FILE)).toMatchObject({ host: "file.example", port: 1, data: "of-file", simulate: "never" });
    expect(load("port: 1")).toMatchObject({ host: "127.0.0.1", port: 1 });
  });

  test("the file over what Kubernetes says of a service called headgate", () => {
    const env = { HEADGATE_PORT: "tcp://10.96.0.7:8787", HEADGATE_PORT_8787_TCP: "tcp://10.96.0.7:8787" };
    expect(load("port: 1", env).port).toBe(1);
  });

  test("the environment over the file", () => {
    expect(load(FILE, ENV)).toMatchObject({
      host: "env.example",
      port: 2,
      data: "of-env",
      admin_token: "token-of-the-environment",
      simulate: "never",
    });
    expect(load(FILE, { HEADGATE_HOST: "env.example" })).toMatchObject({ host: "env.example", port: 1 });
  });

  test("the flags over everything", () => {
    expect(load(FILE, ENV, FLAGS)).toMatchObject({
      host: "flag.example",
      port: 3,
      data: "of-flag",
      admin_token: "token-of-the-environment",
      simulate: "always",
    });
    expect(load(FILE, {}, { port: "0" })).toMatchObject({ host: "file.example", port: 0 });
    expect(load(FILE, {}, { simulate: false })).toMatchObject({ simulate: "never" });
  });

  test("a variable that is empty says nothing", () => {
    const env = Object.fromEntries(Object.keys(ENV).map((name) => [name, ""]));
    expect(load(FILE, env)).toEqual(load(FILE));
  });

  test("one way to tell the admin token replaces the other", () => {
    const twin = { HEADGATE_ADMIN_TOKEN_FILE: "/run/secrets/admin" };
    expect(load("admin_token_file: of-file", ENV)).toMatchObject({ admin_token: "token-of-the-environment" });
    expect(load("admin_token_file: of-file", ENV).admin_token_file).toBeUndefined();
    expect(load(FILE, twin).admin_token_file).toBe("/run/secrets/admin");
    expect(load("", { ...twin, ...ENV })).toMatchObject({ admin_token: "token-of-the-environment" });
    expect(load("", { ...twin, ...ENV }).admin_token_file).toBeUndefined();
  });
});

describe("numbers and switches", () => {
  test("may be a variable, quoted or not", () => {
    const yaml = "port: ${PORT}\nlimits: { body_ms: '${MS:-500}' }\nproviders: { groq: { no_training: ${YES} } }";
    expect(load(yaml, { PORT: "9000", YES: "true" })).toMatchObject({
      port: 9000,
      limits: { body_ms: 500 },
      providers: { groq: { no_training: true } },
    });
  });

  test("in prices keep every digit", () => {
    const yaml = "providers: { groq: { models: [{ id: a/b, price: { input: ${P}, output: 0 } }] } }";
    expect(load(yaml, { P: "0.0125" }).providers.groq!.models![0]!.price).toEqual({ input: 0.0125, output: 0 });
  });

  test("stay text where the option is text", () => {
    expect(load("data: ${D}\nproviders: { groq: { api_key: ${K} } }", { D: "1", K: "true" })).toMatchObject({
      data: "1",
      providers: { groq: { api_key: "true" } },
    });
  });

  test("are not guessed where nobody wrote a variable, or where it is only part", () => {
    expect(problems("port: '9000'")).toEqual(["file: port: invalid input: expected number, received string"]);
    expect(problems("port: 9${P}", { P: "000" })).toHaveLength(1);
    for (const P of ["", "9e3", "0x10", "nine", " 9", "1.5", "70000"]) {
      expect(problems("port: ${P}", { P })).toEqual([expect.stringMatching(/^file: port: /)]);
    }
  });
});

describe("everything that is wrong is said at once", () => {
  test("variables, unknown options, wrong types and what an own provider lacks", () => {
    const yaml = `
prot: 1
host: ""
limits: { body_bytes: lots, json_dept: 3 }
providers:
  openai: { api_key: \${OPENAI_API_KEY}, base_url: api.openai.com }
  antropic: { api_key: x }
  mine: { base_url: http://127.0.0.1:1 }
`;
    expect(problems(yaml).sort()).toEqual([
      "file: host: too small: expected string to have >=1 characters",
      "file: limits.body_bytes: invalid input: expected number, received string",
      'file: limits.json_dept: no such option; did you mean "json_depth"?',
      'file: prot: no such option; did you mean "port"?',
      'file: providers.antropic: not in the catalogue, so it needs `wire: openai-chat` (or anthropic-messages); did you mean "anthropic"?',
      'file: providers.antropic: not in the catalogue, so it needs a base_url; did you mean "anthropic"?',
      "file: providers.mine: not in the catalogue, so it needs `wire: openai-chat` (or anthropic-messages)",
      "file: providers.mine: not in the catalogue, so it needs an api_key (`none` where the server wants none)",
      "file: providers.openai.api_key: the variable OPENAI_API_KEY is not set",
      "file: providers.openai.base_url: invalid URL",
    ]);
  });

  test("a block that stands twice, of which one would be gone", () => {
    expect(() => load("providers: {}\nport: 1\nproviders:\n  openai: { api_key: x }\n")).toThrow(
      "providers stands twice, in line 1 and in line 3: only one would count",
    );
  });

  test("under the name of where it was told", () => {
    expect(problems("data: ''", { HEADGATE_PORT: "many" }, { host: "" })).toEqual([
      "--host: host: too small: expected string to have >=1 characters",
      "HEADGATE_PORT: port: invalid input: expected number, received string",
      "file: data: too small: expected string to have >=1 characters",
    ]);
    expect(messageOf(() => loadConfig({ port: "-1" }, {}))).toBe(
      "--port: port: invalid input: expected number, received string",
    );
    expect(messageOf(() => loadConfig({}, { HEADGATE_ADMIN_TOKEN: "short" }))).toStartWith("HEADGATE_ADMIN_TOKEN: ");
  });

  test("once, where the file's own is replaced", () => {
    expect(load("port: many", {}, { port: "1" }).port).toBe(1);
    expect(problems("port: ${GONE}", { HEADGATE_PORT: "1" })).toEqual(["file: port: the variable GONE is not set"]);
  });

  test("of a value that a program gives", () => {
    expect(messageOf(() => checkConfig({ port: "1", hots: "x" }, "options.json"))).toBe(
      'options.json: port: invalid input: expected number, received string\noptions.json: hots: no such option; did you mean "host"?',
    );
    for (const value of [null, undefined, 5, "x", []])
      expect(messageOf(() => checkConfig(value, "v"))).toStartWith("v: (top): invalid input: expected object");
  });
});

test("the schema for editors is JSON Schema, closed at every depth, described at every member", () => {
  interface Node {
    properties?: Record<string, Node>;
    additionalProperties?: Node | false;
    items?: Node;
    description?: string;
  }
  let members = 0;
  const walk = (node: Node, path: string): void => {
    if (node.properties !== undefined) expect([path, node.additionalProperties]).toEqual([path, false]);
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      members++;
      expect([`${path}.${name}`, typeof member.description]).toEqual([`${path}.${name}`, "string"]);
      walk(member, `${path}.${name}`);
    }
    if (node.additionalProperties) walk(node.additionalProperties, `${path}.*`);
    if (node.items !== undefined) walk(node.items, `${path}[]`);
  };
  const schema = jsonSchema() as Node & { $schema: string };
  expect(schema.$schema).toStartWith("https://json-schema.org/");
  walk(schema, "");
  expect(members).toBeGreaterThan(50);
});

test("a name of the object prototype is an unknown option like any other", () => {
  mkdirSync(join(folder, "proto"), { recursive: true });
  expect(problems("__proto__: { port: 1 }\nconstructor: 1\n").length).toBeGreaterThanOrEqual(1);
  expect(problems("limits: { constructor: 1 }")).toEqual(["file: limits.constructor: no such option"]);
  expect(({} as Record<string, unknown>).port).toBeUndefined();
});

describe("a database of several replicas", () => {
  const url = "postgres://headgate@127.0.0.1/ledger";
  const secret = "0123456789abcdef0123456789abcdef";

  test("needs the secret that they share, and says where the database was told", () => {
    expect(() => loadConfig({}, { HEADGATE_DATABASE_URL: url })).toThrow("HEADGATE_DATABASE_URL: secret: is required");
    expect(() => load(`database: { url: "${url}" }`)).toThrow("secret: is required with `database`");
  });

  test.each([["HEADGATE_SECRET"], ["HEADGATE_SECRET_FILE"]])(
    "has it in %s, which replaces what the file says",
    (name) => {
      const option = name === "HEADGATE_SECRET" ? "secret" : "secret_file";
      const env = { HEADGATE_DATABASE_URL: url, [name]: `${secret}${secret}` };
      expect(loadConfig({}, env).config).toMatchObject({ database: { url }, [option]: `${secret}${secret}` });
      expect(load(`secret: ${secret}`, env)).toMatchObject({ [option]: `${secret}${secret}` });
    },
  );

  test("is told by an address in a variable, and how many connections it is used by in the file", () => {
    const env = { HEADGATE_DATABASE_URL: url, HEADGATE_SECRET: secret };
    expect(loadConfig({}, env).config.database).toEqual({ url, connections: 10 });
    expect(load("database: { connections: 2 }", env).database).toEqual({ url, connections: 2 });
    expect(() => load("database: { connections: 0 }", env)).toThrow("database.connections");
    expect(() => load("database: { connections: 2.5 }", env)).toThrow("database.connections");
  });

  test("is told by an address of PostgreSQL", () => {
    const env = { HEADGATE_DATABASE_URL: "mysql://h/d", HEADGATE_SECRET: secret };
    expect(() => loadConfig({}, env)).toThrow("HEADGATE_DATABASE_URL: database.url");
  });

  test("stands in a file as well, as does that of Redis; the variable itself comes first", () => {
    const file = join(folder, "url");
    writeFileSync(file, `${url}\n`);
    const env = { HEADGATE_DATABASE_URL_FILE: file, HEADGATE_SECRET: `${secret}${secret}` };
    expect(loadConfig({}, env).config.database?.url).toBe(url);
    expect(loadConfig({}, { ...env, HEADGATE_DATABASE_URL: "postgres://h/other" }).config.database?.url).toBe(
      "postgres://h/other",
    );
    writeFileSync(file, "redis://h:6379");
    expect(loadConfig({}, { HEADGATE_REDIS_URL_FILE: file }).config.redis).toEqual({ url: "redis://h:6379" });
    expect(() => loadConfig({}, { HEADGATE_REDIS_URL_FILE: `${file}-not` })).toThrow(
      `HEADGATE_REDIS_URL_FILE: ${file}-not cannot be read`,
    );
    writeFileSync(file, "");
    expect(() => loadConfig({}, { HEADGATE_REDIS_URL_FILE: file })).toThrow("HEADGATE_REDIS_URL_FILE: redis.url");
  });

  test("leaves what else the file says of the same", () => {
    const config = join(folder, "headgate.yaml");
    writeFileSync(config, "redis: { url: 'redis://one:6379', prefix: ours }");
    expect(loadConfig({ config }, { HEADGATE_REDIS_URL: "redis://other:6379" }).config.redis).toEqual({
      url: "redis://other:6379",
      prefix: "ours",
    });
  });
});
