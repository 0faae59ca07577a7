import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { relayStream, relayWhole } from "../../test/support/wire-fixtures.ts";
import { type Exchange, isThere, TEXTS, titled } from "./support/exchanges.ts";
import { payloads } from "./support/reading.ts";

/** Completions, moderations and rankings as they were recorded: what was asked can be asked here, and what came is passed on. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const of = (...names: string[]) => TEXTS.filter(({ wire }) => names.includes(wire.name));
const answered = TEXTS.filter(({ status }) => status === 200);
/** What is asked where nobody recorded it. */
const SOMETHING: JsonObject = { prompt: "x", input: "x", query: "x", documents: Array(10).fill("x") };
/** Writer's completions have a format of its own: nobody is asked for them. */
const isTheirs = ({ folder }: Exchange) => folder !== "writer";
/** What the client of such a wire would have sent: in a gateway's names, and in Cohere's words what Voyage calls otherwise. */
const askOf = ({ wire, request = SOMETHING }: Exchange) => {
  const { top_k, truncation: _, ...body } = request as Loose;
  return wire.inbound!.read({ ...body, model: "acme/large", ...(top_k === undefined ? {} : { top_n: top_k }) });
};

if (isThere)
  test("there are some of each", () => {
    expect(of("openai-completions").length).toBeGreaterThan(10);
    expect(of("openai-moderations").length).toBeGreaterThan(2);
    expect(of("cohere-rerank").length).toBeGreaterThan(5);
  });

describe("what was asked can be asked, and arrives as it was", () => {
  test.each(titled(TEXTS.filter(({ wire, request }) => request !== undefined && wire.name !== "cohere-rerank")))(
    "%s",
    (_, one) => {
      const { body } = one.wire.relay!.request(askOf(one), leg());
      const { stream_options: __, ...sent } = body;
      expect(sent).toEqual({ ...one.request, model: "large-2026" });
    },
  );
});

describe("a whole answer", () => {
  const whole = (...names: string[]) => answered.filter((one) => !one.stream && names.includes(one.wire.name));

  test.each(titled(whole("openai-completions", "openai-moderations")))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const { told, readings } = relayWhole(one.wire.relay!, askOf(one), one.bytes);
    const ours = JSON.parse(told);
    expect(ours).toMatchObject({ id: STAMP.id, model: STAMP.model, providerMetadata: CLOSING.metadata });
    const { id, model, usage, ...rest } = theirs;
    expect(ours).toMatchObject(rest);
    expect(readings.upstreamId).toBe(id);
    if (usage !== undefined)
      expect(readings.usage).toMatchObject({ input: usage.prompt_tokens, output: usage.completion_tokens });
  });

  test.each(titled(whole("cohere-rerank")))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const { told, readings } = relayWhole(one.wire.relay!, askOf(one), one.bytes);
    const bare = (results: Loose[]) => results.map(({ index, relevance_score }) => ({ index, relevance_score }));
    expect(JSON.parse(told).results).toEqual(bare(theirs.results ?? theirs.data));
    const paid = theirs.meta?.billed_units?.search_units ?? theirs.usage.total_tokens;
    expect(readings.usage?.search_units ?? readings.usage?.input).toBe(paid);
  });
});

describe("a stream", () => {
  const streams = answered.filter(({ stream }) => stream);

  if (isThere)
    test("in another's format is no answer", () => {
      const [theirs, ...others] = streams.filter((one) => !isTheirs(one));
      expect(others).toEqual([]);
      const { told, readings } = relayStream(theirs!.wire.relay!, askOf(theirs!), theirs!.bytes);
      expect(readings.error?.code).toBe("upstream_truncated");
      expect(told).not.toContain("[DONE]");
    });

  test.each(titled(streams.filter(isTheirs)))("%s", (_, one) => {
    const { told, readings } = relayStream(one.wire.relay!, askOf(one), one.bytes);
    const words = (text: string) =>
      payloads(text)
        .flatMap(({ choices }: Loose) => choices)
        .map(({ text }: Loose) => text)
        .join("");
    expect(words(Buffer.from(told, "latin1").toString())).toBe(words(one.text));
    expect(readings.error).toBeUndefined();
    expect(told).toEndWith("data: [DONE]\n\n");
    const finish = payloads(one.text).flatMap(({ choices }: Loose) => choices[0]?.finish_reason ?? []);
    expect(readings.rawFinish).toBe(finish.at(-1));
  });
});

describe("a refusal", () => {
  test.each(titled(TEXTS.filter(({ status }) => status >= 400)))("%s", (_, one) => {
    const error = one.wire.decodeError(one.status, new Headers(one.headers), one.text);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error.details.upstream?.status).toBe(one.status);
  });
});
