import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { relayWhole } from "../../test/support/wire-fixtures.ts";
import { answerOf, relayedText } from "./support/answers.ts";
import { askOf, type Exchange, streams, titled, whole } from "./support/exchanges.ts";
import { payloads } from "./support/reading.ts";

/** What is relayed is the provider's, but for the declared edits. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const relays = ({ wire }: Exchange) => wire.name === "openai-chat";

/** Without what the gateway may change: its own ids, the model, the time, the usage and what it adds. */
function unedited({ id, model, created, usage, generationId, ...rest }: Loose): JsonObject {
  return rest;
}

/** A chunk or an answer without the metadata of the gateway, which stands in its last choice. */
function withoutMetadata(chunk: Loose): Loose {
  const choices = chunk.choices.map(({ delta, message, ...choice }: Loose) => {
    const { provider_metadata: _, ...said } = delta ?? message;
    return { ...choice, said };
  });
  return { ...unedited(chunk), choices };
}

const isUsageAlone = (chunk: Loose) =>
  (chunk.choices ?? []).length === 0 &&
  typeof (chunk.usage ?? null) === "object" &&
  chunk.usage !== null &&
  chunk.usage !== undefined;
const finishOf = (chunk: Loose): string | undefined =>
  chunk.choices?.find((each: Loose) => each.finish_reason)?.finish_reason;
const indexOf = (chunk: Loose) => chunk.choices[0]?.index ?? 0;

describe("a relayed answer is the provider's but for the declared edits", () => {
  test.each(titled(whole.filter(relays)))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const ours = JSON.parse(relayWhole(one.wire.relay!, askOf(one), one.bytes).told);
    expect(withoutMetadata(ours)).toEqual(withoutMetadata(theirs));
    expect(ours).toMatchObject({ id: STAMP.id, model: STAMP.model, generationId: STAMP.id, created: theirs.created });
    expect(ours.choices[0].message.provider_metadata).toEqual(CLOSING.metadata);
    expect(ours.usage.prompt_tokens).toBe(CLOSING.usage!.input);
  });
});

describe("a relayed stream is the provider's but for the declared edits", () => {
  const clean = streams.filter((one) => relays(one) && !(answerOf(one) instanceof GatewayError));
  test.each(titled(clean))("%s", (_, one) => {
    const told = relayedText(one);
    const theirs = payloads(one.text);
    const ours = payloads(told);
    expect(told).toEndWith("data: [DONE]\n\n");
    expect(told.split("[DONE]").length).toBe(2);

    // One id, model and time in every chunk; one usage in all of them, and it is ours.
    for (const name of ["id", "model", "created"]) expect(new Set(ours.map((chunk) => chunk[name])).size).toBe(1);
    expect(ours[0]).toMatchObject({ id: STAMP.id, model: STAMP.model });
    const last = ours.at(-1);
    expect(ours.filter(({ usage }) => usage)).toEqual([last]);
    expect(last.usage.prompt_tokens).toBe(CLOSING.usage!.input);
    expect(last.generationId).toBe(STAMP.id);
    expect(last.choices[0].delta.provider_metadata).toEqual(CLOSING.metadata);

    // What is said on the way is theirs, in their order; each choice's first finishing chunk comes at the end.
    const finishing = theirs.filter(
      (chunk, i) =>
        finishOf(chunk) && theirs.findIndex((each) => finishOf(each) && indexOf(each) === indexOf(chunk)) === i,
    );
    expect(ours.slice(-finishing.length).map(finishOf)).toEqual(finishing.map(finishOf));
    const saying = theirs.filter((chunk) => !finishOf(chunk) && !isUsageAlone(chunk));
    const repeated = theirs.filter((chunk) => finishOf(chunk) && !finishing.includes(chunk));
    // A second finishing chunk goes out only for what it says, and finishes nothing.
    expect(ours.length - finishing.length - saying.length).toBeLessThanOrEqual(repeated.length);
    const onTheWay = ours.slice(0, -finishing.length);
    expect(onTheWay.filter(finishOf)).toEqual([]);
    const said = saying.map(unedited) as Loose[];
    // Whoever never says who speaks has it said with the first choice, as the SDKs want it.
    const first = said.find(({ choices }) => choices?.length > 0)?.choices[0];
    if (first !== undefined) first.delta.role ??= "assistant";
    expect(onTheWay.slice(0, saying.length).map(unedited)).toEqual(said);
    for (const [i, chunk] of finishing.entries()) {
      const told = withoutMetadata(ours[ours.length - finishing.length + i]);
      const { choices, ...members } = withoutMetadata(chunk);
      expect(told.choices).toEqual(choices);
      expect(told).toMatchObject(members);
    }
    // Members that only came beside the usage are not lost.
    for (const chunk of theirs.filter(isUsageAlone))
      expect(Object.keys(last)).toEqual(expect.arrayContaining(Object.keys(chunk)));
  });
});
