import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyHash } from "./access/keys.ts";
import { ConfigError, checkConfig, createGateway, type GatewayOptions, type Headgate } from "./index.ts";

const folders: string[] = [];
const opened: Headgate[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-index-"));
  folders.push(folder);
  return folder;
}

async function create(config: Record<string, unknown> = {}, env: GatewayOptions["env"] = {}) {
  const headgate = await createGateway({ config: checkConfig({ data: ":memory:", ...config }, "test"), env });
  opened.push(headgate);
  return headgate;
}

const simulated = async (...told: Parameters<typeof create>) => (await create(...told)).gateway.snapshot.simulated;

describe("the simulator answers", () => {
  test.each([["127.0.0.1"], ["127.1.2.3"], ["localhost"], ["::1"], ["[::1]"]])(
    "on %s, when nobody has a credential",
    async (host) => {
      expect(await simulated({ host })).toBe(true);
    },
  );

  test.each([["0.0.0.0"], ["::"], ["10.0.0.1"], ["localhost.example.com"], ["1270.0.0.1"]])(
    "not on %s: others would rather know",
    async (host) => {
      expect(await simulated({ host })).toBe(false);
    },
  );

  test("not when anybody has one", async () => {
    expect(await simulated({}, { OPENAI_API_KEY: "sk-1" })).toBe(false);
    expect(await simulated({ providers: { openai: { api_key: "sk-1" } } })).toBe(false);
  });

  test("whenever it is asked for, never when it is not", async () => {
    expect(await simulated({ host: "0.0.0.0", simulate: "always" }, { OPENAI_API_KEY: "sk-1" })).toBe(true);
    expect(await simulated({ simulate: "never" })).toBe(false);
  });
});

describe("a mistake costs nothing", () => {
  const broken = { providers: { "my-own": { base_url: "http://127.0.0.1:9" } } };

  test.each([
    ["in the configuration", { ...broken, simulate: "never" }, {}],
    ["in a file that is named", { admin_token_file: "/nowhere/token" }, {}],
    ["in a variable", {}, { AI_GATEWAY_API_KEY_FILE: "/nowhere/key" }],
  ])("%s: no key is made, and the folder is free", async (_, config, env) => {
    const data = join(newFolder(), "data");
    await expect(create({ ...config, data }, env)).rejects.toThrow(ConfigError);
    expect(existsSync(data)).toBe(false);
    expect((await create({ data })).fresh?.key).toMatch(/^hg_/);
  });

  test("in the data folder: nothing is left open", async () => {
    const data = newFolder();
    const first = await create({ data });
    await expect(create({ data })).rejects.toThrow("another gateway is using the data folder");
    await first.close();
    expect((await create({ data })).fresh).toBeUndefined();
  });
});

describe("keys", () => {
  const found = (headgate: Headgate, text: string) => headgate.gateway.snapshot.keys.find(text)?.id;

  test("of the first start, of the environment, and of a file that it names", async () => {
    const file = join(newFolder(), "key");
    writeFileSync(file, "of-a-file\n");
    const fresh = await create();
    expect(found(fresh, fresh.fresh!.key)).toMatch(/^key_/);
    expect(found(await create({}, { AI_GATEWAY_API_KEY: "of-a-variable" }), "of-a-variable")).toBe("key_environment");
    expect(found(await create({}, { AI_GATEWAY_API_KEY_FILE: file }), "of-a-file")).toBe("key_environment");
  });

  test("the variable wins over the file, and an empty one is none", async () => {
    const both = await create({}, { AI_GATEWAY_API_KEY: "of-a-variable", AI_GATEWAY_API_KEY_FILE: "/nowhere/key" });
    expect(found(both, "of-a-variable")).toBe("key_environment");
    const empty = await create({}, { AI_GATEWAY_API_KEY: "  ", AI_GATEWAY_API_KEY_FILE: "" });
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
    const headgate = await create({
      data,
      ...(from === "of a file" ? { admin_token_file: file } : { admin_token: token }),
    });
    expect(headgate.fresh?.adminToken).toBeUndefined();
    await headgate.close();
    const secret = (await Bun.file(join(data, "key-secret")).text()).trim();
    expect(hashIn(data)).toBe(keyHash(token, secret));
  });

  test.each([[""], ["short"]])("%p in a file is refused: anyone could guess it", async (text) => {
    const file = join(newFolder(), "token");
    writeFileSync(file, text);
    await expect(create({ admin_token_file: file })).rejects.toThrow(`admin_token_file: ${file}`);
  });
});

describe("the secret", () => {
  const database = { url: "postgres://nobody@127.0.0.1:9/none" };

  test("is required with PostgreSQL, before anybody is asked", async () => {
    await expect(create({ database })).rejects.toThrow("secret: is required with `database`");
  });

  test("of a file is that of the keys", async () => {
    const file = join(newFolder(), "secret");
    writeFileSync(file, `${"s".repeat(32)}\n`);
    const data = newFolder();
    const { fresh, close } = await create({ data, secret_file: file });
    await close();
    expect(existsSync(join(data, "key-secret"))).toBe(false);
    const again = await create({ data, secret: "s".repeat(32) });
    expect(again.gateway.snapshot.keys.find(fresh!.key)?.name).toBe("first");
  });

  test("that is short in a file is refused", async () => {
    const file = join(newFolder(), "secret");
    writeFileSync(file, "s".repeat(31));
    await expect(create({ secret_file: file })).rejects.toThrow(`secret_file: ${file} holds fewer than 32 characters`);
  });
});
