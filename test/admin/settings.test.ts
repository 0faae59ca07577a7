import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Setting, Settings } from "../../src/admin/contract.ts";
import { checkConfig, jsonSchema, loadConfig } from "../../src/config/load.ts";
import { settingsOf } from "../../src/config/settings.ts";
import { TOKEN } from "../access/keys.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-settings-"));
  gateway = await startGateway({ config: { admin_token: TOKEN, drain_seconds: 7, ledger: { keep_days: 9 } } });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

const SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2";

test("what is in force is told to whoever may look", async () => {
  const reply = await gateway.get("/admin/settings", { authorization: `Bearer ${TOKEN}` });
  const text = await reply.text();
  const told: Settings = JSON.parse(text);
  expect(told).toMatchObject({
    object: "settings",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    runtime: `bun ${Bun.version}`,
    file: null,
    is_locked: false,
    database: { engine: "sqlite" },
    retention: { requests_days: 9, bodies_days: 30, sums_days: 3660, megabytes: null },
  });
  expect(Date.parse(told.started_at)).toBeLessThan(Date.now());
  const of = (path: string) => told.settings.find((one) => one.path === path);
  expect(of("drain_seconds")).toMatchObject({ value: 7, source: "program", is_set: true, needs_restart: true });
  expect(of("port")).toMatchObject({ value: 8787, source: "default", named: null });
  expect(of("admin_token")).toMatchObject({ value: null, is_secret: true, is_set: true });
  expect(of("providers.openai.api_key")).toMatchObject({ value: null, is_secret: true, is_set: true });
  expect(text).not.toContain(TOKEN);
  expect(text).not.toContain("sk-test");
});

describe("where a value comes from", () => {
  const settings = (yaml: string, env: Record<string, string> = {}, flags = {}) => {
    const file = join(folder, "headgate.yaml");
    writeFileSync(file, yaml);
    const { config, origins } = loadConfig({ ...flags, config: file }, env);
    expect(origins.file).toBe(file);
    const all = settingsOf(config, origins);
    return (path: string) => all.find((one) => one.path === path);
  };

  test("is the flag before the variable before the file before the default", () => {
    const of = settings(
      "host: 127.0.0.2\nport: 1\ndrain_seconds: ${DRAIN}\nledger:\n  keep_days: 5\n",
      { HEADGATE_PORT: "2", HEADGATE_HOST: "127.0.0.3", DRAIN: "4" },
      { port: "3" },
    );
    const told = (path: string) => {
      const { value, source, named } = of(path)!;
      return [value, source, named];
    };
    expect(told("port")).toEqual([3, "flag", "--port"]);
    expect(told("host")).toEqual(["127.0.0.3", "environment", "HEADGATE_HOST"]);
    expect(told("drain_seconds")).toEqual([4, "file", null]);
    expect(told("ledger.keep_days")).toEqual([5, "file", null]);
    expect(told("ledger.keep_bodies_days")).toEqual([30, "default", null]);
  });

  test("where a variable tells one member of an option, the others stay the file's", () => {
    const of = settings("redis:\n  url: redis://127.0.0.1:1\n  prefix: mine\n", {
      HEADGATE_REDIS_URL: "redis://user:hunter2-hunter2@cache.example:6379/2?password=hunter2",
    });
    expect(of("redis.url")).toMatchObject({
      value: "redis://cache.example:6379/2",
      source: "environment",
      named: "HEADGATE_REDIS_URL",
    });
    expect(of("redis.prefix")).toMatchObject({ value: "mine", source: "file" });
  });

  test("a secret of a variable takes the place of the file's, and is told of neither", () => {
    const of = settings("admin_token_file: /nowhere\n", { HEADGATE_ADMIN_TOKEN: SECRET });
    expect(of("admin_token")).toMatchObject({ value: null, is_set: true, source: "environment" });
    expect(of("admin_token_file")).toMatchObject({ value: null, is_set: false, source: "default" });
  });
});

interface Node {
  type?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
}

/** Every place where a text may stand that nobody listed, as the reference calls it. */
function textsIn(node: Node, at: string): string[] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, member]) =>
    textsIn(member, at === "" ? name : `${at}.${name}`),
  );
  const each = typeof node.additionalProperties === "object" ? textsIn(node.additionalProperties, `${at}.<name>`) : [];
  const items = node.items === undefined ? [] : textsIn(node.items, `${at}[]`);
  const own = node.type === "string" && node.enum === undefined && node.const === undefined ? [at] : [];
  return [...own, ...inner, ...each, ...items];
}

/** Texts that hold no secret, by the ends of their paths. Whoever adds an option says here that it holds none, or it is called as those are that do. */
const OPEN =
  /(^|\.)(\$schema|host|data|region|base_url|project|location|regions\[\]|name|id|upstream|model|to|reason|description|requires\[\]|prefix|url|models\[\]|providers\[\]|endpoint|issuer|audience|subjects\[\]|claims\.<name>(\[\])?|jwks_uri|identity_from|name_from|team|team_from|fixed(\[\])?|allowed\[\]|admin_hosts\[\]|[a-z_]+_file|client_id|scopes\[\]|title)$/;

test("an option that holds a secret is called so that nothing is told of it", () => {
  const texts = textsIn(jsonSchema() as Node, "");
  const guarded = texts.filter((path) => !OPEN.test(path));
  expect(guarded.length).toBeGreaterThan(8);
  for (const path of guarded) {
    const names = path
      .replaceAll("[]", "")
      .split(".")
      .filter((name) => name !== "<name>");
    const config = { [names[0]!]: nested(names.slice(1)) };
    const all = settingsOf({ ...checkConfig({}, "test"), ...config } as never, undefined);
    expect([path, JSON.stringify(all)]).toEqual([path, expect.not.stringContaining(SECRET)]);
  }
});

/** The secret where it belongs, under a name of the operator's and alone. */
function nested(names: readonly string[]): unknown {
  const [first, ...rest] = names;
  if (first === undefined) return SECRET;
  return { [first]: nested(rest) };
}

test("nor does one deep in a list, or behind a name of the operator's, get out", () => {
  const config = checkConfig(
    {
      providers: {
        openai: {
          headers: { "x-secret": SECRET },
          credentials: [
            { name: "a", api_key: SECRET },
            { name: "b", api_key_file: "/etc/key" },
          ],
        },
      },
      virtual_models: { "vmc/x": { relay: { base_url: "https://me:pw@x.example/v1?key=1", api_key: SECRET } } },
      budgets: { alerts: { url: `https://hooks.example/${SECRET}`, secret: SECRET } },
      telemetry: { otlp: { endpoint: "https://otlp.example", headers: { authorization: SECRET } } },
    },
    "test",
  );
  const all: Omit<Setting, "needs_restart">[] = settingsOf(config, undefined);
  expect(JSON.stringify(all)).not.toContain(SECRET);
  const of = (path: string) => all.find((one) => one.path === path)?.value;
  expect(of("providers.openai.credentials")).toEqual([
    { name: "a", api_key: "[secret]", weight: 1 },
    { name: "b", api_key_file: "/etc/key", weight: 1 },
  ]);
  expect(of("virtual_models.vmc/x.relay.base_url")).toBe("https://x.example/v1");
  expect(all.find(({ path }) => path === "budgets.alerts.url")).toMatchObject({ is_secret: true, is_set: true });
});

test("each option has its sentence", () => {
  const all = settingsOf(checkConfig({}, "test"), undefined);
  expect(all.filter(({ description }) => description === "").map(({ path }) => path)).toEqual([]);
  expect(all.length).toBeGreaterThan(60);
});
