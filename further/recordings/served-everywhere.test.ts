import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ERRORS, GatewayError } from "../../src/core/error.ts";
import type { Event } from "../../src/core/event.ts";
import { fold } from "../../src/core/message.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { leftOut } from "../../src/wires/left-out.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { type Judge, judgesAt } from "../../test/support/judges.ts";
import { modelAt, type Stage, startStage } from "../../test/support/played.ts";
import { hear, hearBreak, openCuts } from "../../test/support/trial.ts";
import { answerOf, eventsOf } from "./support/answers.ts";
import { CONVERSE, choicesOf, EXCHANGES, type Exchange, isThere, RESPONSES } from "./support/exchanges.ts";

/** Every recorded answer at every door, through a running gateway to the vendors' own clients: as it was recorded, and cut. */

const DOORS = ["openai-chat", "openai-responses", "anthropic-messages"] as const;
const ALL = [...EXCHANGES, ...RESPONSES, ...CONVERSE].filter(({ wire }) => wire.operation === "generate");

const played = ALL.map(({ wire, quirks, stream, status, bytes }) => ({ wire, quirks, stream, status, bytes }));
const places = new Map(ALL.map((one, place) => [one, place]));
const answered = ALL.filter(({ status }) => status === 200);
const said = new Map(answered.map((one) => [one, answerOf(one)]));
const clean = answered.flatMap((one) => {
  const message = said.get(one);
  return message instanceof GatewayError || message === undefined ? [] : [[one.name, one, message] as const];
});
const broken = answered.filter((one) => said.get(one) instanceof GatewayError);
const cuts = clean.flatMap(([name, one]) =>
  one.stream
    ? openCuts(one.wire, one.bytes).map((cut) => {
        const place = played.push({ ...one, bytes: one.bytes.slice(0, cut) }) - 1;
        return [`${name}, cut at ${cut}`, one, place] as const;
      })
    : [],
);

let stage: Stage;
let gateway: RunningGateway;
let judges: Judge[];
beforeAll(async () => {
  stage = startStage(played);
  gateway = await startGateway({ config: { providers: stage.providers } });
  judges = judgesAt(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await stage.stop();
});

const modelOf = (one: Exchange) => modelAt(places.get(one)!);
/** Only one door has a word for several answers at once. */
const askedAt = (door: string, one: Exchange) =>
  door === "openai-chat" && one.wire.name === door && choicesOf(one) > 1 ? { n: choicesOf(one) } : {};

if (isThere) {
  test("there is enough to judge", () => {
    expect(clean.length).toBeGreaterThan(900);
    expect(cuts.length).toBeGreaterThan(1000);
  });
}

describe.each(DOORS)("the client of %s", (door) => {
  const judge = () => judges.find((each) => each.door === door)!;
  const { encodeReply, says } = wireNamed(door).inbound!.transcode!;
  /** The same answer as a whole reply, without what this door has no words for. */
  const wholeOf = (one: Exchange) => {
    const isTold = (event: Event) => event.type !== "block-delta" || leftOut(event, door, says) === undefined;
    return JSON.stringify(encodeReply(fold(eventsOf(one).filter(isTold)), STAMP, CLOSING));
  };

  test.each(clean)("hears what is said: %s", async (_, one, message) => {
    const heard = await hear(gateway, judge(), modelOf(one), message, one.stream, askedAt(door, one));
    if (!one.stream || gateway.row(heard.id)!.mode === "relay") return;
    // Put together of its pieces, an answer is what it would have been as a whole.
    const whole = await judge().read(wholeOf(one));
    expect({ ...heard.said, usage: undefined }).toEqual({ ...whole.said, usage: undefined });
  });

  test.each(broken.map((one) => [one.name, one] as const))("throws over it: %s", async (_, one) => {
    const { code } = said.get(one) as GatewayError;
    const { row } = await hearBreak(gateway, judge(), modelOf(one), one.stream, askedAt(door, one));
    expect(row.error).toBe(code);
  });

  test.each(cuts)("throws where it breaks off: %s", async (_, one, place) => {
    await hearBreak(gateway, judge(), modelAt(place), true, askedAt(door, one));
  });

  const refused = ALL.filter(({ status }) => status >= 400);
  test.each(refused.map((one) => [one.name, one] as const))("is told the refusal as what it is: %s", async (_, one) => {
    const { code } = one.wire.decodeError(one.status, new Headers(one.headers), one.text);
    const { thrown, row } = await hearBreak(gateway, judge(), modelOf(one), one.stream);
    expect([row.error, thrown.status]).toEqual([code, ERRORS[code].status]);
    expect(JSON.stringify(thrown.error)).toContain(`"code":"${code}"`);
  });
});
