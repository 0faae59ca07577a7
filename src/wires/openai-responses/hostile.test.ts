import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { utf8ByteText } from "../../core/byte-text.ts";
import { GatewayError } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, leg, STAMP } from "../fixtures/facts.ts";
import { wireNamed } from "../index.ts";
import { openaiResponses } from "./index.ts";

/** Whatever stands where something else should: a clear error or an answer, never a defect of ours. */

const WRONG: readonly JsonValue[] = [null, 7, -1.5, "x", "", true, [], {}, [null], [[]], { type: 7 }, [{ type: "x" }]];

/** Every copy of this value in which one place holds something else, or nothing. */
function* mutants(value: JsonValue): Generator<JsonValue> {
  if (typeof value !== "object" || value === null) return;
  const places = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const place of places) {
    const at = (inside: JsonValue | undefined): JsonValue => {
      if (Array.isArray(value)) return value.map((one, i) => (i === place ? (inside ?? null) : one));
      return { ...value, [place]: inside };
    };
    yield at(undefined);
    for (const wrong of WRONG) yield at(wrong);
    for (const inside of mutants((value as JsonObject)[place]!)) yield at(inside);
  }
}

/** A body with everything that anyone here acts on. */
const FULL: JsonObject = {
  model: "acme/large",
  instructions: "Be brief.",
  input: [
    { role: "developer", content: "d" },
    {
      role: "user",
      content: [
        { type: "input_text", text: "t" },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" },
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
      ],
    },
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "s" }], encrypted_content: "gAAA" },
    { type: "reasoning", id: "rs_2", summary: [], content: [{ type: "reasoning_text", text: "c" }] },
    { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "o", annotations: [] }] },
    { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "r" }] },
    { role: "user", content: "u" },
  ],
  tools: [{ type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: false }],
  tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] },
  parallel_tool_calls: true,
  reasoning: { effort: "low", summary: "auto" },
  text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: false }, verbosity: "low" },
  max_output_tokens: 2000,
  temperature: 1,
  top_p: 1,
  top_logprobs: 0,
  include: ["reasoning.encrypted_content"],
  store: false,
  metadata: { a: "b" },
  models: ["acme/small"],
  tags: ["t"],
  providerOptions: { gateway: {}, acme: { reasoningEffort: "low", textVerbosity: "high", someThing: 1 } },
};

describe("a request", () => {
  const targets = (
    ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse"] as const
  ).map((name) => wireNamed(name));
  /** Everything that a gateway may do with a body. @returns the wires that it could be written in */
  function taken(body: JsonObject): number {
    const ask = openaiResponses.inbound!.read(body);
    openaiResponses.relay!.request(ask, leg());
    if (ask.needs.length > 0) return 0;
    let written = 0;
    for (const target of targets) {
      try {
        JSON.stringify(target.outbound!.encodeRequest(openaiResponses.inbound!.transcode!.decodeRequest(ask), leg()));
        written++;
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
      }
    }
    return written;
  }

  test("with everything in it is written in every wire", () => expect(taken(FULL)).toBe(targets.length));

  test("with anything at any place is taken, or refused by the path of what is wrong", () => {
    let refused = 0;
    let passed = 0;
    for (const mutant of mutants(FULL)) {
      try {
        taken(mutant as JsonObject);
        passed++;
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        expect(thrown.status).toBeLessThanOrEqual(501);
        expect(thrown.details.param).toBeString();
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(passed).toBeGreaterThan(300);
  });
});

describe("an answer", () => {
  const folder = join(import.meta.dir, "fixtures");
  const files = readdirSync(folder);
  const bodies = files.filter((file) => /^[^.]+\.json$/.test(file));
  const streams = files.filter((file) => /^(?!18)[^.]+\.sse$/.test(file));
  const outbound = openaiResponses.outbound!;
  const ask = openaiResponses.inbound!.read({ model: "acme/large", input: "x" });

  const codeOf = (events: readonly Event[]) => {
    const last = events.at(-1)!;
    return last.type === "error" ? last.error.code : last.type;
  };

  test.each(bodies)("whole, with anything at any place: the decoder and the relay agree (%s)", (file) => {
    const body: JsonObject = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const { output, usage, status, error, incomplete_details, id } = body;
    for (const mutant of mutants({ output, usage, status, error, incomplete_details, id } as JsonObject)) {
      const answer = { model: "m", ...(mutant as JsonObject) };
      const decoded = codeOf([...outbound.decodeAnswer(answer, new Set())]);
      const readings = new Readings();
      let read: string;
      try {
        const close = openaiResponses.relay!.answer(utf8ByteText(JSON.stringify(answer)), ask, STAMP, readings);
        JSON.parse(Buffer.from(close(CLOSING)).toString());
        read = "message-end";
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        read = thrown.code;
      }
      expect([JSON.stringify(mutant), read]).toEqual([JSON.stringify(mutant), decoded]);
    }
  });

  test.each(streams)("in events, with anything at any place of one: never a defect (%s)", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const frames = text.split("\n\n").filter((frame) => frame !== "");
    const data = frames.map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as JsonObject);
    for (const [i, event] of data.entries()) {
      const { response, ...rest } = event;
      const slim = response === undefined ? event : { ...rest, response: slimmed(response as JsonObject) };
      for (const mutant of mutants(slim)) {
        const told = data.map((one, j) => (i === j ? (mutant as JsonObject) : one));
        const stage = outbound.decodeStream(new Set());
        const events: Event[] = told.flatMap((one) => [...stage.push({ data: JSON.stringify(one) })]);
        events.push(...stage.end());
        const ends = events.filter(({ type }) => type === "message-end" || type === "error");
        expect([JSON.stringify(mutant), ends.length]).toEqual([JSON.stringify(mutant), 1]);
        for (const door of ["openai-responses", "openai-chat", "anthropic-messages"] as const) {
          const reply = wireNamed(door).inbound!.transcode!.encodeStream(STAMP);
          for (const one of events) reply.push(one);
          reply.finish(CLOSING);
        }
        const readings = new Readings();
        const relay = openaiResponses.relay!.stream!(ask, STAMP, readings);
        for (const one of told) {
          if (readings.ended || readings.error !== undefined) break;
          relay.push(utf8ByteText(`event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`));
        }
        if (!readings.ended && readings.error === undefined) relay.end();
        const end = readings.error === undefined ? relay.finish(CLOSING) : relay.fail(readings.error);
        expect(end).toEndWith("\n\n");
        expect([JSON.stringify(mutant), readings.error?.code ?? "message-end"]).toEqual([
          JSON.stringify(mutant),
          codeOf(events),
        ]);
      }
    }
  });

  /** Without what nobody reads. */
  function slimmed({ id, model, status, output, usage, error, incomplete_details }: JsonObject): JsonObject {
    return { id, model, status, output, usage, error, incomplete_details };
  }
});
