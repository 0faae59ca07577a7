import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { Finish, WireName } from "../../src/core/event.ts";
import type { Message } from "../../src/core/message.ts";
import type { Part } from "../../src/core/request.ts";
import { ALONE, METERS, type Meter, type Usage } from "../../src/core/usage.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { essenceIn } from "../../test/support/essence.ts";
import { decodeAnswer, decodeStream, messageOf, outcome, tell } from "../../test/support/wire-fixtures.ts";
import { eventsOf } from "./support/answers.ts";
import { answered, CONVERSE, isThere, RESPONSES, titled } from "./support/exchanges.ts";

/** Every recorded answer, told in every door's wire and read back: text, thinking with its proofs, calls, the end and the usage are what they were. */

const DOORS = (["openai-chat", "openai-responses", "anthropic-messages"] as const).map(wireNamed);

const ALL = [...answered, ...[...RESPONSES, ...CONVERSE].filter(({ status }) => status === 200)];

/** Words for an end that a wire has not, and what its clients read instead. A row that nothing needs fails. */
const ENDS: Partial<Record<WireName, Partial<Record<Finish, Finish>>>> = {
  "openai-chat": { other: "stop" },
  "openai-responses": { other: "stop" },
  "anthropic-messages": { "content-filter": "refusal", other: "stop" },
};

/** Counts that a wire has no place for. A row that nothing needs fails. */
const UNCOUNTED: Partial<Record<WireName, readonly Meter[]>> = {
  "openai-chat": ["searches"],
  "openai-responses": ["audio_input", "image_output", "audio_output", "searches"],
  "anthropic-messages": ["audio_input", "image_output", "audio_output"],
};

const APART: ReadonlySet<Meter> = new Set<Meter>(ALONE);

const needed = new Set<string>();

function endIn({ name }: Wire, { finish, parts }: Message): Finish {
  const has = (kind: string) => parts.some((part) => part.kind === kind && (kind === "refusal" || isClients(part)));
  // Where the model refused by what it said, Anthropic's clients look for it in the reason to stop.
  if (name === "anthropic-messages" && finish === "stop" && has("refusal")) return "refusal";
  // And where calls are left open, the Responses API has no other word for the end.
  if (name === "openai-responses" && finish === "stop" && has("tool-call")) return "tool-calls";
  const told = ENDS[name]?.[finish];
  if (told !== undefined) needed.add(`${name} ${finish}`);
  return told ?? finish;
}

const isClients = (part: Part) => part.kind === "tool-call" && part.by === "client";

/** What was written to the cache for an hour is told as written where there is one count. */
function usageIn({ name }: Wire, usage: Usage): Usage {
  const told: Usage = {};
  for (const meter of METERS) {
    const units = usage[meter];
    // What a provider's own tools did no format has a count for, but for searches.
    if (units === undefined || (APART.has(meter) && meter !== "searches")) continue;
    if (UNCOUNTED[name]?.includes(meter)) needed.add(`${name} ${meter}`);
    else if (meter === "cache_write_1h" && name !== "anthropic-messages")
      told.cache_write_5m = (usage.cache_write_5m ?? 0) + units;
    else told[meter] = units;
  }
  return told;
}

for (const door of DOORS) {
  describe(`by ${door.name}`, () => {
    test.each(titled(ALL))("%s", (_, one) => {
      const events = eventsOf(one);
      const message = outcome(events);
      if (message instanceof GatewayError) {
        // An error is the last that the client reads, never an end.
        const last = decodeStream(door.outbound!, utf8ByteText(tell(door.inbound!, events))).at(-1);
        expect(last?.type).toBe("error");
        return;
      }
      const closing = { ...CLOSING, usage: message.usage };
      const streamed = messageOf(decodeStream(door.outbound!, utf8ByteText(tell(door.inbound!, events, closing))));
      const reply = door.inbound!.transcode!.encodeReply(message, STAMP, closing);
      const whole = messageOf(decodeAnswer(door.outbound!, reply));
      for (const back of [streamed, whole]) {
        expect(essenceIn(door, back)).toEqual(essenceIn(door, message));
        expect(back.finish).toBe(endIn(door, message));
        expect(back.usage).toMatchObject(usageIn(door, message.usage ?? {}));
      }
    });
  });
}

if (isThere) {
  test("no row of the two lists is there for nothing", () => {
    const rows = DOORS.flatMap(({ name }) =>
      [...Object.keys(ENDS[name] ?? {}), ...(UNCOUNTED[name] ?? [])].map((word) => `${name} ${word}`),
    );
    expect(rows.filter((row) => !needed.has(row))).toEqual([]);
  });
}
