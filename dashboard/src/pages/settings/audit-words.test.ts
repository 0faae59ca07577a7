import { describe, expect, test } from "bun:test";
import type { AuditEntry } from "../../../../src/admin/contract.ts";
import { actorWords, differences, nameOf, placeOf, wordsOf } from "./audit-words.ts";

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  id: "audit_1",
  created_at: "2026-11-26T05:00:00.000Z",
  actor: "admin",
  action: "key.change",
  target: "key_1",
  detail: null,
  ...more,
});

describe("what was done", () => {
  test("has only what is another than before, deeper members by their path", () => {
    const detail = {
      before: { name: "ci", limits: { requests_per_minute: 5 }, models: ["a"], owner: null },
      after: { name: "ci", limits: { requests_per_minute: 9, tokens_per_minute: 1 }, models: ["a", "b"], owner: null },
    };
    expect(differences(entry({ detail }))).toEqual({
      isChange: true,
      differences: [
        { path: "limits.requests_per_minute", before: "5", after: "9" },
        { path: "models", before: '["a"]', after: '["a","b"]' },
        { path: "limits.tokens_per_minute", before: undefined, after: "1" },
      ],
    });
  });

  test("of what was made, has all of it", () => {
    const { isChange, differences: told } = differences(entry({ detail: { before: null, after: { name: "ci" } } }));
    expect([isChange, told]).toEqual([false, [{ path: "name", before: undefined, after: "ci" }]]);
  });

  test("of what is neither, has what was told; nothing where nothing was", () => {
    expect(differences(entry({ detail: { role: "viewer" } })).differences).toEqual([
      { path: "role", before: undefined, after: "viewer" },
    ]);
    expect(differences(entry({})).differences).toEqual([]);
  });

  test("is called as people call it", () => {
    expect(nameOf(entry({ detail: { before: { name: "old" }, after: { name: "new" } } }))).toBe("new");
    expect(nameOf(entry({ detail: { before: { name: "gone" } } }))).toBe("gone");
    expect(nameOf(entry({ action: "budget.set", detail: { after: { scope: "user", scope_id: "*" } } }))).toBe(
      "user each",
    );
    expect(nameOf(entry({ detail: null }))).toBeUndefined();
    expect([wordsOf("key.create"), wordsOf("what.ever"), actorWords("session:Ada")]).toEqual([
      "made a key",
      "what.ever",
      "Ada",
    ]);
  });

  test("leads to where it is now", () => {
    expect(placeOf(entry({ action: "generation.read", target: "gen_1" }))).toEqual({ to: "/requests/gen_1" });
    expect(placeOf(entry({}))).toEqual({ to: "/keys", search: { key: "key_1" } });
    expect(placeOf(entry({ action: "session.begin", target: "x" }))).toBeUndefined();
  });
});
