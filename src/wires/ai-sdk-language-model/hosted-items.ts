import { arrayAt, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Part, ToolCallPart } from "../../core/request.ts";
import { resultOf } from "./hosted-results.ts";
import type { Edition } from "./schema.ts";

/**
 * What OpenAI's own tools did. Each is one item of the answer, call and outcome in one; the client is told both, as the SDK's own provider of
 * OpenAI tells them, and sends back what OpenAI takes without having kept it. Code and searches of files are not among that: their items name
 * containers and files of the account.
 * https://github.com/vercel/ai/blob/main/packages/openai/src/responses/openai-responses-language-model.ts
 */

const RUN = new Set<unknown>(["code_interpreter_call", "file_search_call", "mcp_call", "mcp_approval_request"]);

/** Whether clients of this edition are told of such an item. */
export function isItem({ type }: JsonObject, edition: Edition): boolean {
  return RUN.has(type) || (type === "compaction" && edition === "v4");
}

type Head = (call: Pick<ToolCallPart, "call" | "name" | "by">) => JsonObject & { toolName: string };

/** @param head says whose call it is */
export function encodeItem(item: JsonObject, head: Head, edition: Edition): JsonObject[] {
  const id = stringAt(item.id) ?? "";
  const call = (call: string, name: string, input: string, beside?: JsonObject): JsonObject & { toolName: string } => ({
    ...{ type: "tool-call", toolCallId: call, ...head({ call, name, by: "provider" }), input },
    ...(beside === undefined ? {} : { providerMetadata: { openai: beside } }),
  });
  switch (item.type) {
    case "code_interpreter_call": {
      const input = JSON.stringify(jsonObject({ code: item.code, containerId: item.container_id }));
      const made = call(id, "code_interpreter", input);
      return [made, { ...resultOf(id, made.toolName, edition), result: { outputs: item.outputs ?? null } }];
    }
    case "file_search_call": {
      const found = arrayAt(item.results)?.flatMap<JsonObject>((one) => objectAt(one) ?? []);
      const made = call(id, "file_search", "{}");
      const result = { queries: item.queries ?? [], results: found?.map(foundPart) ?? null };
      return [made, { ...resultOf(id, made.toolName, edition), result }, ...sourcesOf(found ?? [], id)];
    }
    case "mcp_call": {
      const asked = stringAt(item.approval_request_id) ?? id;
      const made = call(asked, mcpName(item, edition), argumentsOf(item));
      const { server_label: serverLabel, name, output, error } = item;
      const told = { type: "call", serverLabel, name, arguments: argumentsOf(item) };
      const result = jsonObject({ ...told, output: output ?? undefined, error: error ?? undefined });
      const beside = { providerMetadata: { openai: { itemId: id } } };
      return [made, { ...resultOf(asked, made.toolName, edition), dynamic: true, result, ...beside }];
    }
    case "mcp_approval_request": {
      const { server_label: serverLabel, name } = item;
      const made = call(id, mcpName(item, edition), argumentsOf(item), jsonObject({ type: item.type, serverLabel }));
      if (edition !== "v2") return [made, { type: "tool-approval-request", approvalId: id, toolCallId: id }];
      // It has no word for this: what its own provider makes of it.
      const result = jsonObject({ type: "approvalRequest", serverLabel, id, name, arguments: argumentsOf(item) });
      return [made, { ...resultOf(id, made.toolName, edition), result }];
    }
    case "compaction": {
      const beside = jsonObject({ type: item.type, itemId: id, encryptedContent: item.encrypted_content });
      return [{ type: "custom", kind: COMPACTION, providerMetadata: { openai: beside } }];
    }
    default:
      return [];
  }
}

const COMPACTION = "openai.compaction";
const MCP = "mcp.";

/** Clients of the first edition fail over calls of tools that they have not offered: to them it is the one by which the server was named. */
function mcpName({ name }: JsonObject, edition: Edition): string {
  return edition === "v2" ? "mcp" : MCP + (stringAt(name) ?? "");
}

function argumentsOf({ arguments: args }: JsonObject): string {
  return stringAt(args) || "{}";
}

function foundPart({ attributes, file_id: fileId, filename, score, text }: JsonObject): JsonObject {
  return jsonObject({ attributes, fileId, filename, score, text });
}

/** Each file once. */
function sourcesOf(found: readonly JsonObject[], id: string): JsonObject[] {
  const files = new Map(found.map((one) => [one.file_id, one]));
  return [...files.values()].map(({ file_id: fileId, filename }, place) =>
    jsonObject({
      type: "source",
      sourceType: "document",
      id: `${id}-${place}`,
      mediaType: "text/plain",
      title: stringAt(filename) ?? "document",
      filename,
      providerMetadata: { openai: jsonObject({ type: "file_search", fileId }) },
    }),
  );
}

/** An item of the history: a part of its own, which only its wire can say. */
export function itemPart(value: JsonObject): Native {
  return { kind: "native", wire: "openai-responses", value, extra: { item: true } };
}

export type Native = Extract<Part, { kind: "native" }>;

/** The item behind a `tool-call` that waits for the client's word; `undefined` for any other. */
export function decodeAsked(part: JsonObject): JsonObject | undefined {
  const { type, serverLabel } = optionsOf(part);
  const name = stringAt(part.toolName);
  if (type !== "mcp_approval_request" || name === undefined) return undefined;
  const args = typeof part.input === "string" ? part.input : JSON.stringify(part.input ?? {});
  return jsonObject({ type, id: part.toolCallId, server_label: serverLabel, name: bare(name), arguments: args });
}

/** The item of a call of another's server, from its `tool-result`; `undefined` for any other. */
export function decodeMcpCall(
  part: JsonObject,
  asked: ReadonlyMap<JsonValue | undefined, unknown>,
): JsonObject | undefined {
  const { type, serverLabel, name, arguments: args, output, error } = objectAt(objectAt(part.output)?.value) ?? {};
  if (type !== "call" || typeof serverLabel !== "string") return undefined;
  const approval = asked.has(part.toolCallId) ? part.toolCallId : undefined;
  const id = stringAt(optionsOf(part).itemId) ?? part.toolCallId;
  const told = { type: "mcp_call", id, server_label: serverLabel, name, arguments: args };
  return jsonObject({ ...told, output, error, approval_request_id: approval });
}

/** What the client says to a call that waits for its word. */
export function decodeApproval({ approvalId, approved, reason }: JsonObject): JsonObject {
  return jsonObject({ type: "mcp_approval_response", approval_request_id: approvalId, approve: approved, reason });
}

/** What only one provider says, as its item; `undefined` for what none of those here says. */
export function decodeCustom(part: JsonObject): JsonObject | undefined {
  const { itemId: id, encryptedContent } = optionsOf(part);
  if (part.kind !== COMPACTION || typeof encryptedContent !== "string") return undefined;
  return jsonObject({ type: "compaction", id, encrypted_content: encryptedContent });
}

function optionsOf({ providerOptions }: JsonObject): JsonObject {
  return objectAt(objectAt(providerOptions)?.openai) ?? {};
}

function bare(name: string): string {
  return name.startsWith(MCP) ? name.slice(MCP.length) : name;
}
