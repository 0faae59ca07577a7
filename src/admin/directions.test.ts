import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KeyRing } from "../access/keys.ts";
import { checkConfig } from "../config/load.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { compileSnapshot } from "../gateway/snapshot.ts";
import type { DirectionRow } from "../store/directions.ts";
import { Directions } from "./directions.ts";

const CONFIG = {
  routing_rules: [{ id: "fixed", type: "deny", model: "openai/gpt-4.1" }],
  virtual_models: { "vmc/fixed": { model: "openai/gpt-5" } },
};
const MINI = "openai/gpt-5-mini";

/** A shelf as a database would be, and what came of each change. */
function made(
  rows: DirectionRow[] = [],
  told: object = CONFIG,
  beforePut = () => {},
  tell?: (row: DirectionRow) => void,
) {
  const config = checkConfig(told, "test");
  const { directions: compile } = compileSnapshot({
    config,
    env: {},
    keys: new KeyRing("", new Map()),
    simulator: undefined,
  });
  const applied: ReturnType<typeof compile>[] = [];
  const complaints: unknown[] = [];
  const shelf = {
    put(all: readonly DirectionRow[]) {
      beforePut();
      for (const row of all) {
        const at = rows.findIndex(({ kind, id }) => kind === row.kind && id === row.id);
        if (at < 0) rows.push(row);
        else rows[at] = row;
      }
    },
    remove(kind: string, id: string) {
      rows = rows.filter((row) => row.kind !== kind || row.id !== id);
    },
  };
  const directions = new Directions({
    config,
    shelf,
    kept: [...rows],
    compile,
    apply: (compiled) => applied.push(compiled),
    complain: (_id, cause) => complaints.push(cause),
    ...(tell === undefined ? {} : { tell }),
  });
  return { directions, applied, complaints, rows: () => rows };
}

async function refusal(act: () => unknown): Promise<{ message: string; param: unknown; code: string }> {
  try {
    await act();
  } catch (thrown) {
    const { message, param, code } = GatewayError.from(thrown);
    return { message, param, code };
  }
  throw new Error("let through");
}

const deny = { type: "deny", model: "openai/gpt-5-nano" };

describe("a rule that is made", () => {
  test("holds at once, behind those of the configuration, and is kept as it was told", async () => {
    const { directions, applied, rows } = made();
    expect(applied).toEqual([]);
    expect(await directions.create("rule", "mine", deny, 1_790_000_000_000)).toEqual({
      id: "mine",
      ...deny,
      enabled: true,
      source: "api",
      read_only: false,
      created_at: "2026-09-21T14:13:20.000Z",
    });
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "mine"]);
    expect(applied.at(-1)!.models.has("openai/gpt-5-nano")).toBe(false);
    expect(rows()).toEqual([
      {
        kind: "rule",
        id: "mine",
        value: JSON.stringify(deny),
        place: 1,
        createdAt: 1_790_000_000_000,
        version: 1,
      },
    ]);
    expect(directions.list("rule").map(({ id, read_only }) => [id, read_only])).toEqual([
      ["fixed", true],
      ["mine", false],
    ]);
  });

  test("can be changed in part, said anew, and taken away", async () => {
    const { directions, applied } = made();
    await directions.create("rule", "mine", { ...deny, reason: "no" }, 0);
    await directions.create("rule", "later", { ...deny, model: MINI }, 0);
    expect(await directions.adjust("rule", "mine", { reason: null, enabled: false })).toMatchObject({ enabled: false });
    expect(directions.find("rule", "mine")).not.toHaveProperty("reason");
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "later"]);
    await directions.replace("rule", "mine", { type: "rewrite", model: "openai/gpt-4o", to: MINI });
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "mine", "later"]);
    await directions.remove("rule", "mine");
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "later"]);
    expect((await refusal(() => directions.find("rule", "mine"))).code).toBe("not_found");
  });
});

describe("a rule is moved", () => {
  const orderOf = ({ directions, applied }: ReturnType<typeof made>) => {
    const listed = directions.list("rule").map(({ id }) => id);
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(listed as string[]);
    return listed.slice(1).join("");
  };
  async function madeOf(ids: string, ...more: Parameters<typeof made>) {
    const all = made(...more);
    for (const id of ids) await all.directions.create("rule", id, { ...deny, model: `openai/gpt-5-${id}*` }, 0);
    return all;
  }

  test("before another, or to the end, and stands there after a restart as well", async () => {
    const all = await madeOf("abcd");
    await all.directions.create("virtual_model", "vmc/mine", { model: MINI }, 0);
    const told = await all.directions.move("d", "b");
    expect([told.id, orderOf(all)]).toEqual(["d", "adbc"]);
    await all.directions.move("a", null);
    expect(orderOf(all)).toBe("dbca");
    await all.directions.create("rule", "e", { ...deny, model: "openai/gpt-5-e*" }, 0);
    expect(orderOf(all)).toBe("dbcae");
    const kept = all.rows().toSorted((a, b) => a.place - b.place || a.createdAt - b.createdAt);
    expect(orderOf(made(kept))).toBe("dbcae");
  });

  test("also among such as have one place, which two gateways gave them at once", async () => {
    const rows = ["a", "b", "c"].map((id) => ({
      kind: "rule" as const,
      id,
      value: JSON.stringify({ ...deny, model: `openai/gpt-5-${id}*` }),
      place: 1,
      createdAt: 0,
      version: 1,
    }));
    const all = made(rows);
    await all.directions.move("c", "a");
    expect(orderOf(all)).toBe("cab");
  });

  test("and where it stands already nothing is changed, nor told", async () => {
    const told: DirectionRow[] = [];
    const all = await madeOf("ab", [], CONFIG, undefined, (row) => told.push(row));
    const before = JSON.stringify([all.rows(), told]);
    await all.directions.move("a", "b");
    await all.directions.move("b", null);
    expect(JSON.stringify([all.rows(), told])).toBe(before);
    await all.directions.move("b", "a");
    expect(told.slice(2).map(({ id, version }) => [id, version])).toEqual([
      ["a", 3],
      ["b", 3],
    ]);
  });

  test("but neither beside one of the configuration, nor itself, nor one that is not there", async () => {
    const { directions } = await madeOf("ab");
    for (const before of ["fixed", "a", "zzz"])
      expect(await refusal(() => directions.move("a", before))).toMatchObject({
        code: "invalid_request",
        param: "before",
      });
    expect(await refusal(() => directions.move("fixed", null))).toMatchObject({ code: "invalid_request", param: "id" });
    expect((await refusal(() => directions.move("zzz", null))).code).toBe("not_found");
  });

  test("however often, each is there once, in the order that was asked for", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(4), fc.option(fc.nat(4))), { maxLength: 12 }), async (moves) => {
        const all = await madeOf("abcde");
        let expected = [..."abcde"];
        for (const [one, to] of moves) {
          const [id, before] = ["abcde"[one]!, to === null ? null : "abcde"[to]!];
          if (id === before) continue;
          await all.directions.move(id, before);
          expected = expected.filter((other) => other !== id);
          expected.splice(before === null ? expected.length : expected.indexOf(before), 0, id);
        }
        expect(
          all.directions
            .list("rule")
            .slice(1)
            .map(({ id }) => id),
        ).toEqual(expected);
      }),
      { numRuns: 40 },
    ));
});

describe("what does not fit is refused with its place, and changes nothing", () => {
  const rewrite = (to: string) => ({ type: "rewrite", model: "openai/gpt-5", to });
  test.each<[string, "rule" | "virtual_model", string, JsonObject, string, RegExp]>([
    ["an option that there is not", "rule", "x", { ...deny, reasons: "y" }, "reasons", /did you mean "reason"/],
    ["a member of the wrong kind", "rule", "x", { ...deny, enabled: "yes" }, "enabled", /the body: enabled: /],
    ["an id that is none", "rule", "a b", deny, "id", /letters, digits/],
    [
      "a model that nobody knows",
      "rule",
      "x",
      rewrite("openai/gpt-55"),
      "to",
      /^the body: to: nobody knows a model "openai\/gpt-55"; did you mean "openai\/gpt-5"\?$/,
    ],
    [
      "a circle",
      "rule",
      "x",
      { type: "rewrite", model: "openai/gpt-5*", to: "openai/gpt-5.1" },
      "routing_rules",
      /without an end/,
    ],
    ["a denial that leads somewhere", "rule", "x", { ...deny, to: MINI }, "to", /leads to no model/],
    ["an id that is the configuration's", "rule", "fixed", deny, "id", /already/],
    ["a name that is the configuration's", "virtual_model", "vmc/fixed", { model: MINI }, "id", /already/],
    ["a model's name", "virtual_model", "openai/gpt-5", { model: MINI }, "id", /^the body: a model is called so/],
    ["a name that is none", "virtual_model", "support", { model: MINI }, "id", /creator\/name/],
    ["a name that no path can have", "virtual_model", "vmc/..", { model: MINI }, "id", /creator\/name/],
    ["a name that leads away", "virtual_model", "../x", { model: MINI }, "id", /creator\/name/],
    ["a name without an end", "virtual_model", `vmc/${"x".repeat(253)}`, { model: MINI }, "id", /creator\/name/],
    ["a virtual model for nobody", "virtual_model", "vmc/x", { model: "openai/gpt-5-mni" }, "model", /gpt-5-mini/],
    [
      "a candidate that nobody knows",
      "virtual_model",
      "vmc/x",
      { candidates: [{ model: MINI }, { model: "openai/gpt-55" }] },
      "candidates.1.model",
      /^the body: candidates\.1\.model: nobody knows/,
    ],
    [
      "a candidate without a model",
      "virtual_model",
      "vmc/x",
      { candidates: [{ weight: 1 }] },
      "candidates.0.model",
      /candidates\.0\.model/,
    ],
    [
      "an option of nobody's",
      "virtual_model",
      "vmc/x",
      { model: MINI, provider_options: { gateway: { ordr: [] } } },
      "provider_options",
      /order/,
    ],
  ])("%s", async (_what, kind, id, value, param, message) => {
    const { directions, applied, rows } = made();
    // A circle needs two; where the first is enough the second never comes.
    const refused = await refusal(async () => {
      await directions.create(kind, id, value, 0);
      await directions.create("rule", "back", { type: "rewrite", model: "openai/gpt-5.1", to: "openai/gpt-5" }, 0);
    });
    expect(refused).toMatchObject({ code: "invalid_request", param });
    expect(refused.message).toMatch(message);
    expect(rows().filter((row) => row.id === "back" || row.id !== "x")).toEqual([]);
    expect(applied.length).toBe(rows().length);
  });

  test("what is the configuration's cannot be changed or taken away", async () => {
    const { directions } = made();
    for (const act of [
      () => directions.remove("rule", "fixed"),
      () => directions.adjust("virtual_model", "vmc/fixed", {}),
      () => directions.replace("rule", "fixed", deny),
    ])
      expect((await refusal(act)).message).toContain("stands in the configuration");
  });

  test("a virtual model to which a rule leads stays", async () => {
    const { directions, rows } = made();
    await directions.create("virtual_model", "vmc/x", { model: MINI }, 0);
    await directions.create("rule", "x", rewrite("vmc/x"), 0);
    expect(await refusal(() => directions.remove("virtual_model", "vmc/x"))).toMatchObject({
      param: "routing_rules.1 (x).to",
      code: "invalid_request",
    });
    expect(rows()).toHaveLength(2);
    await directions.remove("rule", "x");
    await directions.remove("virtual_model", "vmc/x");
    expect(rows()).toEqual([]);
  });

  test("more than a thousand", async () => {
    const { directions } = made(
      Array.from({ length: 1000 }, (_, i) => ({
        kind: "rule",
        id: `r${i}`,
        value: JSON.stringify(deny),
        place: i,
        createdAt: 0,
        version: 1,
      })),
    );
    expect((await refusal(() => directions.create("rule", "one-more", deny, 0))).message).toContain("1000");
  });
});

describe("after a restart", () => {
  const kept = (kind: "rule" | "virtual_model", id: string, value: object): DirectionRow => ({
    kind,
    id,
    value: JSON.stringify(value),
    place: 0,
    createdAt: 0,
    version: 1,
  });

  test("what was made holds", async () => {
    const { applied, complaints } = made([
      kept("rule", "to-x", { type: "rewrite", model: MINI, to: "vmc/x" }),
      kept("virtual_model", "vmc/x", { model: "openai/gpt-5" }),
    ]);
    expect(applied).toHaveLength(1);
    expect(applied[0]!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "to-x"]);
    expect(applied[0]!.directory.virtual.has("vmc/x")).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("what does not fit any more is left out, shown and complained of; the rest holds", async () => {
    const { directions, applied, complaints } = made([
      kept("rule", "fixed", deny),
      kept("rule", "gone", { type: "rewrite", model: MINI, to: "openai/gone" }),
      kept("rule", "good", deny),
      kept("virtual_model", "vmc/fixed", { model: MINI }),
      kept("virtual_model", "vmc/old", { model: MINI, candidats: [] }),
    ]);
    expect(applied[0]!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "good"]);
    expect([...applied[0]!.directory.virtual.keys()]).toEqual(["vmc/fixed"]);
    expect(complaints.map(String)).toEqual([
      expect.stringContaining("the routing rule fixed does not hold: routing_rules.fixed: the configuration has one"),
      expect.stringContaining("the routing rule gone does not hold: routing_rules.1 (gone).to: nobody knows a model"),
      expect.stringContaining("the virtual model vmc/fixed does not hold"),
      expect.stringContaining("the virtual model vmc/old does not hold"),
    ]);
    expect(directions.list("rule").map(({ id, problem }) => [id, problem !== undefined])).toEqual([
      ["fixed", false],
      ["fixed", true],
      ["gone", true],
      ["good", false],
    ]);
    // It can be mended, or taken away, and is in nobody's way.
    await directions.adjust("rule", "gone", { to: "openai/gpt-5" });
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "gone", "good"]);
    await directions.remove("virtual_model", "vmc/old");
    expect((await refusal(() => directions.adjust("rule", "fixed", {}))).message).toContain(
      "the configuration has one",
    );
    await directions.remove("rule", "fixed");
    await directions.create("rule", "new", deny, 0);
    expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "gone", "good", "new"]);
  });
});

describe("whatever is done", () => {
  const name = fc.constantFrom("openai/gpt-5", MINI, "openai/gpt-5-nano", "vmc/a", "vmc/b", "openai/gone");
  const rule = fc.oneof(
    fc.record({ type: fc.constant("deny"), model: name, enabled: fc.boolean() }),
    fc.record({ type: fc.constant("rewrite"), model: name, to: name, enabled: fc.boolean() }),
  );
  const virtual = fc.record({ model: name, description: fc.constantFrom("x", "y") });
  const what = fc.constantFrom("create", "create", "create", "replace", "adjust", "remove");
  const act = fc.oneof(
    fc.record({ what, kind: fc.constant("rule" as const), id: fc.constantFrom("a", "b", "c", "fixed"), value: rule }),
    fc.record({
      what,
      kind: fc.constant("virtual_model" as const),
      id: fc.constantFrom("vmc/a", "vmc/b", "vmc/fixed"),
      value: virtual,
    }),
  );

  test("what holds is what would hold after a restart, and nothing that is refused leaves a trace", async () => {
    let refused = 0;
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 15 }), async (acts) => {
        const { directions, applied, rows } = made();
        for (const { what, kind, id, value } of acts) {
          const before = [JSON.stringify(rows()), applied.length] as const;
          try {
            if (what === "create") await directions.create(kind, id, { ...value }, 0);
            else if (what === "replace") await directions.replace(kind, id, { ...value });
            else if (what === "adjust") await directions.adjust(kind, id, { ...value });
            else await directions.remove(kind, id);
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
            refused++;
            expect([JSON.stringify(rows()), applied.length]).toEqual([...before]);
            continue;
          }
          done++;
          expect(applied.length).toBe(before[1] + 1);
        }
        const again = made([...rows()]);
        expect(again.complaints).toEqual([]);
        if (rows().length === 0) return;
        expect(again.applied[0]!.directory.rules).toEqual(applied.at(-1)!.directory.rules);
        expect(again.applied[0]!.directory.virtual).toEqual(applied.at(-1)!.directory.virtual);
      }),
      { numRuns: 40 },
    );
    expect(Math.min(refused, done)).toBeGreaterThan(50);
  });

  test("what cannot be kept does not hold", async () => {
    const { directions, applied, rows } = made([], CONFIG, () => {
      throw new Error("disk full");
    });
    await expect(directions.create("rule", "x", deny, 0)).rejects.toThrow("disk full");
    expect([applied, rows()]).toEqual([[], []]);
    expect(directions.list("rule").map(({ id }) => id)).toEqual(["fixed"]);
  });

  test("a number longer than a double's is the same before a restart and after", async () => {
    const { directions, applied, rows } = made();
    const long = JSON.rawJSON("12345678901234567890");
    await directions.create("virtual_model", "vmc/x", { model: MINI, provider_options: { openai: { seed: long } } }, 0);
    const seed = (all: typeof applied) => all.at(-1)!.directory.virtual.get("vmc/x")!.options.openai!.seed;
    expect(seed(applied)).toBe(Number("12345678901234567890"));
    expect(seed(made([...rows()]).applied)).toBe(Number("12345678901234567890"));
  });
});

describe("several replicas", () => {
  const MODELS = ["openai/gpt-5", MINI, "openai/gpt-5-nano"];
  /** What each tells the others waits until it is delivered. */
  function replicas(count: number) {
    const sent: { from: number; row: DirectionRow }[] = [];
    const all = Array.from({ length: count }, (_, from) =>
      made(
        [],
        CONFIG,
        () => {},
        (row) => sent.push({ from, row }),
      ),
    );
    const meet = async () => {
      for (const { directions } of all) for (const other of all) await directions.learn(other.directions.rows());
    };
    return { all, sent, meet };
  }
  const held = ({ directions }: ReturnType<typeof made>) => [directions.list("rule"), directions.list("virtual_model")];

  test("hold what was made at one, in the same order, changed and taken away as there", async () => {
    const { all, sent } = replicas(2);
    const [one, other] = [all[0]!, all[1]!];
    const deliver = async () => {
      for (const { from, row } of sent.splice(0)) await all[1 - from]!.directions.learn([row]);
    };
    await one.directions.create("virtual_model", "vmc/x", { model: MINI }, 5);
    await one.directions.create("rule", "b", { type: "rewrite", model: "openai/gpt-5", to: "vmc/x" }, 6);
    await one.directions.create("rule", "a", deny, 6);
    await deliver();
    expect(other.applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "b", "a"]);
    expect(held(other)).toEqual(held(one));
    await other.directions.adjust("rule", "b", { enabled: false });
    await other.directions.remove("rule", "a");
    await deliver();
    expect(held(one)).toEqual(held(other));
    expect(one.applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed"]);
    // Who still has what was taken away is told that it was, and does not bring it back.
    await one.directions.learn(other.directions.rows());
    expect(one.directions.list("rule").map(({ id }) => id)).toEqual(["fixed", "b"]);
    await one.directions.create("rule", "a", deny, 9);
    await deliver();
    expect(held(other)).toEqual(held(one));
  });

  test("what is older than what is here, or the same, changes nothing", async () => {
    const { all, sent } = replicas(2);
    await all[0]!.directions.create("rule", "a", deny, 0);
    const [first] = sent;
    await all[0]!.directions.replace("rule", "a", { ...deny, reason: "later" });
    const [, second] = sent;
    const { directions, applied } = all[1]!;
    await directions.learn([second!.row]);
    const before = applied.length;
    await directions.learn([first!.row]);
    await directions.learn([second!.row]);
    expect([applied.length, directions.find("rule", "a").reason]).toEqual([before, "later"]);
  });

  test("those that cannot hold together: the one that stands behind is left out at each, shown, and told once", async () => {
    const { all, meet } = replicas(2);
    const rewrite = (model: string, to: string) => ({ type: "rewrite", model, to });
    await all[0]!.directions.create("rule", "there", rewrite("openai/gpt-5", MINI), 1);
    await all[1]!.directions.create("rule", "back", rewrite(MINI, "openai/gpt-5"), 2);
    await meet();
    await meet();
    for (const { directions, applied, complaints } of all) {
      expect(directions.find("rule", "there")).not.toHaveProperty("problem");
      expect(directions.find("rule", "back").problem).toMatch(/without an end/);
      expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "there"]);
      expect(complaints.map(String)).toEqual([expect.stringContaining("the routing rule back does not hold")]);
    }
    await all[1]!.directions.remove("rule", "there");
    await meet();
    for (const { applied } of all)
      expect(applied.at(-1)!.directory.rules.map(({ id }) => id)).toEqual(["fixed", "back"]);
  });

  test("a secret, though it was signed, does not hold and is not shown", async () => {
    const { directions, applied } = made();
    const value = JSON.stringify({ relay: { base_url: "http://127.0.0.1:9/v1", api_key: "sk-secret" } });
    await directions.learn([{ kind: "virtual_model", id: "vmc/x", value, place: 1, createdAt: 0, version: 1 }]);
    expect(applied.at(-1)!.directory.virtual.has("vmc/x")).toBe(false);
    expect(JSON.stringify(directions.list("virtual_model"))).not.toContain("sk-secret");
  });

  test("a thousand that do not fit take no more than a moment's steps", async () => {
    let compiled = 0;
    const rows = Array.from({ length: 1000 }, (_, i): DirectionRow => {
      const to = i === 700 ? "openai/gone" : MINI;
      const value = JSON.stringify({ type: "rewrite", model: `lab/${i}`, to });
      return { kind: "rule", id: `r${i}`, value, place: i, createdAt: 0, version: 1 };
    });
    const config = checkConfig({}, "test");
    const { directions: compile } = compileSnapshot({
      config,
      env: {},
      keys: new KeyRing("", new Map()),
      simulator: undefined,
    });
    const directions = new Directions({
      config,
      shelf: { put: () => {}, remove: () => {} },
      kept: rows,
      compile: (told) => {
        compiled++;
        return compile(told);
      },
      apply: () => {},
      complain: () => {},
    });
    expect(
      directions
        .list("rule")
        .filter(({ problem }) => problem !== undefined)
        .map(({ id }) => id),
    ).toEqual(["r700"]);
    expect(compiled).toBeLessThan(50);
  });

  test("come to hold the same, whatever is done where and in whichever order it is told", async () => {
    const act = fc.record({
      at: fc.nat(2),
      what: fc.constantFrom("create", "create", "replace", "remove"),
      kind: fc.constantFrom("rule" as const, "virtual_model" as const),
      id: fc.constantFrom("a", "b", "c"),
      model: fc.constantFrom(...MODELS),
      to: fc.constantFrom(...MODELS, "vmc/a", "vmc/b"),
      tell: fc.option(fc.nat(20), { nil: undefined }),
    });
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 20 }), async (acts) => {
        const { all, sent, meet } = replicas(3);
        for (const { at, what, kind, id, model, to, tell } of acts) {
          const { directions } = all[at]!;
          const name = kind === "rule" ? id : `vmc/${id}`;
          const value = kind === "rule" ? { type: "rewrite", model, to } : { model };
          try {
            if (what === "create") await directions.create(kind, name, value, told);
            else if (what === "replace") await directions.replace(kind, name, value);
            else await directions.remove(kind, name);
            told++;
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
          }
          // Any of what was told, out of turn and to whomever, again if it so happens.
          if (tell !== undefined && sent.length > 0)
            await all[tell % 3]!.directions.learn([sent[tell % sent.length]!.row]);
        }
        await meet();
        const [first, ...others] = all.map((one) => [one.directions.rows().length, ...held(one)]);
        for (const other of others) expect(other).toEqual(first!);
        const rules = all.map(({ applied }) => applied.at(-1)?.directory.rules);
        for (const one of rules) if (rules[0] !== undefined) expect(one).toEqual(rules[0]);
      }),
      { numRuns: 60 },
    );
    expect(told).toBeGreaterThan(100);
  });
});
