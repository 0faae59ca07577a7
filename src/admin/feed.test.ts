import { afterEach, describe, expect, test } from "bun:test";
import type { Gateway } from "../gateway/gateway.ts";
import { FULL } from "../store/fixtures/generations.ts";
import { Feed, listOf, listsOf } from "./feed.ts";

const feeds: Feed[] = [];
/** What became of connections. */
const lines: string[] = [];
const LINE = {
  keep: () => void lines.push("kept"),
  leave: () => void lines.push("left"),
  cut: () => void lines.push("cut"),
};
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.end();
  lines.length = 0;
});

function feedOf(more: { stalledMs?: number; pulseMs?: number } = {}) {
  const gateway = { audience: {}, metrics: { streamsOpen: 3 } } as Pick<Gateway, "audience" | "metrics">;
  const feed = new Feed({ gateway, worker: 2, inFlight: () => 5, pulseMs: 5, ...more });
  feeds.push(feed);
  return { feed, close: () => gateway.audience.closed?.(FULL, "a key") };
}

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

/** What came next. */
async function taken(reader: Reader): Promise<string> {
  const { value } = await reader.read();
  return value === undefined ? "" : Buffer.from(value).toString();
}

/** All that comes until its end. */
async function rest(reader: Reader): Promise<string> {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += Buffer.from(value!).toString();
  }
}

const stays = async () => true;

test("a listener hears a pulse at once, of this process", async () => {
  const { feed } = feedOf();
  const reader = feed.listen(stays, LINE).getReader();
  expect(await taken(reader)).toBe("retry: 2000\n\n");
  const pulse = /^event: pulse\ndata: (.*)\n\n$/.exec(await taken(reader))![1]!;
  expect(JSON.parse(pulse)).toMatchObject({ streams_open: 3, requests_in_flight: 5, worker: 2 });
});

describe("who does not keep up", () => {
  test("is told how many events were missed, once there is room again", async () => {
    const { feed, close } = feedOf({ pulseMs: 60_000 });
    const reader = feed.listen(stays, LINE).getReader();
    await taken(reader);
    // More than waits for anybody.
    for (let i = 0; i < 2500; i++) feed.changed(["keys", "keys"]);
    close();
    feed.changed(["teams"]);
    let text = "";
    while (text.split("event: changed").length < 1000) text += await taken(reader);
    feed.changed(["budgets"]);
    while (!text.includes("event: lagged")) {
      text += await taken(reader);
      feed.changed(["budgets"]);
    }
    const missed = Number(/event: lagged\ndata: \{"missed":(\d+)\}/.exec(text)![1]);
    const heard = text.split('data: {"what":"keys"}').length - 1;
    expect(missed).toBeGreaterThan(0);
    expect(heard + missed).toBeGreaterThanOrEqual(2501);
    expect(text.length).toBeLessThan(200_000);
  });

  test("and takes nothing for long is let go", async () => {
    const { feed } = feedOf({ stalledMs: 1 });
    const reader = feed.listen(stays, LINE).getReader();
    for (let i = 0; i < 5000; i++) feed.changed(["keys"]);
    while (feed.size > 0) await Bun.sleep(1);
    expect(await rest(reader)).toEndWith('event: end\ndata: {"why":"stalled"}\n\n');
    expect(lines).toEqual(["kept", "cut"]);
  });
});

test("of very many requests at once some are told, and of the others how many they were", async () => {
  const { feed, close } = feedOf();
  const reader = feed.listen(stays, LINE).getReader();
  for (let i = 0; i < 1000; i++) close();
  let text = "";
  while (!text.includes("lagged")) text += await taken(reader);
  while (text.split("event: generation").length < 21) text += await taken(reader);
  expect([text.split("event: generation").length - 1, /"missed":(\d+)/.exec(text)![1]]).toEqual([20, "980"]);
});

test("who may listen no more hears so, and then nothing", async () => {
  const { feed } = feedOf();
  let may = true;
  const reader = feed.listen(async () => may, LINE).getReader();
  await taken(reader);
  may = false;
  expect(await rest(reader)).toEndWith('event: end\ndata: {"why":"signed_out"}\n\n');
  expect(lines).toEqual(["kept", "left"]);
});

test("where nobody can say whether somebody still may, they may", async () => {
  const { feed } = feedOf();
  let asked = 0;
  const reader = feed
    .listen(async () => {
      asked++;
      throw new Error("the database is down");
    }, LINE)
    .getReader();
  while (asked < 3) await taken(reader);
  expect(feed.size).toBe(1);
});

test("a hundred listen, and no more", () => {
  const { feed } = feedOf();
  for (let i = 0; i < 100; i++) feed.listen(stays, LINE);
  expect(() => feed.listen(stays, LINE)).toThrow("100 listen already");
});

test("lists are known by actions and by tables", () => {
  expect(
    ["key.create", "team.change", "budget.set", "routing_rule.remove", "credential.test", "generation.correct"].map(
      listOf,
    ),
  ).toEqual([...(["keys", "teams", "budgets", "routing_rules", "credentials", "corrections"] as const)]);
  expect(["session.end", "constructor.x", ""].map(listOf)).toEqual(Array(3).fill(undefined));
  expect(["keys", "corrections", "budgets", "directions", "sessions"].map(listsOf)).toEqual([
    ["keys"],
    ["corrections"],
    ["budgets"],
    ["routing_rules", "virtual_models"],
    [],
  ]);
});

test("twenty times for one who is signed in: nobody else is kept from it", () => {
  const { feed } = feedOf();
  for (let i = 0; i < 20; i++) feed.listen(stays, LINE, "session_1");
  expect(() => feed.listen(stays, LINE, "session_1")).toThrow("20 times");
  feed.listen(stays, LINE, "session_2");
  feed.listen(stays, LINE);
  expect(feed.size).toBe(22);
});
