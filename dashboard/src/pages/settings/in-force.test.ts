import { expect, test } from "bun:test";
import type { Setting } from "../../../../src/admin/contract.ts";
import { fitting, grouped, written } from "./in-force.ts";

const setting = (path: string, more: Partial<Setting> = {}): Setting => ({
  path,
  value: null,
  is_secret: false,
  is_set: false,
  source: "default",
  named: null,
  description: "",
  needs_restart: true,
  ...more,
});
const paths = (settings: readonly Setting[]) => settings.map(({ path }) => path);

test("settings are found by all words of their path, meaning and variable", () => {
  const all = [
    setting("port", { named: "HEADGATE_PORT", source: "environment" }),
    setting("ledger.keep_days", { description: "Days that single requests are kept." }),
    setting("ledger.sync"),
  ];
  expect(paths(fitting(all, "all", "ledger kept"))).toEqual(["ledger.keep_days"]);
  expect(paths(fitting(all, "all", "headgate_p"))).toEqual(["port"]);
  expect(paths(fitting(all, "told"))).toEqual(["port"]);
  expect(paths(fitting(all, "all"))).toHaveLength(3);
});

test("what begins alike stands together, what stands alone comes first", () => {
  const all = [setting("clocks.a_ms"), setting("port"), setting("ledger.sync"), setting("clocks.b_ms")];
  expect(grouped(all).map(({ name, settings }) => [name, ...paths(settings)])).toEqual([
    [null, "port"],
    ["clocks", "clocks.a_ms", "clocks.b_ms"],
    ["ledger", "ledger.sync"],
  ]);
  expect(grouped([])).toEqual([]);
});

test("a value is written as it would be told; an empty list is none, zero is zero", () => {
  expect([0, false, "", [], {}, ["a"], null].map((value) => written(setting("x", { value })))).toEqual([
    "0",
    "false",
    '""',
    "none",
    "none",
    '["a"]',
    null,
  ]);
  expect(written(setting("token", { value: "s", is_secret: true }))).toBeNull();
});
