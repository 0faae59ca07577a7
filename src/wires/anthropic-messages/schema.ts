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

/**
 * What a messages body may hold, as far as anyone here acts on it. Members it does not name travel unchecked.
 * https://platform.claude.com/docs/en/api/messages/create, and the gateway's own fields of contract 3.5.
 */

const cache = object({ type: string, ttl: string });

const source = tagged("type", {
  base64: object({ media_type: string, data: string }, ["media_type", "data"]),
  url: object({ url: text }, ["url"]),
  file: object({ file_id: text }, ["file_id"]),
  text: object({ data: string }, ["data"]),
});

const textBlock = object({ text: string, cache_control: cache }, ["text"]);

const inResult = tagged("type", {
  text: textBlock,
  image: object({ source, cache_control: cache }, ["source"]),
  document: object({ source, title: string, context: string, cache_control: cache }, ["source"]),
});

const toolUse = object({ id: text, name: text, input: anObject, cache_control: cache }, ["id", "name", "input"]);

const block = tagged("type", {
  text: textBlock,
  image: object({ source, cache_control: cache }, ["source"]),
  document: object({ source, title: string, context: string, cache_control: cache }, ["source"]),
  search_result: object({ source: string, title: string, content: array(textBlock), cache_control: cache }, [
    "content",
  ]),
  thinking: object({ thinking: string, signature: string }, ["thinking"]),
  redacted_thinking: object({ data: string }, ["data"]),
  tool_use: toolUse,
  server_tool_use: toolUse,
  mcp_tool_use: toolUse,
  tool_result: object(
    {
      tool_use_id: text,
      content: stringOr(array(inResult), "a string or an array of blocks"),
      is_error: boolean,
      cache_control: cache,
    },
    ["tool_use_id"],
  ),
});

const content = stringOr(array(block), "a string or an array of blocks");
const said = object({ content }, ["content"]);
const message = tagged("role", { user: said, assistant: said, system: said }, true);

const custom = object(
  { name: text, description: string, input_schema: anObject, strict: boolean, cache_control: cache },
  ["name", "input_schema"],
);

/** The client's own tools have the type `custom`, or none; the provider's are its business. */
const tool: Shape = (value) => {
  const type = typeof value === "object" && value !== null && !Array.isArray(value) ? value.type : undefined;
  return type === undefined || type === null || type === "custom" ? custom(value) : tagged("type", {})(value);
};

const disable = { disable_parallel_tool_use: boolean };
const toolChoice = tagged(
  "type",
  { auto: object(disable), any: object(disable), none: anything, tool: object({ ...disable, name: text }, ["name"]) },
  true,
);

const thinking = tagged("type", {
  enabled: object({ budget_tokens: integer(1) }, ["budget_tokens"]),
  adaptive: object({ display: string }),
  disabled: anything,
});

const format = tagged("type", { json_schema: object({ schema: anObject }, ["schema"]) });

const members: Record<string, Shape> = {
  model: text,
  messages: array(message, 1),
  max_tokens: integer(1),
  stream: boolean,
  system: stringOr(array(tagged("type", { text: textBlock })), "a string or an array of text blocks"),
  temperature: number(0),
  top_p: number(0),
  top_k: integer(0),
  stop_sequences: array(string),
  tools: array(tool),
  tool_choice: toolChoice,
  thinking,
  output_config: object({ effort: oneOf("low", "medium", "high", "xhigh", "max"), format }),
  output_format: format,
  metadata: object({ user_id: string }),
  service_tier: string,
  mcp_servers: array(anObject),
  models: array(text),
  providerOptions: record(anObject),
  tags: array(string),
};

export const messagesBody = object(members, ["model", "max_tokens", "messages"]);

/** What is counted is not answered: it needs no limit. */
export const countBody = object(members, ["model", "messages"]);
