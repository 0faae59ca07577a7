import type { Ask } from "../../src/core/ask.ts";
import { type ByteText, toByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { Readings } from "../../src/core/readings.ts";
import type { Passage, PassageFacts } from "../../src/gateway/passage.ts";
import { relayPassage } from "../../src/gateway/relay.ts";
import { transcodePassage } from "../../src/gateway/transcode.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { WRITTEN_WIRES } from "../../src/wires/index.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { HEAD } from "../support/wire-fixtures.ts";

/** One way through the gateway. */
export interface Way {
  readonly name: string;
  readonly door: Wire;
  /** Whether the provider's bytes go through. */
  readonly relays: boolean;
  /** All that the client gets of a stream whose bytes come in these pieces. */
  readonly run: (pieces: Iterable<ByteText>) => ByteText;
}

export const DOORS: readonly Wire[] = WRITTEN_WIRES.filter((wire) => wire.inbound?.transcode !== undefined);

/** Every way that an answer of this wire can take: told at each door, and as it came where the door speaks it. */
export function waysOf(wire: Wire, quirks: readonly Quirk[] = []): Way[] {
  return DOORS.flatMap((door) => {
    const ask = door.inbound!.read(bodyFor(door), HEAD);
    const told = (): Passage => transcodePassage(facts(ask, wire, quirks), wire.outbound!, door.inbound!.transcode!);
    const relayed = (): Passage => relayPassage(facts(ask, wire, quirks), wire.relay!);
    const way = { name: `told at the door of ${door.name}`, door, relays: false };
    const ways: Way[] = [{ ...way, run: (pieces) => through(told(), pieces) }];
    if (door === wire) ways.push({ name: "relayed", door, relays: true, run: (pieces) => through(relayed(), pieces) });
    return ways;
  });
}

function bodyFor({ name }: Wire): JsonObject {
  const said = [{ role: "user", content: "Hello" }];
  if (name === "ai-sdk-language-model")
    return { prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }] };
  const body = { model: STAMP.model, stream: true };
  if (name === "openai-completions") return { ...body, max_tokens: 100, prompt: "Hello" };
  return name === "openai-responses" ? { ...body, input: said } : { ...body, max_tokens: 100, messages: said };
}

function facts(ask: Ask, wire: Wire, quirks: readonly Quirk[]): PassageFacts {
  return { ask, wire, leg: leg(...quirks), stamp: STAMP, readings: new Readings() };
}

/** Driven as `gateway/live.ts` does: nothing is read behind the end, or behind an error. */
function through(passage: Passage, pieces: Iterable<ByteText>): ByteText {
  const course = passage.stream();
  const { readings } = passage;
  const isOver = () => readings.ended || readings.error !== undefined;
  const told: Uint8Array[] = [];
  try {
    for (const piece of pieces) {
      told.push(course.push(piece));
      if (isOver()) break;
    }
    if (!isOver()) told.push(course.end());
  } catch (thrown) {
    readings.error = GatewayError.from(thrown);
  }
  told.push(Buffer.from(readings.error === undefined ? course.finish(CLOSING) : course.fail(readings.error)));
  return toByteText(Buffer.concat(told));
}
