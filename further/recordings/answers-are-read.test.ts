import { afterAll, describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { relayWhole } from "../../test/support/wire-fixtures.ts";
import { answerOf, finishOf, saidBy } from "./support/answers.ts";
import { answered, askOf, EXCHANGES, embeddings, isThere, titled } from "./support/exchanges.ts";
import { metersOf, readingOf } from "./support/reading.ts";

/** Every recorded answer is read, and says what its bytes say to somebody who reads them by hand. */

afterAll(() => {
  if (!isThere) {
    console.log("No recordings beside the repository, nor where HEADGATE_RECORDINGS points: nothing to do.");
    return;
  }
  const sizes = Map.groupBy(EXCHANGES, ({ wire }) => wire.name);
  const counts = [...sizes].map(([name, list]) => {
    const refusals = list.filter(({ status }) => status >= 400).length;
    return `${name} ${list.length} (${list.filter(({ stream }) => stream).length} streamed, ${refusals} refusals)`;
  });
  console.log(`${EXCHANGES.length} recorded exchanges read: ${counts.join(", ")}.`);
});

if (isThere) {
  test("there is something to read on every wire, plain and streamed", () => {
    for (const name of ["openai-chat", "anthropic-messages", "gemini-generate"]) {
      const own = answered.filter(({ wire }) => wire.name === name);
      expect(own.filter(({ stream }) => stream).length).toBeGreaterThan(40);
      expect(own.filter(({ stream }) => !stream).length).toBeGreaterThan(50);
    }
    expect(embeddings.length).toBeGreaterThan(10);
  });
}

describe("an answer says what stands in its bytes", () => {
  test.each(titled(answered))("%s", (_, one) => {
    const { error, usage, ...said } = readingOf(one);
    const answer = answerOf(one);
    if (error !== undefined) {
      expect(answer).toBeInstanceOf(GatewayError);
      return;
    }
    if (answer instanceof GatewayError) throw answer;
    const { usage: rawUsage, ...told } = saidBy(answer);
    // A whole answer without a word for its end has ended all the same.
    const ended = said.finish ?? (said.calls.length > 0 ? "tool_calls" : "stop");
    expect(told).toEqual({
      ...said,
      finish: ended,
      calls: said.calls.map((call) => ({ ...call, args: call.args || "{}" })),
    });
    expect<string | undefined>(answer.finish).toBe(finishOf(ended, said));
    expect(answer.usage).toEqual(usage === undefined ? undefined : metersOf(one, usage));
    expect(rawUsage).toEqual(usage);
  });
});

describe("vectors are told as they came", () => {
  test.each(titled(embeddings))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const asked = {
      ...askOf(one),
      body: { encoding_format: typeof theirs.data[0].embedding === "string" ? "base64" : "float" },
    };
    const { told, readings } = relayWhole(one.wire.relay!, asked, one.bytes);
    const ours = JSON.parse(told);
    expect(ours.data).toEqual(theirs.data);
    expect(readings.usage).toEqual({ input: theirs.usage.prompt_tokens ?? theirs.usage.total_tokens, output: 0 });
  });
});
