import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { clientOf, type Loose } from "./client.ts";

/** Tools whose input is free text, as Codex has them, with OpenAI's client and models that know only JSON. */

const GRAMMAR = 'start: "*** Begin Patch" /.+/';
const CUSTOM = { name: "apply_patch", description: "Patches files." };
const USER = "[sim tools=1 every=0] Go";

let simulator: Simulator;
let gateway: RunningGateway;
let client: OpenAI;
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
  client = clientOf(gateway, { maxRetries: 0 });
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

/** The schema of the one tool that was offered, and the input of the one call in the history. */
function schemaIn(body: Loose): Loose {
  const [tool] = body.toolConfig?.tools ?? body.tools;
  const named = tool.functionDeclarations?.[0] ?? tool.toolSpec ?? tool.function ?? tool;
  return named.parametersJsonSchema ?? named.inputSchema?.json ?? named.parameters ?? named.input_schema;
}
function inputIn(body: Loose): Loose {
  const turn = (body.contents ?? body.messages)[1];
  const [part] = turn.tool_calls ?? turn.parts ?? turn.content;
  const called = part.functionCall?.args ?? part.toolUse?.input ?? part.input ?? part.function.arguments;
  return typeof called === "string" ? JSON.parse(called) : called;
}

describe.each([
  "anthropic/claude-sonnet-4.5",
  "google/gemini-2.5-flash",
  "amazon/nova-2-lite",
  "mistral/mistral-large",
])("by way of responses, %s", (model) => {
  const tools: Loose[] = [
    { type: "custom", ...CUSTOM, format: { type: "grammar", syntax: "lark", definition: GRAMMAR } },
  ];
  const user = { role: "user", content: USER };

  test.each([
    ["plain", false],
    ["streamed", true],
  ] as const)("calls them with text, and goes on from what came of it (%s)", async (_, streamed) => {
    const deltas: string[] = [];
    const done: string[] = [];
    const ask = async (request: Loose): Promise<Loose> => {
      if (!streamed) return client.responses.create(request);
      const stream = client.responses.stream(request);
      stream.on("event", (event: Loose) => {
        if (event.type === "response.custom_tool_call_input.delta") deltas.push(event.delta);
        if (event.type === "response.custom_tool_call_input.done") done.push(event.input);
        expect(event.type).not.toMatch(/function_call/);
      });
      return stream.finalResponse();
    };
    const first = await ask({ model, tools, input: [user], tool_choice: { type: "custom", name: "apply_patch" } });
    const call = first.output.find(({ type }: Loose) => type === "custom_tool_call");
    expect([call.name, typeof call.input]).toEqual(["apply_patch", "string"]);
    expect(call.input).not.toStartWith("{");
    expect(call.input.length).toBeGreaterThan(0);
    if (streamed) expect([deltas.join(""), done]).toEqual([call.input, [call.input]]);
    expect(first.provider_metadata.gateway.dropped).toEqual(["tools[].format"]);

    const output = { type: "custom_tool_call_output", call_id: call.call_id, output: "Done." };
    const second = await ask({ model, tools, input: [user, ...first.output, output] });
    expect(second.output.some(({ type }: Loose) => type === "message")).toBe(true);

    const [one, two] = requests();
    expect(schemaIn(one)).toMatchObject({ properties: { input: { type: "string" } }, required: ["input"] });
    expect(JSON.stringify(one)).toContain("*** Begin Patch");
    expect(inputIn(two)).toEqual({ input: call.input });
    expect(JSON.stringify(two)).toContain("Done.");
  });
});

describe("by way of chat completions", () => {
  const tools: Loose[] = [{ type: "custom", custom: CUSTOM }];
  const asked = (model: string): Loose => ({ model, tools, messages: [{ role: "user", content: USER }] });

  test.each(["anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash"])("%s calls them with text", async (model) => {
    const whole: Loose = await client.chat.completions.create(asked(model));
    const [call] = whole.choices[0].message.tool_calls;
    expect([call.type, call.custom.name, typeof call.custom.input]).toEqual(["custom", "apply_patch", "string"]);
    expect(call.custom.input).not.toStartWith("{");
    expect(whole.choices[0].message.provider_metadata.gateway.dropped).toBeUndefined();
    const stream: Loose = await client.chat.completions.create({ ...asked(model), stream: true } as Loose);
    let input = "";
    for await (const { choices } of stream) input += choices[0]?.delta.tool_calls?.[0]?.custom?.input ?? "";
    expect(input).toBe(call.custom.input);
  });

  test("OpenAI gets them as they are", async () => {
    await gateway.post("/v1/chat/completions", asked("openai/gpt-5"));
    expect(requests()[0].tools).toEqual(tools);
  });
});
