import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyRow } from "../store/keys.ts";
import { type InstallationParts, prepareInstallation } from "./installation.ts";
import { isKeyShaped, keyHash } from "./keys.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** An installation that has never been started: each call of `start` is a start. */
function installation(data?: string) {
  const folder = data ?? join(mkdtempSync(join(tmpdir(), "headgate-access-")), "data");
  if (data === undefined) folders.push(join(folder, ".."));
  const rows: KeyRow[] = [];
  const settings = new Map<string, string>();
  const parts: InstallationParts = {
    keys: {
      insertFirst(row, made) {
        if (rows.length > 0) return false;
        rows.push(row);
        for (const [name, value] of made) settings.set(name, value);
        return true;
      },
      all: () => [...rows],
    },
    settings: { get: (name) => settings.get(name), set: (name, value) => void settings.set(name, value) },
    data: folder,
    secret: undefined,
    environmentKey: undefined,
    adminToken: undefined,
    nowMs: 1_700_000_000_000,
  };
  const file = join(folder, "key-secret");
  return {
    rows,
    settings,
    file,
    secret: () => readFileSync(file, "utf8").trim(),
    start: (more: Partial<InstallationParts> = {}) => prepareInstallation({ ...parts, ...more }),
  };
}

describe("the first start", () => {
  test("makes a secret for its owner alone, a key and an admin token", async () => {
    const { start, rows, settings, file, secret } = installation();
    const { keys, fresh } = await start();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(secret()).toMatch(/^[0-9a-f]{64}$/);
    expect(isKeyShaped(fresh!.key)).toBe(true);
    expect(fresh!.adminToken).toMatch(/^hga_[\w-]{32}$/);
    expect(keys.find(fresh!.key)).toEqual({ id: rows[0]!.id, name: "first", disabled: false });
    expect(settings.get("admin_token_hash")).toBe(keyHash(fresh!.adminToken!, secret()));
  });

  test("keeps a hash and a hint of the key, and not the key", async () => {
    const { start, rows, secret } = installation();
    const { key } = (await start()).fresh!;
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
        hash: keyHash(key, secret()),
        name: "first",
        hint: `${key.slice(0, 7)}…`,
        createdAt: 1_700_000_000_000,
        disabled: false,
        ...{ owner: null, team: null, expiresAt: null, policy: null, metadata: null, updatedAt: null },
        ...{ previousHash: null, previousUntil: null, revokedAt: null, leakedAt: null },
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(key.slice(7));
  });

  test("makes no admin token where the operator has one", async () => {
    const { start, settings, secret } = installation();
    const { fresh } = await start({ adminToken: "an-admin-token-of-mine" });
    expect(fresh!.adminToken).toBeUndefined();
    expect(settings.get("admin_token_hash")).toBe(keyHash("an-admin-token-of-mine", secret()));
  });

  test("in memory leaves nothing, and no two are alike", async () => {
    const one = installation(":memory:");
    const { keys, fresh } = await one.start();
    expect(keys.find(fresh!.key)?.name).toBe("first");
    expect(existsSync(":memory:")).toBe(false);
    expect((await installation(":memory:").start()).keys.find(fresh!.key)).toBeUndefined();
  });
});

describe("every other start", () => {
  test("makes nothing, tells nothing, and knows the key of the first", async () => {
    const { start, rows, settings, secret } = installation();
    const { fresh } = await start();
    const before = structuredClone({ rows, settings, secret: secret() });
    const second = await start();
    expect(second.fresh).toBeUndefined();
    expect(second.keys.find(fresh!.key)?.id).toBe(rows[0]!.id);
    expect({ rows, settings, secret: secret() }).toEqual(before);
  });

  test("takes a new admin token from the operator, and keeps it when he says nothing", async () => {
    const { start, settings, secret } = installation();
    await start();
    await start({ adminToken: "a-token-of-the-operator" });
    expect(settings.get("admin_token_hash")).toBe(keyHash("a-token-of-the-operator", secret()));
    await start();
    expect(settings.get("admin_token_hash")).toBe(keyHash("a-token-of-the-operator", secret()));
  });

  test("knows a disabled key as one", async () => {
    const { start, rows } = installation();
    const { fresh } = await start();
    rows[0]!.disabled = true;
    expect((await start()).keys.find(fresh!.key)?.disabled).toBe(true);
  });

  test("takes the secret from everybody else, where a copy of the folder has left it open to them", async () => {
    const { start, file } = installation();
    const { fresh } = await start();
    chmodSync(file, 0o644);
    expect((await start()).keys.find(fresh!.key)).toBeDefined();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("reads a secret that a person has put back with a line end", async () => {
    const { start, file, secret } = installation();
    const { fresh } = await start();
    writeFileSync(file, `  ${secret()}\r\n`);
    expect((await start()).keys.find(fresh!.key)).toBeDefined();
  });
});

describe("a key in the environment", () => {
  test("opens beside the others, for as long as it is there, and is not kept", async () => {
    const { start, rows } = installation();
    const first = await start({ environmentKey: "vck_of_the_operator" });
    expect(first.keys.find("vck_of_the_operator")).toEqual({
      id: "key_environment",
      name: "AI_GATEWAY_API_KEY",
      disabled: false,
    });
    expect(first.keys.find(first.fresh!.key)).toBeDefined();
    expect(rows).toHaveLength(1);
    expect((await start()).keys.find("vck_of_the_operator")).toBeUndefined();
  });
});

describe("a secret that is gone while there are keys", () => {
  test.each([
    ["missing", (file: string) => rmSync(file)],
    ["empty", (file: string) => writeFileSync(file, "\n")],
  ])("because its file is %s stops the start and says what to do", async (_, lose) => {
    const { start, file } = installation();
    await start();
    lose(file);
    await expect(start()).rejects.toThrow(`${file} is missing or empty: without it none of the keys`);
    expect(existsSync(file) && readFileSync(file, "utf8").trim() !== "").toBe(false);
  });

  test("while there are none yet, an empty file is filled", async () => {
    const { start, file, secret } = installation();
    await start();
    const other = installation(join(file, ".."));
    writeFileSync(file, "");
    await other.start();
    expect(secret()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a secret that the operator tells", () => {
  const SECRET = "0123456789abcdef0123456789abcdef";

  test("is that of the keys, and no file is made", async () => {
    const { start, rows, file } = installation();
    const { fresh } = await start({ secret: SECRET });
    expect(rows[0]!.hash).toBe(keyHash(fresh!.key, SECRET));
    expect(existsSync(file)).toBe(false);
    expect((await start({ secret: SECRET })).keys.find(fresh!.key)).toBeDefined();
  });

  test("may be what lay in the folder", async () => {
    const { start, secret, file } = installation();
    const { fresh } = await start();
    const told = secret();
    rmSync(file);
    expect((await start({ secret: told })).keys.find(fresh!.key)).toBeDefined();
  });

  test.each([
    ["and they know of it", true],
    ["and they are from before it was noted", false],
  ])("that is another one than the keys', %s, stops the start", async (_, noted) => {
    const { start, settings } = installation();
    await start();
    if (!noted) settings.delete("secret_proof");
    const before = structuredClone(settings);
    await expect(start({ secret: SECRET })).rejects.toThrow("HEADGATE_SECRET is another one");
    expect(settings).toEqual(before);
  });

  test("once, and then in a file that holds another, stops the start and names the file", async () => {
    const { start, file } = installation();
    await start();
    writeFileSync(file, SECRET);
    await expect(start()).rejects.toThrow(`${file} holds another secret`);
  });

  test("makes one first key of two replicas that begin at once, and both know it", async () => {
    const { start, rows } = installation();
    const both = await Promise.all([start({ secret: SECRET }), start({ secret: SECRET })]);
    const [fresh, ...more] = both.flatMap(({ fresh }) => fresh ?? []);
    expect([more, rows.length]).toEqual([[], 1]);
    for (const { keys } of both) expect(keys.find(fresh!.key)?.name).toBe("first");
  });

  test("otherwise at each of two that begin at once lets one of them begin", async () => {
    const { start, rows } = installation();
    const both = await Promise.allSettled([start({ secret: SECRET }), start({ secret: `${SECRET}!` })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(rows).toHaveLength(1);
  });
});
