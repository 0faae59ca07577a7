import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type { ByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { awsEvent } from "../../src/wires/fixtures/aws-frame.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Judge, judgesAt } from "../support/judges.ts";
import { modelAt, type Played, type Stage, startStage } from "../support/played.ts";
import { hear, hearBreak, openCuts } from "../support/trial.ts";
import { decodeAnswer, decodeStream, type Fixture, fixtures, framesOf, outcome } from "../support/wire-fixtures.ts";
import { failure } from "./client.ts";

/** Every fixture of every wire through a running gateway to the vendors' own clients, each at its door: whole, streamed, and cut. */

const FIXTURES = fixtures().filter(({ wire }) => wire.outbound !== undefined && wire.operation === "generate");
const DOORS = ["openai-chat", "openai-responses", "anthropic-messages"] as const;

/** What an operator has to say of providers that answer so: their answers are no news to OpenAI's client. */
const QUIRKS: Record<string, readonly Quirk[]> = { "19-content-is-a-list-of-parts": ["content-list"] };

/** What a vendor's helper does not take from the provider itself either: relayed, it is the provider's to the byte. */
const NOT_FOR_HELPERS: Record<string, string> = {
  "openai-responses an-item-nobody-knows": "OpenAI's helper throws over every event that it does not know",
  "openai-responses thinking-in-the-open": "the words of a part that was never added",
};
/** And what it puts together otherwise than its provider does. */
const NOT_PUT_TOGETHER: Record<string, string> = {
  "anthropic-messages 07-thinking-first-without-text": "Anthropic's helper keeps the last piece of a signature",
  "anthropic-messages hostile-usage": "the usage of the start is the provider's",
};

/** A fixture in one of its forms, and what it says. */
interface Trial {
  readonly title: string;
  readonly fixture: Fixture;
  readonly place: number;
  readonly streamed: boolean;
  readonly said: ReturnType<typeof outcome>;
}

const played: Played[] = [];
const trials: Trial[] = [];
const cuts: { title: string; place: number; fixture: Fixture }[] = [];

function play(fixture: Fixture, stream: boolean, bytes: string, quirk?: Quirk): number {
  const quirks = new Set([...(QUIRKS[fixture.name] ?? []), ...(quirk === undefined ? [] : [quirk])]);
  return played.push({ wire: fixture.wire, quirks, stream, status: 200, bytes }) - 1;
}

/** An answer of Claude's as Bedrock streams it: Anthropic's events in AWS's frames. */
function hostedFrames({ wire, stream }: Fixture): ByteText[] | undefined {
  if (wire.name !== "anthropic-messages") return undefined;
  return framesOf([stream!]).map(({ data }) => awsEvent("chunk", { bytes: Buffer.from(data).toString("base64") }));
}

for (const fixture of FIXTURES) {
  const title = `${fixture.wire.name}: ${fixture.name}`;
  const outbound = fixture.wire.outbound!;
  if (fixture.stream !== undefined) {
    const said = outcome(decodeStream(outbound, fixture.stream));
    trials.push({
      title: `${title}, streamed`,
      fixture,
      place: play(fixture, true, fixture.stream),
      streamed: true,
      said,
    });
    const frames = hostedFrames(fixture);
    if (frames !== undefined) {
      const place = play(fixture, true, frames.join(""), "invoke-model");
      trials.push({ title: `${title}, streamed by a cloud`, fixture, place, streamed: true, said });
      const half = frames.slice(0, frames.length / 2).join("");
      if (!(said instanceof GatewayError))
        cuts.push({ title: `${title}, cut by a cloud`, fixture, place: play(fixture, true, half, "invoke-model") });
    }
    for (const cut of said instanceof GatewayError ? [] : openCuts(fixture.wire, fixture.stream))
      cuts.push({
        title: `${title}, cut at ${cut}`,
        fixture,
        place: play(fixture, true, fixture.stream.slice(0, cut)),
      });
  }
  if (fixture.answer !== undefined) {
    const said = outcome(decodeAnswer(outbound, fixture.answer));
    trials.push({
      title: `${title}, whole`,
      fixture,
      place: play(fixture, false, fixture.bytes!),
      streamed: false,
      said,
    });
  }
}

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

const judgeAt = (door: string) => judges.find((judge) => judge.door === door)!;
/** What the client asked for, where that matters; only its own door has words for it. */
const askedAt = (door: string, { wire, ask }: Fixture): JsonObject => (wire.name === door ? ask.body : {});

describe.each(DOORS)("the client of %s", (door) => {
  const owned = (list: Record<string, string>, { wire, name }: Fixture) =>
    wire.name === door && `${door} ${name}` in list;
  const clean = trials.filter(
    ({ said, fixture, streamed }) => !(said instanceof GatewayError) && !(streamed && owned(NOT_FOR_HELPERS, fixture)),
  );
  const broken = trials.filter(({ said }) => said instanceof GatewayError);

  test.each(clean.map((trial) => [trial.title, trial] as const))("hears what is said: %s", async (_, trial) => {
    const { fixture, place, streamed, said } = trial;
    if (said instanceof GatewayError) throw said;
    await hear(gateway, judgeAt(door), modelAt(place), said, streamed, askedAt(door, fixture));
  });

  const pairs = clean.flatMap((trial) => {
    const other = clean.find((one) => one.fixture === trial.fixture && !one.streamed);
    if (!trial.streamed || other === undefined || owned(NOT_PUT_TOGETHER, trial.fixture)) return [];
    return [[trial.title, trial, other] as const];
  });
  test.each(pairs)("makes of the pieces what the whole is: %s", async (_, streamed, whole) => {
    const asked = askedAt(door, streamed.fixture);
    const pieces = await judgeAt(door).ask(modelAt(streamed.place), true, asked);
    const plain = await judgeAt(door).ask(modelAt(whole.place), false, asked);
    expect(pieces.said).toEqual(plain.said);
  });

  test.each(broken.map((trial) => [trial.title, trial] as const))("throws over it: %s", async (_, trial) => {
    const { fixture, place, streamed, said } = trial;
    const { row, thrown } = await hearBreak(gateway, judgeAt(door), modelAt(place), streamed, askedAt(door, fixture));
    const { code } = said as GatewayError;
    expect(row.error).toBe(code);
    expect(JSON.stringify(thrown.error)).toContain(`"code":"${code}"`);
  });

  const broad = cuts.filter(({ fixture }) => !owned(NOT_FOR_HELPERS, fixture));
  test.each(broad.map((cut) => [cut.title, cut] as const))("throws where it breaks off: %s", async (_, cut) => {
    await hearBreak(gateway, judgeAt(door), modelAt(cut.place), true, askedAt(door, cut.fixture));
  });
});

test("what OpenAI's helper throws over, it throws over without a gateway between as well; whoever reads the events gets them all", async () => {
  const url = (stage.providers["openai-responses"] as { base_url: string }).base_url;
  const direct = new OpenAI({ apiKey: "none", baseURL: url, maxRetries: 0 });
  const between = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  for (const title of Object.keys(NOT_FOR_HELPERS)) {
    const { place } = trials.find(
      ({ fixture, streamed }) => streamed && title === `${fixture.wire.name} ${fixture.name}`,
    )!;
    const message = async (client: OpenAI, model: string) => {
      const error = await failure(client.responses.stream({ model, input: "Hi" }).finalResponse(), Error);
      return error.message;
    };
    expect(await message(between, modelAt(place))).toBe(await message(direct, String(place)));
    const types: string[] = [];
    for await (const { type } of await between.responses.create({ model: modelAt(place), input: "Hi", stream: true }))
      types.push(type);
    expect(types.at(-1)).toBe("response.completed");
  }
});
