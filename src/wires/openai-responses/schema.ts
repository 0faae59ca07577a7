import { isObject, type JsonValue } from "../../core/json.ts";
import {
  anObject,
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

/**
 * What a responses body may hold, as far as anyone here acts on it. Members, items and parts that it does not name travel unchecked.
 * https://platform.openai.com/docs/api-reference/responses/create, and contract 3.4.
 */

const part = tagged("type", {
  input_text: object({ text: string }, ["text"]),
  output_text: object({ text: string }, ["text"]),
  refusal: object({ refusal: string }, ["refusal"]),
  input_image: object({ image_url: text, detail: string }),
  input_file: object({ file_data: string, file_url: text, filename: string }),
  input_audio: object({ input_audio: object({ data: string, format: string }, ["data", "format"]) }, ["input_audio"]),
});

const content = stringOr(array(part), "a string or an array of parts");

const message = object({ role: oneOf("user", "assistant", "system", "developer"), content, id: string }, [
  "role",
  "content",
]);

const words = array(object({ text: string }, ["text"]));

const typedItem = tagged("type", {
  message,
  reasoning: object({ id: string, summary: words, content: words, encrypted_content: string }),
  function_call: object({ call_id: string, name: text, arguments: string, id: string }, [
    "call_id",
    "name",
    "arguments",
  ]),
  function_call_output: object({ call_id: string, output: content }, ["call_id", "output"]),
  custom_tool_call: object({ call_id: string, name: text, input: string, id: string }, ["call_id", "name", "input"]),
  custom_tool_call_output: object({ call_id: string, output: content }, ["call_id", "output"]),
});

/** A message may leave its type out; a reference has one and an id. */
const item: Shape = (value: JsonValue) =>
  isObject(value) && (value.type === undefined || value.type === null) ? message(value) : typedItem(value);

const tool = tagged("type", {
  function: object({ name: text, description: string, parameters: anObject, strict: boolean }, ["name"]),
  custom: object({ name: text, description: string, format: anObject }, ["name"]),
});

const namedChoice = tagged("type", {
  function: object({ name: text }, ["name"]),
  custom: object({ name: text }, ["name"]),
  allowed_tools: object({ mode: oneOf("auto", "required"), tools: array(anObject) }, ["mode", "tools"]),
});
const choiceWord = oneOf("none", "auto", "required");

const format = tagged("type", {
  json_schema: object({ name: text, schema: anObject, strict: boolean, description: string }, ["name", "schema"]),
});

export const responsesBody = object(
  {
    model: text,
    input: stringOr(array(item), "a string or an array of items"),
    instructions: string,
    stream: boolean,
    stream_options: anObject,
    max_output_tokens: integer(1),
    max_tool_calls: integer(1),
    temperature: number(0),
    top_p: number(0),
    top_logprobs: integer(0),
    presence_penalty: number(),
    frequency_penalty: number(),
    tools: array(tool),
    tool_choice: (value) => (typeof value === "string" ? choiceWord(value) : namedChoice(value)),
    parallel_tool_calls: boolean,
    reasoning: object({ effort: string, summary: string }),
    text: object({ format, verbosity: string }),
    truncation: string,
    include: array(string),
    previous_response_id: string,
    background: boolean,
    store: boolean,
    metadata: anObject,
    prompt_cache_key: string,
    caching: oneOf("auto"),
    cache_ttl: oneOf("5m", "1h"),
    cache_anchor_items: integer(0),
    safety_identifier: string,
    service_tier: string,
    user: string,
    models: array(text),
    provider: anObject,
    providerOptions: record(anObject),
    tags: array(string),
  },
  ["model", "input"],
);
