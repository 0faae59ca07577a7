import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { jsonOf } from "../support/gateway.ts";
import { type Bank, KEY_BUDGET, openBank } from "./support.ts";

/** Tools of a provider's own are paid for by the call, and a hard budget holds all the same. Prices are those of the catalogue. */

let bank: Bank;
let others: Simulator;
beforeEach(async () => {
  others = startSimulator();
  bank = await openBank({
    config: {
      budgets: { wait_ms: 10 },
      providers: {
        google: { api_key: "sk-simulated", base_url: `${others.url}/v1beta` },
        perplexity: { api_key: "sk-simulated", base_url: `${others.url}/openai/v1` },
        xai: { api_key: "sk-simulated", base_url: `${others.url}/openai/v1` },
      },
    },
  });
});
afterEach(async () => {
  await bank.stop();
  others.stop();
});

const SEARCH = [{ type: "web_search" }];
interface Door {
  readonly path: string;
  /** Of a dollar. */
  readonly cent: number;
  asks(act: string, more?: object): object;
  /** The model stands in the head there, and whether to stream. */
  readonly head?: (more: { stream?: boolean }) => Record<string, string>;
}
const responses = (model: string): Door["asks"] => {
  return (act, more) => ({ model, input: act, max_output_tokens: 16, tools: SEARCH, ...more });
};
const messages = (model: string): Door["asks"] => {
  return (act, more) => ({
    ...{ model, max_tokens: 16, messages: [{ role: "user", content: act }] },
    tools: [{ type: "web_search_20250305", name: "web_search" }],
    ...more,
  });
};
const DOORS = {
  "OpenAI's, from the AI SDK's door,": {
    path: "/v4/ai/language-model",
    cent: 0.01,
    asks: (act, more) => ({
      prompt: [{ role: "user", content: [{ type: "text", text: act }] }],
      maxOutputTokens: 16,
      tools: [{ type: "provider", id: "openai.web_search", name: "look", args: {} }],
      ...more,
    }),
    head: ({ stream = false }) => ({
      "ai-language-model-id": "openai/gpt-5-mini",
      "ai-language-model-streaming": `${stream}`,
    }),
  },
  "OpenAI's, from the chat's door,": {
    path: "/v1/chat/completions",
    cent: 0.01,
    asks: (act, more) => ({
      ...{ model: "openai/gpt-5-mini", max_tokens: 16, messages: [{ role: "user", content: act }] },
      tools: SEARCH,
      ...more,
    }),
  },
  "OpenAI's": { path: "/v1/responses", cent: 0.01, asks: responses("openai/gpt-5-mini") },
  "OpenAI's, from Anthropic's door,": { path: "/v1/messages", cent: 0.01, asks: messages("openai/gpt-5-mini") },
  "Anthropic's": { path: "/v1/messages", cent: 0.01, asks: messages("anthropic/claude-haiku-4.5") },
  "xAI's": { path: "/v1/responses", cent: 0.005, asks: responses("xai/grok-4.3") },
  "Google's": { path: "/v1/messages", cent: 0.014, asks: messages("google/gemini-3.5-flash") },
} satisfies Record<string, Door>;
type Name = keyof typeof DOORS;
const ALL = Object.keys(DOORS) as Name[];
/** Who can be told how often. */
const HELD = ALL.filter((name) => name !== "Google's");

const ask = (name: Name, act: string, more: { stream?: boolean; [member: string]: unknown } = {}) => {
  const { path, asks, head }: Door = DOORS[name];
  const { stream, ...rest } = more;
  const body = asks(`[sim every=0 ${act}]`, head === undefined ? more : rest);
  return bank.gateway.post(path, body, head?.({ ...(stream === undefined ? {} : { stream }) }));
};

/** What was sent to the provider last. */
const sent = () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const body = [...bank.gateway.simulator.requests, ...others.requests].at(-1)?.body as any;
  return body?.max_tool_calls ?? body?.max_turns ?? body?.tools?.[0]?.max_uses;
};
/** The row of the only request. */
const row = async () => (await bank.admin("GET", "/admin/generations")).body.data[0];
const budgetOf = (dollars: number, more: object = {}) =>
  bank.budget({ ...KEY_BUDGET, limit_usd: dollars, ...more }).then(
    ({ id }) =>
      () =>
        bank.state(id),
  );

describe.each([
  ["plain", {}],
  ["streamed", { stream: true }],
] as const)("%s, a provider", (_, more) => {
  describe.each(HELD)("of %s", (door) => {
    const { cent } = DOORS[door];

    test("is held to what is left, and the client is told", async () => {
      const state = await budgetOf(cent * 4.5);
      const reply = await ask(door, "searches=12 tokens=3", more);
      expect(reply.status).toBe(200);
      expect(await reply.text()).toMatch(/The budget pays for 4 calls of a provider's own tools/);
      const calls = door === "xAI's" ? 1 : 4;
      expect(sent()).toBe(calls);
      expect(await row()).toMatchObject({ billable_web_search_calls: calls, error: null });
      const { spent_usd: spent, reserved_usd: reserved } = await state();
      expect(spent).toBeWithin(cent * calls, cent * 4.5);
      expect(reserved).toBe(0);
    });

    test("is held to as many calls as usual where more is left", async () => {
      const state = await budgetOf(100);
      const reply = await ask(door, "searches=12 tokens=3", more);
      expect(await reply.text()).toMatch(/The budget pays for 10 calls of a provider's own tools/);
      const calls = door === "xAI's" ? 3 : 10;
      expect([sent(), (await row()).billable_web_search_calls]).toEqual([calls, calls]);
      expect((await state()).spent_usd).toBeWithin(cent * calls, cent * (calls + 1));
    });

    test.each([
      ["nobody has a budget", undefined],
      ["a budget is soft", { soft: true }],
    ])("does as it likes where %s", async (_, told) => {
      if (told !== undefined) await budgetOf(0.01, told);
      const reply = await ask(door, "searches=12 tokens=3", more);
      expect(reply.status).toBe(200);
      expect(await reply.text()).not.toContain("The budget pays");
      expect(sent()).toBeUndefined();
      expect((await row()).billable_web_search_calls).toBe(12);
    });

    test("is not asked where not even one is paid for", async () => {
      const state = await budgetOf(cent / 2);
      const reply = await ask(door, "searches=1 tokens=3", more);
      expect(reply.status).toBe(402);
      expect(sent()).toBeUndefined();
      expect(await state()).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
    });
  });

  test.each([
    ["Anthropic's", { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] }, 3],
    ["OpenAI's", { max_tool_calls: 3 }, 3],
    ["xAI's", { max_turns: 1 }, 1],
  ] as const)(
    "of %s is asked for what the client wants, which is reserved, or not at all",
    async (door, told, calls) => {
      const { cent } = DOORS[door];
      const state = await budgetOf(cent * 3.5);
      const reply = await ask(door, "searches=12 tokens=3", { ...more, ...told });
      expect(reply.status).toBe(200);
      expect(await reply.text()).not.toContain("The budget pays");
      expect(sent()).toBe(calls);
      expect((await state()).spent_usd).toBeWithin(cent * calls, cent * 3.5);
      expect((await ask(door, "searches=12 tokens=3", { ...more, ...told })).status).toBe(402);
    },
  );
});

describe("a stream of who searches more often than it was let", () => {
  test.each(["OpenAI's", "OpenAI's, from Anthropic's door,", "Anthropic's", "Google's"] as const)(
    "of %s is stopped behind the first search that nobody pays for",
    async (door) => {
      const { cent } = DOORS[door];
      const state = await budgetOf(cent * 4.5);
      const reply = await ask(door, "searches=12 heedless silence=5", { stream: true });
      expect(await reply.text()).toContain("quota_for_entity_exceeded");
      const { spent_usd: spent, reserved_usd: reserved } = await state();
      expect(reserved).toBe(0);
      // The one that was too much is paid for as well.
      expect(spent).toBeWithin(cent * 5, cent * 5.5);
      expect(await row()).toMatchObject({ error: "quota_for_entity_exceeded", estimated: true });
    },
  );

  test("is stopped where rates are counted as well", async () => {
    const { body } = await bank.admin("POST", "/admin/keys", {
      ...{ name: "both", limits: { requests_per_minute: 9, tokens_per_minute: 9000 } },
      budget: { limit_usd: 0.045, period: "total" },
    });
    const asked = DOORS["Anthropic's"].asks("[sim every=0 searches=12 heedless silence=5]", { stream: true });
    const reply = await bank.gateway.post("/v1/messages", asked, { authorization: `Bearer ${body.key}` });
    expect(await reply.text()).toContain("quota_for_entity_exceeded");
    expect(sent()).toBe(4);
    expect(await row()).toMatchObject({ billable_web_search_calls: 5, error: "quota_for_entity_exceeded" });
  });

  test.each(["OpenAI's", "Anthropic's", "Google's"] as const)("of %s goes on where more is left", async (door) => {
    const { cent } = DOORS[door];
    const state = await budgetOf(cent * 30);
    const reply = await ask(door, "searches=24 heedless tokens=3", { stream: true });
    expect(await reply.text()).not.toContain("quota_for_entity_exceeded");
    expect(await row()).toMatchObject({ billable_web_search_calls: 24, error: null });
    const { spent_usd: spent, reserved_usd: reserved } = await state();
    expect(spent).toBeWithin(cent * 24, cent * 25);
    expect(reserved).toBe(0);
  });
});

test("who is paid by the prompt is reserved as one", async () => {
  await budgetOf(0.04);
  const asked = { model: "google/gemini-2.5-flash", providerOptions: { gateway: { only: ["google"] } } };
  expect((await ask("Google's", "searches=20 tokens=3", asked)).status).toBe(200);
  expect(await row()).toMatchObject({ billable_web_search_calls: 1, error: null });
  expect((await ask("Google's", "searches=20 tokens=3", asked)).status).toBe(402);
});

test.each([false, true])("of many at once no more is spent than there is; streamed: %p", async (stream) => {
  const state = await budgetOf(0.115);
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => ask("Anthropic's", "searches=12 tokens=3", { stream })),
  );
  const statuses = await Promise.all(replies.map(async (reply) => (await reply.text()) && reply.status));
  expect([...new Set(statuses)].sort()).toEqual([200, 402]);
  const { spent_usd: spent, reserved_usd: reserved } = await state();
  expect(reserved).toBe(0);
  expect(spent).toBeWithin(0.1, 0.115);
});

test("who cannot be told how often is asked for as many as usual, or not at all", async () => {
  const state = await budgetOf(0.05);
  expect((await ask("Google's", "searches=2 tokens=3")).status).toBe(402);
  expect(others.requests).toHaveLength(0);
  await bank.budget({ ...KEY_BUDGET, limit_usd: 1, period: "daily" });
  expect(await state()).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
});

const endless = (max_uses: unknown) => ({ tools: [{ type: "web_search_20250305", name: "web_search", max_uses }] });
test.each<[Name, object]>([
  ...[1e300, 2 ** 53, "9", -1, 0, null].map((end): [Name, object] => ["Anthropic's", endless(end)]),
  // What else is no number of calls is refused at the door.
  ...[1e300, 2 ** 53, null].map((end): [Name, object] => ["OpenAI's", { max_tool_calls: end }]),
])("an end of %s tools that cannot be counted with is none: %j", async (door, told) => {
  await budgetOf(0.045);
  expect((await ask(door, "searches=12 tokens=3", { ...told })).status).toBe(200);
  expect(sent()).toBe(4);
  expect((await row()).billable_web_search_calls).toBe(4);
});

test.each<[string, number, object[], status: number, calls: number | undefined]>([
  ["a picture", 10, [{ type: "image_generation" }], 200, 1],
  ["a picture, of which there is no more", 0.3, [{ type: "image_generation" }], 402, undefined],
  ["pictures of what is found", 10, [{ type: "image_generation" }, ...SEARCH], 200, 3],
  ["one of both", 0.5, [{ type: "image_generation" }, ...SEARCH], 200, 1],
  ["programs and searches", 10, [{ type: "code_interpreter", container: { type: "auto" } }, ...SEARCH], 200, 20],
  ["as many programs as are paid for", 0.1, [{ type: "code_interpreter", container: { type: "auto" } }], 200, 3],
  [
    "a large machine",
    1.9,
    [{ type: "code_interpreter", container: { type: "auto", memory_limit: "64g" } }],
    402,
    undefined,
  ],
  ["searches of files", 0.01, [{ type: "file_search" }], 200, 3],
])("OpenAI is let make %s", async (_, dollars, tools, status, calls) => {
  const state = await budgetOf(dollars);
  expect((await ask("OpenAI's", "tokens=3", { tools })).status).toBe(status);
  expect(sent()).toBe(calls!);
  expect((await state()).reserved_usd).toBe(0);
});

test("what a model does unasked is reserved with it", async () => {
  const research = () => {
    const messages = [{ role: "user", content: "[sim every=0 tokens=3 searches=30]" }];
    return bank.gateway.post("/v1/chat/completions", {
      ...{ model: "perplexity/sonar-deep-research", messages, max_tokens: 10 },
      providerOptions: { gateway: { only: ["perplexity"] } },
    });
  };
  // 30 searches, a hundred thousand tokens that are read, and as many that are thought.
  const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.64 });
  expect((await research()).status).toBe(402);
  expect(others.requests).toHaveLength(0);
  await bank.admin("PATCH", `/admin/budgets/${id}`, { limit_usd: 0.66 });
  expect((await research()).status).toBe(200);
  expect((await bank.state(id)).spent_usd).toBeWithin(0.15, 0.16);
});

test("on an account of the client's own nothing is changed, unless its budget includes that", async () => {
  const own = { providerOptions: { gateway: { byok: { anthropic: [{ apiKey: "sk-own" }] }, byok_only: true } } };
  await budgetOf(0.045);
  expect((await ask("Anthropic's", "searches=12 tokens=3", own)).status).toBe(200);
  expect(sent()).toBeUndefined();
  const including = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.035, period: "daily", includes_byok: true });
  const reply = await ask("Anthropic's", "searches=12 tokens=3", own);
  expect(reply.status).toBe(200);
  expect(sent()).toBe(3);
  expect(await bank.state(including.id)).toMatchObject({ reserved_usd: 0 });
  expect((await jsonOf(reply)).content).not.toBeEmpty();
});
