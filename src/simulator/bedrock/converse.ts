import type { Answer, EventStream } from "../answer.ts";
import { redact, signThought } from "../anthropic/signature.ts";
import { converseToolId } from "../chance.ts";
import { type Json, type JsonObject, listOf, parseJson } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { type Call, compose, type Finish, outputTokens, type Speech } from "../speech.ts";
import { pieces } from "../tokens.ts";
import { beginning, eventFrame } from "./frames.ts";
import { inputTokens, readPrompt } from "./prompt.ts";

/** What Bedrock answers to a conversation. */
export function answerConverse(body: JsonObject, scenario: Scenario): Answer {
  const speech = compose(readPrompt(body), scenario);
  const calls = speech.calls.map((call) => ({ call, id: converseToolId() }));
  const read = scenario.cached ?? 0;
  const written = scenario["cache-write"] ?? 0;
  const fresh = inputTokens(body);
  const output = outputTokens(speech);
  const usage: JsonObject = {
    inputTokens: fresh,
    outputTokens: output,
    totalTokens: fresh + read + written + output,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
  };
  const told: Told = {
    speech,
    calls,
    scenario,
    stopReason: FINISHES[speech.finish] ?? speech.finish,
    stopped: speech.sequence !== null && listOf(body.additionalModelResponseFieldPaths).includes("/stop_sequence"),
    facts: { ...(scenario["no-usage"] ? {} : { usage }), metrics: { latencyMs: 321 } },
  };
  return {
    streamed: body.stream === true,
    pieces: speech.text?.count ?? calls.length,
    promptTokens: fresh + read + written,
    plain: () => JSON.stringify(whole(told)),
    stream: () => new ConverseStream(told),
  };
}

const FINISHES: Partial<Record<Finish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  sequence: "stop_sequence",
  refusal: "content_filtered",
  filter: "guardrail_intervened",
};

interface Told {
  speech: Speech;
  calls: readonly { call: Call; id: string }[];
  scenario: Scenario;
  stopReason: string;
  /** The sequence that stopped it is told: that was asked for. */
  stopped: boolean;
  facts: JsonObject;
}

function stopOf({ speech, stopReason, stopped }: Told): JsonObject {
  const fields = { additionalModelResponseFields: { stop_sequence: speech.sequence } };
  return { stopReason, ...(stopped ? fields : {}) };
}

function whole(told: Told): JsonObject {
  const { speech, calls, scenario, facts } = told;
  const content: JsonObject[] = [];
  const thought = speech.thought?.toString();
  if (thought !== undefined) {
    const reasoningText = { text: thought, signature: signThought(thought) };
    content.push({ reasoningContent: scenario.redacted ? withheld(thought) : { reasoningText } });
  }
  if (speech.text !== null) content.push({ text: speech.text.toString() });
  for (const { call, id } of calls) {
    const input: Json = parseJson(call.input) ?? call.input;
    content.push({ toolUse: { toolUseId: id, name: call.name, input } });
  }
  return { output: { message: { role: "assistant", content } }, ...stopOf(told), ...facts };
}

/** An answer in frames. Text and thinking begin without a word. */
class ConverseStream implements EventStream {
  readonly opening = eventFrame("messageStart", { role: "assistant" });
  /** Longer than anything that is still an event. */
  readonly unfinished = beginning(0x00ffffff);
  private readonly told: Told;
  private index = 0;
  /** Frames that wait for the next piece of content, to go out with it. */
  private before = "";

  constructor(told: Told) {
    this.told = told;
  }

  *content(): Generator<string, void> {
    const { speech, calls, scenario } = this.told;
    const { thought, text } = speech;
    if (thought !== null && scenario.redacted) {
      yield this.with(this.delta({ reasoningContent: withheld(thought.toString()) }));
      this.stop();
    } else if (thought !== null) {
      for (const piece of thought) yield this.with(this.delta({ reasoningContent: { text: piece } }));
      this.before += this.delta({ reasoningContent: { signature: signThought(thought.toString()) } });
      this.stop();
    }
    if (text !== null) {
      for (const piece of text) yield this.with(this.delta({ text: piece }));
      this.stop();
    }
    for (const { call, id } of calls) {
      const start = { toolUse: { toolUseId: id, name: call.name } };
      this.before += eventFrame("contentBlockStart", { contentBlockIndex: this.index, start });
      for (const input of pieces(call.input)) yield this.with(this.delta({ toolUse: { input } }));
      this.stop();
    }
  }

  closing(): string {
    return this.before + eventFrame("messageStop", stopOf(this.told)) + eventFrame("metadata", this.told.facts);
  }

  private with(frame: string): string {
    const frames = this.before + frame;
    this.before = "";
    return frames;
  }

  private delta(delta: JsonObject): string {
    return eventFrame("contentBlockDelta", { contentBlockIndex: this.index, delta });
  }

  private stop(): void {
    this.before += eventFrame("contentBlockStop", { contentBlockIndex: this.index++ });
  }
}

function withheld(thought: string): JsonObject {
  return { redactedContent: Buffer.from(redact(thought)).toString("base64") };
}
