import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
    keys: { insert: (row) => void rows.push(row), all: () => [...rows] },
    settings: { get: (name) => settings.get(name), set: (name, value) => void settings.set(name, value) },
    data: folder,
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
  test("makes a secret for its owner alone, a key and an admin token", () => {
    const { start, rows, settings, file, secret } = installation();
    const { keys, fresh } = start();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(secret()).toMatch(/^[0-9a-f]{64}$/);
    expect(isKeyShaped(fresh!.key)).toBe(true);
    expect(fresh!.adminToken).toMatch(/^hga_[\w-]{32}$/);
    expect(keys.find(fresh!.key)).toEqual({ id: rows[0]!.id, name: "first", disabled: false });
    expect(settings).toEqual(new Map([["admin_token_hash", keyHash(fresh!.adminToken!, secret())]]));
  });

  test("keeps a hash and a hint of the key, and not the key", () => {
    const { start, rows, secret } = installation();
    const { key } = start().fresh!;
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
        hash: keyHash(key, secret()),
        name: "first",
        hint: `${key.slice(0, 7)}…`,
        createdAt: 1_700_000_000_000,
        disabled: false,
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(key.slice(7));
  });

  test("makes no admin token where the operator has one", () => {
    const { start, settings, secret } = installation();
    const { fresh } = start({ adminToken: "an-admin-token-of-mine" });
    expect(fresh!.adminToken).toBeUndefined();
    expect(settings.get("admin_token_hash")).toBe(keyHash("an-admin-token-of-mine", secret()));
  });

  test("in memory leaves nothing, and no two are alike", () => {
    const one = installation(":memory:");
    const { keys, fresh } = one.start();
    expect(keys.find(fresh!.key)?.name).toBe("first");
    expect(existsSync(":memory:")).toBe(false);
    expect(installation(":memory:").start().keys.find(fresh!.key)).toBeUndefined();
  });
});

describe("every other start", () => {
  test("makes nothing, tells nothing, and knows the key of the first", () => {
    const { start, rows, settings, secret } = installation();
    const { fresh } = start();
    const before = structuredClone({ rows, settings, secret: secret() });
    const second = start();
    expect(second.fresh).toBeUndefined();
    expect(second.keys.find(fresh!.key)?.id).toBe(rows[0]!.id);
    expect({ rows, settings, secret: secret() }).toEqual(before);
  });

  test("takes a new admin token from the operator, and keeps it when he says nothing", () => {
    const { start, settings, secret } = installation();
    start();
    start({ adminToken: "a-token-of-the-operator" });
    expect(settings.get("admin_token_hash")).toBe(keyHash("a-token-of-the-operator", secret()));
    start();
    expect(settings.get("admin_token_hash")).toBe(keyHash("a-token-of-the-operator", secret()));
  });

  test("knows a disabled key as one", () => {
    const { start, rows } = installation();
    const { fresh } = start();
    rows[0]!.disabled = true;
    expect(start().keys.find(fresh!.key)?.disabled).toBe(true);
  });

  test("reads a secret that a person has put back with a line end", () => {
    const { start, file, secret } = installation();
    const { fresh } = start();
    writeFileSync(file, `  ${secret()}\r\n`);
    expect(start().keys.find(fresh!.key)).toBeDefined();
  });
});

describe("a key in the environment", () => {
  test("opens beside the others, for as long as it is there, and is not kept", () => {
    const { start, rows } = installation();
    const first = start({ environmentKey: "vck_of_the_operator" });
    expect(first.keys.find("vck_of_the_operator")).toEqual({
      id: "key_environment",
      name: "AI_GATEWAY_API_KEY",
      disabled: false,
    });
    expect(first.keys.find(first.fresh!.key)).toBeDefined();
    expect(rows).toHaveLength(1);
    expect(start().keys.find("vck_of_the_operator")).toBeUndefined();
  });
});

describe("a secret that is gone while there are keys", () => {
  test.each([
    ["missing", (file: string) => rmSync(file)],
    ["empty", (file: string) => writeFileSync(file, "\n")],
  ])("because its file is %s stops the start and says what to do", (_, lose) => {
    const { start, file } = installation();
    start();
    lose(file);
    expect(() => start()).toThrow(`${file} is missing or empty: without it none of the keys`);
    expect(existsSync(file) && readFileSync(file, "utf8").trim() !== "").toBe(false);
  });

  test("while there are none yet, an empty file is filled", () => {
    const { start, file, secret } = installation();
    start();
    const other = installation(join(file, ".."));
    writeFileSync(file, "");
    other.start();
    expect(secret()).toMatch(/^[0-9a-f]{64}$/);
  });
});
