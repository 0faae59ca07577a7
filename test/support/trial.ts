import { expect } from "bun:test";
import type { ByteText } from "../../src/core/byte-text.ts";
import type { Finish, WireName } from "../../src/core/event.ts";
import type { Message } from "../../src/core/message.ts";
import type { Wire } from "../../src/wires/wire.ts";
import type { RunningGateway } from "./gateway.ts";
import type { Door, Heard, Judge } from "./judges.ts";
import { RULES } from "./rules.ts";

/** How each door says why an answer ended. */
const FINISHES: Record<Door, Record<Finish, string>> = {
  "openai-chat": {
    stop: "stop",
    length: "length",
    "tool-calls": "tool_calls",
    "content-filter": "content_filter",
    refusal: "content_filter",
    pause: "stop",
    error: "stop",
    other: "stop",
  },
  "openai-responses": {
    stop: "completed",
    length: "max_output_tokens",
    "tool-calls": "completed",
    "content-filter": "content_filter",
    refusal: "content_filter",
    pause: "completed",
    error: "completed",
    other: "completed",
  },
  "anthropic-messages": {
    stop: "end_turn",
    length: "max_tokens",
    "tool-calls": "tool_use",
    "content-filter": "refusal",
    refusal: "refusal",
    pause: "pause_turn",
    error: "end_turn",
    other: "end_turn",
  },
};

/** What a provider said, as a client at this door can hear it. */
function audible(door: Door, { parts, finish, stopSequence }: Message) {
  const words = (kind: string) =>
    parts.flatMap((part) => (part.kind === kind && "text" in part ? [part.text] : [])).join("");
  const calls = parts.flatMap((part) => (part.kind === "tool-call" && part.by === "client" ? [part] : []));
  const refusal = words("refusal");
  const said = {
    text: words("text"),
    refusal,
    reasoning: words("reasoning"),
    calls: calls.map(({ call, name, arguments: args }) => ({ id: call, name, args })),
    finish: FINISHES[door][finish],
  };
  if (door !== "anthropic-messages") return said;
  // No refusals but by the reason to stop, and arguments are objects.
  const refused = finish === "stop" && parts.some(({ kind }) => kind === "refusal");
  const stopped = finish === "stop" && stopSequence !== undefined ? "stop_sequence" : said.finish;
  return {
    ...said,
    text: said.text + refusal,
    refusal: "",
    calls: calls.map(({ call, name, arguments: args, format }) => ({ id: call, name, args: inObject(args, format) })),
    finish: refused ? "refusal" : stopped,
  };
}

function inObject(args: string, format: "json" | "text"): string {
  return JSON.stringify(format === "text" ? { input: args } : JSON.parse(args));
}

/** A client at this door asks for an answer that ends well, and hears what the provider says; the reply keeps the rules of its format. */
export async function hear(
  gateway: RunningGateway,
  judge: Judge,
  model: string,
  said: Message,
  streamed: boolean,
  more?: object,
): Promise<Heard> {
  const heard = await judge.ask(model, streamed, more);
  const row = gateway.row(heard.id);
  if (row === undefined) throw new Error(`the ledger has no ${heard.id}`);
  const relayed = row.mode === "relay";
  const { finish, ...words } = audible(judge.door, said);
  // Relayed, a call has no id or arguments where its provider gave none.
  const calls = heard.calls.map(({ id, name, args }, place) =>
    relayed ? { id: id || words.calls[place]?.id, name, args: args || "{}" } : { id, name, args },
  );
  expect({ ...heard, calls }).toMatchObject({ ...words, model });
  // A relayed answer keeps its provider's word.
  if (!relayed) expect(heard.finish).toBe(finish);
  expect(row).toMatchObject({ error: null, finish: said.finish, streamed });
  // What a relayed stream begins with is what its provider knew then, sense or not.
  if (Number.isSafeInteger(heard.input)) expect(heard.input).toBe(row.input!);
  else expect(relayed && row.estimated).toBe(true);
  expect(heard.output).toBe(row.output!);
  if (said.usage?.input !== undefined)
    expect({ input: row.input, output: row.output }).toMatchObject({
      input: said.usage.input,
      ...(said.usage.output === undefined ? {} : { output: said.usage.output }),
    });
  const rules = RULES[judge.door];
  if (streamed) (relayed ? rules.relayed : rules.stream)(heard.raw);
  else if (!relayed) rules.whole(heard.raw);
  return heard;
}

/** What stands in the last frame that a complete answer needs. */
const END_MARK: Partial<Record<WireName, RegExp>> = {
  "openai-chat": /"finish_reason":\s*"/,
  "openai-responses": /"type":\s*"response\.(completed|incomplete)"/,
  "anthropic-messages": /"message_stop"|"type":\s*"message",/,
  "bedrock-converse": /"stopReason":/,
  "gemini-generate": /"(finishReason|blockReason)":/,
};

/** Places at which a stream that ends well has not said yet how it ends: early, in the middle, and just before. */
export function openCuts({ name }: Wire, stream: ByteText): number[] {
  const end = stream.search(END_MARK[name]!);
  if (end < 0) throw new Error(`the end of this stream of ${name} is not seen`);
  return [...new Set([0.3, 0.6, 0.85, 1].map((share) => Math.floor(end * share)))].filter((cut) => cut > 0);
}

/** A client at this door asks for an answer that breaks: its own class of errors is what it gets, and the reply never says that all is well. */
export async function hearBreak(
  gateway: RunningGateway,
  judge: Judge,
  model: string,
  streamed: boolean,
  more?: object,
) {
  const thrown = await judge.ask(model, streamed, more).then(
    (heard) => new Error(`a clean end: ${heard.raw.slice(-400)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof judge.Failure)) throw thrown;
  const raw = judge.last();
  if (raw.startsWith("{")) {
    expect(thrown.status).toBeGreaterThanOrEqual(400);
  } else RULES[judge.door].broken(raw);
  const id = /"generationId":"(gen_\w+)"|"request_id":"(gen_\w+)"/.exec(raw)!;
  const row = gateway.row(id[1] ?? id[2]!);
  if (row === undefined) throw new Error("the ledger has no row of it");
  expect(row.error).toBeString();
  return { thrown, row, raw };
}
