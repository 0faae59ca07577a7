import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose } from "./client.ts";
import { anthropicAt, say } from "./messages-client.ts";

/** What the vendors' clients do beyond one request, by way of every wire that a provider speaks: tool runners, schemas, streamed conversations. */

let gateway: RunningGateway;
let openai: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  gateway = await startGateway({ config: { simulate: "always" } });
  openai = clientOf(gateway, { maxRetries: 0 });
  anthropic = anthropicAt(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());

/** Every wire, by who speaks it, and what makes the door choose it. */
const WIRES = [
  ["openai-chat", "openai", "openai/gpt-4o", {}],
  ["openai-responses", "openai", "openai/gpt-5", { reasoning: { effort: "low" } }],
  ["anthropic-messages", "anthropic", "anthropic/claude-sonnet-4.5", {}],
  ["gemini-generate", "google", "google/gemini-3.5-flash", {}],
  ["bedrock-converse", "bedrock", "anthropic/claude-sonnet-4.5", {}],
] as const;

const PARTY = z.object({ name: z.string(), guests: z.array(z.string()) });

describe.each(WIRES)("by way of %s, %s", (_, provider, model, more) => {
  const only = { providerOptions: { gateway: { only: [provider] } } };
  const chat = (content: string): Loose => ({ ...ask(model, content), ...only, ...more });
  const messages = (content: string): Loose => ({ ...say(model, content), ...only });
  const weather = (cities: string[]) => (input: { city: string }) => {
    cities.push(input.city);
    return `${cities.length * 10} degrees`;
  };

  test.each([false, true])(
    "OpenAI's tool runner goes round until there is an answer (streamed: %p)",
    async (stream) => {
      const cities: string[] = [];
      const parameters = z.object({ city: z.string() });
      const tool = zodFunction({ name: "get_weather", parameters, function: weather(cities) });
      const request = { ...chat("[sim rounds=2 every=0] Use get_weather"), tools: [tool] };
      const runner = stream
        ? openai.chat.completions.runTools({ ...request, stream: true })
        : openai.chat.completions.runTools(request);
      expect(await runner.finalContent()).toContain("20 degrees");
      expect(cities).toHaveLength(2);
    },
  );

  test.each([false, true])("Anthropic's tool runner does too (streamed: %p)", async (stream) => {
    const cities: string[] = [];
    const inputSchema = z.object({ city: z.string() });
    const tool = betaZodTool({ name: "get_weather", description: "Weather", inputSchema, run: weather(cities) });
    const request = { ...messages("[sim rounds=2 every=0] Use get_weather"), tools: [tool], stream };
    const final: Loose = await anthropic.beta.messages.toolRunner(request);
    const text = final.content.map((block: Loose) => block.text ?? "").join("");
    expect(text).toContain("20 degrees");
    expect(cities).toHaveLength(2);
  });

  test("who wants a thread and nothing else hears that there is none", async () => {
    const thread = anthropic.beta.messages.thread(messages("Hello"));
    const error = await failure(thread.send({ role: "user", content: "Hello" }), Anthropic.BadRequestError);
    expect([error.errorCode, error.type]).toEqual(["thread_unsupported_request", "invalid_request_error"]);
  });

  test("the streams of Responses go round by hand, items sent back as they came", async () => {
    const tool = { type: "function", name: "get_weather", strict: false } as const;
    const tools: Loose[] = [{ ...tool, parameters: { type: "object", properties: { city: { type: "string" } } } }];
    const input: Loose[] = [{ role: "user", content: "[sim rounds=2 every=0] Use get_weather" }];
    const rounds: number[] = [];
    for (let round = 0; round < 4; round++) {
      const request = { model, input, tools, store: false, ...only, ...more };
      const { output, output_text } = await openai.responses.stream(request as Loose).finalResponse();
      const calls = output.filter((item) => item.type === "function_call");
      input.push(...output);
      for (const { call_id } of calls) input.push({ type: "function_call_output", call_id, output: "20 degrees" });
      rounds.push(calls.length);
      if (calls.length === 0) expect(output_text).toContain("20 degrees");
      if (calls.length === 0) break;
    }
    expect(rounds).toEqual([1, 1, 0]);
  });

  test("every client gets the object that it has a schema for, and the pieces of it", async () => {
    const whole = await openai.chat.completions.parse({
      ...chat("Who comes?"),
      response_format: zodResponseFormat(PARTY, "party"),
    });
    const stream = openai.chat.completions.stream({
      ...chat("[sim every=0] Who comes?"),
      response_format: zodResponseFormat(PARTY, "party"),
    });
    const partial: unknown[] = [];
    stream.on("content.delta", ({ parsed }) => partial.push(parsed));
    const streamed = await stream.finalChatCompletion();
    const text = { format: zodTextFormat(PARTY, "party") };
    const response = await openai.responses.parse({ model, input: "Who comes?", text, ...only, ...more } as Loose);
    const request = { ...messages("[sim every=0] Who comes?"), output_config: { format: zodOutputFormat(PARTY) } };
    const message = await anthropic.messages.parse(request);
    const final: Loose = await anthropic.messages.stream(request).finalMessage();
    for (const parsed of [
      whole.choices[0]!.message.parsed,
      streamed.choices[0]!.message.parsed,
      (response as Loose).output_parsed,
      message.parsed_output,
      final.parsed_output,
    ])
      expect(PARTY.safeParse(parsed).success).toBe(true);
    expect(partial.at(-1)).toEqual(streamed.choices[0]!.message.parsed);
  });

  test("the words come one by one, and the helpers' events tell them all", async () => {
    const told: string[] = [];
    const stream = openai.chat.completions.stream(chat('[sim say="The gate is open." every=0]'));
    stream.on("content", (delta) => told.push(delta));
    expect(await stream.finalContent()).toBe("The gate is open.");
    expect(told.join("")).toBe("The gate is open.");
    const spoken: string[] = [];
    const speech = anthropic.messages.stream(messages('[sim say="The gate is open." every=0]'));
    speech.on("text", (delta) => spoken.push(delta));
    expect(await speech.finalText()).toBe("The gate is open.");
    expect(spoken.join("")).toBe("The gate is open.");
  });
});
