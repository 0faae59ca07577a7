import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Who leaves a stream has had what was searched for it by then, and what is charged for the request itself. */

let provider: Simulator;
let gateway: RunningGateway;
beforeEach(async () => {
  provider = startSimulator();
  const at = (path: string) => ({ api_key: "sk-simulated", base_url: provider.url + path });
  gateway = await startGateway({
    config: {
      providers: {
        google: at("/v1beta"),
        xai: at("/openai/v1"),
        perplexity: at("/openai/v1"),
        openai: at("/openai/v1"),
      },
    },
  });
});
afterEach(async () => {
  await gateway.stop();
  provider.stop();
});

const HI = (act: string) => [{ role: "user", content: `[sim every=0 ${act}]` }];
const GOOGLE = { providerOptions: { gateway: { only: ["google"] } } };
const WEB = [{ type: "web_search_20250305", name: "web_search" }];
const ASKS = {
  "Gemini's, from Anthropic's door": (act: string) => [
    "/v1/messages",
    { model: "google/gemini-3.5-flash", max_tokens: 50, messages: HI(act), tools: WEB, ...GOOGLE },
  ],
  "older Gemini's, from Anthropic's door": (act: string) => [
    "/v1/messages",
    { model: "google/gemini-2.5-flash", max_tokens: 50, messages: HI(act), tools: WEB, ...GOOGLE },
  ],
  "Gemini's, from OpenAI's door": (act: string) => [
    "/v1/chat/completions",
    {
      ...{ model: "google/gemini-3.5-flash", messages: HI(act) },
      providerOptions: { ...GOOGLE.providerOptions, google: { tools: [{ googleSearch: {} }] } },
    },
  ],
  "xAI's": (act: string) => [
    "/v1/responses",
    { model: "xai/grok-4.3", input: HI(act), tools: [{ type: "web_search" }] },
  ],
  "Perplexity's": (act: string) => ["/v1/chat/completions", { model: "perplexity/sonar-pro", messages: HI(act) }],
  "Perplexity's deep research": (act: string) => [
    "/v1/chat/completions",
    {
      ...{ model: "perplexity/sonar-deep-research", messages: HI(act) },
      providerOptions: { gateway: { only: ["perplexity"] } },
    },
  ],
  "Perplexity's, which reads much,": (act: string) => [
    "/v1/chat/completions",
    { model: "perplexity/sonar-pro", messages: HI(act), web_search_options: { search_context_size: "high" } },
  ],
  "OpenAI's that search before each answer": (act: string) => [
    "/v1/chat/completions",
    {
      model: "openai/gpt-4o-mini-search-preview",
      messages: HI(act),
      providerOptions: { gateway: { only: ["openai"] } },
    },
  ],
} as const;
type Name = keyof typeof ASKS;

/** Reads until the provider has said all that it will, and leaves. @returns the row */
async function left(name: Name, act: string) {
  const [path, body] = ASKS[name](act) as [string, object];
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify({ ...body, stream: true }), signal: leaving.signal };
  const reply = await fetch(gateway.url + path, sent);
  expect(reply.status).toBe(200);
  const reader = reply.body!.getReader();
  await reader.read();
  await provider.when(({ chunks }) => chunks >= 7);
  // What it has sent has been read before what it hears next.
  await gateway.get("/v1/models");
  leaving.abort();
  await reader.read().catch(() => {});
  const id = reply.headers.get("x-request-id")!;
  while (gateway.row(id) === undefined) await new Promise((resolve) => setImmediate(resolve));
  return gateway.row(id)!;
}

describe("who leaves a stream before its usage is told", () => {
  test.each<[Name, string, number]>([
    ["Gemini's, from Anthropic's door", "searches=5 silence=7", 5 * 14_000_000],
    ["older Gemini's, from Anthropic's door", "searches=5 silence=7", 35_000_000],
    ["Gemini's, from OpenAI's door", "searches=5 silence=7", 5 * 14_000_000],
    ["xAI's", "searches=5 silence=7", 5 * 5_000_000],
    ["Perplexity's", "tokens=20 silence=7", 6_000_000],
    ["Perplexity's, which reads much,", "tokens=20 silence=7", 14_000_000],
    // As many searches as are reserved, and as much that was read: nobody tells.
    ["Perplexity's deep research", "tokens=20 silence=7", 30 * 5_000_000 + 100_000 * 2000],
    ["OpenAI's that search before each answer", "tokens=20 silence=7", 25_000_000],
  ])("of %s pays for what was searched by then", async (name, act, nanodollars) => {
    const { cost, estimated, error } = await left(name, act);
    expect({ estimated, error }).toEqual({ estimated: true, error: "client_closed" });
    expect(cost! - nanodollars).toBeWithin(0, 1_000_000);
  });
});

test.each<[Name, string, number, boolean]>([
  ["Gemini's, from Anthropic's door", "searches=5 tokens=2", 5 * 14_000_000, false],
  ["xAI's", "searches=5 tokens=2", 5 * 5_000_000, false],
  ["Perplexity's", "tokens=2", 6_000_000, true],
  ["Perplexity's deep research", "searches=3 tokens=2", 3 * 5_000_000, false],
  ["OpenAI's that search before each answer", "tokens=2", 25_000_000, true],
])("of %s the same is paid at the end", async (name, act, nanodollars, isGuessed) => {
  for (const stream of [true, false]) {
    const [path, body] = ASKS[name](act) as [string, object];
    const reply = await gateway.post(path, { ...body, stream });
    await reply.text();
    const { cost, estimated } = gateway.row(reply.headers.get("x-request-id")!)!;
    expect(estimated).toBe(isGuessed);
    expect(cost! - nanodollars).toBeWithin(0, 1_000_000);
  }
});
