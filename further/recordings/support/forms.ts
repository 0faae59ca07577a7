import type { WireName } from "../../../src/core/event.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { Allowance, Rewrite } from "./differences.ts";

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

/** A recorded request that was decoded and encoded again. */
export interface Again {
  readonly wire: WireName;
  /** What was recorded. */
  readonly body: Loose;
  /** What was told as dropped. */
  readonly dropped: readonly string[];
}

const same = (a: unknown, b: unknown) => Bun.deepEquals(a, b);
const of =
  (...wires: WireName[]) =>
  (rule: (theirs: Loose, ours: Loose, of: Again) => boolean): Pick<Allowance<Again>, "when"> => ({
    when: ({ theirs, ours }, again) => wires.includes(again.wire) && rule(theirs, ours, again),
  });
const chat = of("openai-chat");
const messages = of("anthropic-messages");
const responses = of("openai-responses");
const nowhere = (value: unknown) => value === undefined;
const last = (path: string) => path.replaceAll("[]", "").split(".").at(-1);

const PRINTED = "code_interpreter_call.outputs";
const runsPrograms = ({ tools }: Loose) => tools?.some(({ type }: Loose) => type === "code_interpreter");

/** One text, written as a list of parts of this type. */
const isListOf = (list: Loose, text: unknown, type = "text") =>
  Array.isArray(list) && list.length === 1 && list[0].type === type && list[0].text === text;

/**
 * The written list of what may look different in a request that was recorded, decoded and encoded again by the same wire.
 * A row that no recording needs fails the test.
 */
export const FORMS: readonly Allowance<Again>[] = [
  {
    why: "What was told as dropped: only a relay has it, or the provider would refuse it.",
    at: /./,
    when: ({ at, ours }, { dropped }) => ours === undefined && dropped.some((name) => last(name) === last(at)),
  },
  { why: "null says nothing.", at: /./, when: ({ theirs, ours }) => theirs === null && ours === undefined },
  { why: "Not to stream is what there is without a word.", at: /^stream$/, when: ({ theirs }) => theirs === false },

  // OpenAI's chat completions.
  {
    why: "The usual temperature is what there is without a word, and no other is taken where sampling is fixed.",
    at: /^temperature$/,
    ...chat((theirs, ours) => theirs === 1 && nowhere(ours)),
  },
  {
    why: "Thinking has several names, and what is left out of it is told under one.",
    at: /^messages\[\]\.reasoning(_content)?$/,
    ...chat((theirs, ours, { dropped }) => theirs && nowhere(ours) && dropped.includes("reasoning_details")),
  },
  {
    why: "It is said once, under the name that the provider reads; that there was none is not said.",
    at: /^messages\[\]\.reasoning(_content)?$/,
    ...chat((theirs, ours, { body }) => nowhere(ours) && [undefined, "", theirs].includes(otherName(body, theirs))),
  },
  {
    why: "Usage is asked for with every stream: the ledger needs it.",
    at: /^stream_options(\.include_usage)?$/,
    ...chat((_theirs, ours, { body }) => body.stream === true && (ours === true || ours.include_usage === true)),
  },
  {
    why: "The cap on the output has one name, the newer; a provider that knows only the older gets that.",
    at: /^max_(completion_)?tokens$/,
    ...chat((theirs, ours, { body }) => nowhere(theirs) !== nowhere(ours) && (theirs ?? ours) === capOf(body)),
  },
  { why: "One answer is what there is without a word.", at: /^n$/, ...chat((theirs) => theirs === 1) },
  {
    why: "An assistant that only calls tools has content null, however its client says nothing.",
    at: /^messages\[\]\.content$/,
    ...chat((theirs, ours) => ours === null && (theirs ?? "").length === 0),
  },
  {
    why: "Text alone is a string, not a list of one part.",
    at: /^messages\[\]\.content$/,
    ...chat((theirs, ours) => isListOf(theirs, ours)),
  },
  {
    why: "A list of thinking and text is Mistral's; what was said of it is a string.",
    at: /^messages\[\]\.content$/,
    ...chat((theirs, ours) => theirs?.[0]?.type === "thinking" && theirs[1].text === ours),
  },
  {
    why: "A mark on a message means its last part: it is written there, which makes a list of the text.",
    at: /^messages\[\]\.content$/,
    ...chat(
      (theirs, ours, { body }) => isListOf(ours, theirs) && body.messages.some((each: Loose) => each.cache_control),
    ),
  },
  {
    why: "And it is not on the message.",
    at: /^messages\[\]\.cache_control$/,
    ...chat((_theirs, ours, { body }) => nowhere(ours) && body.messages.some((each: Loose) => each.cache_control)),
  },
  {
    why: "The address of an image stands in an object.",
    at: /^messages\[\]\.content\[\]\.image_url$/,
    ...chat((theirs, ours) => ours?.url === theirs),
  },
  {
    why: "A refusal that is null, a list of notes or calls that is empty: nothing was said.",
    at: /^messages\[\]\.(annotations|tool_calls)$/,
    ...chat((theirs, ours) => nowhere(ours) && theirs?.length === 0),
  },
  {
    why: "The place of a call in a list is its place in the list.",
    at: /^messages\[\]\.tool_calls\[\]\.index$/,
    ...chat((theirs, ours) => nowhere(ours) && Number.isInteger(theirs)),
  },
  { why: "A message that begins no answer says nothing.", at: /\.prefix$/, ...chat((theirs) => theirs === false) },
  {
    why: "OpenAI's first form of tools is written in the second.",
    at: /^(functions|tools)$/,
    ...chat((theirs, ours, { body }) =>
      nowhere(ours)
        ? Array.isArray(theirs)
        : same(
            ours,
            body.functions?.map((each: Loose) => ({ type: "function", function: each })),
          ),
    ),
  },
  {
    why: "And the choice among them.",
    at: /^(function_call|tool_choice)$/,
    ...chat((theirs, ours, { body }) => (theirs ?? ours) === body.function_call),
  },
  {
    why: "A tool without a type is a function.",
    at: /^tools?(\[\]|_choice)\.type$/,
    ...chat((theirs, ours) => nowhere(theirs) && ours === "function"),
  },
  {
    why: "A schema has a name, which OpenAI asks for.",
    at: /^response_format\.json_schema\.name$/,
    ...chat((theirs, ours) => nowhere(theirs) && ours === "response"),
  },
  {
    why: "Thinking that was sealed says in words what its seal says; the words stand beside it as well.",
    at: /^messages\[\]\.reasoning$/,
    ...chat(
      (theirs, ours, { body }) => nowhere(theirs) && said(body).some((text: string) => text !== "" && ours === text),
    ),
  },
  {
    why: "A sealed thought says which format sealed it, in which place, with which words, though there be none.",
    at: /^messages\[\]\.reasoning_details\[\]\.(format|index|text)$/,
    ...chat((theirs, ours) => nowhere(theirs) && ["unknown", 0, ""].includes(ours)),
  },
  {
    why: "The gateway's own words for what it shall do never reach a provider.",
    at: /^(models|provider|reasoning)$/,
    ...of("openai-chat", "openai-responses")((theirs, ours) => nowhere(ours) && !nowhere(theirs)),
  },

  // Anthropic's messages.
  {
    why: "The version of the API at Vertex is said by whoever sends it there.",
    at: /^anthropic_version$/,
    ...messages((_theirs, ours) => nowhere(ours)),
  },
  {
    why: "A text alone is a list of one block.",
    at: /^(messages\[\]\.content|system)$/,
    ...messages((theirs, ours) => isListOf(ours, theirs)),
  },
  {
    why: "Except in a result, where it is a string.",
    at: /^messages\[\]\.content\[\]\.content$/,
    ...messages((theirs, ours) => isListOf(theirs, ours)),
  },
  {
    why: "A system prompt of no block is none.",
    at: /^system$/,
    ...messages((theirs, ours) => nowhere(ours) && theirs.length === 0),
  },
  {
    why: "Instructions in the middle of a conversation are a beta of Anthropic's: elsewhere they stand at its head.",
    at: /^(messages|system)$/,
    ...messages((_theirs, _ours, { body }) => body.messages.some(({ role }: Loose) => role === "system")),
  },
  {
    why: "Text as a document is text with its title, which every provider takes.",
    at: /^messages\[\]\.content\[\]\.(type|source|title|text)$/,
    ...messages((theirs, ours, { body }) =>
      documents(body).some((each) =>
        Object.values(each).some(
          (value) => same(value, theirs ?? ours) || ours === `${each.title}\n${each.source.data}`,
        ),
      ),
    ),
  },
  {
    why: "And so is what a tool found.",
    at: /^messages\[\]\.content\[\]\.content$/,
    ...messages((theirs, ours) => theirs?.[0]?.type === "search_result" && ours.endsWith(theirs[0].content[0].text)),
  },
  {
    why: "A call that did not fail, and one that may run beside others: what there is without a word.",
    at: /^(messages\[\]\.content\[\]\.is_error|tool_choice\.disable_parallel_tool_use)$/,
    ...messages((theirs, ours) => nowhere(ours) && theirs === false),
  },
  {
    why: "The shape of an answer stands where the API has it now.",
    at: /^output_(format|config)$/,
    ...messages((theirs, ours, { body }) => same(theirs ?? ours.format, body.output_format)),
  },
  {
    why: "How much to think is told as this generation of the model takes it, and thinking fixes the sampling.",
    at: /^(thinking|output_config|temperature)(\.(type|budget_tokens|effort|display))?$/,
    ...messages((_theirs, _ours, { body }) => body.thinking?.type === "adaptive" || body.output_config !== undefined),
  },
  {
    why: "Thinking with a budget is summarized, and its tools are called by the model itself, without a word.",
    at: /^(thinking\.display|messages\[\]\.content\[\]\.caller)$/,
    ...messages((theirs, ours) => nowhere(ours) && (theirs === "summarized" || theirs.type === "direct")),
  },

  // OpenAI's responses.
  {
    why: "A conversation that is one text is its only message.",
    at: /^input$/,
    ...responses((theirs, ours) => ours?.length === 1 && ours[0].content === theirs && ours[0].role === "user"),
  },
  {
    why: "What programs printed is told only to who asks for it.",
    at: /^include$/,
    ...responses(
      (theirs, ours, { body }) => same(ours, [...new Set([...(theirs ?? []), PRINTED])]) && runsPrograms(body),
    ),
  },
  {
    why: "What is asked for beside the thinking is told as dropped.",
    at: /^include$/,
    ...responses((_theirs, _ours, { dropped }) => dropped.includes("include")),
  },
  {
    why: "A mark on the prompt is told as dropped, under the name that all wires have for it.",
    at: /\.prompt_cache_breakpoint$/,
    ...of(
      "openai-chat",
      "openai-responses",
    )((_theirs, ours, { dropped }) => nowhere(ours) && dropped.includes("cache_control")),
  },
  {
    why: "Thinking that is sealed has no words in the open.",
    at: /^input\[\]\.content$/,
    ...responses((theirs, ours) => nowhere(ours) && theirs?.length === 0),
  },
  {
    why: "No instructions are none.",
    at: /^instructions$/,
    ...responses((theirs, ours) => theirs === "" && nowhere(ours)),
  },
  {
    why: "A message is an item without a type.",
    at: /^input\[\]\.type$/,
    ...responses((theirs, ours) => theirs === "message" && nowhere(ours)),
  },
  {
    why: "Text alone is a string, not a list of one part.",
    at: /^input\[\]\.content$/,
    ...responses((theirs, ours) => isListOf(theirs, ours, "output_text") || isListOf(theirs, ours, "input_text")),
  },
  {
    why: "How finely an image is looked at is said, and what is not said is `auto`.",
    at: /^input\[\]\.content\[\]\.detail$/,
    ...responses((theirs, ours) => nowhere(theirs) && ours === "auto"),
  },
  {
    why: "The provider keeps nothing: no item is to be found by its id, and none is half done.",
    at: /^input\[\]\.(id|status)$/,
    ...responses((theirs, ours) => nowhere(ours) && typeof theirs === "string"),
  },
  {
    why: "And is told so.",
    at: /^store$/,
    ...responses((_theirs, ours) => ours === false),
  },
  {
    why: "Thinking that can be sent back is asked for where there is thinking; without, there is nothing to ask for.",
    at: /^include$/,
    ...responses((theirs, ours) =>
      [theirs ?? [], ours ?? []].flat().every((each: string) => each === "reasoning.encrypted_content"),
    ),
  },
  {
    why: "A summary of the thinking is asked for unasked, in the one word that all models take.",
    at: /^reasoning\.summary$/,
    ...responses((theirs, ours) => (theirs ?? null) === null && ours === "auto"),
  },
  {
    why: "The tools that a choice allows are the tools there are.",
    at: /^(tool_choice|tools)$/,
    ...responses((theirs, ours, { body }) => allows(body) && (theirs.mode === ours || ours.length <= theirs.length)),
  },
  {
    why: "Whether arguments are held to their schema is said: left out, this API takes it for yes.",
    at: /^tools\[\]\.strict$/,
    ...responses((theirs, ours) => nowhere(theirs) && ours === false),
  },
];

const capOf = (body: JsonObject) => body.max_completion_tokens ?? body.max_tokens;
const allows = (body: Loose) => body.tool_choice?.type === "allowed_tools";
const said = (body: Loose): string[] =>
  body.messages.map(({ reasoning_details: details }: Loose) =>
    (details ?? []).map(({ text, summary }: Loose) => text ?? summary ?? "").join(""),
  );
const otherName = (body: Loose, text: string) =>
  text === "" ? "" : (body.messages.find(({ reasoning }: Loose) => reasoning === text)?.reasoning_content ?? null);
const documents = (body: Loose): Loose[] =>
  body.messages.flatMap(({ content }: Loose) =>
    Array.isArray(content) ? content.filter(({ type, source }) => type === "document" && source.type === "text") : [],
  );

/** What stands elsewhere, or not at all, in the list of what was said. */
export const REFORMS: readonly Rewrite<Again>[] = [
  {
    why: "Instructions are the first message, of role system.",
    rewrite({ instructions, ...rest }, { wire }) {
      if (wire !== "openai-responses" || typeof instructions !== "string" || instructions === "") return undefined;
      const input =
        typeof rest.input === "string" ? [{ role: "user", content: rest.input }] : (rest.input as JsonValue[]);
      return { ...rest, input: [{ role: "system", content: instructions }, ...input] };
    },
  },
  {
    why: "Thinking that nothing seals is of no use to a provider that keeps nothing: it is left out, and told.",
    rewrite(body, { wire, dropped }) {
      if (wire !== "openai-responses" || !dropped.includes("reasoning_details")) return undefined;
      return without(body, (item) => item.type === "reasoning" && !item.encrypted_content);
    },
  },
  {
    why: "A thought of which nothing is there but its id, a message of the assistant's without a word: nothing was said.",
    rewrite: (body, { wire }) =>
      wire !== "openai-responses"
        ? undefined
        : without(body, (item) =>
            item.type === "reasoning"
              ? !item.encrypted_content && isEmpty(item.summary) && isEmpty(item.content)
              : item.role === "assistant" && item.content === "",
          ),
  },
  {
    why: "What the assistant says in a row is one message.",
    rewrite(body, { wire }) {
      if (wire !== "openai-responses" || !Array.isArray(body.input)) return undefined;
      const merged: Loose[] = [];
      for (const item of body.input as Loose[]) {
        const before = merged.at(-1);
        if (item.role !== "assistant" || before?.role !== "assistant") merged.push(item);
        else
          merged.splice(-1, 1, {
            role: "assistant",
            content: [before, item].map(({ content: text }) => ({ type: "output_text", text, annotations: [] })),
          });
      }
      return merged.length === body.input.length ? undefined : { ...body, input: merged };
    },
  },
];

const isEmpty = (list: Loose) => (list ?? []).length === 0;

function without(body: JsonObject, goes: (item: Loose) => boolean): JsonObject | undefined {
  if (!Array.isArray(body.input)) return undefined;
  const input = body.input.filter((item) => !goes(item));
  return input.length === body.input.length ? undefined : { ...body, input };
}
