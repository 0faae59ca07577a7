import { describe, expect, test } from "bun:test";
import { openDatabase } from "../store/database.ts";
import { type GenerationRow, GenerationStore } from "../store/generations.ts";
import { closed, readingsOf } from "./fixtures/generation.ts";
import { LedgerWriter, type RowSink } from "./writer.ts";

const { row: ROW } = closed({ ending: { readings: readingsOf({ input: 1, output: 1 }) } });
const rowOf = (id: string): GenerationRow => ({ ...ROW, id });

/** A sink that takes down what it was given, and fails for what it is told to. */
class Sink implements RowSink {
  readonly commits: string[][] = [];
  readonly bad = new Set<string>();

  insert(rows: readonly GenerationRow[]): void {
    const ids = rows.map(({ id }) => id);
    const bad = ids.find((id) => this.bad.has(id));
    if (bad !== undefined) throw new Error(`bad ${bad}`);
    this.commits.push(ids);
  }
}

function world() {
  const sink = new Sink();
  const complaints: [string, unknown][] = [];
  const clock = { now: 0 };
  const writer = new LedgerWriter(
    sink,
    (id, cause) => complaints.push([id, cause]),
    () => clock.now,
  );
  return { sink, writer, complaints, clock };
}

const outcome = (promises: Promise<void>[]) =>
  Promise.allSettled(promises).then((all) =>
    all.map((one) => (one.status === "rejected" ? one.reason.message : "written")),
  );

describe("a group", () => {
  test("is everything of one turn, in its order, in one commit", async () => {
    const { sink, writer } = world();
    const written = [writer.write(rowOf("a")), writer.write(rowOf("b"))];
    await Promise.resolve();
    written.push(writer.write(rowOf("c")));
    expect([sink.commits, writer.lag]).toEqual([[], 3]);
    await Promise.all(written);
    expect([sink.commits, writer.lag]).toEqual([[["a", "b", "c"]], 0]);
  });

  test("begins anew after each commit", async () => {
    const { sink, writer } = world();
    await writer.write(rowOf("a"));
    await Promise.all([writer.write(rowOf("b")), writer.write(rowOf("c"))]);
    expect(sink.commits).toEqual([["a"], ["b", "c"]]);
  });

  test("nobody is told before the commit", async () => {
    const { sink, writer } = world();
    const seen: string[][][] = [];
    const tell = () => void seen.push(structuredClone(sink.commits));
    await Promise.all([writer.write(rowOf("a")).then(tell), writer.write(rowOf("b")).then(tell)]);
    expect(seen).toEqual([[["a", "b"]], [["a", "b"]]]);
  });

  test("takes rows that are written because another was", async () => {
    const { sink, writer } = world();
    await writer.write(rowOf("a")).then(() => writer.write(rowOf("b")));
    expect(sink.commits).toEqual([["a"], ["b"]]);
  });
});

describe("a row that cannot be written", () => {
  test("fails alone: its neighbours are written", async () => {
    const { sink, writer } = world();
    sink.bad.add("b");
    expect(await outcome(["a", "b", "c"].map((id) => writer.write(rowOf(id))))).toEqual([
      "written",
      "bad b",
      "written",
    ]);
    expect([sink.commits, writer.lag]).toEqual([[["a"], ["c"]], 0]);
  });

  test("says why, also when it is the only one, and the next is written", async () => {
    const { sink, writer } = world();
    sink.bad.add("a");
    expect(await outcome([writer.write(rowOf("a"))])).toEqual(["bad a"]);
    await writer.write(rowOf("b"));
    expect(sink.commits).toEqual([["b"]]);
  });

  test("for all of them, when the store has failed", async () => {
    const { sink, writer } = world();
    sink.insert = () => {
      throw new Error("disk full");
    };
    const written = ["a", "b", "c"].map((id) => writer.write(rowOf(id)));
    expect(await outcome(written)).toEqual(["disk full", "disk full", "disk full"]);
    expect(writer.lag).toBe(0);
  });
});

describe("a disk that is full", () => {
  test("is told of at once, then a minute later, with how many it has cost since", async () => {
    const { sink, writer, complaints, clock } = world();
    for (const id of ["a", "b", "c", "d", "e"]) sink.bad.add(id);
    await outcome(["a", "b", "c"].map((id) => writer.write(rowOf(id))));
    const first = ["a", "the ledger cannot be written (bad a): the end of a generation was withheld"] as const;
    expect(complaints).toEqual([[...first]]);
    clock.now = 59_999;
    await outcome([writer.write(rowOf("d"))]);
    expect(complaints).toHaveLength(1);
    clock.now = 60_000;
    await outcome([writer.write(rowOf("e"))]);
    expect(complaints.slice(1)).toEqual([
      ["e", "the ledger cannot be written (bad e): the end of 4 generations was withheld"],
    ]);
  });
});

describe("flush", () => {
  test("commits at once what waits, once", async () => {
    const { sink, writer } = world();
    const written = [writer.write(rowOf("a")), writer.write(rowOf("b"))];
    writer.flush();
    expect([sink.commits, writer.lag]).toEqual([[["a", "b"]], 0]);
    await Promise.all(written);
    await writer.write(rowOf("c"));
    expect(sink.commits).toEqual([["a", "b"], ["c"]]);
  });

  test("of nothing is nothing", () => {
    const { sink, writer } = world();
    writer.flush();
    expect(sink.commits).toEqual([]);
  });
});

describe("on a real store", () => {
  test("a doubled id costs only itself", async () => {
    using database = openDatabase({ data: ":memory:", sync: "normal" });
    const store = new GenerationStore(database);
    const writer = new LedgerWriter(store, () => {});
    await writer.write(rowOf("gen_a"));
    const told = await outcome(["gen_b", "gen_a", "gen_c"].map((id) => writer.write(rowOf(id))));
    expect(told).toEqual(["written", expect.stringContaining("UNIQUE"), "written"]);
    expect(store.count()).toBe(3);
  });

  test("that is closed fails the row and nothing else", async () => {
    const database = openDatabase({ data: ":memory:", sync: "normal" });
    const writer = new LedgerWriter(new GenerationStore(database), () => {});
    database.close();
    await expect(writer.write(rowOf("gen_a"))).rejects.toThrow();
  });
});
