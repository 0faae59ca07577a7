import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { dataIn } from "../support/rules/frames.ts";
import type { Loose } from "./client.ts";

/**
 * Coding agents as they are: the requests that Claude Code 2.1.330 and Codex 0.169.0 were seen to send with nothing but a base
 * address and a key, their prompts and lists of tools cut short. Each goes one round with a tool, with models of every wire.
 */

let simulator: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  simulator = startSimulator();
  const google = { api_key: "sk-test-google", base_url: `${simulator.url}/google/v1beta` };
  gateway = await startGateway({ config: { providers: { google } } });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => gateway.simulator.forget());

const MODELS = [
  "anthropic/claude-sonnet-4.5",
  "openai/gpt-4o",
  "openai/gpt-5",
  "google/gemini-3.5-flash",
  "deepseek/deepseek-v4-pro",
] as const;

const command = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const asksFor = (tool: string) => `[sim tool=${tool} args='{"command":"ls"}' every=0] List the files`;

/** The events of a streamed reply. */
async function streamOf(path: string, body: Loose, headers: Record<string, string>): Promise<Loose[]> {
  const reply = await gateway.post(path, body, headers);
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(text);
  return dataIn(text).map((data) => JSON.parse(data));
}

describe.each(MODELS)("Claude Code and %s", (model) => {
  const ephemeral = { cache_control: { type: "ephemeral" } };
  /** It knows this one; of any other it takes for granted what the newest can do. */
  const older = model === "anthropic/claude-sonnet-4.5";
  const HEADERS = {
    accept: "application/json",
    "anthropic-beta":
      "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27," +
      (older ? "" : "mid-conversation-tool-changes-2026-07-01,effort-2025-11-24,") +
      "thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20",
    "anthropic-dangerous-direct-browser-access": "true",
    "anthropic-version": "2023-06-01",
    "user-agent": "claude-cli/2.1.330 (external, sdk-cli)",
    "x-app": "cli",
    "x-claude-code-session-id": "155a48f3-32b3-4e88-8595-503c98840b76",
    "x-stainless-retry-count": "0",
    "x-stainless-timeout": "600",
  };
  const schema = { $schema: "https://json-schema.org/draft/2020-12/schema", ...command, additionalProperties: false };
  const tool = (name: string) => ({ name, description: `About ${name}`, input_schema: schema });
  const placeholder = {
    name: "DeferredToolPlaceholder",
    description: "Stands for tools that are not loaded",
    input_schema: { type: "object", properties: {} },
    defer_loading: true,
  };
  const body = (messages: Loose[], tools: Loose[] = []) => ({
    model,
    messages,
    system: [
      { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.330.48e; cc_entrypoint=sdk-cli;" },
      { type: "text", text: "You are a Claude agent, built on Anthropic's Claude Agent SDK.", ...ephemeral },
      { type: "text", text: "You are an agent working with the user toward their goals.", ...ephemeral },
    ],
    tools: [tool("Bash"), ...tools, tool("ToolSearch"), placeholder],
    metadata: { user_id: '{"device_id":"323bfbcd","account_uuid":"","session_id":"155a48f3"}' },
    max_tokens: 32000,
    ...(older
      ? { thinking: { budget_tokens: 31999, type: "enabled", display: "omitted" } }
      : { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "high" } }),
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    stream: true,
  });
  const reminder = "<system-reminder>\n# Environment\nAvailable agent types\n</system-reminder>";
  /** What a person asks, with what the agent says of the place. */
  const asked = (text: string): Loose[] => {
    const said = { type: "text", text, ...(older ? ephemeral : {}) };
    if (older) return [{ role: "user", content: [{ type: "text", text: reminder }, said] }];
    const place = { role: "system", content: [{ type: "text", text: reminder, ...ephemeral }] };
    return [{ role: "user", content: [said] }, place];
  };
  const ask = (messages: Loose[], tools?: Loose[]) =>
    streamOf("/claude-code/v1/messages?beta=true", body(messages, tools), HEADERS);
  const callIn = (content: Loose[]) => content.find(({ type }) => type === "tool_use");

  test("go a round with a tool", async () => {
    const said = asked(asksFor("Bash"));
    const first = await ask(said);
    expect(first.at(-2).delta.stop_reason).toBe("tool_use");
    const content = contentOf(first);
    const call = callIn(content);
    expect(call).toMatchObject({ name: "Bash", input: { command: "ls" } });
    const result = { tool_use_id: call.id, type: "tool_result", content: "README.md", is_error: false, ...ephemeral };
    const second = await ask([...said, { role: "assistant", content }, { role: "user", content: [result] }]);
    expect(second.map(({ delta }) => delta?.text ?? "").join("")).toContain("README.md");
    expect(second.at(-2).delta.stop_reason).toBe("end_turn");
  });

  test("look for a tool, and the model hears which was found", async () => {
    const said = asked(asksFor("ToolSearch"));
    const content = contentOf(await ask(said));
    const found = [{ type: "tool_reference", tool_name: "CronList" }];
    const result = { type: "tool_result", tool_use_id: callIn(content).id, content: found, ...ephemeral };
    gateway.simulator.forget();
    const turns = [...said, { role: "assistant", content }, { role: "user", content: [result] }];
    const second = await ask(turns, [{ ...tool("CronList"), defer_loading: true }]);
    expect(second.at(-2).delta.stop_reason).toBe("end_turn");
    const { requests } = model.startsWith("google/") ? simulator : gateway.simulator;
    const { messages, input, contents } = requests.at(-1)!.body as Loose;
    expect(JSON.stringify((messages ?? input ?? contents).at(-1))).toContain("CronList");
  });
});

/** The blocks of a message, put together of its events. */
function contentOf(events: Loose[]): Loose[] {
  const blocks: Loose[] = [];
  const json: string[] = [];
  for (const { type, index, content_block: block, delta } of events) {
    if (type === "content_block_start") blocks[index] = { ...block };
    if (type !== "content_block_delta") continue;
    if (delta.type === "input_json_delta") json[index] = (json[index] ?? "") + delta.partial_json;
    if (delta.type === "signature_delta") blocks[index].signature = delta.signature;
    if (delta.type === "thinking_delta") blocks[index].thinking += delta.thinking;
    if (delta.type === "text_delta") blocks[index].text += delta.text;
  }
  return blocks.map((block, i) => (json[i] === undefined ? block : { ...block, input: JSON.parse(json[i]) }));
}

describe.each(MODELS)("Codex and %s", (model) => {
  const HEADERS = {
    accept: "text/event-stream",
    originator: "codex_exec",
    "session-id": "01a21424-08d3-73f0-9606-23d2a09044a6",
    "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.169.0)",
    "x-client-request-id": "01a21424-08d3-73f0-9606-23d2a09044a6",
    "x-codex-beta-features": "remote_compaction_v2",
  };
  const message = (id: string, role: string, text: string) => ({
    type: "message",
    id: `msg_${id}-8765-5d22-8cf9-e06bebf9ac6c`,
    role,
    content: [{ type: "input_text", text }],
  });
  const tool = { type: "function", description: "Runs a command", strict: false, parameters: command };
  const body = (input: Loose[]) => ({
    model,
    stream: true,
    input,
    tools: [
      { ...tool, name: "exec_command" },
      {
        type: "namespace",
        name: "multi_agent_v1",
        description: "Tools for spawning and managing sub-agents.",
        tools: [{ ...tool, name: "close_agent" }],
      },
      { type: "web_search", external_web_access: true },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { summary: "auto" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "01a21424-08d3-73f0-9606-23d2a09044a6",
    client_metadata: { session_id: "01a21424-08d3-73f0-9606-23d2a09044a6" },
  });
  const input: Loose[] = [
    message("1a393c8e", "developer", "You are a coding agent running in the Codex CLI."),
    message("01a21424", "user", "<environment_context>\n  <cwd>/work</cwd>\n</environment_context>"),
    message("01a21425", "user", asksFor("exec_command")),
  ];
  const ask = (items: Loose[]) => streamOf("/codex/v1/responses", body(items), HEADERS);

  test("go a round with a tool, without those that the provider does not have, which is told", async () => {
    const first = await ask(input);
    const items = first.flatMap(({ type, item }) => (type === "response.output_item.done" ? [item] : []));
    const call = items.find(({ type }) => type === "function_call");
    expect(call).toMatchObject({ name: "exec_command", arguments: '{"command":"ls"}' });
    const result = { type: "function_call_output", id: "fco_1", call_id: call.call_id, output: "README.md" };
    const { type, response } = (await ask([...input, ...items, result])).at(-1);
    expect(type).toBe("response.completed");
    const said = response.output.flatMap((item: Loose) => (item.type === "message" ? item.content : []));
    expect(said.map(({ text }: Loose) => text).join("")).toContain("README.md");
    const { dropped } = response.provider_metadata.gateway;
    // Of its models this one does not think.
    const untold = model === "openai/gpt-4o" ? ["reasoning"] : undefined;
    if (gateway.row(response.id)!.mode === "relay") expect(dropped).toEqual(untold);
    else expect(dropped).toEqual(expect.arrayContaining(["namespace", "web_search", "client_metadata"]));
  });
});

test("a tool of the provider's that is all there is, or that must be called, is not left out", async () => {
  const own = { type: "function", name: "f", parameters: { type: "object" } };
  const search = { type: "web_search" };
  const ask = { model: "anthropic/claude-sonnet-4.5", input: "News?" };
  for (const more of [
    { tools: [search] },
    { tools: [own, search], tool_choice: "required" },
    { tools: [own, search], tool_choice: { type: "web_search" } },
    { tools: [own, search], providerOptions: { gateway: { strict: true } } },
  ]) {
    const reply = await gateway.post("/v1/responses", { ...ask, ...more });
    expect(reply.status).toBe(400);
    const { error } = await jsonOf(reply);
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain("web_search");
  }
  expect(gateway.simulator.requests).toHaveLength(0);
});
