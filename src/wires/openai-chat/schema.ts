import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from "../../core/json.ts";
import { type Dropped, EFFORTS } from "../../core/request.ts";
import {
  anObject,
  anything,
  array,
  boolean,
  integer,
  number,
  object,
  oneOf,
  record,
  type Shape,
  string,
  stringOr,
  tagged,
  text,
} from "../shape.ts";
import { unsaidMembers } from "../unsaid.ts";

/**
 * What a chat completions body may hold, as far as anyone here acts on it. Members it does not name travel unchecked.
 * https://platform.openai.com/docs/api-reference/chat/create, and the gateway's own fields of contract 3.1.1.
 */

const textPart = object({ text: string }, ["text"]);

const part = tagged("type", {
  text: textPart,
  refusal: object({ refusal: string }, ["refusal"]),
  // Mistral's form, which many clients send, has the URL alone.
  image_url: object({ image_url: stringOr(object({ url: text, detail: string }, ["url"]), "an object with `url`") }, [
    "image_url",
  ]),
  input_audio: object({ input_audio: object({ data: string, format: string }, ["data", "format"]) }, ["input_audio"]),
  file: object(
    { file: object({ file_data: string, file_id: string, filename: string, data: string, media_type: string }) },
    ["file"],
  ),
});

const content = stringOr(array(part), "a string or an array of parts");

const functionCall = object({ name: string, arguments: string }, ["name"]);

const toolCall = object(
  {
    id: string,
    function: functionCall,
    custom: object({ name: string, input: string }, ["name", "input"]),
  },
  ["id"],
);

const message = tagged(
  "role",
  {
    system: object({ content, name: string }, ["content"]),
    developer: object({ content, name: string }, ["content"]),
    user: object({ content, name: string }, ["content"]),
    assistant: object({
      content,
      name: string,
      refusal: string,
      tool_calls: array(toolCall),
      function_call: functionCall,
      reasoning: string,
      reasoning_details: array(tagged("type", {})),
    }),
    tool: object({ content, tool_call_id: string }, ["content", "tool_call_id"]),
    function: object({ content, name: string }, ["name"]),
  },
  true,
);

const functionTool = object(
  { function: object({ name: text, description: string, parameters: anObject, strict: boolean }, ["name"]) },
  ["function"],
);

/** Clients of Mistral and Hugging Face leave the type of a function out: recordings of 2025 and 2026. */
const typed =
  (ofFunction: Shape, others: Shape): Shape =>
  (value) =>
    isObject(value) && value.type === undefined && value.function !== undefined ? ofFunction(value) : others(value);

const tool = typed(
  functionTool,
  tagged("type", {
    function: functionTool,
    custom: object({ custom: object({ name: text }, ["name"]) }, ["custom"]),
  }),
);

const namedFunction = object({ name: text }, ["name"]);

const functionChoice = object({ function: namedFunction }, ["function"]);
const toolChoiceWord = oneOf("none", "auto", "required", "any");
const namedChoice = typed(
  functionChoice,
  tagged("type", { function: functionChoice, custom: object({ custom: namedFunction }, ["custom"]) }),
);

const toolChoice: Shape = (value) => (typeof value === "string" ? toolChoiceWord(value) : namedChoice(value));

const responseFormat = tagged("type", {
  text: anything,
  json_object: anything,
  json: object({ schema: anObject, name: string, description: string }),
  json_schema: object(
    // OpenAI asks for a name, Perplexity does not.
    { json_schema: object({ name: text, schema: anObject, strict: boolean, description: string }) },
    ["json_schema"],
  ),
});

export const chatBody = object(
  {
    model: text,
    messages: array(message, 1),
    stream: boolean,
    stream_options: object({ include_usage: boolean, include_obfuscation: boolean }),
    temperature: number(0),
    top_p: number(0),
    n: integer(1),
    max_tokens: integer(1),
    max_completion_tokens: integer(1),
    frequency_penalty: number(),
    presence_penalty: number(),
    stop: stringOr(array(string), "a string or an array of strings"),
    seed: integer(),
    logprobs: boolean,
    top_logprobs: integer(0),
    logit_bias: record(number()),
    tools: array(tool),
    tool_choice: toolChoice,
    parallel_tool_calls: boolean,
    functions: array(namedFunction),
    response_format: responseFormat,
    reasoning_effort: string,
    reasoning: object({
      enabled: boolean,
      effort: oneOf(...EFFORTS),
      max_tokens: integer(1),
      exclude: boolean,
      summary: string,
    }),
    modalities: array(string),
    audio: anObject,
    prediction: anObject,
    metadata: anObject,
    web_search_options: anObject,
    service_tier: string,
    store: boolean,
    user: string,
    models: array(text),
    provider: anObject,
    providerOptions: record(anObject),
    tags: array(string),
  },
  ["model", "messages"],
);

const OF_MESSAGES = new Set(
  (
    "role content name refusal tool_calls tool_call_id function_call reasoning reasoning_content reasoning_details " +
    "cache_control provider_metadata annotations images"
  ).split(" "),
);
/** Parts that are read; any other travels whole. */
const SPOKEN: ReadonlySet<unknown> = new Set(["text", "refusal", "image_url", "input_audio", "file", "thinking"]);
const OF_PARTS: ReadonlySet<unknown> = new Set([...SPOKEN, "type", "cache_control", "prompt_cache_breakpoint"]);
const OF_TOOLS = new Set(["type", "function", "cache_control"]);

/** What is said of messages, their parts and tools that no word covers. */
export function unsaidOf(body: JsonObject): Dropped[] | undefined {
  const messages = (arrayAt(body.messages) ?? []).filter(isObject);
  const parts = messages.flatMap(({ content }) => arrayAt(content) ?? []);
  const unsaid = [
    ...unsaidMembers(messages, OF_MESSAGES, "messages[]"),
    ...unsaidMembers(parts.filter(isSpoken), OF_PARTS, "messages[].content[]"),
    ...unsaidMembers((arrayAt(body.tools) ?? []).filter(isFunction), OF_TOOLS, "tools[]"),
  ];
  return unsaid.length === 0 ? undefined : unsaid;
}

function isSpoken(part: JsonValue): boolean {
  return SPOKEN.has(objectAt(part)?.type);
}

function isFunction(tool: JsonValue): boolean {
  return objectAt(objectAt(tool)?.function) !== undefined;
}
