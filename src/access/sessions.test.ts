import { beforeEach, expect, test } from "bun:test";
import { SessionStore } from "../store/sessions.ts";
import { SqliteDatabase } from "../store/sqlite.ts";
import { openSqliteFile } from "../store/sqlite-file.ts";
import { IDLE_MS, Sessions } from "./sessions.ts";

let now: number;
let asked: number;
let writes: number;
let outage: "none" | "writes" | "all";
let shelf: SessionStore;
let sessions: Sessions;
beforeEach(() => {
  now = 1_790_000_000_000;
  asked = 0;
  writes = 0;
  outage = "none";
  const database = new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" }));
  shelf = new SessionStore({
    engine: "sqlite",
    all: (sql, values) => {
      asked++;
      if (outage === "all") throw new Error("no database");
      return database.all(sql, values);
    },
    batch: (statements) => {
      writes++;
      if (outage !== "none") throw new Error("no database");
      return database.batch(statements);
    },
    close: () => database.close(),
  });
  sessions = make();
});

const make = (grantor = "token 1") =>
  new Sessions({ shelf, hashOf: (token) => `hash of ${token}`, grantor, now: () => now });
const begin = async () => (await sessions.begin({ role: "admin", name: null, how: "token" }, () => [])).token;

test("the database is asked once in two seconds, and written once in five minutes", async () => {
  const token = await begin();
  [asked, writes] = [0, 0];
  for (let i = 0; i < 100; i++, now += 10) expect(await sessions.find(token)).toBeDefined();
  expect([asked, writes]).toEqual([1, 0]);
  for (let i = 0; i < 600; i++, now += 1000) await sessions.find(token);
  expect([asked <= 301, writes]).toEqual([true, 2]);
});

test("who ends it elsewhere ends it here two seconds later, and here at once", async () => {
  const [one, two] = [await begin(), await begin()];
  for (const token of [one, two]) await sessions.find(token);
  const elsewhere = make();
  await elsewhere.end(one, []);
  now += 1999;
  expect(await sessions.find(one)).toBeDefined();
  now += 1;
  expect(await sessions.find(one)).toBeUndefined();
  await sessions.end(two, []);
  expect(await sessions.find(two)).toBeUndefined();
});

test("what only looks whether it holds is no use of it", async () => {
  const [watched, used] = [await begin(), await begin()];
  for (; now < 1_790_000_000_000 + IDLE_MS + 60_000; now += 60_000) {
    await sessions.holds(watched);
    await sessions.find(used);
  }
  expect([await sessions.holds(watched), await sessions.holds(used)]).toEqual([false, true]);
});

test("who is in stays in for ten minutes while the database is away; nobody else comes in, and who is ended stays out", async () => {
  const [known, ended, unknown] = [await begin(), await begin(), await begin()];
  for (const token of [known, ended]) await sessions.find(token);
  await sessions.end(ended, []);
  outage = "all";
  now += 599_999;
  expect(await sessions.find(known)).toBeDefined();
  for (const token of [ended, unknown]) await expect(sessions.find(token)).rejects.toThrow("no database");
  now += 1;
  await expect(sessions.find(known)).rejects.toThrow("no database");
  outage = "none";
  expect(await sessions.find(known)).toBeDefined();
});

test("that a session is over is known without the database, too", async () => {
  const token = await begin();
  now += IDLE_MS - 1;
  expect(await sessions.holds(token)).toBe(true);
  outage = "all";
  now += 1;
  expect(await sessions.holds(token)).toBe(false);
});

test("where nothing can be written, as on a full disk, who is in goes on looking", async () => {
  const token = await begin();
  outage = "writes";
  now += 300_000;
  expect(await sessions.find(token)).toBeDefined();
});

test("what is no token of ours is looked for nowhere: nobody has the database asked who has made one up", async () => {
  const other = new Sessions({ shelf, hashOf: (token) => `another hash of ${token}`, now: () => now });
  const { token: elsewhere } = await other.begin({ role: "admin", name: null, how: "token" }, () => []);
  const { token: link } = await sessions.link({ role: "admin", name: null }, 1000, []);
  const mine = await begin();
  asked = 0;
  const bent = (token: string) =>
    [4, 20, 36, 46].map((at) => token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1));
  const shapes = [
    "",
    "x",
    "hgs_",
    ...[42, 43, 44].map((length) => `hgs_${"A".repeat(length)}`),
    `hgs_${"A".repeat(42)}'`,
  ];
  for (const text of [...shapes, ...bent(mine), elsewhere, mine.replace("hgs_", "hgl_"), link.replace("hgl_", "hgs_")])
    expect(await sessions.find(text)).toBeUndefined();
  for (const text of [...shapes, ...bent(link), `hgl_${"A".repeat(43)}`, mine, mine.replace("hgs_", "hgl_")])
    await expect(sessions.beginByLink(text, () => [])).rejects.toMatchObject({ code: "sign_in_refused" });
  expect(asked).toBe(0);
  expect(await sessions.find(mine)).toBeDefined();
  expect(asked).toBe(1);
});

test("by another admin token nobody is in who came by the one before, nor by a link that came of it; who was vouched for elsewhere is", async () => {
  const who = { role: "admin", name: null } as const;
  const admin = await sessions.begin({ ...who, how: "token" }, () => []);
  const signedOn = await sessions.begin({ ...who, how: "oidc" }, () => []);
  const { token: used } = await sessions.link(who, 1000, []);
  const { token: unused } = await sessions.link(who, 1000, [], admin.session);
  const { token: vouched } = await sessions.link(who, 1000, [], signedOn.session);
  const linked = await sessions.beginByLink(used, () => []);
  const after = make("token 2");
  for (const { token } of [admin, linked]) {
    expect([await after.holds(token), await after.find(token)]).toEqual([false, undefined]);
    expect(await sessions.holds(token)).toBe(true);
  }
  await expect(after.beginByLink(unused, () => [])).rejects.toMatchObject({ code: "sign_in_refused" });
  const { token } = await after.beginByLink(vouched, () => []);
  expect([await after.holds(signedOn.token), await after.holds(token)]).toEqual([true, true]);
  expect((await after.all()).map(({ how }) => how).toSorted()).toEqual(["link", "oidc"]);
  expect(await sessions.all()).toHaveLength(4);
});

test("a token is kept nowhere, and two are never alike", async () => {
  const tokens = await Promise.all(Array.from({ length: 50 }, begin));
  expect(new Set(tokens).size).toBe(50);
  for (const token of tokens) expect(token).toMatch(/^hgs_[\w-]{43}$/);
});
