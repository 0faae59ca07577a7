import { expect, test } from "bun:test";
import type { KeyRow } from "../store/keys.ts";
import { prepareInstallation } from "./installation.ts";
import { rotated } from "./rotation.ts";

const OLD = "0123456789abcdef0123456789abcdef";
const NEW = "fedcba9876543210fedcba9876543210";
const NEWEST = "00112233445566778899aabbccddeeff";

function installation() {
  const rows: KeyRow[] = [];
  const kept = new Map<string, string>();
  const settings = {
    get: (name: string) => kept.get(name),
    set: (name: string, value: string) => void kept.set(name, value),
  };
  const keys = {
    all: () => rows,
    insertFirst(row: KeyRow, more: readonly (readonly [string, string])[]) {
      rows.push(row);
      for (const [name, value] of more) kept.set(name, value);
      return true;
    },
  };
  const start = (secret: string, previous?: string) =>
    prepareInstallation({
      ...{ keys, settings, data: ":memory:", environmentKey: "the-environment's", nowMs: 1 },
      ...{ adminToken: undefined, secret, previous },
    });
  return { start, kept, rotate: (secret: string, previous?: string) => rotated(settings, { secret, previous }) };
}

test("while it is being changed keys and the admin token are known by either, and afterwards by the new one alone", async () => {
  const { start, rotate } = installation();
  const { key, adminToken } = (await start(OLD)).fresh!;
  const knows = async (secret: string, previous?: string) => {
    const { keys, fresh } = await start(secret, previous);
    return [keys.find(key)?.name, keys.isAdmin(adminToken!), keys.find("the-environment's")?.id, fresh];
  };
  const all = ["first", true, "key_environment", undefined];
  expect(await knows(OLD)).toEqual(all);
  await expect(start(NEW)).rejects.toThrow("another one");
  await expect(start(NEW, NEWEST)).rejects.toThrow("another one");
  expect(await knows(NEW, OLD)).toEqual(all);
  expect(await knows(OLD)).toEqual(all);
  await rotate(NEW, OLD);
  expect(await knows(NEW, OLD)).toEqual(all);
  expect(await knows(NEW)).toEqual(all);
  await expect(start(OLD)).rejects.toThrow("another one");
});

test("it can be changed again, and twice is as good as once", async () => {
  const { start, rotate } = installation();
  const { key } = (await start(OLD)).fresh!;
  await rotate(NEW, OLD);
  await rotate(NEW, OLD);
  expect((await start(NEWEST, NEW)).keys.find(key)?.name).toBe("first");
  await rotate(NEWEST, NEW);
  expect((await start(NEWEST)).keys.find(key)?.name).toBe("first");
  await expect(start(NEW)).rejects.toThrow("another one");
});

test("the secret before stands nowhere readable", async () => {
  const { start, rotate, kept } = installation();
  await start(OLD);
  await rotate(NEW, OLD);
  expect(JSON.stringify([...kept])).not.toContain(OLD);
});

test("who knows neither changes nothing", async () => {
  const { start, rotate, kept } = installation();
  await start(OLD);
  const before = [...kept];
  await expect(rotate(NEW, NEWEST)).rejects.toThrow("neither");
  await expect(rotate(NEW)).rejects.toThrow("neither");
  expect([...kept]).toEqual(before);
});
