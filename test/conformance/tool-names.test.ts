import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { clientOf, type Loose } from "./client.ts";
import { anthropicAt } from "./messages-client.ts";

/** Agents with many servers of tools name them longer than most providers take, each with the vendor's client at its door. */

const SERVER = `mcp__a_server_of_some_company_that_likes_its_name__${"and_its_department__".repeat(4)}`;
const READ = `${SERVER}read_the_document`;
const WRITE = `${SERVER}write_the_document`;
const DOTTED = "files.search/all";
const NAMES = [READ, WRITE, DOTTED, "get_time"];

const SCHEMA = { type: "object" as const, properties: { city: { type: "string" } } };
const USER = "[sim tools=4 every=0] Go";

/** What a client was told: names and ids of calls, and the turn as its own client would send it back. */
interface Told {
  calls: { id: string; name: string }[];
  turn: Loose[];
}

interface Door {
  first(model: string, streamed: boolean): Promise<Told>;
  /** The next turn: results of the calls, and one tool must be called. */
  second(model: string, streamed: boolean, told: Told): Promise<Told>;
}

function chatDoor(client: OpenAI): Door {
  const tools = NAMES.map((name) => ({ type: "function" as const, function: { name, parameters: SCHEMA } }));
  const user = { role: "user", content: USER };
  const ask = async (request: Loose, streamed: boolean): Promise<Told> => {
    const reply: Loose = streamed
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const [{ message }] = reply.choices;
    const calls = (message.tool_calls ?? []).map(({ id, function: { name } }: Loose) => ({ id, name }));
    return { calls, turn: [message] };
  };
  return {
    first: (model, streamed) => ask({ model, tools, messages: [user] }, streamed),
    second: (model, streamed, { calls, turn }) =>
      ask(
        {
          model,
          tools,
          tool_choice: { type: "function", function: { name: READ } },
          messages: [user, ...turn, ...calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "21" }))],
        },
        streamed,
      ),
  };
}

function responsesDoor(client: OpenAI): Door {
  const tools = NAMES.map((name) => ({ type: "function" as const, name, parameters: SCHEMA, strict: false }));
  const user = { role: "user", content: USER };
  const ask = async (request: Loose, streamed: boolean): Promise<Told> => {
    const reply: Loose = streamed
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    const calls = reply.output.filter(({ type }: Loose) => type === "function_call");
    return { calls: calls.map(({ call_id: id, name }: Loose) => ({ id, name })), turn: reply.output };
  };
  return {
    first: (model, streamed) => ask({ model, tools, input: [user] }, streamed),
    second: (model, streamed, { calls, turn }) =>
      ask(
        {
          model,
          tools,
          tool_choice: { type: "function", name: READ },
          input: [
            user,
            ...turn.map(({ parsed_arguments: _, ...item }) => item),
            ...calls.map(({ id }) => ({ type: "function_call_output", call_id: id, output: "21" })),
          ],
        },
        streamed,
      ),
  };
}

function messagesDoor(client: Anthropic): Door {
  const tools = NAMES.map((name) => ({ name, input_schema: SCHEMA }));
  const user = { role: "user", content: USER };
  const ask = async (request: Loose, streamed: boolean): Promise<Told> => {
    const reply: Loose = streamed
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    const calls = reply.content.filter(({ type }: Loose) => type === "tool_use");
    return { calls, turn: [{ role: "assistant", content: reply.content }] };
  };
  return {
    first: (model, streamed) => ask({ model, max_tokens: 500, tools, messages: [user] }, streamed),
    second: (model, streamed, { calls, turn }) =>
      ask(
        {
          model,
          max_tokens: 500,
          tools,
          tool_choice: { type: "tool", name: READ },
          messages: [
            user,
            ...turn,
            { role: "user", content: calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "21" })) },
          ],
        },
        streamed,
      ),
  };
}

let simulator: Simulator;
let gateway: RunningGateway;
const doors: Record<string, Door> = {};
beforeAll(async () => {
  simulator = startSimulator();
  const key = { access_key_id: "AKIDEXAMPLE", secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  gateway = await startGateway({
    config: {
      providers: {
        google: { api_key: "sk-test-google", base_url: `${simulator.url}/google/v1beta` },
        bedrock: { ...key, region: "eu-west-1", base_url: `${simulator.url}/bedrock` },
      },
    },
  });
  doors.chat = chatDoor(clientOf(gateway, { maxRetries: 0 }));
  doors.responses = responsesDoor(clientOf(gateway, { maxRetries: 0 }));
  doors.messages = messagesDoor(anthropicAt(gateway, { maxRetries: 0 }));
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => {
  simulator.forget();
  gateway.simulator.forget();
});

const requests = (): Loose[] => [...simulator.requests, ...gateway.simulator.requests].map(({ body }) => body as Loose);

/** Of the tools that are offered, in the words of whichever provider was asked. */
function offered(body: Loose): string[] {
  const tools: Loose[] = body.toolConfig?.tools ?? body.tools;
  return tools
    .flatMap((tool) => tool.functionDeclarations ?? [tool.toolSpec ?? tool.function ?? tool])
    .map(({ name }) => name);
}

/** Of the tools that the history says were called. */
function called(body: Loose): string[] {
  if (body.input !== undefined)
    return body.input.filter(({ type }: Loose) => type === "function_call").map(({ name }: Loose) => name);
  const turns: Loose[] = body.contents ?? body.messages;
  return turns.flatMap(({ tool_calls, parts, content }) =>
    [...(tool_calls ?? []), ...(parts ?? []), ...(Array.isArray(content) ? content : [])].flatMap((part: Loose) => {
      const call = part.functionCall ?? part.toolUse ?? part.function ?? (part.type === "tool_use" ? part : undefined);
      return call === undefined ? [] : [call.name];
    }),
  );
}

const OPENAIS = /^[a-zA-Z0-9_-]{1,64}$/;
const CLAUDES = /^[a-zA-Z0-9_-]{1,128}$/;
const GEMINIS = /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/;

const GEMINI = ["google/gemini-3.5-flash", GEMINIS] as const;
const NOVA = ["amazon/nova-2-lite", OPENAIS] as const;
const CLAUDE = ["anthropic/claude-sonnet-4.5", CLAUDES] as const;
const MISTRAL = ["mistral/mistral-large", OPENAIS] as const;
const TRIPS = [
  ...[CLAUDE, GEMINI, NOVA].map((target) => ["chat", ...target] as const),
  ...[CLAUDE, GEMINI, NOVA, MISTRAL].map((target) => ["responses", ...target] as const),
  ...[["openai/gpt-4o", OPENAIS] as const, GEMINI, NOVA, MISTRAL].map((target) => ["messages", ...target] as const),
];

describe.each(TRIPS)("from %s to %s", (door, model, taken) => {
  test.each([
    ["plain", false],
    ["streamed", true],
  ] as const)("tools are called by the names that the client gave them (%s)", async (_, streamed) => {
    const first = await doors[door]!.first(model, streamed);
    expect(first.calls.map(({ name }) => name)).toEqual(NAMES);
    const second = await doors[door]!.second(model, streamed, first);
    expect(second.calls.map(({ name }) => name)).toEqual([READ]);

    const [one, two] = requests();
    const theirs = offered(one);
    expect(theirs).toHaveLength(NAMES.length);
    for (const name of theirs) expect(name).toMatch(taken);
    expect(new Set(theirs).size).toBe(NAMES.length);
    // In every turn the same, so that what was cached stays so; and what was called is what is offered.
    expect(offered(two)).toEqual(theirs);
    expect(called(two)).toEqual(theirs);
    expect(JSON.stringify([one, two])).not.toContain(DOTTED);
  });
});

test("who counts tokens is asked with names that it takes", async () => {
  const { input_tokens, ...told }: Loose = await (
    await gateway.post("/v1/messages/count_tokens", {
      model: GEMINI[0],
      messages: [{ role: "user", content: "Go" }],
      tools: NAMES.map((name) => ({ name, input_schema: SCHEMA })),
    })
  ).json();
  expect(input_tokens).toBeGreaterThan(0);
  expect(told).toEqual({});
  for (const name of offered(requests()[0].generateContentRequest)) expect(name).toMatch(GEMINIS);
});
