import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { aroundToday } from "../support/days.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const TODAY = new Date().toISOString().slice(0, 10);
// The requests of a test that runs at midnight are of two days, or all of the second.
const [YESTERDAY, TOMORROW] = aroundToday();

let gateway: RunningGateway;
let folder: string;
let other: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-reports-"));
  gateway = await startGateway({ config: { data: folder, admin_token: TOKEN } });
  // Made at the first start, beside the one of the environment.
  other = gateway.headgate.fresh!.key;
  for (const [model, user, tags] of REQUESTS) await chat(model, { user, tags });
  await chat("openai/gpt-5", { key: other, tags: ["alpha"] });
  await chat("openai/gpt-5", { text: "[sim status=400]" });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

const REQUESTS: [model: string, user: string | undefined, tags: string[]][] = [
  ["openai/gpt-5", "ann", ["alpha", "beta"]],
  ["openai/gpt-5", "ann", ["alpha"]],
  ["openai/gpt-5", "bob", []],
  ["anthropic/claude-sonnet-4.5", "bob", ["beta", ","]],
  ["anthropic/claude-sonnet-4.5", undefined, []],
];

interface Chat {
  user?: string | undefined;
  tags?: string[];
  key?: string;
  text?: string;
}

async function chat(model: string, { user, tags, key, text = "[sim tokens=10 every=0]" }: Chat): Promise<void> {
  const body = {
    model,
    messages: [{ role: "user", content: text }],
    providerOptions: { gateway: { ...(user === undefined ? {} : { user }), ...(tags?.length ? { tags } : {}) } },
  };
  await gateway.post("/v1/chat/completions", body, key === undefined ? {} : { authorization: `Bearer ${key}` });
}

const days = `start_date=${YESTERDAY}&end_date=${TOMORROW}`;

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
async function report(query: string, authorization?: string): Promise<any[]> {
  const response = await gateway.get(
    `/v1/report?${days}&${query}`,
    authorization === undefined ? {} : { authorization },
  );
  const body = await jsonOf(response);
  expect({ status: response.status, body }).toMatchObject({ status: 200 });
  return body.results;
}

const admin = `Bearer ${TOKEN}`;

describe("a report", () => {
  test("is by day without being asked, with every counter of the hosted gateway's", async () => {
    const [today, ...more] = await report("");
    if (more.length === 0) {
      expect([TODAY, TOMORROW]).toContain(today.day);
      expect(today).toMatchObject({ request_count: 6, error_count: 1, surcharge_cost: 0 });
      expect(today.total_cost).toBeGreaterThan(0);
      expect(today.gateway_cost).toBe(today.total_cost);
      expect(today.market_cost).toBe(today.total_cost);
      expect(today.output_tokens).toBeGreaterThanOrEqual(50);
      expect([today.cached_input_tokens, today.cache_creation_input_tokens, today.reasoning_tokens]).toEqual([0, 0, 0]);
    }
  });

  test("by the hour tells hours", async () => {
    const rows = await report("group_by=day&date_part=hour");
    expect(rows.map(({ hour }) => /^\d{4}-\d\d-\d\dT\d\d$/.test(hour))).not.toContain(false);
    expect(rows.reduce((sum, row) => sum + row.request_count, 0)).toBe(6);
  });

  test("costs what its requests cost", async () => {
    const { total_used } = await jsonOf(await gateway.get("/v1/credits"));
    const rows = await report("group_by=model");
    expect(rows.reduce((sum, row) => sum + row.total_cost, 0)).toBeCloseTo(Number(total_used), 9);
  });

  test("goes by several things at once", async () => {
    const rows = await report("group_by=model,user");
    const short = rows.map(({ model, user, request_count }) => `${model} ${user} ${request_count}`).sort();
    expect(short).toEqual([
      "anthropic/claude-sonnet-4.5 bob 1",
      "anthropic/claude-sonnet-4.5 undefined 1",
      "openai/gpt-5 ann 2",
      "openai/gpt-5 bob 1",
      "openai/gpt-5 undefined 1",
    ]);
  });

  test("counts a request in the group of each of its tags", async () => {
    const rows = await report("group_by=tag");
    const counts = Object.fromEntries(rows.map(({ tag, request_count }) => [tag, request_count]));
    expect(counts).toEqual({ alpha: 2, beta: 2, ",": 1, undefined: 3 });
  });

  test.each([
    ["user_id=ann", 2],
    ["user_id=nobody", 0],
    ["user_id=%25", 0],
    ["model=openai/gpt-5", 4],
    ["provider=anthropic", 2],
    ["credential_type=system", 6],
    ["credential_type=byok", 0],
    ["zero_data_retention=false", 6],
    ["tags=alpha", 2],
    ["tags=alpha,beta", 3],
    ["tags=alpha,beta&tags_match=all", 1],
    ["tags=alph", 0],
    ["user_id=ann&tags=beta", 1],
  ])("of those with %s alone", async (filter, count) => {
    const rows = await report(`group_by=user&${filter}`);
    expect(rows.reduce((sum, row) => sum + row.request_count, 0)).toBe(count);
  });

  test("is about the key that asks; with the admin token, about all", async () => {
    const sum = (rows: { request_count: number }[]) => rows.reduce((all, row) => all + row.request_count, 0);
    expect(sum(await report("", `Bearer ${other}`))).toBe(1);
    expect(sum(await report("", admin))).toBe(7);
    const named = await report("group_by=api_key_name", admin);
    expect(named.map(({ api_key_name, request_count }) => [api_key_name, request_count])).toContainEqual(["first", 1]);
    const { id } = (await report("group_by=api_key_id", `Bearer ${other}`)).map((row) => ({ id: row.api_key_id }))[0]!;
    expect(sum(await report(`api_key_id=${id}`, admin))).toBe(1);
  });
});

/** Rows of somebody's own, at these times. @returns how to ask for sums of them alone */
async function told(keyId: string, rows: readonly Partial<GenerationRow>[]) {
  const all = rows.map((row) => {
    const createdAt = row.createdAt ?? Date.UTC(2025, 5, 15);
    return { ...FULL, byok: false, error: null, ...row, keyId, createdAt, id: generationId(createdAt) };
  });
  await gateway.headgate.gateway.generations.insert(all.map((row) => ({ row, charges: [] })));
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  return async (query: string): Promise<any[]> => {
    const years = "start_date=2024-01-01&end_date=2026-12-31";
    const asked = `/v1/report?${query.includes("start_date") ? "" : years}&api_key_id=${keyId}&${query}`;
    const { results, error } = await jsonOf(await gateway.get(asked, { authorization: admin }));
    expect(error).toBeUndefined();
    return results;
  };
}

describe("tags", () => {
  const list = (...tags: string[]) => `tags=${encodeURIComponent(JSON.stringify(tags))}`;

  test("with whatever is in them are found as they are, and as nothing else", async () => {
    const odd = ["a,b", 'says "beta"', "50%_", "Ünï 🎉", "back\\slash", "[x]", "null", "line\nend", "'; --"];
    const ask = await told("key_odd", [
      ...odd.map((tag) => ({ tags: JSON.stringify([tag, "all"]) })),
      { tags: '["beta","50xx","A,B","ALL"]' },
      { tags: null },
    ]);
    const count = async (query: string) =>
      (await ask(`group_by=model&${query}`)).reduce((sum, row) => sum + row.request_count, 0);
    for (const tag of odd) expect([tag, await count(list(tag))]).toEqual([tag, 1]);
    expect(await count(list("a,b", "50%_"))).toBe(2);
    expect(await count(`${list("a,b", "all")}&tags_match=all`)).toBe(1);
    expect(await count(`${list("a,b", "beta")}&tags_match=all`)).toBe(0);
    // As the hosted gateway has it, a comma is between two.
    expect(await count("tags=a,b")).toBe(0);
    expect(await count("tags=all,beta")).toBe(odd.length + 1);
    expect(await count("tags=[x]")).toBe(1);
    expect(await count(list())).toBe(odd.length + 2);
    const by = Object.fromEntries((await ask("group_by=tag")).map(({ tag, request_count }) => [tag, request_count]));
    for (const tag of odd) expect(by[tag]).toBe(1);
  });

  test("are ten thousand, and are told all; who asks for a thousand at once is refused", async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({
      tags: JSON.stringify([0, 1, 2, 3, 4].map((n) => `tag-${i * 5 + n}`)),
    }));
    const ask = await told("key_many", rows);
    expect(await ask("group_by=tag")).toHaveLength(10_000);
    expect(await ask("group_by=tag&tags=tag-5&tags_match=all")).toHaveLength(5);
    const many = rows.slice(0, 200).map((_, i) => `tag-${i}`);
    const reply = await gateway.get(`/v1/report?${days}&tags=${many}`);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, "tags"]);
  });
});

describe("hours and days are those of UTC", () => {
  const at = (...times: string[]) => times.map((time) => ({ createdAt: Date.parse(time) }));

  test("at the end of a year, and of a leap year's February", async () => {
    const times = [
      "2024-02-29T23:59:59.999Z",
      "2024-03-01T00:00:00Z",
      "2024-12-31T23:59:59.999Z",
      "2025-01-01T00:00:00Z",
    ];
    const ask = await told("key_year", at(...times));
    expect((await ask("group_by=day")).map(({ day }) => day)).toEqual(times.map((time) => time.slice(0, 10)));
    const year = await ask("start_date=2024-12-31&end_date=2025-01-01&date_part=hour");
    expect(year.map(({ hour }) => hour)).toEqual(["2024-12-31T23", "2025-01-01T00"]);
    expect(await ask("start_date=2024-12-31&end_date=2024-12-31")).toHaveLength(1);
  });

  test("also where clocks are changed, whatever the machine's are", async () => {
    const hours = Array.from({ length: 24 }, (_, hour) => `2025-03-30T${String(hour).padStart(2, "0")}`);
    const ask = await told("key_spring", at(...hours.map((hour) => `${hour}:30:00Z`)));
    const found = await ask("start_date=2025-03-30&end_date=2025-03-30&date_part=hour");
    expect(found.map(({ hour, request_count }) => [hour, request_count])).toEqual(hours.map((hour) => [hour, 1]));
    expect(await ask("group_by=day")).toMatchObject([{ day: "2025-03-30", request_count: 24 }]);
  });
});

test("a report of more groups than can be told says so", async () => {
  const rows = Array.from({ length: 26_000 }, (_, i) => ({ user: `user-${i}`, tags: `["tag-${i}","every"]` }));
  const ask = await told("key_crowd", rows);
  expect(await ask("group_by=user")).toHaveLength(26_000);
  const reply = await gateway.get(
    "/v1/report?start_date=2024-01-01&end_date=2026-12-31&api_key_id=key_crowd&group_by=user,tag",
    { authorization: admin },
  );
  expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, "group_by"]);
});

describe("the operator's report", () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const usage = async (query: string): Promise<any> => {
    const reply = await gateway.get(`/admin/usage?${query}`, { authorization: admin });
    const body = await jsonOf(reply);
    expect([reply.status, body.error]).toEqual([200, undefined]);
    return body;
  };
  const day = "start_date=2025-08-01&end_date=2025-08-01";
  const hours = "start_date=2025-08-01T09:59Z&end_date=2025-08-01T10:00:00.000Z";
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const counts = (body: any, ...names: string[]) =>
    // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
    body.results.map((one: any) => [...names.map((name) => one[name] ?? null), one.request_count]).sort();
  const at = (time: string) => Date.parse(`2025-08-01T${time}Z`);

  beforeAll(async () => {
    const failed = { error: "upstream_timeout", appTitle: "Chat", user: "ann" };
    await told("key_apps", [
      { createdAt: at("08:59:59"), appTitle: "Chat", appUrl: "https://chat.example" },
      { createdAt: at("09:00:00"), appTitle: null, appUrl: "https://chat.example" },
      { createdAt: at("09:30:10"), appTitle: null, appUrl: null, cost: 5 },
      { createdAt: at("10:30:20"), ...failed, user: "bob", provider: "openai" },
      { createdAt: at("10:31:30"), ...failed, error: "upstream_reset" },
      { createdAt: at("23:59:59.999"), ...failed },
    ]);
  });
  const own = "api_key_id=key_apps";

  test("goes by apps, by the day and by the hour", async () => {
    expect(counts(await usage(`${day}&${own}&group_by=app`), "app")).toEqual([
      [null, 1],
      ["Chat", 4],
      ["https://chat.example", 1],
    ]);
    expect(counts(await usage(`${day}&${own}&group_by=day,app&date_part=hour&app=Chat`), "hour", "app")).toEqual([
      ["2025-08-01T08", "Chat", 1],
      ["2025-08-01T10", "Chat", 2],
      ["2025-08-01T23", "Chat", 1],
    ]);
    expect(counts(await usage(`${day}&${own}&group_by=model&app=`), "model")).toEqual([[FULL.model, 1]]);
    expect((await usage(`${day}&${own}&group_by=model&app=%25`)).results).toEqual([]);
  });

  test("goes by errors, and is then about those that failed", async () => {
    expect(counts(await usage(`${day}&${own}&group_by=error`), "error")).toEqual([
      ["upstream_reset", 1],
      ["upstream_timeout", 2],
    ]);
    expect(counts(await usage(`${day}&${own}&error=upstream_timeout`), "day")).toEqual([["2025-08-01", 2]]);
    const everything = `${day}&${own}&group_by=day,error,app,user,tag,provider&date_part=hour&error=upstream_timeout&tags=a`;
    expect(counts(await usage(everything), "hour", "app", "user", "tag", "provider")).toEqual(
      ["a", "b"]
        .flatMap((tag) => [
          ["2025-08-01T10", "Chat", "bob", tag, "openai", 1],
          ["2025-08-01T23", "Chat", "ann", tag, FULL.provider, 1],
        ])
        .sort(),
    );
  });

  test("is of the hours of two moments, both included", async () => {
    expect(counts(await usage(`${hours}&${own}`), "hour")).toEqual([
      ["2025-08-01T09", 2],
      ["2025-08-01T10", 2],
    ]);
    expect(counts(await usage(`${hours}&${own}&group_by=app`), "app")).toContainEqual(["Chat", 2]);
    expect(counts(await usage(`start_date=2025-08-01T23:00Z&end_date=2025-08-01&${own}`), "hour")).toEqual([
      ["2025-08-01T23", 1],
    ]);
  });

  test("of moments that are days apart is of all between them, once", async () => {
    const times = [
      ["2025-07-01T05:59", 0],
      ["2025-07-01T06:00", 1],
      ["2025-07-01T23:59", 1],
      ["2025-07-02T00:00", 1],
      ["2025-07-03T23:59", 1],
      ["2025-07-04T00:00", 1],
      ["2025-07-04T06:59", 1],
      ["2025-07-04T07:00", 0],
    ] as const;
    const rows = times.map(([time], i) => ({
      createdAt: Date.parse(`${time}Z`),
      user: `user-${i}`,
      appTitle: `App ${i}`,
    }));
    await told("key_apart", rows);
    const wanted = times.flatMap(([, is], i) => (is === 1 ? [i] : []));
    const range = "start_date=2025-07-01T06:30Z&end_date=2025-07-04T06:10Z&api_key_id=key_apart";
    const users = counts(await usage(`${range}&group_by=user`), "user");
    expect(users).toEqual(wanted.map((i) => [`user-${i}`, 1]));
    expect(counts(await usage(`${range}&group_by=app`), "app")).toEqual(wanted.map((i) => [`App ${i}`, 1]));
    expect(counts(await usage(`${range}&group_by=model,team`), "model")).toEqual([[FULL.model, 6]]);
    expect(counts(await usage(`${range}&group_by=model&tags=a`), "model")).toEqual([[FULL.model, 6]]);
    // Of as many days as one that goes by days may be.
    expect(
      (await usage("start_date=2024-07-01T00:00Z&end_date=2025-07-04T06:10Z&api_key_id=key_apart&group_by=user"))
        .results,
    ).toHaveLength(7);
    const whole = "start_date=2025-07-01T00:00Z&end_date=2025-07-01T23:59Z&api_key_id=key_apart&group_by=model";
    expect(counts(await usage(whole), "model")).toEqual([[FULL.model, 3]]);
  });

  test("by the minute is made from single requests", async () => {
    const half = "start_date=2025-08-01T08:59Z&end_date=2025-08-01T10:31:29Z&date_part=minute";
    const body = await usage(`${half}&${own}&group_by=day,app,error`);
    expect(counts(body, "minute", "app", "error")).toEqual(
      [
        ["2025-08-01T08:59", "Chat", null, 1],
        ["2025-08-01T09:00", "https://chat.example", null, 1],
        ["2025-08-01T09:30", null, null, 1],
        ["2025-08-01T10:30", "Chat", "upstream_timeout", 1],
        ["2025-08-01T10:31", "Chat", "upstream_reset", 1],
      ].filter(([, , error]) => error !== null),
    );
    expect(body.since).toBeUndefined();
    expect(counts(await usage(`${half}&${own}`), "minute").map(([minute]: [string]) => minute.slice(11))).toEqual([
      "08:59",
      "09:00",
      "09:30",
      "10:30",
      "10:31",
    ]);
    expect(counts(await usage(`${half}&user_id=bob&tags=b&group_by=user,tag&app=Chat`), "user", "tag")).toEqual([
      ["bob", "a", 1],
      ["bob", "b", 1],
    ]);
    const [sums] = (await usage(`${half}&${own}&group_by=team`)).results;
    expect(sums).toMatchObject({ request_count: 5, error_count: 2, market_cost: (4 * 17 + 5) / 1e9, input_tokens: 55 });
  });

  test("is what it was before for those who ask as they did", async () => {
    const asked = `${day}&${own}&group_by=day,model`;
    const hosted = await jsonOf(await gateway.get(`/v1/report?${asked}`, { authorization: admin }));
    expect(await usage(asked)).toEqual(hosted);
  });

  test.each([
    [`${day}&group_by=app,user`, "group_by"],
    [`${day}&app=Chat&tags=a`, "group_by"],
    ["start_date=2025-01-01&end_date=2025-02-01&date_part=hour&group_by=day,app", "end_date"],
    ["start_date=2025-08-01T09:00Z&end_date=2025-08-01T12:00Z&date_part=minute", "end_date"],
    ["start_date=2025-08-01&end_date=2025-08-01&date_part=minute", "end_date"],
    ["start_date=2025-08-01T25:00Z&end_date=2025-08-02", "start_date"],
    ["start_date=2025-08-01T09:00&end_date=2025-08-02", "start_date"],
    ["start_date=2025-02-30T09:00Z&end_date=2025-08-02", "start_date"],
    ["start_date=1969-12-31T09:00Z&end_date=2025-08-02", "start_date"],
    ["start_date=2025-08-01T09:00Z&end_date=2025-08-01T08:59Z", "end_date"],
    ["start_date=2025-08-01T09:00Z&end_date=2025-08-02&date_part=day", "date_part"],
    ["start_date=2025-01-01T00:00Z&end_date=2025-08-01", "end_date"],
    ["start_date=2025-05-01T00:00Z&end_date=2025-08-01T01:00Z", "end_date"],
    ["start_date=2010-01-01T00:00Z&end_date=2025-08-01T01:00Z&group_by=model", "end_date"],
    [`${day}&app=a&app=b`, "app"],
  ])("%s is refused with its place", async (query, param) => {
    const reply = await gateway.get(`/admin/usage?${query}`, { authorization: admin });
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
  });
});

describe("what makes no sense is told", () => {
  test.each([
    ["", "start_date"],
    ["start_date=2026-01-01", "end_date"],
    ["start_date=2026-02-30&end_date=2026-03-01", "start_date"],
    ["start_date=20260101&end_date=2026-03-01", "start_date"],
    ["start_date=2026-01-01T00&end_date=2026-03-01", "start_date"],
    ["start_date=2026-03-01&end_date=2026-01-01", "end_date"],
    ["start_date=1900-01-01&end_date=2026-01-01", "end_date"],
    [`start_date=2025-01-01&end_date=2026-01-01&date_part=hour`, "end_date"],
    ["start_date=2025-01-01&end_date=2025-02-01&date_part=hour&user_id=ann", "end_date"],
    ["start_date=2025-01-01&end_date=2025-02-01&date_part=hour&group_by=day,tag", "end_date"],
    [`${days}&group_by=modle`, "group_by"],
    [`${days}&group_by=constructor`, "group_by"],
    [`${days}&date_part=minute`, "date_part"],
    [`${days}&credential_type=mine`, "credential_type"],
    [`${days}&zero_data_retention=1`, "zero_data_retention"],
    [`${days}&tags_match=none`, "tags_match"],
    [`${days}&model=a&model=b`, "model"],
    [`${days}&usr=ann`, "usr"],
    [`${days}&api_key_id=key_1`, "api_key_id"],
    [`${days}&group_by=app`, "group_by"],
    [`${days}&error=upstream_error`, "error"],
    ["start_date=2026-01-01T00:00Z&end_date=2026-03-01", "start_date"],
  ])("%s", async (query, param) => {
    const response = await gateway.get(`/v1/report?${query}`);
    expect([response.status, (await jsonOf(response)).error.param]).toEqual([400, param]);
  });

  test("SQL is a text like any other", async () => {
    for (const name of ["user_id", "model", "provider", "tags"])
      expect(await report(`group_by=user&${name}=${encodeURIComponent("' OR 1=1; DROP TABLE rollups; --")}`)).toEqual(
        [],
      );
    expect((await report("group_by=user")).length).toBeGreaterThan(0);
  });
});

describe("one request", () => {
  const ask = async (id: string, authorization?: string) =>
    gateway.get(`/v1/generation?id=${id}`, authorization === undefined ? {} : { authorization });

  test("is told to its key and to the admin, and to nobody else", async () => {
    const { id } = await jsonOf(
      await gateway.post(
        "/v1/responses",
        { model: "openai/gpt-5", input: "[sim tokens=3 every=0]" },
        { authorization: `Bearer ${other}` },
      ),
    );
    expect((await ask(id, `Bearer ${other}`)).status).toBe(200);
    expect((await ask(id)).status).toBe(404);
    expect((await jsonOf(await ask(id, admin))).data.id).toBe(id);
  });
});

test("nobody without a key learns anything", async () => {
  for (const path of ["/v1/credits", `/v1/report?${days}`, "/v1/generation?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    expect((await gateway.get(path, { authorization: "Bearer wrong" })).status).toBe(401);
});
