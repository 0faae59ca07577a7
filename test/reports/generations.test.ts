import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cookiesOf, linked, signIn } from "../support/signed-in.ts";

const TOKEN = "an-admin-token-of-the-operator";
const admin = { authorization: `Bearer ${TOKEN}` };
const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE_MS = 60_000;

let gateway: RunningGateway;
/** The earliest first. */
let rows: GenerationRow[];
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  rows = Array.from({ length: 120 }, (_, i) => {
    const createdAt = NOON + i * MINUTE_MS;
    const failed = i % 10 === 0;
    const own = {
      keyId: i % 3 === 0 ? "key_environment" : "key_1",
      byok: false,
      error: failed ? "upstream_reset" : null,
    };
    return { ...FULL, ...own, id: generationId(createdAt), createdAt, user: `user-${i % 2}`, cost: i };
  });
  rows[7] = { ...rows[7]!, user: "100%_sure\\", appTitle: '=HYPERLINK("http://evil.example")', tags: '["a,b","c"]' };
  rows[8] = { ...rows[8]!, user: 'says "no"\r\nand leaves', byok: true };
  rows[9] = { ...rows[9]!, user: null, tags: null, entity: null };
  rows[11] = { ...rows[11]!, entity: "$x'y" };
  await gateway.headgate.gateway.generations.insert(rows.map((row) => ({ row, charges: [] })));
});
afterAll(async () => {
  await gateway.stop();
});

const list = async (query: string) => {
  const reply = await gateway.get(`/admin/generations?${query}`, admin);
  const body = await jsonOf(reply);
  expect([reply.status, body.error]).toEqual([200, undefined]);
  return body;
};
const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
const latest = () => rows.map(({ id }) => id).reverse();

describe("the list", () => {
  test("has the latest first, page by page, each once", async () => {
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page = await list(`limit=50${next === "" ? "" : `&before=${next}`}`);
      seen.push(...idsOf(page));
      expect(page.has_more).toBe(page.next !== null);
      next = page.next;
    }
    expect(seen).toEqual(latest());
  });

  test("is of fifty without being asked, and says whose they are", async () => {
    const { data } = await list("");
    expect(data).toHaveLength(50);
    expect(data[0]).toMatchObject({ api_key_id: "key_1", team: FULL.team, requested_model: FULL.requested });
    expect(data[0].attempts).toBeUndefined();
  });

  test.each([
    ["status=error", ({ error }: GenerationRow) => error !== null],
    ["status=ok", ({ error }: GenerationRow) => error === null],
    ["error=upstream_reset", ({ error }: GenerationRow) => error === "upstream_reset"],
    ["error=upstream", () => false],
    ["api_key_id=key_1", ({ keyId }: GenerationRow) => keyId === "key_1"],
    ["user_id=user-1", ({ user }: GenerationRow) => user === "user-1"],
    ["user_id=user-%25", () => false],
    ["user_id=", ({ user }: GenerationRow) => user === null],
    ["user_id=&user_id=user-1", ({ user }: GenerationRow) => user === null || user === "user-1"],
    ["quota_entity_id=%24x%27y", ({ entity }: GenerationRow) => entity === "$x'y"],
    ["quota_entity_id=", ({ entity }: GenerationRow) => entity === null],
    ["quota_entity_id=none&user_id=user-1", () => false],
    ["tag=", ({ tags }: GenerationRow) => tags === null],
    ["tag=&tag=c", ({ tags }: GenerationRow) => tags === null || tags.includes('"c"')],
    ["model=anthropic/claude-sonnet-4.5", () => true],
    ["provider=openai", () => false],
    ["team=team_1", () => true],
    ["operation=generate", () => true],
    ["credential_type=byok", ({ byok }: GenerationRow) => byok],
    ["credential_type=system", ({ byok }: GenerationRow) => !byok],
    ["from=2026-01-31T13:00:00Z", ({ createdAt }: GenerationRow) => createdAt >= NOON + 60 * MINUTE_MS],
    ["to=2026-01-31T12:05:00Z", ({ createdAt }: GenerationRow) => createdAt < NOON + 5 * MINUTE_MS],
    ["from=2026-01-31&to=2026-01-31", () => true],
    ["from=2026-02-01", () => false],
    ["search=USER-1", ({ user }: GenerationRow) => user === "user-1"],
    ["search=%25", ({ user }: GenerationRow) => user?.includes("%") === true],
    ["search=_", ({ user, error }: GenerationRow) => user?.includes("_") === true || error?.includes("_") === true],
    ["search=%5C", ({ user }: GenerationRow) => user?.includes("\\") === true],
    ["search=hyperlink", ({ appTitle }: GenerationRow) => appTitle?.startsWith("=") === true],
    ["search=%27%20OR%201%3D1%20--", () => false],
    ["user_id=%27%20OR%201%3D1%20--", () => false],
    ["user_id=user-0&user_id=user-1", ({ user }: GenerationRow) => user?.startsWith("user-") === true],
    [
      "api_key_id=key_1&api_key_id=key_2&status=error",
      (row: GenerationRow) => row.keyId === "key_1" && row.error !== null,
    ],
    ["requested_model=openai/gpt-5", () => true],
    ["requested_model=openai/gpt-4&requested_model=", () => false],
    ["finish_reason=tool-calls&streamed=true", () => true],
    ["streamed=false", () => false],
    ["app=%C3%9Cberapp%20%F0%9F%A6%86", ({ appTitle }: GenerationRow) => appTitle === FULL.appTitle],
    ["app=%25", () => false],
    ["tag=a%2Cb", ({ tags }: GenerationRow) => tags === '["a,b","c"]'],
    ["tag=a&tag=c", ({ tags }: GenerationRow) => tags !== null],
    ["tag=C", () => false],
    ["min_cost=0.00000005", ({ cost }: GenerationRow) => cost! >= 50],
    ["min_cost=5e-8&error=upstream_reset", ({ cost, error }: GenerationRow) => cost! >= 50 && error !== null],
    ["min_cost=9000000", () => false],
    ["min_duration_ms=19", () => true],
    ["min_duration_ms=20", () => false],
    ["status=error&api_key_id=key_environment", (row: GenerationRow) => row.error !== null && row.keyId !== "key_1"],
  ])("of those with %s", async (query, wanted) => {
    const ids = idsOf(await list(`${query}&limit=500`));
    // Every id begins with an underscore in it.
    if (query === "search=_") expect(ids).toEqual(latest());
    else
      expect(ids).toEqual(
        rows
          .filter(wanted)
          .map(({ id }) => id)
          .reverse(),
      );
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=501", "limit"],
    ["limit=-1", "limit"],
    ["limit=1e2", "limit"],
    ["limit=ten", "limit"],
    ["before=gen_1", "before"],
    ["before=%27", "before"],
    ["from=yesterday", "from"],
    ["from=2026-02-30", "from"],
    ["to=2026-01-31T12:00", "to"],
    ["to=2026-01-31T25:00:00Z", "to"],
    ["status=maybe", "status"],
    ["format=xml", "format"],
    ["status=ok&status=error", "status"],
    ["usr=a", "usr"],
    ["streamed=yes", "streamed"],
    ["streamed=true&streamed=false", "streamed"],
    ["min_cost=-1", "min_cost"],
    ["min_cost=0.0000000001", "min_cost"],
    ["min_cost=NaN", "min_cost"],
    ["min_cost=", "min_cost"],
    ["min_duration_ms=1.5", "min_duration_ms"],
    ["min_duration_ms=-1", "min_duration_ms"],
    ["min_duration_ms=1&min_duration_ms=2", "min_duration_ms"],
    [Array(51).fill("tag=a").join("&"), "tag"],
    [`search=${"a".repeat(201)}`, "search"],
  ])("%s is refused with its place", async (query, param) => {
    const reply = await gateway.get(`/admin/generations?${query}`, admin);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
  });
});

describe("one", () => {
  test("is told with what was tried, whoever's it is", async () => {
    const { id } = rows[3]!;
    const told = await jsonOf(await gateway.get(`/admin/generations/${id}`, admin));
    expect(told).toMatchObject({ id, api_key_id: "key_environment", corrections: [], market_cost: 3e-9 });
    expect(told.attempts).toHaveLength(1);
    const { endpoint } = told.attempts[0];
    expect([told.mode, told.dropped, told.plan]).toEqual([
      "transcode",
      ["logprobs"],
      { legs: [{ endpoint, credential: "system" }], skipped: [], left_alone: [] },
    ]);
    expect((await gateway.get("/admin/generations/gen_1", admin)).status).toBe(404);
  });
});

describe("an export", () => {
  test("has all of them, one a line", async () => {
    const reply = await gateway.get("/admin/generations?format=jsonl&limit=1", admin);
    expect(reply.headers.get("content-type")).toStartWith("application/jsonl");
    const lines = (await reply.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(latest());
  });

  test("goes on over many pages, and keeps its filters", async () => {
    const more = Array.from({ length: 2500 }, (_, i) => {
      const createdAt = NOON - (i + 1) * MINUTE_MS;
      return { ...FULL, id: generationId(createdAt), createdAt, team: "many" };
    });
    await gateway.headgate.gateway.generations.insert(more.map((row) => ({ row, charges: [] })));
    const text = await (await gateway.get("/admin/generations?format=jsonl&team=many", admin)).text();
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).id),
    ).toEqual(more.map(({ id }) => id));
  });

  test("as a table is one that spreadsheets read, and no formula", async () => {
    const { createdAt } = rows[7]!;
    const bounds = `from=${new Date(createdAt).toISOString()}&to=${new Date(createdAt + 2 * MINUTE_MS).toISOString()}`;
    const text = await (await gateway.get(`/admin/generations?format=csv&${bounds}`, admin)).text();
    const [head, ...cells] = text.split("\r\n");
    const columns = head!.split(",");
    expect(columns.slice(0, 3)).toEqual(["id", "created_at", "model"]);
    expect(text).toContain('"says ""no""\r\nand leaves"');
    expect(text).toContain('"[""a,b"",""c""]"');
    expect(text).not.toMatch(/(^|,)"?=HYPERLINK/m);
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    // Two rows, one of them with a line end within; and the end.
    expect(cells).toHaveLength(4);
  });

  test("of nothing is nothing", async () => {
    expect(await (await gateway.get("/admin/generations?format=csv&team=none", admin)).text()).toBe("");
  });

  test("that fails on its way is cut off and never ended, and the operator hears of it", async () => {
    const { reports } = gateway.headgate.gateway;
    const { page } = reports;
    let pages = 0;
    reports.page = (query) => {
      if (++pages === 2) throw new Error("the disk is gone");
      return page.call(reports, query);
    };
    const reply = await gateway.get("/admin/generations?format=jsonl", admin);
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
    reports.page = page;
    expect(gateway.complaints.splice(0).map(String)).toEqual(["Error: the disk is gone"]);
  });

  test("of who is signed out meanwhile is cut off, and nobody is bothered with that", async () => {
    const link = await linked(gateway, { role: "viewer" });
    const cookie = cookiesOf(await signIn(gateway, { link }));
    const { reports } = gateway.headgate.gateway;
    const { page } = reports;
    let pages = 0;
    reports.page = async (query) => {
      const found = await page.call(reports, query);
      if (++pages === 2) {
        const ended = await fetch(`${gateway.url}/admin/sessions`, { method: "DELETE", headers: admin });
        expect(ended.status).toBe(200);
      }
      return found;
    };
    const reply = await fetch(`${gateway.url}/admin/generations?format=jsonl`, { headers: { cookie } });
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
    reports.page = page;
    expect([pages, gateway.complaints]).toEqual([2, []]);
  });

  test("has what there was when it began, whatever comes meanwhile", async () => {
    const { reports } = gateway.headgate.gateway;
    const { page } = reports;
    reports.page = async (query) => {
      const found = await page.call(reports, query);
      const createdAt = Date.now();
      const late = { ...FULL, id: generationId(createdAt), createdAt, team: "late" };
      await gateway.headgate.gateway.generations.insert([{ row: late, charges: [] }]);
      return found;
    };
    const text = await (await gateway.get("/admin/generations?format=jsonl", admin)).text();
    reports.page = page;
    const ids = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(ids.length).toBe(new Set(ids.map(({ id }) => id)).size);
    expect(ids.filter(({ team }) => team === "late")).toEqual([]);
    expect(ids.length).toBe(rows.length + 2500);
  });

  test("that is not read to its end leaves nothing behind", async () => {
    const reply = await gateway.get("/admin/generations?format=jsonl", admin);
    await reply.body!.cancel();
    expect((await gateway.get("/healthz")).status).toBe(200);
  });
});

test("sums of everybody can be had as a table", async () => {
  const query = "start_date=2026-01-31&end_date=2026-01-31&api_key_id=key_environment&group_by=api_key_id,user";
  const { results } = await jsonOf(await gateway.get(`/admin/usage?${query}`, admin));
  const text = await (await gateway.get(`/admin/usage?${query}&format=csv`, admin)).text();
  expect(text.split("\r\n")[0]!.split(",").slice(0, 2)).toEqual(["api_key_id", "user"]);
  expect(text.trimEnd().split("\r\n")).toHaveLength(results.length + 1);
  expect(results.reduce((sum: number, row: { request_count: number }) => sum + row.request_count, 0)).toBe(40);
});

test("a table of sums has the same columns in the same order, whatever stands in them", async () => {
  const headOf = async (query: string) =>
    (await (await gateway.get(`/admin/usage?${query}&format=csv`, admin)).text()).split("\r\n")[0]!.split(",");
  const [some, none] = ["start_date=2026-01-31&end_date=2026-01-31", "start_date=2020-01-31&end_date=2020-01-31"];
  // Nobody there has a team, and most have no tag.
  const by = "&group_by=day,team,tag,api_key_name,credential_type";
  const head = await headOf(some + by);
  expect(head.slice(0, 6)).toEqual(["day", "team", "tag", "api_key_name", "credential_type", "total_cost"]);
  expect([await headOf(none + by), head.at(-1)]).toEqual([head, "error_count"]);
  expect((await headOf(`${none}&date_part=hour`)).slice(0, 2)).toEqual(["hour", "total_cost"]);
});

test("a table of requests has the same columns in the same order whatever stands in its first row: also of what has no price", async () => {
  const createdAt = Date.UTC(2026, 2, 2);
  const kinds = { whole: { cost: 7, providerCost: 5 }, bare: { cost: null, providerCost: null } };
  for (const [team, more] of Object.entries(kinds)) {
    const row = { ...FULL, id: generationId(createdAt), createdAt, team, error: null, ...more };
    await gateway.headgate.gateway.generations.insert([{ row, charges: [] }]);
  }
  const table = async (team: string) =>
    (await (await gateway.get(`/admin/generations?format=csv&team=${team}`, admin)).text()).split("\r\n");
  const [[head, whole], [other, bare]] = [await table("whole"), await table("bare")];
  expect(other).toBe(head!);
  expect(head).toEndWith(",provider_cost,correction,unpriced");
  expect(whole).toEndWith(",0.000000005,,");
  expect(bare).toEndWith(",,,true");
});

test("a table has a column also for what its first row has not", async () => {
  const createdAt = Date.UTC(2026, 2, 1);
  const pair = [null, 5].map((providerCost, i) => ({
    ...FULL,
    id: generationId(createdAt - i),
    createdAt: createdAt - i,
    team: "pair",
    providerCost,
  }));
  await gateway.headgate.gateway.generations.insert(pair.map((row) => ({ row, charges: [] })));
  const text = await (await gateway.get("/admin/generations?format=csv&team=pair", admin)).text();
  const at = text.split("\r\n")[0]!.split(",").indexOf("provider_cost");
  expect(at).toBeGreaterThan(0);
  expect(text).toContain("0.000000005");
});
