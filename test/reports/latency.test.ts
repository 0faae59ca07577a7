import { afterAll, beforeAll, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { aroundToday } from "../support/days.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const admin = { authorization: `Bearer ${TOKEN}` };
const AT = Date.UTC(2026, 0, 31, 12);

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(() => gateway.stop());

/** Requests that worked, a second apart. */
async function write(rows: readonly Partial<GenerationRow>[], fromMs = AT): Promise<void> {
  const all = rows.map((row, i) => {
    const createdAt = fromMs + i * 1000;
    return { ...FULL, error: null, output: 100, ...row, createdAt, id: generationId(createdAt) };
  });
  await gateway.headgate.gateway.generations.insert(all.map((row) => ({ row, charges: [] })));
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
async function latency(query: string): Promise<any[]> {
  const reply = await gateway.get(`/admin/latency?${query}`, admin);
  const body = await jsonOf(reply);
  expect([reply.status, body.error]).toEqual([200, undefined]);
  expect(body).toMatchObject({ object: "list", has_more: false, next: null });
  return body.data;
}
const day = "start_date=2026-01-31&end_date=2026-01-31";
const near = (value: number, told: number) => expect(Math.abs(told - value)).toBeLessThanOrEqual(value * 0.1);

test("half of them, and nineteen of twenty, were at least so fast: to within a tenth, however it is asked", async () => {
  await write(
    Array.from({ length: 100 }, (_, i) => ({ model: "m/spread", firstContentMs: 200 + i, durationMs: 1200 + 11 * i })),
  );
  const minutes = "start_date=2026-01-31T12:00Z&end_date=2026-01-31T12:01Z&date_part=minute";
  for (const query of [day, `${day}&date_part=hour`, `${minutes}&group_by=model`, `${day}&group_by=provider`]) {
    const [one, ...more] = await latency(`${query}&model=m/spread`);
    expect(more).toEqual([]);
    for (const measure of ["first_token_ms", "duration_ms", "tokens_per_second"]) expect(one[measure].count).toBe(100);
    near(249, one.first_token_ms.p50);
    near(294, one.first_token_ms.p95);
    near(1739, one.duration_ms.p50);
    near(2234, one.duration_ms.p95);
    // 100 tokens in 1000 + 10 i milliseconds.
    near(67, one.tokens_per_second.p50);
    near(97, one.tokens_per_second.p95);
  }
});

test("it goes by time, model and provider", async () => {
  const slow = { model: "m/slow", firstContentMs: 5, durationMs: 8 };
  await write([slow, { ...slow, provider: "b" }], Date.UTC(2026, 1, 1, 23));
  await write([slow], Date.UTC(2026, 1, 2));
  const two = "start_date=2026-02-01&end_date=2026-02-02&model=m/slow";
  const spread = (count: number) => ({ p50: 8, p95: 8, count });
  const names = { model: "m/slow" };
  expect(await latency(two)).toMatchObject([
    { day: "2026-02-01", duration_ms: spread(2) },
    { day: "2026-02-02", duration_ms: spread(1) },
  ]);
  expect(await latency(`${two}&group_by=all`)).toEqual([expect.objectContaining({ duration_ms: spread(3) })]);
  expect(await latency(`${two}&group_by=model,provider`)).toMatchObject([
    { ...names, provider: "anthropic", duration_ms: spread(2) },
    { ...names, provider: "b", duration_ms: spread(1) },
  ]);
  expect(await latency(`${two}&group_by=day,provider&date_part=hour&provider=anthropic`)).toMatchObject([
    { hour: "2026-02-01T23", provider: "anthropic", duration_ms: spread(1) },
    { hour: "2026-02-02T00", provider: "anthropic", duration_ms: spread(1) },
  ]);
  expect(await latency("start_date=2026-02-01T23:10Z&end_date=2026-02-01T23:59Z&group_by=model&model=m/slow")).toEqual([
    {
      model: "m/slow",
      first_token_ms: { p50: 5, p95: 5, count: 2 },
      duration_ms: spread(2),
      tokens_per_second: expect.objectContaining({ count: 2 }),
    },
  ]);
});

test("what was not measured is not told: whole answers have no first token, few tokens no speed, and failures nothing", async () => {
  await write([
    { model: "m/whole", streamed: false, firstContentMs: 1, durationMs: 9 },
    { model: "m/few", output: 15, firstContentMs: 1, durationMs: 9 },
    { model: "m/once", firstContentMs: 9, durationMs: 9 },
    { model: "m/failed", error: "upstream_reset" },
    { model: null },
  ]);
  const told = { p50: 9, p95: 9, count: 1 };
  const of = (model: string) => latency(`${day}&group_by=model&model=${model}`);
  expect(await of("m/whole")).toEqual([
    { model: "m/whole", first_token_ms: null, duration_ms: told, tokens_per_second: null },
  ]);
  expect(await of("m/few")).toMatchObject([{ first_token_ms: { p50: 1 }, tokens_per_second: null }]);
  expect(await of("m/once")).toMatchObject([{ first_token_ms: told, tokens_per_second: null }]);
  expect(await of("m/failed")).toEqual([]);
  expect(await latency("start_date=2020-01-01&end_date=2020-01-02")).toEqual([]);
});

test("by the minute it is of the latest 100,000 requests, and says since when", async () => {
  const minute = Date.UTC(2026, 2, 1, 8);
  const rows = Array.from({ length: 100_002 }, (_, i) => {
    const createdAt = minute + (i === 0 ? 0 : i < 100 ? 60_000 : 120_000);
    return { ...FULL, error: null, model: "m/many", createdAt, id: generationId(createdAt) };
  });
  for (let i = 0; i < rows.length; i += 1000)
    await gateway.headgate.gateway.generations.insert(rows.slice(i, i + 1000).map((row) => ({ row, charges: [] })));
  const query = "start_date=2026-03-01T08:00Z&end_date=2026-03-01T08:02Z&date_part=minute";
  for (const path of [`/admin/latency?${query}`, `/admin/usage?${query}&group_by=day,app`]) {
    const body = await jsonOf(await gateway.get(path, admin));
    expect(body.since).toBe("2026-03-01T08:02:00.000Z");
    const [one, ...more] = body.data ?? body.results;
    expect([one.minute, one.duration_ms?.count ?? one.request_count, more]).toEqual(["2026-03-01T08:02", 99_902, []]);
  }
  const later = query.replace("08:00Z", "08:01Z");
  const body = await jsonOf(await gateway.get(`/admin/usage?${later}&group_by=model`, admin));
  expect([body.since, body.results[0].request_count]).toEqual(["2026-03-01T08:02:00.000Z", 99_902]);
  const first = query.replace("08:02Z", "08:01Z");
  expect((await jsonOf(await gateway.get(`/admin/latency?${first}`, admin))).since).toBeUndefined();
}, 60_000);

test("of days from one hour to another it is of whole days and the hours beside them, where it goes by no time", async () => {
  const at = Date.UTC(2026, 2, 10, 5, 30);
  // One each five hours, over eight days.
  for (let i = 0; i < 40; i++)
    await write([{ model: "m/beside", firstContentMs: i, durationMs: 50 + i }], at + i * 5 * 3_600_000);
  const told = async (from: string, to: string, by: string) =>
    latency(`start_date=2026-03-${from}:00Z&end_date=2026-03-${to}:59Z&group_by=${by}&model=m/beside`);
  for (const [from, to] of [
    ["10T00", "16T23"],
    ["10T06", "16T05"],
    ["11T20", "12T03"],
    ["11T20", "13T19"],
    ["12T00", "12T23"],
  ] as const) {
    const hours = await told(from, to, "day");
    const count = hours.reduce((sum, { duration_ms: spread }) => sum + spread.count, 0);
    const [all, ...more] = await told(from, to, "model");
    expect([from, to, all.model, all.duration_ms.count, all.first_token_ms.count, more]).toEqual([
      ...[from, to, "m/beside", count, count],
      [],
    ]);
    expect((await told(from, to, "all"))[0]).toMatchObject({ duration_ms: all.duration_ms });
  }
});

test("by key, user, tag and app it is made of single requests, with what nobody told apart", async () => {
  const at = Date.UTC(2026, 3, 1, 10, 59, 50);
  const fast = { model: "m/single", firstContentMs: 3, durationMs: 9 };
  const app = { appTitle: null, appUrl: "https://app.example" };
  const all = [
    { ...fast, keyId: "key_a", user: "it's", tags: '["x","a,b"]', ...app },
    { ...fast, keyId: "key_a", user: "it's", tags: '["x","x"]', appTitle: "Überapp" },
    { ...fast, keyId: "key_b", user: null, tags: null, appTitle: null, appUrl: null, firstContentMs: 5, durationMs: 5 },
    { ...fast, keyId: "key_b", user: "failing", tags: '["x"]', error: "upstream_reset" },
  ];
  await write(all, at);
  await write(all, at + 3_600_000);
  const hours = "start_date=2026-04-01T10:00Z&end_date=2026-04-01T11:59Z";
  const first = (p50: number, count: number) => ({ first_token_ms: { p50, p95: p50, count } });
  for (const query of [hours, "start_date=2026-04-01&end_date=2026-04-01", `${hours}&date_part=minute`]) {
    expect(await latency(`${query}&group_by=api_key_id`)).toMatchObject([
      { api_key_id: "key_a", ...first(3, 4), tokens_per_second: { count: 4 } },
      { api_key_id: "key_b", ...first(5, 2), tokens_per_second: null },
    ]);
    expect(await latency(`${query}&group_by=user`)).toMatchObject([
      { user: "it's", ...first(3, 4) },
      { ...first(5, 2), duration_ms: { p50: 5, count: 2 } },
    ]);
    // A request with several counts in each, and one that says it twice once.
    expect(await latency(`${query}&group_by=tag`)).toMatchObject([
      { tag: "a,b", ...first(3, 2) },
      { tag: "x", ...first(3, 4) },
      first(5, 2),
    ]);
    expect(await latency(`${query}&group_by=app`)).toMatchObject([
      { app: "https://app.example", ...first(3, 2) },
      { app: "Überapp", ...first(3, 2) },
      first(5, 2),
    ]);
  }
  expect(await latency(`${hours}&date_part=hour&group_by=day,user&user_id=it's&user_id=nobody`)).toMatchObject([
    { hour: "2026-04-01T10", user: "it's", ...first(3, 2) },
    { hour: "2026-04-01T11", user: "it's", ...first(3, 2) },
  ]);
  expect(await latency(`${hours}&group_by=all&user_id=&model=m/single&provider=anthropic`)).toMatchObject([
    first(5, 2),
  ]);
  expect(await latency(`${hours}&group_by=all&app=https://app.example&api_key_id=key_a`)).toMatchObject([first(3, 2)]);
  expect(await latency(`${hours}&group_by=all&tags=${encodeURIComponent('["a,b","c"]')}`)).toMatchObject([first(3, 2)]);
  expect(await latency(`${hours}&group_by=model,user&user_id=`)).toMatchObject([{ model: "m/single", ...first(5, 2) }]);
  expect(await latency(`${hours}&group_by=all&model=m/other&api_key_id=key_a`)).toEqual([]);
  const one = await jsonOf(await gateway.get(`/admin/latency?${hours}&group_by=app`, admin));
  expect([one.since, one.latest]).toEqual([undefined, 50_000]);
});

test("of single requests it is of the latest 50,000 of its time, whoever they are of, and says since when", async () => {
  const hour = Date.UTC(2026, 4, 1, 8);
  const rows = Array.from({ length: 50_002 }, (_, i) => {
    const createdAt = hour + (i === 0 ? 0 : i < 100 ? 60_000 : 120_000);
    const user = i % 10 === 0 ? "few" : "many";
    return { ...FULL, error: null, user, createdAt, id: generationId(createdAt) };
  });
  for (let i = 0; i < rows.length; i += 1000)
    await gateway.headgate.gateway.generations.insert(rows.slice(i, i + 1000).map((row) => ({ row, charges: [] })));
  const query = "start_date=2026-05-01&end_date=2026-05-01&group_by=user";
  const told = await jsonOf(await gateway.get(`/admin/latency?${query}`, admin));
  expect([told.since, told.latest]).toEqual(["2026-05-01T08:02:00.000Z", 50_000]);
  const counts = rows.filter(({ createdAt }) => createdAt >= hour + 120_000);
  for (const { user, duration_ms: spread } of told.data)
    expect(spread.count).toBe(counts.filter((row) => row.user === user).length);
  const few = await jsonOf(await gateway.get(`/admin/latency?${query}&user_id=few`, admin));
  expect([few.since, few.data]).toEqual([told.since, [told.data[0]]]);
}, 60_000);

test("of requests as they come", async () => {
  const [from, to] = aroundToday();
  const body = {
    model: "openai/gpt-5",
    stream: true,
    messages: [{ role: "user", content: "[sim tokens=40 every=1]" }],
  };
  await (await gateway.post("/v1/chat/completions", body)).text();
  const [one] = await latency(`start_date=${from}&end_date=${to}&group_by=provider&model=openai/gpt-5`);
  expect(one).toMatchObject({
    provider: "openai",
    first_token_ms: { count: 1 },
    duration_ms: { count: 1 },
    tokens_per_second: { count: 1 },
  });
});

test("a filter has a hundred values at the most", async () => {
  const of = (count: number) => gateway.get(`/admin/latency?${day}${"&user_id=a".repeat(count)}`, admin);
  expect([(await of(100)).status, (await jsonOf(await of(101))).error.param]).toEqual([200, "user_id"]);
});

test.each([
  ["", "start_date"],
  [`${day}&group_by=team`, "group_by"],
  [`${day}&team=team_1`, "team"],
  [`${day}&model=a&model=b`, "model"],
  [`${day}&date_part=second`, "date_part"],
  ["start_date=2026-01-01&end_date=2026-01-08&date_part=hour", "end_date"],
  ["start_date=2010-01-01&end_date=2026-02-01", "end_date"],
  ["start_date=2026-01-01T00:00Z&end_date=2026-01-01T03:00Z&date_part=minute", "end_date"],
])("%s is refused with its place", async (query, param) => {
  const reply = await gateway.get(`/admin/latency?${query}`, admin);
  expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
});
