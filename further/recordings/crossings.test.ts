import { describe, expect, test } from "bun:test";
import { MODELS } from "../../src/catalog/models.ts";
import { GatewayError } from "../../src/core/error.ts";
import { leg } from "../../src/wires/fixtures/facts.ts";
import { ANSWERS, CROSSINGS, type Crossing } from "./support/crossings.ts";
import { Allowances, differences } from "./support/differences.ts";
import { CONVERSE, EXCHANGES, type Exchange, isThere, RESPONSES } from "./support/exchanges.ts";

/**
 * One project recorded the same cases in every vendor's format: the request of one vendor's client comes out as the other's, minus the written
 * list in `support/crossings.ts`. Every case that was recorded in more than one format, every way it can be crossed, plain and streamed.
 */

const PATTERN =
  /lingua--(\w+?)-(?:chat-completions|responses|anthropic|google|(?:vertex|bedrock)-anthropic|bedrock)-(followup-)?response(-streaming)?$/;

const recorded = [...EXCHANGES, ...RESPONSES, ...CONVERSE].flatMap((one) => {
  const [, name, turn = ""] = PATTERN.exec(one.name) ?? [];
  return name === undefined || one.request === undefined ? [] : [{ one, of: `${turn}${name}` }];
});

const pairs = recorded.flatMap(({ one: from, of }) =>
  recorded
    .filter(
      ({ one: to, of: same }) => same === of && to.wire !== from.wire && from.wire.inbound?.transcode !== undefined,
    )
    .map(({ one: to }) => [`${from.name.replace(/^.*--/, "")} → ${to.name}`, { from, to }] as const),
);

const list = new Allowances<Crossing>(CROSSINGS, ANSWERS);

/** Tools that a provider runs by itself have no likeness at another: a case that asks for them is refused, whoever the other is. */
const PROVIDERS_OWN = /--codeInterpreterToolParam-/;

function crossed(from: Exchange, to: Exchange) {
  const { stream: _stream, ...request } = structuredClone(from.request!);
  // The same case was not recorded both plain and streamed everywhere.
  const asked = {
    model: "deployment",
    ...request,
    ...(to.request!.stream === undefined ? {} : { stream: to.request!.stream }),
  };
  const inbound = from.wire.inbound!;
  const decoded = inbound.transcode!.decodeRequest(inbound.read(asked));
  const model = to.request!.model;
  const served = MODELS.find(({ offers }) => offers.some(({ upstream }) => upstream === model));
  const facts = {
    ...leg(...to.quirks, ...(served?.quirks ?? [])),
    provider: to.provider,
    upstreamModel: typeof model === "string" ? model : "us.anthropic.claude-sonnet-4",
  };
  const written = to.wire.outbound!.encodeRequest(decoded, facts);
  return { from, to, asked, body: written.body, dropped: [...(decoded.unsaid ?? []), ...written.dropped] };
}

describe("the same case in another vendor's words is that vendor's own", () => {
  test.each(pairs)("%s", (_, { from, to }) => {
    if (PROVIDERS_OWN.test(from.name)) {
      expect(() => crossed(from, to)).toThrow(GatewayError);
      return;
    }
    const { body, ...crossing } = crossed(from, to);
    list.mustCover(differences(list.rewritten(to.request!, crossing), body), crossing);
  });
});

if (isThere) {
  test("no row of the list is there for nothing", () => list.mustAllBeNeeded());

  test("there is a case for most ways that a request can be crossed", () => {
    const ways = new Set(pairs.map(([, { from, to }]) => `${from.wire.name} → ${to.wire.name}`));
    expect([...ways].sort()).toEqual([
      "anthropic-messages → bedrock-converse",
      "anthropic-messages → gemini-generate",
      "anthropic-messages → openai-chat",
      "anthropic-messages → openai-responses",
      "openai-chat → anthropic-messages",
      "openai-chat → gemini-generate",
      "openai-chat → openai-responses",
      "openai-responses → anthropic-messages",
      "openai-responses → bedrock-converse",
      "openai-responses → gemini-generate",
      "openai-responses → openai-chat",
    ]);
    expect(pairs.length).toBeGreaterThan(60);
  });
}
