import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ListedModel } from "../../src/admin/contract.ts";
import { TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    remembers: true,
    config: {
      admin_token: TOKEN,
      providers: {
        mine: {
          wire: "openai-chat",
          base_url: "http://127.0.0.1:9/v1",
          api_key: "none",
          zero_data_retention: true,
          models: [{ id: "me/tiny", name: "Tiny", price: { input: 2, output: 4.5 } }],
        },
      },
      routing_rules: [
        { id: "none-of-it", type: "deny", model: "openai/gpt-5-nano" },
        { id: "onwards", type: "rewrite", model: "openai/gpt-4o", to: "openai/gpt-5" },
      ],
      virtual_models: {
        "vmc/support": { candidates: [{ model: "openai/gpt-5" }, { model: "me/tiny" }] },
        "vmc/hidden": { model: "openai/gpt-5", visibility: "stealth" },
        "vmc/draft": { model: "openai/gpt-5", status: "draft" },
      },
    },
  });
});
afterAll(() => gateway.stop());

const get = (path: string) => gateway.get(path, { authorization: `Bearer ${TOKEN}` });
const one = async (id: string): Promise<ListedModel> => jsonOf(await get(`/admin/models/${id}`));

test("all of them are told, of whatever kind", async () => {
  const { data, has_more } = await jsonOf(await get("/admin/models"));
  const kinds = new Map((data as ListedModel[]).map(({ id, kind }) => [id, kind]));
  expect(kinds.size).toBe(data.length);
  expect(["openai/gpt-5", "me/tiny", "vmc/support", "vmc/hidden", "vmc/draft"].map((id) => kinds.get(id))).toEqual([
    "catalogue",
    "configuration",
    "virtual",
    "virtual",
    "virtual",
  ]);
  expect([data.length > 100, has_more]).toEqual([true, false]);
  expect(await one("vmc/support")).toEqual(data.find(({ id }: ListedModel) => id === "vmc/support"));
});

test("prices are dollars, and what nobody told is null", async () => {
  const { endpoints, context_window, description } = await one("me/tiny");
  expect(endpoints).toMatchObject([
    {
      id: "mine:tiny",
      provider: "mine",
      model: "me/tiny",
      price: { per_million_tokens: { input: 2, output: 4.5 }, per_unit: {}, images: [], tiers: [] },
      zero_data_retention: true,
      no_training: true,
      hipaa: false,
      is_served: true,
      why_not: null,
      latency_last_1h: null,
    },
  ]);
  expect([context_window, description]).toEqual([null, null]);
  const listed = await jsonOf(await gateway.get("/v1/models/openai/gpt-5"));
  const openai = (await one("openai/gpt-5")).endpoints.find(({ provider }) => provider === "openai")!;
  expect(openai.price!.per_million_tokens.input! / 1e6).toBeCloseTo(Number(listed.pricing.input), 15);
});

describe("whether somebody can be asked", () => {
  test("is told with the reason, in the words of plans", async () => {
    const told = await one("openai/gpt-5");
    const why = new Map(told.endpoints.map(({ provider, why_not }) => [provider, why_not]));
    expect([told.is_served, why.get("openai"), why.get("azure")]).toEqual([true, null, "no credential"]);
  });

  test("goes by the gateway's policy", async () => {
    const strict = await startGateway({ config: { admin_token: TOKEN, policy: { zero_data_retention: true } } });
    const reply = await strict.get("/admin/models/openai/gpt-5", { authorization: `Bearer ${TOKEN}` });
    const { is_served, endpoints }: ListedModel = await jsonOf(reply);
    await strict.stop();
    expect([is_served, endpoints.find(({ provider }) => provider === "openai")?.why_not]).toEqual([
      false,
      expect.stringContaining("no zero data retention, as the gateway's policy demands"),
    ]);
  });

  test("a rule that denies it or leads on from it is named", async () => {
    expect(await one("openai/gpt-5-nano")).toMatchObject({ is_served: false, denied_by: "none-of-it", led_to: null });
    expect(await one("openai/gpt-4o")).toMatchObject({ is_served: true, denied_by: null, led_to: "openai/gpt-5" });
  });

  test("of a virtual model by those that it stands for, and not of a draft", async () => {
    const { is_served, endpoints } = await one("vmc/support");
    expect([is_served, new Set(endpoints.map(({ model }) => model))]).toEqual([
      true,
      new Set(["openai/gpt-5", "me/tiny"]),
    ]);
    expect([(await one("vmc/hidden")).is_served, (await one("vmc/draft")).is_served]).toEqual([true, false]);
  });
});

test("what was measured shows, and a rule that is made holds at once", async () => {
  const messages = [{ role: "user", content: "[sim tokens=5] Hi" }];
  const asked = { model: "openai/gpt-5", stream: true, messages };
  await (await gateway.post("/v1/chat/completions", asked)).text();
  const openai = async () => (await one("openai/gpt-5")).endpoints.find(({ provider }) => provider === "openai")!;
  expect((await openai()).latency_last_1h).toEqual({ p50: expect.any(Number), p95: expect.any(Number) });
  const rule = { id: "now", type: "deny", model: "openai/gpt-5-mini" };
  expect((await one("openai/gpt-5-mini")).denied_by).toBeNull();
  await gateway.post("/admin/routing-rules", rule, { authorization: `Bearer ${TOKEN}` });
  expect((await one("openai/gpt-5-mini")).denied_by).toBe("now");
});

test("goes packed to who takes that, and as it is to others", async () => {
  const told = async (accepts: string, path = "/admin/models") => {
    const headers = { authorization: `Bearer ${TOKEN}`, "accept-encoding": accepts };
    const reply = await fetch(gateway.url + path, { headers, decompress: false });
    return { packed: reply.headers.get("content-encoding"), bytes: Buffer.from(await reply.arrayBuffer()) };
  };
  const [plain, packed] = [await told("identity"), await told("br, gzip")];
  expect([plain.packed, packed.packed]).toEqual([null, "gzip"]);
  expect(packed.bytes.length * 5).toBeLessThan(plain.bytes.length);
  expect(JSON.parse(Buffer.from(Bun.gunzipSync(packed.bytes)).toString())).toEqual(JSON.parse(plain.bytes.toString()));
  expect((await told("gzip", "/admin/teams")).packed).toBeNull();
});

test("some are chosen, and what is no question is refused", async () => {
  const ids = async (question: string) =>
    (await jsonOf(await get(`/admin/models?${question}`))).data.map(({ id }: ListedModel) => id);
  expect(await ids("provider=mine")).toEqual(["me/tiny", "vmc/support"]);
  const served = await ids("served=true&type=embedding");
  expect(served).toContain("openai/text-embedding-3-small");
  expect(served).not.toContain("openai/gpt-5");
  const statuses = ["served=maybe", "limit=5", "type=a&type=b"].map(
    async (question) => (await get(`/admin/models?${question}`)).status,
  );
  expect(await Promise.all(statuses)).toEqual([400, 400, 400]);
  expect((await get("/admin/models/nobody/knows")).status).toBe(404);
});
