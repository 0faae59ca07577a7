import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Loose } from "./client.ts";

/** Who thinks, and seals it: a provider of each wire, with a model that it serves. */
export const THINKERS: Readonly<Record<string, string>> = {
  anthropic: "anthropic/claude-sonnet-4.6",
  bedrock: "anthropic/claude-sonnet-4.6",
  openai: "openai/gpt-5",
  azure: "openai/gpt-5",
  xai: "xai/grok-4.3",
  google: "google/gemini-3.5-flash",
  vertex: "google/gemini-3.5-flash",
};

export interface ThinkersUnderTest {
  readonly gateway: RunningGateway;
  /** Stands behind all of them. */
  readonly simulator: Simulator;
  stop(): Promise<void>;
}

export async function startThinkers(): Promise<ThinkersUnderTest> {
  const simulator = startSimulator();
  const providers = Object.keys(THINKERS).map((name) => [
    name,
    { api_key: `sk-${name}`, base_url: `${simulator.url}/${name}` },
  ]);
  const own = Object.fromEntries(providers);
  for (const name of ["openai", "xai"]) own[name].base_url += "/v1";
  const gateway = await startGateway({ config: { providers: own } });
  return {
    gateway,
    simulator,
    async stop() {
      await gateway.stop();
      simulator.stop();
    },
  };
}

/** What a model said in a turn, as a client of this door keeps it. */
export interface Said {
  /** Goes back as it is. */
  readonly turn: Loose[];
  readonly calls: readonly string[];
  readonly text: string;
  /** `provider_metadata.gateway` */
  readonly metadata: Loose;
}

/** A client of one door, speaking by the official SDK, that thinks and calls tools. */
export interface Door {
  readonly name: string;
  /** The history that begins with this. */
  begin(text: string): Loose[];
  results(calls: readonly string[], text: string): Loose[];
  ask(gateway: RunningGateway, history: Loose[], how: { model: string; stream: boolean } & Loose): Promise<Said>;
  /** What a client is told was left out where its seals were. */
  readonly seals: string;
}

const SCHEMA = { type: "object" as const, properties: { city: { type: "string" } } };
const TOOL = "get_weather";

const openaiAt = ({ url }: RunningGateway) => new OpenAI({ apiKey: KEY, baseURL: `${url}/v1`, maxRetries: 0 });

const chat: Door = {
  name: "chat",
  seals: "reasoning_details",
  begin: (text) => [{ role: "user", content: text }],
  results: (calls, content) => calls.map((tool_call_id) => ({ role: "tool", tool_call_id, content })),
  async ask(gateway, messages, { model, stream, ...more }) {
    const request: Loose = {
      model,
      messages,
      max_tokens: 8000,
      tools: [{ type: "function", function: { name: TOOL, parameters: SCHEMA } }],
      reasoning: { effort: "low" },
      ...more,
    };
    const client = openaiAt(gateway);
    let message: Loose;
    if (stream) {
      const details: Loose[] = [];
      const helper = client.chat.completions.stream(request);
      let metadata: Loose;
      helper.on("chunk", ({ choices }: Loose) => {
        details.push(...(choices[0]?.delta.reasoning_details ?? []));
        metadata = choices[0]?.delta.provider_metadata ?? metadata;
      });
      const { role, content, tool_calls } = (await helper.finalChatCompletion()).choices[0]!.message;
      const calls = tool_calls?.map(({ id, type, function: { name, arguments: said } }: Loose) => ({
        id,
        type,
        function: { name, arguments: said },
      }));
      message = { role, content, provider_metadata: metadata };
      if (calls !== undefined && calls.length > 0) message.tool_calls = calls;
      if (details.length > 0) message.reasoning_details = details;
    } else message = (await client.chat.completions.create(request)).choices[0]!.message;
    const { provider_metadata, ...turn } = message;
    return {
      turn: [turn],
      calls: (turn.tool_calls ?? []).map(({ id }: Loose) => id),
      text: turn.content ?? "",
      metadata: provider_metadata.gateway,
    };
  },
};

const messages: Door = {
  name: "messages",
  seals: "thinking",
  begin: (text) => [{ role: "user", content: text }],
  results: (calls, content) => [
    { role: "user", content: calls.map((tool_use_id) => ({ type: "tool_result", tool_use_id, content })) },
  ],
  async ask(gateway, history, { model, stream, ...more }) {
    const client = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 });
    const request: Loose = {
      model,
      messages: history,
      max_tokens: 8000,
      tools: [{ name: TOOL, input_schema: SCHEMA }],
      thinking: { type: "enabled", budget_tokens: 2000 },
      ...more,
    };
    let metadata: Loose;
    let reply: Loose;
    if (stream) {
      const helper = client.messages.stream(request);
      helper.on("streamEvent", (event: Loose) => {
        metadata = event.provider_metadata ?? metadata;
      });
      reply = await helper.finalMessage();
    } else {
      reply = await client.messages.create(request);
      metadata = reply.provider_metadata;
    }
    return {
      turn: [{ role: "assistant", content: reply.content }],
      calls: reply.content.filter(({ type }: Loose) => type === "tool_use").map(({ id }: Loose) => id),
      text: reply.content.map(({ text }: Loose) => text ?? "").join(""),
      metadata: metadata.gateway,
    };
  },
};

const responses: Door = {
  name: "responses",
  seals: "reasoning",
  begin: (text) => [{ role: "user", content: text }],
  results: (calls, output) => calls.map((call_id) => ({ type: "function_call_output", call_id, output })),
  async ask(gateway, input, { model, stream, ...more }) {
    const request: Loose = {
      model,
      input,
      max_output_tokens: 8000,
      tools: [{ type: "function", name: TOOL, parameters: SCHEMA, strict: false }],
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
      ...more,
    };
    const client = openaiAt(gateway);
    let reply: Loose;
    if (stream) {
      const helper = client.responses.stream(request);
      // The helper adds to its own copy what it has parsed.
      helper.on("response.completed", ({ response }: Loose) => {
        reply = structuredClone(response);
        for (const item of reply.output) delete item.parsed_arguments;
      });
      await helper.done();
    } else reply = await client.responses.create(request);
    return {
      turn: reply.output,
      calls: reply.output.filter(({ type }: Loose) => type === "function_call").map(({ call_id }: Loose) => call_id),
      text: reply.output
        .flatMap(({ type, content }: Loose) => (type === "message" ? content.map(({ text }: Loose) => text ?? "") : []))
        .join(""),
      metadata: reply.provider_metadata.gateway,
    };
  },
};

export const DOORS: readonly Door[] = [chat, messages, responses];

/** A history whose seals were changed on their way: signatures, encrypted and redacted thinking. */
export function spoiled(history: Loose[]): Loose[] {
  const spoil = (value: Loose): Loose => {
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== "object" || value === null) return value;
    const sealed = value.type === "redacted_thinking" || value.type === "reasoning.encrypted";
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const isSeal = name === "signature" || name === "encrypted_content" || (sealed && name === "data");
        return [name, isSeal && typeof member === "string" && member !== "" ? changed(member) : spoil(member)];
      }),
    );
  };
  return spoil(history);
}

/** The same seal with another letter in it; one that the gateway wrapped has it inside. */
function changed(seal: string): string {
  const flip = (text: string) => `${text.slice(0, 8)}${text[8] === "A" ? "B" : "A"}${text.slice(9)}`;
  const [, head, rest] = /^(hg1\.[^.]+\.[ser]\.)(.*)$/s.exec(seal) ?? [];
  if (head !== undefined) return head + flip(rest!);
  const [, format, written] = /^hg1\.([^.]*)\.([^.]*)$/.exec(seal) ?? [];
  if (written === undefined) return flip(seal);
  const facts = JSON.parse(Buffer.from(written, "base64url").toString());
  for (const name of ["signature", "encrypted", "redacted"]) if (facts[name]) facts[name] = flip(facts[name]);
  return `hg1.${format}.${Buffer.from(JSON.stringify(facts)).toString("base64url")}`;
}
