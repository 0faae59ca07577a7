import { describe, test } from "bun:test";
import { MODELS } from "../../src/catalog/models.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { leg } from "../../src/wires/fixtures/facts.ts";
import { converseRequest } from "./support/converse-request.ts";
import { type Allowance, Allowances, differences } from "./support/differences.ts";
import { CONVERSE, EXCHANGES, type Exchange, isThere, titled } from "./support/exchanges.ts";
import { geminiRequest, inCamelCase } from "./support/gemini-request.ts";

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

const CONVERSE_LIST: readonly Allowance<Case>[] = [
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

const GEMINI: readonly Allowance<Case>[] = [
  {
    why: "What is empty says nothing.",
    at: /^(generationConfig|systemInstruction)$/,
    when: ({ theirs, ours }) => nowhere(ours) && /^(\{\}|\{"parts":\{"text":""\}\})$/.test(JSON.stringify(theirs)),
  },
  {
    why: "The model stands in the path, and instructions have no speaker.",
    at: /^(model|systemInstruction\.role)$/,
    when: ({ ours }) => nowhere(ours),
  },
  { why: "Who is not the model is the user.", at: /^contents\[\]\.role$/, when: ({ ours }) => ours === "user" },
  {
    why: "What lies in an account is refused, and told; so is what only some models take.",
    at: /^(cachedContent|generationConfig\.(frequency|presence)Penalty)$/,
    when: ({ ours }, { dropped }) => nowhere(ours) && dropped.some((name) => /cachedContent|_penalty/.test(name)),
  },
  {
    why: "One answer is what there is without a word.",
    at: /^generationConfig\.candidateCount$/,
    when: ({ theirs, ours }) => theirs === 1 && nowhere(ours),
  },
  {
    why: "Whether thoughts are told is said either way, and how deep they go in small letters.",
    at: /^generationConfig\.thinkingConfig\.(includeThoughts|thinkingLevel)$/,
    when: ({ theirs, ours }) => (ours === false && nowhere(theirs)) || ours === String(theirs).toLowerCase(),
  },
  {
    why: "A call has an id, and its result the same.",
    at: /\.function(Call|Response)\.id$/,
    when: ({ theirs, ours }) => nowhere(theirs) && typeof ours === "string",
  },
  {
    why: "A schema stands as JSON Schema, in the member for that.",
    at: /\.functionDeclarations\[\]\.parameters(JsonSchema)?$/,
    when: ({ theirs, ours }, { one }) =>
      JSON.stringify(one.request).includes(`"parameters":${JSON.stringify(theirs ?? ours)}`),
  },
];

const converse = new Allowances<Case>(CONVERSE_LIST, []);
const gemini = new Allowances<Case>(GEMINI, [
  {
    why: "Google's own tools stand behind the client's.",
    rewrite(body) {
      const tools = body.tools as Loose[] | undefined;
      const sorted = tools?.toSorted(
        (a, b) => Number("functionDeclarations" in b) - Number("functionDeclarations" in a),
      );
      return sorted === undefined || Bun.deepEquals(sorted, tools) ? undefined : { ...body, tools: sorted };
    },
  },
]);

const asked = CONVERSE.filter(({ request }) => request !== undefined);

describe("a recorded request of Converse, read by hand and written again, is what was recorded", () => {
  test.each(titled(asked))("%s", (_, one) => {
    const request = converseRequest(structuredClone(one.request!), one.stream, one.provider);
    const facts = { ...leg(...one.quirks), provider: one.provider, upstreamModel: one.model! };
    const { body, dropped } = one.wire.outbound!.encodeRequest(request, facts);
    converse.mustCover(differences(one.request!, body), { one, dropped });
  });
});

describe("a recorded request of Gemini's, read by hand and written again, is what was recorded", () => {
  const generated = EXCHANGES.filter(({ wire, request }) => wire.name === "gemini-generate" && request !== undefined);
  test.each(titled(generated))("%s", (_, one) => {
    // Google takes its members in either spelling.
    const recorded = inCamelCase(structuredClone(one.request!)) as JsonObject;
    const request = geminiRequest(recorded, one.stream, one.provider);
    const served = MODELS.find(({ offers }) => offers.some(({ upstream }) => upstream === one.model));
    const facts = {
      ...leg(...one.quirks, ...(served?.quirks ?? [])),
      provider: one.provider,
      upstreamModel: one.model!,
    };
    const { body, dropped } = one.wire.outbound!.encodeRequest(request, facts);
    const of = { one: { ...one, request: recorded }, dropped };
    gemini.mustCover(differences(gemini.rewritten(recorded, of), body), of);
  });
});

if (isThere) {
  test("no row of the lists is there for nothing", () => {
    converse.mustAllBeNeeded();
    gemini.mustAllBeNeeded();
  });
}
