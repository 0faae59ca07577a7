import { isObject, type Json, type JsonObject, listOf, numberOf, objectsOf, textOf } from "../json.ts";
import { isThinker } from "../models.ts";
import {
  checkName,
  emptyArray,
  missing,
  refuseGateways,
  refuseMembers,
  refuseUnknown,
  wrongType,
} from "./complaints.ts";
import { invalid } from "./vendor.ts";

/** As in the types of openai 7.57.0. */
const CHAT_MEMBERS = new Set(
  (
    "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens" +
    " metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key" +
    " prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier" +
    " stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options"
  ).split(" "),
);
const MESSAGE_MEMBERS = new Set(
  "role content name tool_calls tool_call_id refusal annotations audio function_call".split(" "),
);
/** Other vendors take marks for their caches, and thinking back: https://api-docs.deepseek.com/guides/thinking_mode */
const FOREIGN_MESSAGE_MEMBERS = new Set([...MESSAGE_MEMBERS, "cache_control", "reasoning_content"]);

const FUNCTION_MEMBERS = new Set(["name", "description", "parameters", "strict"]);

const ROLES = ["system", "assistant", "user", "function", "tool", "developer"];
const PARTS = ["text", "image_url", "input_audio", "refusal", "audio", "file"];
/** What other vendors of this format have beside them. */
const FOREIGN_PARTS = ["document_url", "video_url", "thinking"];

/**
 * What the API refuses of a chat request, so far as a gateway may get it wrong. Not `strict` is another vendor that
 * speaks this format: it knows members of its own, but not the gateway's.
 *
 * @throws {Refusal}
 */
export function checkChat(body: JsonObject, strict = true): void {
  if (textOf(body.model) === "") throw invalid("you must provide a model parameter");
  if (strict) refuseUnknown(body, CHAT_MEMBERS);
  else refuseGateways(body);
  if (body.messages === undefined) throw missing("messages");
  if (!Array.isArray(body.messages)) throw wrongType("messages", "an array of objects", body.messages);
  if (body.messages.length === 0) throw emptyArray("messages");
  checkNumbers(body);
  if (body.stream_options !== undefined && body.stream_options !== null && body.stream !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  checkTools(body);
  checkFormat(body);
  checkMessages(body.messages, strict);
}

/** Mistral's rule for the ids of calls. @throws {Refusal} */
export function checkNineLetters(body: JsonObject): void {
  const messages = objectsOf(body.messages);
  for (const id of messages.flatMap(({ tool_calls: calls }) => objectsOf(calls).map((call) => textOf(call.id))))
    if (!/^[a-zA-Z0-9]{9}$/.test(id))
      throw invalid(`Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`);
}

const RANGES: readonly [name: string, low: number, high: number][] = [
  ["temperature", 0, 2],
  ["top_p", 0, 1],
  ["frequency_penalty", -2, 2],
  ["presence_penalty", -2, 2],
  ["n", 1, 128],
  ["top_logprobs", 0, 20],
  ["max_tokens", 1, 1e9],
  ["max_completion_tokens", 1, 1e9],
];

function checkNumbers(body: JsonObject): void {
  const model = textOf(body.model);
  for (const [name, low, high] of RANGES) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number") throw wrongType(name, "a decimal", value);
    const kind = Number.isInteger(value) ? "integer" : "decimal";
    if (value < low) {
      throw invalid(
        `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${low}, but got ${value} instead.`,
        name,
        `${kind}_below_min_value`,
      );
    }
    if (value > high) {
      throw invalid(
        `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${high}, but got ${value} instead.`,
        name,
        `${kind}_above_max_value`,
      );
    }
  }
  if (!isThinker(model)) {
    // Other vendors that speak this format may know it, whatever their models are called.
    if (typeof body.reasoning_effort === "string" && /^gpt-[34]/.test(model))
      throw invalid("Unrecognized request argument supplied: reasoning_effort");
    return;
  }
  if (numberOf(body.max_tokens) !== undefined) {
    throw invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  }
  for (const name of ["temperature", "top_p"]) {
    const value = numberOf(body[name]);
    if (value === undefined || value === 1) continue;
    throw invalid(
      `Unsupported value: '${name}' does not support ${value} with this model. Only the default (1) value is supported.`,
      name,
      "unsupported_value",
    );
  }
}

function checkTools(body: JsonObject): void {
  const tools = body.tools;
  if (tools === undefined || tools === null) {
    for (const name of ["tool_choice", "parallel_tool_calls"]) {
      if (body[name] === undefined || body[name] === null || body[name] === "none") continue;
      throw invalid(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, name);
    }
    return;
  }
  if (!Array.isArray(tools)) throw wrongType("tools", "an array of objects", tools);
  if (tools.length === 0) throw emptyArray("tools");
  for (const [place, tool] of tools.entries()) {
    const at = `tools[${place}]`;
    if (!isObject(tool) || (tool.type !== "function" && tool.type !== "custom")) {
      const type = isObject(tool) ? textOf(tool.type) : "";
      throw invalid(
        `Invalid value: '${type}'. Supported values are: 'function' and 'custom'.`,
        `${at}.type`,
        "invalid_value",
      );
    }
    if (tool.type === "custom") continue;
    const made = tool.function;
    if (!isObject(made) || typeof made.name !== "string") throw missing(`${at}.function.name`);
    refuseMembers(made, FUNCTION_MEMBERS, `${at}.function`);
    checkName(made.name, `${at}.function.name`);
    if (made.strict === true) {
      const fault = notStrict(made.parameters);
      if (fault !== null)
        throw invalid(
          `Invalid schema for function '${made.name}': ${fault}`,
          `${at}.function.parameters`,
          "invalid_function_parameters",
        );
    }
  }
}

function checkFormat(body: JsonObject): void {
  const format = body.response_format;
  if (!isObject(format)) return;
  if (format.type === "json_object" && !/json/i.test(JSON.stringify(body.messages))) {
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      "messages",
    );
  }
  if (format.type !== "json_schema") return;
  const named = format.json_schema;
  if (!isObject(named)) throw missing("response_format.json_schema");
  if (typeof named.name !== "string") throw missing("response_format.json_schema.name");
  checkName(named.name, "response_format.json_schema.name");
  const fault = named.strict === true ? notStrict(named.schema) : null;
  if (fault !== null) throw invalid(`Invalid schema for response_format '${named.name}': ${fault}`, "response_format");
}

/** What keeps a schema from being strict; `null` where it is. */
function notStrict(schema: Json | undefined, context = "()"): string | null {
  if (!isObject(schema) || schema.type !== "object") return null;
  const members = isObject(schema.properties) ? schema.properties : {};
  if (schema.additionalProperties !== false) {
    return `In context=${context}, 'additionalProperties' is required to be supplied and to be false.`;
  }
  for (const [name, member] of Object.entries(members)) {
    if (!listOf(schema.required).includes(name)) {
      return `In context=${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${name}'.`;
    }
    const fault = notStrict(member, `('properties', '${name}')`);
    if (fault !== null) return fault;
  }
  return null;
}

function checkMessages(messages: readonly Json[], strict: boolean): void {
  // Calls that wait for their results.
  let open = new Set<string>();
  for (const [place, message] of messages.entries()) {
    const at = `messages[${place}]`;
    if (!isObject(message)) throw wrongType(at, "an object", message);
    const role = textOf(message.role);
    if (!ROLES.includes(role)) {
      throw invalid(
        `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        `${at}.role`,
        "invalid_value",
      );
    }
    refuseMembers(message, strict ? MESSAGE_MEMBERS : FOREIGN_MESSAGE_MEMBERS, at);
    if (role === "tool") {
      const id = textOf(message.tool_call_id);
      if (id === "") throw missing(`${at}.tool_call_id`);
      if (!open.delete(id)) {
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${place}].role`,
        );
      }
    } else if (open.size > 0) {
      throw unanswered(open, place);
    }
    checkContent(message, role, place, strict);
    if (role === "assistant") open = checkCalls(message, at, strict);
  }
  if (open.size > 0) throw unanswered(open, messages.length);
}

function checkCalls(message: JsonObject, at: string, strict: boolean): Set<string> {
  const calls = message.tool_calls;
  if (calls === undefined || calls === null) return new Set();
  if (!Array.isArray(calls)) throw wrongType(`${at}.tool_calls`, "an array of objects", calls);
  if (calls.length === 0) throw emptyArray(`${at}.tool_calls`);
  const ids = objectsOf(calls).map((call, place) => {
    const id = textOf(call.id);
    if (strict && id.length > 40) {
      throw invalid(
        `Invalid '${at}.tool_calls[${place}].id': string too long. Expected a string with maximum length 40, but instead got a string with length ${id.length} instead.`,
        `${at}.tool_calls[${place}].id`,
        "string_above_max_length",
      );
    }
    const made = call.function;
    if (isObject(made) && typeof made.arguments !== "string") {
      throw wrongType(`${at}.tool_calls[${place}].function.arguments`, "a string", made.arguments);
    }
    return id;
  });
  return new Set(ids);
}

function checkContent(message: JsonObject, role: string, place: number, strict: boolean): void {
  const content = message.content;
  const silent = role === "assistant" && (message.tool_calls ?? message.refusal ?? message.audio) !== undefined;
  if (content === undefined || content === null) {
    if (!silent)
      throw invalid("Invalid value for 'content': expected a string, got null.", `messages.[${place}].content`);
    return;
  }
  if (typeof content === "string") return;
  if (!Array.isArray(content))
    throw wrongType(`messages[${place}].content`, "one of a string or array of objects", content);
  if (content.length === 0) throw emptyArray(`messages[${place}].content`);
  for (const [index, part] of content.entries()) {
    const type = isObject(part) ? textOf(part.type) : "";
    if (!PARTS.includes(type) && !(FOREIGN_PARTS.includes(type) && !strict)) {
      throw invalid(
        `Invalid value: '${type}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.`,
        `messages[${place}].content[${index}].type`,
        "invalid_value",
      );
    }
  }
}

function unanswered(open: ReadonlySet<string>, place: number) {
  return invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
    `messages.[${place}].role`,
  );
}
