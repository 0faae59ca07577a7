import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Loose } from "./client.ts";
import { DOORS, type Said, startThinkers, type ThinkersUnderTest } from "./reasoning-doors.ts";

/** What one account sealed, another of the same wire cannot open: it goes back to whoever made it, and nobody else is shown it. */

let there: ThinkersUnderTest;
beforeAll(async () => {
  there = await startThinkers();
});
afterAll(() => there.stop());
beforeEach(() => there.simulator.forget());

const MODEL = "openai/gpt-5";
const FIRST = "[sim think=6 every=0] Use get_weather";
const only = (...names: string[]) => ({ providerOptions: { gateway: { only: names } } });
/** Between items of OpenAI's wire nothing is changed, not even a name: there the refusal decides (reasoning-seals.test.ts). */
const TRANSCODED = DOORS.filter(({ name }) => name !== "responses").map((door) => [door.name, door] as const);

const sealsIn = (body: Loose): string[] =>
  (body.input ?? []).flatMap(({ encrypted_content: sealed }: Loose) => sealed ?? []);
const paths = () => there.simulator.requests.map(({ path }) => path);

describe("which API a provider with both is asked by", () => {
  const pathOf = async (model: string, path: string, more: Loose) => {
    there.simulator.forget();
    const answer = await there.gateway.post(path, { model, max_tokens: 100, ...more });
    expect(answer.status).toBe(200);
    await answer.text();
    return there.gateway.simulator.requests.at(-1)?.path ?? paths()[0];
  };
  const messages = [{ role: "user", content: "Hello" }];
  const CHAT = /chat\/completions$/;
  const RESPONSES = /responses$/;

  test.each<[string, string, string, Loose, RegExp]>([
    [
      "xai/grok-4.3",
      "reasoning details asked for",
      "/v1/chat/completions",
      { reasoning: { effort: "low" } },
      RESPONSES,
    ],
    ["openai/gpt-5", "a search", "/v1/chat/completions", { tools: [{ type: "web_search" }] }, RESPONSES],
    [
      "openai/gpt-5",
      "a tool",
      "/v1/chat/completions",
      { tools: [{ type: "function", function: { name: "f" } }] },
      CHAT,
    ],
    ["xai/grok-4.3", "nothing of the kind", "/v1/chat/completions", {}, CHAT],
    ["xai/grok-4.3", "the door Messages", "/v1/messages", {}, RESPONSES],
    ["openai/gpt-5", "the door Messages", "/v1/messages", {}, RESPONSES],
    ["openai/gpt-5", "the door Messages, and stop sequences", "/v1/messages", { stop_sequences: ["x"] }, CHAT],
    ["openai/gpt-5", "an effort alone", "/v1/chat/completions", { reasoning_effort: "low" }, CHAT],
    // It thinks in the open in chat completions, and takes it back there.
    ["deepseek/deepseek-v4-pro", "the door Messages", "/v1/messages", {}, CHAT],
    ["deepseek/deepseek-v4-pro", "reasoning", "/v1/chat/completions", { reasoning: { enabled: true } }, CHAT],
  ])("%s: %s", async (model, _, door, more, path) => {
    there.gateway.simulator.forget();
    expect(await pathOf(model, door, { messages, ...more })).toMatch(path);
  });

  test("a search that the provider runs goes to it as it was asked for", async () => {
    const tools = [{ type: "web_search", search_context_size: "low" }];
    const reply = await there.gateway.post("/v1/chat/completions", { model: MODEL, messages, tools });
    expect(((await reply.json()) as Loose).choices[0].finish_reason).toBe("stop");
    expect(there.simulator.requests.map(({ body }) => (body as Loose).tools)).toEqual([tools]);
    // What lies in an account that all clients share is none of theirs, whatever the door.
    const stored = [{ type: "file_search", vector_store_ids: ["vs_1"] }];
    const refused = await there.gateway.post("/v1/messages", { model: MODEL, max_tokens: 50, messages, tools: stored });
    expect(refused.status).toBe(400);
  });

  test.each(["xai/grok-4.3", "deepseek/deepseek-v4-pro"])("%s: its own words, by the door Responses", async (model) => {
    there.gateway.simulator.forget();
    const request = { model, input: "Hello", store: false, max_output_tokens: 50 };
    const reply: Loose = await (await there.gateway.post("/v1/responses", request)).json();
    expect(there.gateway.row(reply.id)).toMatchObject({ mode: "relay", error: null });
  });
});

describe.each(TRANSCODED)("by the door %s", (_, door) => {
  async function begun(provider: string): Promise<{ said: Said; history: Loose[] }> {
    const said = await door.ask(there.gateway, door.begin(FIRST), { model: MODEL, stream: true, ...only(provider) });
    there.simulator.forget();
    const results = door.results(said.calls, "21 degrees");
    return { said, history: [...door.begin(FIRST), ...said.turn, ...results] };
  }

  test("who sealed it is asked first, and gets it as it was", async () => {
    const { history } = await begun("azure");
    const second = await door.ask(there.gateway, history, { model: MODEL, stream: false });
    expect(second.text).toContain("21 degrees");
    expect(paths()).toEqual(["/azure/openai/v1/responses"]);
    // The stand-in refuses what is not its own to the letter.
    expect(sealsIn(there.simulator.requests[0]!.body)).toHaveLength(1);
  });

  test("a client that asks for another order has it", async () => {
    const { history } = await begun("azure");
    const order = { providerOptions: { gateway: { order: ["openai", "azure"] } } };
    await door.ask(there.gateway, history, { model: MODEL, stream: false, ...order });
    expect(paths()).toEqual(["/openai/v1/responses"]);
  });

  test.each([
    ["azure", "openai"],
    ["openai", "azure"],
  ])("what %s sealed is not shown to %s, and the client is told", async (maker, other) => {
    const { history } = await begun(maker);
    const second = await door.ask(there.gateway, history, { model: MODEL, stream: false, ...only(other) });
    expect(second.text).toContain("21 degrees");
    expect(there.simulator.requests.map(({ status }) => status)).toEqual([200]);
    expect(sealsIn(there.simulator.requests[0]!.body)).toEqual([]);
    expect(second.metadata.dropped).toContain("reasoning_details");
  });

  test("after a fallback and back, each has its own again", async () => {
    const { said: first, history } = await begun("openai");
    const asked = [...history, ...door.begin("[sim think=9 every=0] Well?")];
    const second = await door.ask(there.gateway, asked, { model: MODEL, stream: false, ...only("azure") });
    const longer = [...asked, ...second.turn, ...door.begin("And now?")];
    there.simulator.forget();
    await door.ask(there.gateway, longer, { model: MODEL, stream: false, ...only("openai") });
    await door.ask(there.gateway, longer, { model: MODEL, stream: false, ...only("azure") });
    const [atOpenai, atAzure] = there.simulator.requests.map(({ body }) => sealsIn(body));
    expect(first.calls).toHaveLength(1);
    expect([atOpenai!.length, atAzure!.length]).toEqual([1, 1]);
    expect(atOpenai).not.toEqual(atAzure!);
  });
});
