import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const TODAY = new Date().toISOString().slice(0, 10);
// The requests of a test that runs at midnight are of two days.
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

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
      expect(today).toMatchObject({ day: TODAY, request_count: 6, error_count: 1, surcharge_cost: 0 });
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
    [`${days}&group_by=modle`, "group_by"],
    [`${days}&group_by=constructor`, "group_by"],
    [`${days}&date_part=minute`, "date_part"],
    [`${days}&credential_type=mine`, "credential_type"],
    [`${days}&zero_data_retention=1`, "zero_data_retention"],
    [`${days}&tags_match=none`, "tags_match"],
    [`${days}&model=a&model=b`, "model"],
    [`${days}&usr=ann`, "usr"],
    [`${days}&api_key_id=key_1`, "api_key_id"],
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
