import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { type Loose, partsOf, providerOf, SDKS } from "./client.ts";

/** What OpenAI runs itself and what others' servers do for it, by the SDK's own functions: told, asked about, answered and sent back. */

const MODEL = "openai/gpt-5-mini";
const ARGUMENTS = '{"url":"https://a.example"}';
const ASKS = {
  type: "mcp_approval_request",
  id: "mcpr_1",
  server_label: "zip",
  name: "shorten",
  arguments: ARGUMENTS,
};
const MADE = {
  type: "mcp_call",
  id: "mcp_1",
  server_label: "zip",
  name: "shorten",
  arguments: ARGUMENTS,
  output: "https://z.example/1",
};
const RAN = {
  type: "code_interpreter_call",
  id: "ci_1",
  status: "completed",
  code: "print(1)",
  container_id: "cntr_1",
  outputs: [{ type: "logs", logs: "1" }],
};
const said = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

let gateway: RunningGateway;
let openai: ReturnType<typeof startOpenai>;
beforeAll(async () => {
  openai = startOpenai();
  gateway = await startGateway({
    config: { providers: { openai: { api_key: "sk-1", base_url: `${openai.url}/v1` } } },
  });
});
afterAll(async () => {
  await gateway.stop();
  openai.stop();
});
beforeEach(() => {
  openai.bodies.length = 0;
  openai.answers.length = 0;
});

/** An OpenAI that gives these answers, one after another. */
function startOpenai() {
  const bodies: Loose[] = [];
  const answers: Loose[][] = [];
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const body: Loose = await request.json();
      bodies.push(body);
      const output = answers.shift() ?? [said("Done.")];
      const usage = { input_tokens: 5, output_tokens: 5, total_tokens: 10 };
      const whole = { id: "resp_1", object: "response", status: "completed", model: "gpt-5-mini", output, usage };
      if (body.stream !== true) return Response.json(whole);
      const { output: _, ...begun } = { ...whole, status: "in_progress" };
      const frames = [
        event("response.created", { response: { ...begun, output: [] } }),
        ...output.flatMap((item, output_index) => [
          event("response.output_item.added", { output_index, item: { ...item, content: [] } }),
          ...(item.type === "message"
            ? [event("response.output_text.delta", { output_index, content_index: 0, delta: item.content[0].text })]
            : []),
          event("response.output_item.done", { output_index, item }),
        ]),
        event("response.completed", { response: whole }),
      ];
      return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, bodies, answers, stop: () => server.stop(true) };
}

const EACH = SDKS.flatMap((sdk) => [false, true].map((streamed) => ({ ...sdk, sdk, streamed })));

describe.each(EACH)("ai $major (streamed: $streamed)", ({ sdk, ai, major, streamed }) => {
  const tool = (id: string, args: object, name: string) => ({
    type: major === 5 ? "provider-defined" : "provider",
    id,
    name,
    isProviderExecuted: true,
    args,
    inputSchema: ai.jsonSchema({ type: "object" }),
    outputSchema: ai.jsonSchema({}),
  });
  const SERVER = tool(
    "openai.mcp",
    { serverLabel: "zip", serverUrl: "https://z.example", requireApproval: "always" },
    "zip",
  );

  const ask = async (messages: Loose[], tools: Loose) => {
    const request = { model: providerOf(sdk, gateway)(MODEL), messages, tools };
    if (!streamed) return ai.generateText(request);
    const result = ai.streamText(request);
    const parts = await partsOf(result.fullStream);
    expect(parts.filter(({ type }) => type === "error" || type === "tool-error")).toEqual([]);
    return result;
  };
  const saidBy = async (result: Loose): Promise<Loose[]> =>
    (await result.responseMessages) ?? (await result.response).messages;
  const MESSAGES = [{ role: "user", content: "Shorten." }];

  test("code is a call with what it printed", async () => {
    openai.answers.push([RAN, said("One.")]);
    const result = await ask(MESSAGES, { python: tool("openai.code_interpreter", {}, "python") });
    expect(openai.bodies[0]).toMatchObject({
      tools: [{ type: "code_interpreter", container: { type: "auto" } }],
      include: expect.arrayContaining(["code_interpreter_call.outputs"]),
    });
    const content: Loose[] = await result.content;
    expect(content.find(({ type }) => type === "tool-call")).toMatchObject({
      input: { code: "print(1)", containerId: "cntr_1" },
      providerExecuted: true,
    });
    expect(content.find(({ type }) => type === "tool-result")).toMatchObject({ output: { outputs: RAN.outputs } });
    expect(await result.text).toBe("One.");
  });

  test("what another's server gave is told, and goes back", async () => {
    openai.answers.push([MADE, said("Short.")]);
    const result = await ask(MESSAGES, { zip: SERVER });
    expect(openai.bodies[0].tools).toEqual([
      { type: "mcp", server_label: "zip", server_url: "https://z.example", require_approval: "always" },
    ]);
    const content: Loose[] = await result.content;
    expect(content.find(({ type }) => type === "tool-result")).toMatchObject({
      toolName: major === 5 ? "zip" : "mcp.shorten",
      output: { serverLabel: "zip", output: MADE.output },
    });
    await ask([...MESSAGES, ...(await saidBy(result)), { role: "user", content: "And?" }], { zip: SERVER });
    const [, made, words] = openai.bodies[1].input;
    expect([made, words]).toEqual([MADE, { role: "assistant", content: "Short." }]);
  });

  test("whoever is asked before a call is made answers, and hears what came of it", async () => {
    openai.answers.push([ASKS], [{ ...MADE, approval_request_id: "mcpr_1" }, said("Short.")]);
    const result = await ask(MESSAGES, { zip: SERVER });
    const content: Loose[] = await result.content;
    if (major === 5) {
      // It has no word for the question, nor for the answer.
      expect(content.find(({ type }) => type === "tool-result").output).toMatchObject({ type: "approvalRequest" });
      return;
    }
    const { approvalId } = content.find(({ type }) => type === "tool-approval-request");
    for (const approved of [true, false]) {
      openai.bodies.length = 0;
      const word = { type: "tool-approval-response", approvalId, approved, providerExecuted: true };
      const told = [...MESSAGES, ...(await saidBy(result)), { role: "tool", content: [word] }];
      if (!approved) openai.answers.push([said("Well.")]);
      const answer = await ask(told, { zip: SERVER });
      expect(openai.bodies[0].input.slice(1)).toEqual([
        ASKS,
        { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: approved },
      ]);
      expect(await answer.text).toBe(approved ? "Short." : "Well.");
      if (!approved) continue;
      const results = (await answer.content).filter(({ type }: Loose) => type === "tool-result");
      expect(results.at(-1)).toMatchObject({ toolName: "mcp.shorten", output: { output: MADE.output } });
      await ask([...told, ...(await saidBy(answer)), { role: "user", content: "And?" }], { zip: SERVER });
      expect(openai.bodies[1].input.slice(1, 4)).toEqual([
        ASKS,
        { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true },
        { ...MADE, approval_request_id: "mcpr_1" },
      ]);
    }
  });
});
