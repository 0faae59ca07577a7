import { describe, expect, spyOn, test } from "bun:test";
import { GenerationStore, type LedgerEntry, type RowSink } from "../store/generations.ts";
import { SqliteDatabase } from "../store/sqlite.ts";
import { openSqliteFile } from "../store/sqlite-file.ts";
import { closed, readingsOf } from "./fixtures/generation.ts";
import { LedgerWriter } from "./writer.ts";

const { row: ROW } = closed({ ending: { readings: readingsOf({ input: 1, output: 1 }) } });
const rowOf = (id: string): LedgerEntry => ({ row: { ...ROW, id }, charges: [] });

/** A sink that takes down what it was given, and fails for what it is told to. */
class Sink implements RowSink {
  readonly commits: string[][] = [];
  readonly bad = new Set<string>();

  insert(entries: readonly LedgerEntry[]): void {
    const ids = entries.map(({ row }) => row.id);
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

  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise(setImmediate);
  };

  test("is written in the second turn where nothing else comes", async () => {
    const { sink, writer } = world();
    writer.write(rowOf("a"));
    await turns(1);
    expect(sink.commits).toEqual([]);
    await turns(1);
    expect(sink.commits).toEqual([["a"]]);
  });

  test.each([
    ["as long as every turn adds to it", 0, [["0", "1", "2", "3", "4", "5"]]],
    [
      "but no longer than three milliseconds",
      1,
      [
        ["0", "1", "2", "3"],
        ["4", "5"],
      ],
    ],
    [
      "and is written in the second turn where turns are slow",
      10,
      [
        ["0", "1"],
        ["2", "3"],
        ["4", "5"],
      ],
    ],
  ])("grows %s", async (_, turnMs, groups) => {
    const { sink, writer, clock } = world();
    const written: Promise<void>[] = [];
    for (let i = 0; i < 6; i++) {
      written.push(writer.write(rowOf(String(i))));
      await turns(1);
      clock.now += turnMs;
    }
    await Promise.all(written);
    expect(sink.commits).toEqual(groups);
  });

  test("that was taken by another commit keeps nothing turning", async () => {
    const { sink, writer } = world();
    const set = spyOn(globalThis, "setImmediate");
    writer.write(rowOf("a"));
    await writer.close();
    await Bun.sleep(5);
    const after = set.mock.calls.length;
    await Bun.sleep(5);
    expect([sink.commits, set.mock.calls.length - after]).toEqual([[["a"]], 0]);
    set.mockRestore();
  });

  test("is not kept by what comes after a turn without", async () => {
    const { sink, writer } = world();
    writer.write(rowOf("a"));
    await turns(2);
    const late = writer.write(rowOf("b"));
    expect(sink.commits).toEqual([["a"]]);
    await late;
    expect(sink.commits).toEqual([["a"], ["b"]]);
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

  test("is a thousand rows at the most: the rest are the next one's, also when it is closed", async () => {
    const { sink, writer } = world();
    const sizes = () => sink.commits.splice(0).map(({ length }) => length);
    const rows = (of: string) => Array.from({ length: 2500 }, (_, i) => writer.write(rowOf(`${of}${i}`)));
    await Promise.all(rows("a"));
    expect([sizes(), writer.lag]).toEqual([[1000, 1000, 500], 0]);
    const written = rows("b");
    await Promise.all([writer.close(), ...written]);
    expect([sizes(), writer.lag]).toEqual([[1000, 1000, 500], 0]);
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

describe("closing", () => {
  test("commits at once what waits, once", async () => {
    const { sink, writer } = world();
    const written = [writer.write(rowOf("a")), writer.write(rowOf("b"))];
    const closed = writer.close();
    expect([sink.commits, writer.lag]).toEqual([[["a", "b"]], 0]);
    await Promise.all([...written, closed]);
    await writer.write(rowOf("c"));
    expect(sink.commits).toEqual([["a", "b"], ["c"]]);
  });

  test("of nothing is nothing", async () => {
    const { sink, writer } = world();
    await writer.close();
    expect(sink.commits).toEqual([]);
  });
});

describe("a store that answers later", () => {
  /** Commits that wait until they are let through, or refused. */
  function later() {
    const asked: { ids: string[]; let: () => void; refuse: (why: Error) => void }[] = [];
    const insert = (entries: readonly LedgerEntry[]) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      asked.push({ ids: entries.map(({ row }) => row.id), let: resolve, refuse: reject });
      return promise;
    };
    const writer = new LedgerWriter({ insert }, () => {});
    const turn = async (commits: number) => {
      while (asked.length < commits) await new Promise(setImmediate);
    };
    return { asked, writer, turn };
  }

  test("has written a row when it says so: until then it is not on disk, and closing waits for it", async () => {
    const { asked, writer, turn } = later();
    const seen: string[] = [];
    void writer.write(rowOf("a")).then(() => seen.push("written"));
    await turn(1);
    const closed = writer.close().then(() => seen.push("closed"));
    await new Promise(setImmediate);
    expect([seen, writer.lag]).toEqual([[], 1]);
    asked[0]!.let();
    await closed;
    expect([seen, writer.lag]).toEqual([["written", "closed"], 0]);
  });

  test("is given what came meanwhile as one group, when it has answered", async () => {
    const { asked, writer, turn } = later();
    const written = [writer.write(rowOf("a"))];
    await turn(1);
    for (const id of ["b", "c"]) {
      written.push(writer.write(rowOf(id)));
      for (let turns = 0; turns < 4; turns++) await new Promise(setImmediate);
    }
    expect([asked.map(({ ids }) => ids), writer.lag]).toEqual([[["a"]], 3]);
    const closed = writer.close();
    asked[0]!.let();
    await turn(2);
    expect([asked.map(({ ids }) => ids), writer.lag]).toEqual([[["a"], ["b", "c"]], 2]);
    asked[1]!.let();
    expect(await outcome([...written, closed])).toEqual(["written", "written", "written", "written"]);
    expect(writer.lag).toBe(0);
  });

  test("and refuses a group is given each row alone", async () => {
    const { asked, writer, turn } = later();
    const written = outcome([writer.write(rowOf("a")), writer.write(rowOf("b"))]);
    await turn(1);
    asked[0]!.refuse(new Error("no"));
    await turn(3);
    asked[1]!.let();
    asked[2]!.refuse(new Error("bad b"));
    expect(await written).toEqual(["written", "bad b"]);
    await writer.close();
    expect([asked.map(({ ids }) => ids), writer.lag]).toEqual([[["a", "b"], ["a"], ["b"]], 0]);
  });
});

describe("on a real store", () => {
  const real = () => {
    const file = openSqliteFile({ data: ":memory:", sync: "normal" });
    return { file, store: new GenerationStore(new SqliteDatabase(file)) };
  };

  test("a doubled id costs only itself", async () => {
    const { file, store } = real();
    using _ = file;
    const writer = new LedgerWriter(store, () => {});
    await writer.write(rowOf("gen_a"));
    const told = await outcome(["gen_b", "gen_a", "gen_c"].map((id) => writer.write(rowOf(id))));
    expect(told).toEqual(["written", expect.stringContaining("UNIQUE"), "written"]);
    expect(store.count()).toBe(3);
  });

  test("that is closed fails the row and nothing else", async () => {
    const { file, store } = real();
    const writer = new LedgerWriter(store, () => {});
    file.close();
    await expect(writer.write(rowOf("gen_a"))).rejects.toThrow();
  });
});
