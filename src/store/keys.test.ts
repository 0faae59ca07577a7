import { describe, expect, test } from "bun:test";
import { openDatabase } from "./database.ts";
import { type KeyRow, KeyStore } from "./keys.ts";
import { SettingStore } from "./settings.ts";

const ROW: KeyRow = {
  id: "key_1",
  hash: "aGFzaA==",
  name: "first",
  hint: "hg_abcd…",
  createdAt: 1_764_000_000_123,
  disabled: false,
};

const open = () => openDatabase({ data: ":memory:", sync: "normal" });

describe("keys", () => {
  test("come back as they were put in", () => {
    using database = open();
    const keys = new KeyStore(database);
    expect(keys.all()).toEqual([]);
    const second = { ...ROW, id: "key_2", hash: "b3RoZXI=", name: "", disabled: true };
    keys.insert(ROW);
    keys.insert(second);
    expect(keys.all()).toEqual([ROW, second]);
  });

  test.each([
    ["id", { ...ROW, hash: "other" }],
    ["hash", { ...ROW, id: "other" }],
  ])("of the same %s cannot be two", (_, row) => {
    using database = open();
    const keys = new KeyStore(database);
    keys.insert(ROW);
    expect(() => keys.insert(row)).toThrow("UNIQUE");
    expect(keys.all()).toEqual([ROW]);
  });
});

describe("settings", () => {
  test("are remembered by name, the last value of each", () => {
    using database = open();
    const settings = new SettingStore(database);
    expect(settings.get("a")).toBeUndefined();
    settings.set("a", "1");
    settings.set("b", "");
    settings.set("a", "2");
    expect([settings.get("a"), settings.get("b"), settings.get("A")]).toEqual(["2", "", undefined]);
  });
});
