import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyHash } from "./access/keys.ts";
import { ConfigError, checkConfig, createGateway, type GatewayOptions } from "./index.ts";

const folders: string[] = [];
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-index-"));
  folders.push(folder);
  return folder;
}

function create(config: Record<string, unknown> = {}, env: GatewayOptions["env"] = {}) {
  const headgate = createGateway({ config: checkConfig({ data: ":memory:", ...config }, "test"), env });
  opened.push(headgate);
  return headgate;
}

const simulated = (...told: Parameters<typeof create>) => create(...told).gateway.snapshot.simulated;

describe("the simulator answers", () => {
  test.each([["127.0.0.1"], ["127.1.2.3"], ["localhost"], ["::1"], ["[::1]"]])(
    "on %s, when nobody has a credential",
    (host) => {
      expect(simulated({ host })).toBe(true);
    },
  );

  test.each([["0.0.0.0"], ["::"], ["10.0.0.1"], ["localhost.example.com"], ["1270.0.0.1"]])(
    "not on %s: others would rather know",
    (host) => {
      expect(simulated({ host })).toBe(false);
    },
  );

  test("not when anybody has one", () => {
    expect(simulated({}, { OPENAI_API_KEY: "sk-1" })).toBe(false);
    expect(simulated({ providers: { openai: { api_key: "sk-1" } } })).toBe(false);
  });

  test("whenever it is asked for, never when it is not", () => {
    expect(simulated({ host: "0.0.0.0", simulate: "always" }, { OPENAI_API_KEY: "sk-1" })).toBe(true);
    expect(simulated({ simulate: "never" })).toBe(false);
  });
});

describe("a mistake costs nothing", () => {
  const broken = { providers: { "my-own": { base_url: "http://127.0.0.1:9" } } };

  test.each([
    ["in the configuration", { ...broken, simulate: "never" }, {}],
    ["in a file that is named", { admin_token_file: "/nowhere/token" }, {}],
    ["in a variable", {}, { AI_GATEWAY_API_KEY_FILE: "/nowhere/key" }],
  ])("%s: no key is made, and the folder is free", (_, config, env) => {
    const data = join(newFolder(), "data");
    expect(() => create({ ...config, data }, env)).toThrow(ConfigError);
    expect(existsSync(data)).toBe(false);
    expect(create({ data }).fresh?.key).toMatch(/^hg_/);
  });

  test("in the data folder: nothing is left open", () => {
    const data = newFolder();
    const first = create({ data });
    expect(() => create({ data })).toThrow("another gateway is using the data folder");
    first.close();
    expect(create({ data }).fresh).toBeUndefined();
  });
});

describe("keys", () => {
  const found = (headgate: ReturnType<typeof create>, text: string) => headgate.gateway.snapshot.keys.find(text)?.id;

  test("of the first start, of the environment, and of a file that it names", () => {
    const file = join(newFolder(), "key");
    writeFileSync(file, "of-a-file\n");
    const fresh = create();
    expect(found(fresh, fresh.fresh!.key)).toMatch(/^key_/);
    expect(found(create({}, { AI_GATEWAY_API_KEY: "of-a-variable" }), "of-a-variable")).toBe("key_environment");
    expect(found(create({}, { AI_GATEWAY_API_KEY_FILE: file }), "of-a-file")).toBe("key_environment");
  });

  test("the variable wins over the file, and an empty one is none", () => {
    const both = create({}, { AI_GATEWAY_API_KEY: "of-a-variable", AI_GATEWAY_API_KEY_FILE: "/nowhere/key" });
    expect(found(both, "of-a-variable")).toBe("key_environment");
    const empty = create({}, { AI_GATEWAY_API_KEY: "  ", AI_GATEWAY_API_KEY_FILE: "" });
    expect([found(empty, ""), found(empty, "  ")]).toEqual([undefined, undefined]);
  });
});

describe("the admin token", () => {
  /** What a closed gateway left behind of it. */
  function hashIn(data: string): unknown {
    using database = new Database(join(data, "headgate.db"));
    return Object.values(
      database.query("SELECT value FROM settings WHERE name = 'admin_token_hash'").get() as object,
    )[0];
  }

  test.each([["of the configuration"], ["of a file"]])("%s is kept as a hash", async (from) => {
    const data = newFolder();
    const file = join(newFolder(), "token");
    const token = "a-token-of-the-operator";
    writeFileSync(file, `${token}\n`);
    const headgate = create({ data, ...(from === "of a file" ? { admin_token_file: file } : { admin_token: token }) });
    expect(headgate.fresh?.adminToken).toBeUndefined();
    headgate.close();
    const secret = (await Bun.file(join(data, "key-secret")).text()).trim();
    expect(hashIn(data)).toBe(keyHash(token, secret));
  });

  test.each([[""], ["short"]])("%p in a file is refused: anyone could guess it", (text) => {
    const file = join(newFolder(), "token");
    writeFileSync(file, text);
    expect(() => create({ admin_token_file: file })).toThrow(`admin_token_file: ${file}`);
  });
});
