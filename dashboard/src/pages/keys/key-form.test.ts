import { expect, test } from "bun:test";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { NEW_BUDGET } from "../../ui/budget-words.ts";
import { faultAt } from "../../ui/faults.ts";
import { changesOf, formOf, type KeyForm, rebased, toldOf } from "./key-form.ts";

const KEY: ListedKey = {
  id: "key_1",
  object: "key",
  name: "ci",
  hint: "hg_abc…",
  status: "active",
  source: "api",
  read_only: false,
  owner: "ada",
  team: null,
  disabled: false,
  expires_at: "2027-01-31T12:34:56.789Z",
  created_at: "2026-11-01T00:00:00.000Z",
  updated_at: null,
  revoked_at: null,
  leaked_at: null,
  previous_until: null,
  models: ["openai/*"],
  no_training: true,
  limits: { requests_per_minute: 60, tokens_per_minute: null },
  hedge: false,
  user: { required: true, fixed: "ada" },
  tags: { fixed: ["a"], most: 0 },
  metadata: { cost_centre: 7 },
  budget: null,
  budgets: [],
};

test("a new key with a name alone says nothing else", () => {
  expect(toldOf({ ...formOf(), name: " ci " })).toEqual({ name: "ci" });
});

test("everything that is filled in is told", () => {
  const form: KeyForm = {
    ...formOf(KEY),
    team: "team_1",
    providers: ["groq"],
    hipaa: true,
    entity: { how: "required", fixed: "" },
    keep_bodies: true,
    budget: { ...NEW_BUDGET, limit: "5" },
  };
  const { expires_at: expires, ...told } = toldOf(form);
  expect(String(expires).slice(0, 16)).toBe("2027-01-31T12:34");
  expect(told).toEqual({
    name: "ci",
    owner: "ada",
    team: "team_1",
    models: ["openai/*"],
    providers: ["groq"],
    no_training: true,
    hipaa: true,
    limits: { requests_per_minute: 60, tokens_per_minute: null },
    hedge: false,
    user: { fixed: "ada" },
    entity: { required: true },
    tags: { fixed: ["a"], most: 0 },
    keep_bodies: true,
    metadata: { cost_centre: 7 },
    budget: { limit_usd: "5", period: "monthly", soft: false, includes_byok: false, thresholds: [50, 75, 100] },
  });
});

test("what nobody touched is not said, so nothing of it is lost", () => {
  expect(changesOf(KEY, formOf(KEY))).toEqual({});
  expect(changesOf(KEY, { ...formOf(KEY), name: "cd", hedge: "asked", models: [] })).toEqual({
    name: "cd",
    hedge: null,
    models: null,
  });
});

test("a member with members is said as a whole", () => {
  const form = formOf(KEY);
  const limits = { ...form.limits, concurrent_streams: { how: "most", most: "1,000" } } as const;
  expect(changesOf(KEY, { ...form, limits })).toEqual({
    limits: { requests_per_minute: 60, tokens_per_minute: null, concurrent_streams: 1000 },
  });
});

test("what somebody else changed meanwhile is there, but where it was touched here", () => {
  const now: ListedKey = { ...KEY, name: "theirs", owner: "bo", limits: { requests_per_minute: 5 } };
  const mine = { ...formOf(KEY), name: "mine", hipaa: true };
  const form = rebased(mine, KEY, now);
  expect(form).toEqual({ ...formOf(now), name: "mine", hipaa: true });
  expect(changesOf(now, form)).toEqual({ name: "mine", hipaa: true });
  expect(rebased(formOf(KEY), KEY, now)).toEqual(formOf(now));
});

test.each([
  [{ name: " " }, "name"],
  [
    { limits: { ...formOf(KEY).limits, tokens_per_minute: { how: "most", most: "a lot" } } },
    "limits.tokens_per_minute",
  ],
  [{ user: { how: "fixed", fixed: "" } }, "user"],
  [{ metadata: "{" }, "metadata"],
  [{ tags: { ...formOf(KEY).tags, most: "-1" } }, "tags.most"],
  [{ budget: NEW_BUDGET }, "budget.limit_usd"],
] as const)("%j is told at its field", (wrong, param) => {
  let thrown: unknown;
  try {
    toldOf({ ...formOf(KEY), ...wrong });
  } catch (caught) {
    thrown = caught;
  }
  expect(faultAt(thrown, param)).toBeString();
});
