import type { Ask, Requirement } from "../../core/ask.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError } from "../openai-chat/error.ts";
import { requiredFor, requiredForUrl, requirementsOf } from "../requirements.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import { ownStored, storedInOptions } from "../stored.ts";
import type { Inbound, Wire } from "../wire.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeReply, saysIn } from "./encode-reply.ts";
import { CallReplyStream } from "./encode-stream.ts";
import { encodeError, encodeErrorFrame } from "./error.ts";
import { betasOf } from "./hosted-tools.ts";
import { thinkingBeside } from "./options.ts";
import { sealedAs, withoutSeals } from "./reasoning.ts";
import { callBody, type Edition, readHead } from "./schema.ts";
import { mediaTypeOf, uploaded } from "./source.ts";

/**
 * The language model of the AI SDK's gateway protocol, by which `model: "creator/name"` is asked for (contract 4.1 to 4.3). Clients speak it,
 * no provider does. https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-language-model.ts
 */
export const aiSdkLanguageModel: Wire = {
  name: "ai-sdk-language-model",
  operation: "generate",
  path: () => "/language-model",
  decodeError,
  inbound: inboundOf("v4"),
  editions: { v2: inboundOf("v2"), v3: inboundOf("v3") },
};

function inboundOf(door: Edition): Inbound {
  return {
    read: (body, headers) => read(body, headers, door),
    encodeError,
    encodeErrorFrame,
    cap: { member: "maxOutputTokens", least: 1 },
    withoutSeals,
    heartbeat: HEARTBEAT,
    transcode: {
      says: saysIn(door),
      decodeRequest,
      encodeReply,
      encodeStream: (stamp, ask, warnings) => new CallReplyStream(stamp, ask, warnings),
    },
  };
}

function read({ headers: _, ...told }: JsonObject, headers: HeaderFields | undefined, door: Edition): Ask {
  const { model, stream, edition } = readHead(headers, door);
  mustFit(callBody, told);
  // What other wires have in the body: two calls that differ in it are two.
  const body: JsonObject = { ...told, ...withThinking(told, model), model, stream };
  const gateway = gatewayFields({ providerOptions: told.providerOptions });
  const stored = ownStored(storedIn(body) ?? storedInOptions(body.providerOptions), gateway);
  const cap = body.maxOutputTokens;
  const prefers = prefersOf(told);
  const betas = betasIn(told, headers);
  return {
    wire: "ai-sdk-language-model",
    operation: "generate",
    body,
    model,
    edition,
    stream,
    gateway,
    needs: [],
    requires: requirementsOf(told.tools, holdersIn(told.prompt), requiredByPart),
    ...(prefers === undefined ? {} : { prefers }),
    ...stored,
    sealedAs: () => sealedAs(body),
    outputCap: typeof cap === "number" ? cap : undefined,
    hideReasoning: false,
    ...(betas === undefined ? {} : { headers: { [BETA]: betas } }),
  };
}

const BETA = "anthropic-beta";
/** The SDK's own provider names it likewise. https://github.com/vercel/ai/blob/main/packages/anthropic/src/anthropic-language-model.ts */
const SERVERS = "mcp-client-2025-04-04";

/** Beta features of Anthropic's that the client asks for: in the head, in its options, or by the tools that it offers. */
function betasIn({ tools, providerOptions }: JsonObject, headers: HeaderFields | undefined): string | undefined {
  const head = (headers?.get(BETA) ?? "").split(",").map((name) => name.trim());
  const { anthropicBeta, mcpServers } = objectAt(objectAt(providerOptions)?.anthropic) ?? {};
  const told = (arrayAt(anthropicBeta) ?? []).filter((name) => typeof name === "string");
  const served = (arrayAt(mcpServers)?.length ?? 0) > 0 ? [SERVERS] : [];
  const all = [...head, ...told, ...served, ...betasOf(tools)];
  const named = [...new Set(all)].filter((name) => name !== "");
  return named.length === 0 ? undefined : named.join(",");
}

/** What Claude thinks is capped with what it says: the client's cap is of the words alone, where it gives thinking a budget. */
function withThinking({ maxOutputTokens: cap, providerOptions }: JsonObject, model: string): JsonObject {
  if (typeof cap !== "number" || !/^anthropic\//.test(model)) return {};
  return { maxOutputTokens: cap + thinkingBeside(objectAt(providerOptions)) };
}

/** Messages, and results of tools that have parts. */
function holdersIn(prompt: JsonValue | undefined): JsonValue[] {
  const messages = arrayAt(prompt) ?? [];
  const results = messages.flatMap((message) =>
    (arrayAt(objectAt(message)?.content) ?? []).flatMap((part) => {
      const content = arrayAt(objectAt(objectAt(part)?.output)?.value);
      return content === undefined ? [] : [{ content }];
    }),
  );
  return results.length === 0 ? messages : [...messages, ...results];
}

function requiredByPart(part: JsonObject): Requirement | undefined {
  const { type, mediaType, data, url } = part;
  // A picture that was thought of is no picture to look at.
  if (type === "reasoning-file") return undefined;
  if (typeof type === "string" && type.startsWith("image-")) return "vision";
  if (objectAt(data)?.type === "text") return undefined;
  if (typeof mediaType === "string") return requiredFor(mediaTypeOf(part));
  return type === "file-url" ? requiredForUrl(stringAt(url) ?? "") : undefined;
}

/** Members that OpenAI's newer API, which tells thinking and runs tools, does not have. */
const CHATS_ALONE = ["stopSequences", "seed", "frequencyPenalty", "presencePenalty"];

/** The wire that tells most: that of whoever's tools are asked for, or OpenAI's newer one. */
function prefersOf(body: JsonObject): Ask["prefers"] {
  if (arrayAt(body.tools)?.some((tool) => /^anthropic\./.test(String(objectAt(tool)?.id)))) return "anthropic-messages";
  const isChats = (name: string) => (arrayAt(body[name])?.length ?? body[name] ?? null) !== null && body[name] !== 0;
  return CHATS_ALONE.some(isChats) ? undefined : "openai-responses";
}

/** Path of the first member that names what a provider keeps: a file, or what a tool of its own is set up with. */
function storedIn({ prompt, tools }: JsonObject): string | undefined {
  for (const [i, message] of (arrayAt(prompt) ?? []).entries()) {
    for (const [j, part] of (arrayAt(objectAt(message)?.content) ?? []).entries()) {
      if (!isObject(part)) continue;
      const at = `prompt[${i}].content[${j}]`;
      if (uploaded(part) !== undefined) return at;
      const inner = arrayAt(objectAt(part.output)?.value) ?? [];
      const k = inner.findIndex((one) => isObject(one) && uploaded(one) !== undefined);
      if (k >= 0) return `${at}.output.value[${k}]`;
    }
  }
  const all = arrayAt(tools) ?? [];
  const names = (tool: JsonValue) =>
    storedInOptions({ tool: { tools: [objectAt(objectAt(tool)?.args) ?? {}] } }) !== undefined;
  const i = all.findIndex((tool) => objectAt(tool)?.type !== "function" && names(tool));
  return i < 0 ? undefined : `tools[${i}].args`;
}
