import type { Ask, Requirement } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import { count } from "../../core/usage.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { requiredForUrl, requirementsOf } from "../requirements.ts";
import { mustFit } from "../shape.ts";
import { hasSpare, isOwn } from "../spare-tools.ts";
import { HEARTBEAT } from "../sse.ts";
import { ownStored, storedInOptions } from "../stored.ts";
import { TOOL_NAME } from "../tool-names.ts";
import type { Counting, Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { decodeRequest } from "./decode-request.ts";
import { ResponsesStream } from "./decode-stream.ts";
import { encodeReply, says } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { ResponsesReplyStream } from "./encode-stream.ts";
import { decodeError, encodeError, encodeErrorFrame } from "./error.ts";
import { callLimit } from "./hosted-tools.ts";
import { FORMAT, sealedAs, withoutSeals } from "./reasoning.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { ResponsesRelay } from "./relay-stream.ts";
import { responsesBody } from "./schema.ts";

/** https://platform.openai.com/docs/api-reference/responses/input-tokens */
const tokens: Counting = {
  path: () => "/responses/input_tokens",
  body({ model, input, tools, tool_choice, parallel_tool_calls, reasoning, text }) {
    return jsonObject({ model, input, tools, tool_choice, parallel_tool_calls, reasoning, text });
  },
  read: (told) => count(told.input_tokens),
};

/** OpenAI Responses. https://platform.openai.com/docs/api-reference/responses */
export const openaiResponses: Wire = {
  name: "openai-responses",
  operation: "generate",
  path: () => "/responses",
  decodeError,
  calls: callLimit,
  inbound: {
    read,
    encodeError,
    encodeErrorFrame,
    // https://platform.openai.com/docs/api-reference/responses/create: fewer are refused.
    cap: { member: "max_output_tokens", least: 16 },
    withoutSeals,
    heartbeat: HEARTBEAT,
    transcode: { says, decodeRequest, encodeReply, encodeStream: (stamp, ask) => new ResponsesReplyStream(stamp, ask) },
  },
  outbound: {
    toolName: TOOL_NAME,
    textTools: () => true,
    seals: FORMAT,
    encodeRequest,
    decodeAnswer,
    decodeStream: () => new ResponsesStream(),
    count: tokens,
  },
  relay: {
    request: relayRequest,
    answer: relayAnswer,
    stream: ({ continues }, stamp, readings) => new ResponsesRelay(stamp, readings, continues?.id),
  },
};

function read(body: JsonObject): Ask {
  mustFit(responsesBody, body);
  refuseBackground(body);
  const gateway = gatewayFields(body);
  const stored = ownStored(storedIn(body) ?? storedInOptions(body.providerOptions), gateway);
  const { max_output_tokens: cap, previous_response_id: previous } = body;
  return {
    wire: "openai-responses",
    operation: "generate",
    body,
    model: body.model as string,
    stream: body.stream === true,
    gateway,
    needs: needsOf(body),
    requires: requirementsOf(body.tools, arrayAt(body.input), requiredByPart),
    ...(typeof previous === "string" && OURS.test(previous) ? { continues: { id: previous } } : {}),
    ...stored,
    sealedAs: () => sealedAs(body),
    outputCap: typeof cap === "number" ? cap : undefined,
    hideReasoning: false,
  };
}

function requiredByPart({ type, file_data: data, file_url: url }: JsonObject): Requirement | undefined {
  if (type === "input_image") return "vision";
  if (type === "input_audio") return "audio-input";
  return type === "input_file" ? requiredForUrl(stringAt(data) ?? stringAt(url) ?? "") : undefined;
}

/** @throws GatewayError `not_implemented` */
function refuseBackground({ background }: JsonObject): void {
  if (background !== true) return;
  throw new GatewayError("not_implemented", "Responses in the background do not exist here yet.", {
    param: "background",
  });
}

/** Ids of this gateway, which it gives to what a provider keeps. */
const OURS = /^gen_/;

/** Path of the first member that names something by a provider's id. */
function storedIn(body: JsonObject): string | undefined {
  const { previous_response_id: previous } = body;
  if (typeof previous === "string" && !OURS.test(previous)) return "previous_response_id";
  for (const name of ["conversation", "prompt"]) {
    if (body[name] !== undefined && body[name] !== null) return name;
  }
  for (const [i, tool] of (arrayAt(body.tools) ?? []).entries()) {
    if (!isObject(tool)) continue;
    if (tool.vector_store_ids !== undefined) return `tools[${i}].vector_store_ids`;
    const { container } = tool;
    if (typeof container === "string" || objectAt(container)?.file_ids !== undefined) return `tools[${i}].container`;
    const mask = objectAt(tool.input_image_mask)?.file_id ?? null;
    if (mask !== null) return `tools[${i}].input_image_mask.file_id`;
    // https://developers.openai.com/api/docs/guides/tools-shell
    const { container_id, file_ids } = objectAt(tool.environment) ?? {};
    if (container_id !== undefined || file_ids !== undefined) return `tools[${i}].environment`;
  }
  for (const [i, item] of (arrayAt(body.input) ?? []).entries()) {
    if (!isObject(item)) continue;
    if (item.type === "item_reference" || (item.type === undefined && item.role === undefined)) return `input[${i}]`;
    // A picture of a screen.
    if ((objectAt(item.output)?.file_id ?? null) !== null) return `input[${i}].output.file_id`;
    for (const list of ["content", "output"]) {
      for (const [j, part] of (arrayAt(item[list]) ?? []).entries()) {
        const id = objectAt(part)?.file_id;
        if (id !== undefined && id !== null) return `input[${i}].${list}[${j}].file_id`;
      }
    }
  }
  return undefined;
}

/** Items and parts that other wires can say as well, or that a conversation goes on without; everything else only this one. */
const ITEMS: ReadonlySet<unknown> = new Set([
  "message",
  "reasoning",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "web_search_call",
  "image_generation_call",
]);
const PARTS: ReadonlySet<unknown> = new Set([
  "input_text",
  "output_text",
  "refusal",
  "input_image",
  "input_file",
  "input_audio",
]);
const CHOICES: ReadonlySet<unknown> = new Set(["function", "custom", "allowed_tools"]);

/** What an answer in another format could not give, so that leaving it out would change what was asked for. */
function needsOf(body: JsonObject): string[] {
  const needs = new Set<string>();
  const check = (known: ReadonlySet<unknown>, value: JsonValue | undefined, otherwise?: string) => {
    const type = objectAt(value)?.type ?? otherwise;
    if (!known.has(type)) needs.add(String(type));
  };
  for (const item of arrayAt(body.input) ?? []) {
    check(ITEMS, item, "message");
    for (const list of [objectAt(item)?.content, objectAt(item)?.output]) {
      if (objectAt(item)?.type !== "reasoning") for (const part of arrayAt(list) ?? []) check(PARTS, part);
    }
  }
  if (!hasSpare(body))
    for (const tool of arrayAt(body.tools) ?? []) if (!isOwn(tool)) needs.add(String(objectAt(tool)?.type));
  if (isObject(body.tool_choice)) check(CHOICES, body.tool_choice);
  if (typeof body.previous_response_id === "string") needs.add("previous_response_id");
  if (typeof body.top_logprobs === "number" && body.top_logprobs > 0) needs.add("top_logprobs");
  if (arrayAt(body.include)?.includes("message.output_text.logprobs")) needs.add("message.output_text.logprobs");
  return [...needs];
}
