import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { chunksOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1` });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const PARAMETERS = { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } };
const NAMES = ["get_weather", "get_time", "get_news"];
const tools = NAMES.map((name) => ({ type: "function" as const, function: { name, parameters: PARAMETERS } }));

/** Ways in which servers cut up the calls of tools that differ from OpenAI's. */
const ODDITIES = ["", "whole", "ids", "gaps", "no-index", "late-name", "role"] as const;

function request(model: string, oddity: string, calls: number) {
  const quirk = oddity === "" ? "" : ` quirk=${oddity}`;
  return {
    model,
    tools,
    messages: [{ role: "user" as const, content: `[sim tools=${calls} every=0${quirk}] Plan my week` }],
  };
}

/** The fragments of calls in a stream, in their order. Ids are made up anew for every answer, so they only count as there or not. */
function fragmentsOf(sse: string): unknown[] {
  return chunksOf(sse)
    .flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? [])
    .map(({ id, ...fragment }) => ({ ...fragment, hasId: id !== undefined }));
}

describe.each(ODDITIES)("S12 fragments of calls: %p", (oddity) => {
  test.each([1, 2, 3])("are relayed as they came, in the same order (calls: %p)", async (calls) => {
    const ours = await gateway.post("/v1/chat/completions", {
      ...request("openai/gpt-4o", oddity, calls),
      stream: true,
    });
    const theirs = await fetch(`${gateway.simulator.url}/openai/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: JSON.stringify({ ...request("gpt-4o", oddity, calls), stream: true }),
    });
    const [relayed, told] = [fragmentsOf(await ours.text()), fragmentsOf(await theirs.text())];
    expect(told.length).toBeGreaterThanOrEqual(calls);
    expect(relayed).toEqual(told);
    const id = ours.headers.get("x-request-id")!;
    expect(gateway.row(id)).toMatchObject({ error: null, finish: "tool-calls", estimated: false });
  });

  // Their answers go through events, which puts in order what the client's own helper could not read.
  test.each(["deepseek/deepseek-v4-pro", "mistral/mistral-large"])(
    "of %s are put in order: each call whole, once, counted from 0",
    async (model) => {
      for (const calls of [1, 2, 3]) {
        const stream = client.chat.completions.stream(request(model, oddity, calls));
        const indexes = new Set<number>();
        const named: string[] = [];
        stream.on("chunk", ({ choices }) => {
          for (const { index, function: called } of choices[0]?.delta.tool_calls ?? []) {
            indexes.add(index);
            if (called?.name) named.push(called.name);
          }
        });
        const { choices } = await stream.finalChatCompletion();
        const made = choices[0]!.message.tool_calls! as OpenAI.Chat.ChatCompletionMessageFunctionToolCall[];
        expect(made.map((call) => call.function.name)).toEqual(NAMES.slice(0, calls));
        for (const call of made) expect(Object.keys(JSON.parse(call.function.arguments))).toEqual(["city", "days"]);
        expect(new Set(made.map(({ id }) => id)).size).toBe(calls);
        expect([...indexes]).toEqual(Array.from({ length: calls }, (_, i) => i));
        expect(named).toEqual(NAMES.slice(0, calls));
        expect(choices[0]!.finish_reason).toBe("tool_calls");
      }
    },
  );
});

describe.each(["gaps", "restart"])("S12 blocks of the Messages API: %p", (oddity) => {
  test.each([1, 2, 3])("become calls counted from 0 (calls: %p)", async (calls) => {
    const model = "anthropic/claude-sonnet-4.5";
    const reply = await gateway.post("/v1/chat/completions", { ...request(model, oddity, calls), stream: true });
    const fragments = chunksOf(await reply.text()).flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? []);
    const heads = fragments.filter(({ id }) => id !== undefined);
    expect(heads.map(({ index, type, function: { name } }) => [index, type, name])).toEqual(
      NAMES.slice(0, calls).map((name, index) => [index, "function", name]),
    );
    for (const { index } of heads) {
      const own = fragments.filter((fragment) => fragment.index === index);
      const json = own.map((fragment) => fragment.function.arguments ?? "").join("");
      expect(Object.keys(JSON.parse(json))).toEqual(["city", "days"]);
    }
  });
});
