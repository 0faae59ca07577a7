import { describe, expect, test } from "bun:test";
import type { HttpRequest } from "./http.ts";
import { Journal, type Received } from "./journal.ts";

const request = (path: string): HttpRequest => ({
  method: "POST",
  path,
  query: "",
  headers: {},
  body: "{}",
  keep: true,
});

describe("the journal", () => {
  test("numbers requests from 1 and keeps the last of them", () => {
    const journal = new Journal(2);
    for (const path of ["/a", "/b", "/c"]) journal.enter(request(path), {}, 1);
    expect(journal.entries.map(({ number, path }) => [number, path])).toEqual([
      [2, "/b"],
      [3, "/c"],
    ]);
    expect(journal.counters.requests).toBe(3);
  });

  test("an end is written once: the first is the truth", () => {
    const entry = new Journal(1).enter(request("/a"), {}, 1);
    expect(entry).toMatchObject({ outcome: "answering", endedAt: undefined });
    entry.end("broken-off");
    const { endedAt } = entry;
    entry.end("client-closed");
    expect(entry).toMatchObject({ outcome: "broken-off", endedAt: endedAt as number });
  });

  test("tells at once of what has already been", async () => {
    const journal = new Journal(9);
    journal.enter(request("/a"), {}, 1).end("answered");
    expect((await journal.when(({ outcome }) => outcome === "answered")).path).toBe("/a");
  });

  test("tells of a request, of its pieces and of its end, as they come", async () => {
    const journal = new Journal(9);
    const told: string[] = [];
    const all = Promise.all([
      journal.when(({ path }) => path === "/a").then(() => told.push("came")),
      journal.when(({ chunks }) => chunks >= 2).then(() => told.push("said two")),
      journal.when(({ outcome }) => outcome === "answered").then(() => told.push("ended")),
    ]);
    const entry = journal.enter(request("/a"), {}, 1);
    await Promise.resolve();
    entry.chunks = 1;
    await Promise.resolve();
    entry.chunks = 2;
    await Promise.resolve();
    entry.end("answered");
    await all;
    expect(told).toEqual(["came", "said two", "ended"]);
  });

  test("waits for the right one", async () => {
    const journal = new Journal(9);
    const waiting = journal.when(({ path }) => path === "/b");
    journal.enter(request("/a"), {}, 1);
    const b = journal.enter(request("/b"), {}, 1);
    expect(await waiting).toBe(b as Received);
  });

  test("does not look while nobody waits", () => {
    const journal = new Journal(9);
    let looked = 0;
    const entry = journal.enter(request("/a"), {}, 1);
    Object.defineProperty(entry, "path", { get: () => looked++ });
    for (let i = 0; i < 100; i++) entry.chunks = i;
    expect(looked).toBe(0);
  });

  test("forgets", () => {
    const journal = new Journal(9);
    const { entries } = journal;
    journal.enter(request("/a"), {}, 1);
    journal.forget();
    expect(entries).toHaveLength(0);
    journal.enter(request("/b"), {}, 1);
    expect(entries[0]?.number).toBe(2);
  });
});
