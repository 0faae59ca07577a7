import { describe, test } from "bun:test";
import { leg } from "../../src/wires/fixtures/facts.ts";
import { converseRequest } from "./support/converse-request.ts";
import { type Allowance, Allowances, differences } from "./support/differences.ts";
import { CONVERSE, type Exchange, isThere } from "./support/exchanges.ts";

/**
 * A recorded request of a wire that no door speaks, read by hand and written by the gateway, is what was recorded, minus a written list.
 */

interface Case {
  readonly one: Exchange;
  readonly dropped: readonly string[];
}

const nowhere = (value: unknown) => value === undefined;
// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const LIST: readonly Allowance<Case>[] = [
  {
    why: "What is empty says nothing.",
    at: /^(inferenceConfig|inferenceConfig\.stopSequences|system)$/,
    when: ({ theirs, ours }) => nowhere(ours) && Object.keys(theirs as object).length === 0,
  },
  {
    why: "Claude's newer models take a temperature or a share, not both: the one that is left out is told.",
    at: /^inferenceConfig\.topP$/,
    when: ({ ours }, { dropped }) => nowhere(ours) && dropped.includes("top_p"),
  },
  {
    why: "Which sequence stopped Claude is asked for.",
    at: /^additionalModelResponseFieldPaths$/,
    when: ({ theirs }, { one }) => nowhere(theirs) && (one.request as Loose).inferenceConfig.stopSequences.length > 0,
  },
  {
    why: "What a role says in a row is one message: Bedrock's newer models refuse anything else.",
    at: /^messages$/,
    when: ({ theirs, ours }) => textIn(theirs) === textIn(ours),
  },
  {
    why: "A schema is a text there, and white space in it says nothing.",
    at: /\.jsonSchema\.schema$/,
    when: ({ theirs, ours }) => Bun.deepEquals(JSON.parse(String(theirs)), JSON.parse(String(ours))),
  },
  {
    why: "Ids of calls hold letters, digits, strokes: Claude refuses the others' dots. Both ends change alike.",
    at: /\.toolUseId$/,
    when: ({ theirs, ours }) => String(theirs).replace(/[.:]/g, "_") === ours,
  },
  {
    why: "The recorded client repeats the type of a call.",
    at: /\.toolUse\.type$/,
    when: ({ theirs, ours }) => theirs === "tool_use" && nowhere(ours),
  },
];

/** Everything that is said, role by role. */
function textIn(messages: Loose): string {
  return messages
    .flatMap(({ role, content }: Loose) => content.map(({ text }: Loose) => `${role}: ${text}`))
    .join("\n");
}

const list = new Allowances<Case>(LIST, []);

const asked = CONVERSE.filter(({ request }) => request !== undefined);

describe("a recorded request of Converse, read by hand and written again, is what was recorded", () => {
  test.each(asked.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const request = converseRequest(structuredClone(one.request!), one.stream, one.provider);
    const facts = { ...leg(...one.quirks), provider: one.provider, upstreamModel: one.model! };
    const { body, dropped } = one.wire.outbound!.encodeRequest(request, facts);
    list.mustCover(differences(one.request!, body), { one, dropped });
  });
});

if (isThere) test("no row of the list is there for nothing", () => list.mustAllBeNeeded());
