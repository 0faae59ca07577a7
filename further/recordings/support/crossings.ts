import type { WireName } from "../../../src/core/event.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Allowance, Rewrite } from "./differences.ts";
import type { Exchange } from "./exchanges.ts";

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

/** The same case, recorded at two vendors: one request goes in, the other should come out. */
export interface Crossing {
  readonly from: Exchange;
  readonly to: Exchange;
  /** The request that went in. */
  readonly asked: Loose;
  readonly dropped: readonly string[];
}

const same = (a: unknown, b: unknown) => Bun.deepEquals(a, b);
const nowhere = (value: unknown) => value === undefined;
const into =
  (...wires: WireName[]) =>
  (rule: (theirs: Loose, ours: Loose, of: Crossing) => boolean): Pick<Allowance<Crossing>, "when"> => ({
    when: ({ theirs, ours }, crossing) => wires.includes(crossing.to.wire.name) && rule(theirs, ours, crossing),
  });
const anywhere = (rule: (theirs: Loose, ours: Loose, of: Crossing) => boolean): Pick<Allowance<Crossing>, "when"> => ({
  when: ({ theirs, ours }, crossing) => rule(theirs, ours, crossing),
});

/** Cases that the people who recorded them put in other words, or with other limits, at each vendor. */
const isOtherwise = ({ from }: Crossing, ...cases: string[]) => cases.some((name) => from.name.includes(`--${name}-`));

/** Google's older words for types are in capitals. */
const plainTypes = (schema: Loose, name = ""): Loose => {
  if (Array.isArray(schema)) return schema.map((each) => plainTypes(each));
  if (typeof schema === "string") return name === "type" ? schema.toLowerCase() : schema;
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema).filter(([key]) => key !== "additionalProperties");
  return Object.fromEntries(members.map(([key, value]) => [key, plainTypes(value, key)]));
};

/** The schemas of a client's tools, wherever its wire has them. */
const schemasIn = ({ tools }: Loose): Loose[] =>
  tools.map((tool: Loose) => tool.input_schema ?? tool.parameters ?? tool.function.parameters);

/** A written list of what may differ. A row that no pair of recordings needs fails the test. */
export const CROSSINGS: readonly Allowance<Crossing>[] = [
  {
    why: "Each vendor gave the call an id of its own, which its model chose.",
    at: /(\.|_)(id|toolUseId|tool_use_id|tool_call_id|call_id)$/,
    ...anywhere((theirs, ours, { asked }) => typeof theirs === "string" && JSON.stringify(asked).includes(`"${ours}"`)),
  },
  {
    why: "What the model called it with, it chose as well.",
    at: /\.arguments$/,
    ...anywhere((_theirs, _ours, crossing) => isOtherwise(crossing, "parallelToolCallsDisabledParam")),
  },
  {
    why: "Asked in other words at each vendor.",
    at: /^(messages|contents|input)\[\]\.(content|parts\[\]\.text)$/,
    ...anywhere(
      (theirs, ours, crossing) =>
        typeof theirs === "string" &&
        typeof ours === "string" &&
        isOtherwise(crossing, "parallelToolCallsDisabledParam", "stopSequencesParam", "textFormatJsonObjectParam"),
    ),
  },
  {
    why: "A cap that one vendor asks for: where the client said one it goes along, where it said none there is one.",
    at: /^(max_tokens|max_completion_tokens|max_output_tokens|generationConfig(\.maxOutputTokens)?|inferenceConfig)$/,
    ...anywhere((_theirs, ours, { asked }) =>
      [asked.max_tokens ?? 4096, asked.max_completion_tokens ?? 4096, asked.max_output_tokens ?? 4096].some((cap) =>
        [cap, { maxTokens: cap }, { maxOutputTokens: cap }].some((each) => same(each, ours)),
      ),
    ),
  },
  {
    why: "The provider keeps nothing, and is told so.",
    at: /^store$/,
    ...into("openai-responses")((theirs, ours) => nowhere(theirs) && ours === false),
  },
  {
    why: "Usage is asked for with every stream.",
    at: /^stream_options$/,
    ...into("openai-chat")((_theirs, ours) => same(ours, { include_usage: true })),
  },
  {
    why: "OpenAI's API takes no marks for its cache but of its newest models: they are told as dropped.",
    at: /\.(cache_control|prompt_cache_breakpoint)$/,
    ...into("openai-chat")((_theirs, ours, { dropped }) => nowhere(ours) && dropped.includes("cache_control")),
  },
  {
    why: "One case asks for an hour only where it is Anthropic's.",
    at: /\.cache_control\.ttl$/,
    ...into("anthropic-messages")((theirs, ours) => theirs === "1h" && nowhere(ours)),
  },
  {
    why: "OpenAI's answers are sent back with all they hold, empty as it is.",
    at: /^messages\[\]\.(refusal|annotations)$/,
    ...into("openai-chat")((theirs, ours) => nowhere(ours) && (theirs === null || theirs.length === 0)),
  },
  {
    why: "To look at a picture as finely as is best is what there is without a word.",
    at: /\.image_url\.detail$/,
    ...into("openai-chat")((theirs, ours) => nowhere(theirs) && ours === "auto"),
  },
  {
    why: "A text alone is a list of one block.",
    at: /^messages\[\]\.content$/,
    ...into("anthropic-messages")((theirs, ours) => same(ours, [{ type: "text", text: theirs }])),
  },
  {
    why: "Who called the tool is said where a program of the provider's may have.",
    at: /\.caller$/,
    ...into("anthropic-messages")((theirs, ours) => nowhere(ours) && theirs.type === "direct"),
  },
  {
    why: "The version of the API, and the model's place in body or path, are for whoever sends it there.",
    at: /^(anthropic_version|model)$/,
    ...anywhere((theirs, ours, { to }) => to.folder !== "anthropic" && nowhere(theirs) !== nowhere(ours)),
  },
  {
    why: "The recorded client repeats the type of a call.",
    at: /\.toolUse\.type$/,
    ...into("bedrock-converse")((theirs, ours) => theirs === "tool_use" && nowhere(ours)),
  },
  {
    why: "A schema as it stands has a member of its own, and Google's older one has its types in capitals.",
    at: /\.functionDeclarations\[\]\.(parameters|parametersJsonSchema)$/,
    ...into("gemini-generate")((theirs, ours, { asked }) =>
      schemasIn(asked).some((schema) => same(plainTypes(schema), plainTypes(theirs ?? ours))),
    ),
  },
  {
    why: "Google's words for how much to think are in capitals or not.",
    at: /\.thinkingLevel$/,
    ...into("gemini-generate")((theirs, ours) => theirs.toLowerCase() === ours),
  },
  {
    why: "What a tool gave is `output`, as Google has it for a text; the recorded client chose a name.",
    at: /\.functionResponse\.response\.(\w+)$/,
    ...into("gemini-generate")((theirs, ours) => (theirs ?? ours) === "71 degrees"),
  },
  {
    why: "A result says which call it is of.",
    at: /\.functionResponse\.id$/,
    ...into("gemini-generate")((theirs, ours) => nowhere(theirs) && typeof ours === "string"),
  },
  {
    why: "Only Google has Google's proof of a call: another says that there is none.",
    at: /\.thoughtSignature$/,
    ...into("gemini-generate")((_theirs, ours) => ours === "skip_thought_signature_validator"),
  },
  {
    why: "An address of an image goes as it stands, and is fetched on the way; the recorded client had fetched it.",
    at: /\.parts\[\]\.(inlineData|fileData)$/,
    ...into("gemini-generate")(
      (theirs, ours) => nowhere(ours) || (nowhere(theirs) && ours.fileUri.startsWith("https://")),
    ),
  },
];

/** What each vendor's model answered of its own before the request, which is no part of the case. */
export const ANSWERS: readonly Rewrite<Crossing>[] = [
  {
    why: "OpenAI's thought before the call, of which its id is all there is.",
    rewrite(body, { to }) {
      if (to.wire.name !== "openai-responses") return undefined;
      return without(body, "input", (item) => item.type === "reasoning" && item.summary.length === 0);
    },
  },
  {
    why: "Items have ids and a status only where the provider keeps them.",
    rewrite(body, { to }) {
      if (to.wire.name !== "openai-responses" || !Array.isArray(body.input)) return undefined;
      return {
        ...body,
        input: body.input.map((item: Loose) => {
          const { id: _id, status: _status, ...rest } = item;
          return rest;
        }),
      };
    },
  },
  {
    why: "Google's thought before the call.",
    rewrite(body, { to }) {
      if (to.wire.name !== "gemini-generate") return undefined;
      const contents = (body.contents as Loose[]).map(({ parts, ...rest }) => ({
        parts: parts.filter(({ thought }: Loose) => thought !== true),
        ...rest,
      }));
      return { ...body, contents };
    },
  },
  {
    why: "Google's client was told the model beside the body.",
    rewrite({ model, ...body }, { to }) {
      return to.wire.name === "gemini-generate" && model !== undefined ? body : undefined;
    },
  },
  {
    why: "OpenAI's model said nothing about the picture, and nothing is sent back of it: the user goes on.",
    rewrite(body, { to, from }) {
      if (to.wire.name !== "gemini-generate" || !from.name.includes("--multimodalRequest-chat-completions-followup"))
        return undefined;
      const [first, , last] = body.contents as Loose[];
      return { ...body, contents: [{ role: "user", parts: [...first.parts, ...last.parts] }] };
    },
  },
];

function without(body: JsonObject, name: string, goes: (item: Loose) => boolean): JsonObject | undefined {
  const list = body[name];
  if (!Array.isArray(list)) return undefined;
  const left = list.filter((item) => !goes(item));
  return left.length === list.length ? undefined : { ...body, [name]: left };
}
