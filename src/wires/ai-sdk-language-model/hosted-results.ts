import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  objectAt,
  parseJson,
  stringAt,
} from "../../core/json.ts";
import { snake } from "../provider-options.ts";
import { camel } from "./hosted-tools.ts";
import { decodeCallProof } from "./reasoning.ts";
import type { Edition } from "./schema.ts";

/**
 * What tools of a provider's own gave. Anthropic tells it in a block behind the call, `<tool>_tool_result`; the client keeps it as a
 * `tool-result` of the call and sends it back with the conversation, from which the block is made again.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools
 */

const BLOCK = /_tool_result$/;

/** Whether a block is such a result. */
export function isResult(value: JsonValue): boolean {
  return isObject(value) && typeof value.type === "string" && BLOCK.test(value.type) && value.tool_use_id !== undefined;
}

/** @param names of calls, by their ids */
export function encodeResult(block: JsonObject, names: ReadonlyMap<string, string>, edition: Edition): JsonObject {
  const call = stringAt(block.tool_use_id) ?? "";
  const type = String(block.type);
  const content = block.content ?? null;
  const failed = block.is_error === true || /_error$/.test(String(objectAt(content)?.type));
  return jsonObject({
    ...resultOf(call, names.get(call) ?? type.replace(BLOCK, ""), edition),
    // The SDK keeps what programs and others' servers gave as it came.
    result: (/code_execution|^mcp_/.test(type) ? content : renamed(content, camel)) ?? {},
    isError: failed ? true : undefined,
    providerMetadata: { anthropic: { type } },
  });
}

/** The result of a call whose provider tells no more than that it was made. */
export function encodeDone(call: string, name: string, item: JsonObject, edition: Edition): JsonObject {
  return { ...resultOf(call, name, edition), result: jsonObject({ action: item.action, status: item.status }) };
}

export function resultOf(call: string, name: string, edition: Edition): JsonObject {
  const beside = edition === "v2" ? { providerExecuted: true } : {};
  return { type: "tool-result", toolCallId: call, toolName: name, ...beside };
}

/** Whose server was called, as the SDK's own provider of Anthropic's tells it beside the call; `undefined` for tools that nobody's server has. */
export function encodeServer(extra: JsonObject | undefined): JsonObject | undefined {
  if (extra?.type !== "mcp_tool_use") return undefined;
  return { anthropic: jsonObject({ type: SERVED, serverName: extra.server_name }) };
}

const SERVED = "mcp-tool-use";

/** What stands in the block of such a call beside what every call has. */
export function decodeServer({ providerOptions }: JsonObject): JsonObject | undefined {
  const { type, serverName } = objectAt(objectAt(providerOptions)?.anthropic) ?? {};
  return type === SERVED && typeof serverName === "string"
    ? { type: "mcp_tool_use", server_name: serverName }
    : undefined;
}

/**
 * A result of the history as the block that it was, or `undefined` for what no provider takes back.
 * @param isServed another's server gave it
 */
export function decodeHostedResult(part: JsonObject, isServed: boolean): JsonObject | undefined {
  const output = objectAt(part.output) ?? {};
  const { value } = output;
  if (value === undefined) return undefined;
  const { toolCallId: tool_use_id } = part;
  if (isServed)
    return jsonObject({
      type: "mcp_tool_result",
      tool_use_id,
      is_error: /^error/.test(String(output.type)),
      content: value,
    });
  const type = stringAt(objectAt(objectAt(part.providerOptions)?.anthropic)?.type) ?? typeOf(value);
  // Without its server's name the call would be refused.
  if (type === undefined || !BLOCK.test(type) || type === "mcp_tool_result") return undefined;
  return jsonObject({ type, tool_use_id, content: renamed(value, snake) });
}

/** The block by what is in it: not every edition keeps what stands beside a result. */
function typeOf(value: JsonValue | undefined): string | undefined {
  const told = stringAt(objectAt(arrayAt(value)?.[0] ?? value)?.type);
  if (told === undefined) return undefined;
  if (told.startsWith("tool_search_")) return "tool_search_tool_result";
  const [, program] = /^(?:encrypted_)?((?:bash_|text_editor_)?code_execution)_/.exec(told) ?? [];
  if (program !== undefined) return `${program}_tool_result`;
  const type = told.replace(/_tool_result_error$/, "_result");
  return /_result$/.test(type) ? type.replace(/_result$/, "_tool_result") : undefined;
}

/** Names of members, however deep. */
function renamed(value: JsonValue, name: (old: string) => string): JsonValue {
  if (Array.isArray(value)) return value.map((each) => renamed(each, name));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([old, each = null]) => [name(old), renamed(each, name)]));
}

/** What Gemini calls its own running of code. https://ai.google.dev/gemini-api/docs/code-execution */
export const CODE = "code_execution";

/** Whether a piece of Gemini's is code that it ran, or what came of it. */
export function isCode(value: JsonValue): boolean {
  const { executableCode, codeExecutionResult } = objectAt(value) ?? {};
  return isObject(executableCode) || isObject(codeExecutionResult);
}

/** What came of code that Gemini ran, or `undefined` where that is not what the part holds. */
export function decodeOutcome({ output }: JsonObject): JsonObject | undefined {
  const value = objectAt(objectAt(output)?.value);
  return typeof value?.outcome === "string" ? { codeExecutionResult: value } : undefined;
}

/** The code, as it was told. */
export function decodeCode(part: JsonObject): JsonObject {
  return jsonObject({ executableCode: objectAt(part.input) ?? {}, thoughtSignature: decodeCallProof(part)?.value });
}

/** Programs that Claude runs: tools of their own there, and one of the client's, whose input says by its `type` which it is. */
const PROGRAMS: ReadonlySet<unknown> = new Set(["bash_code_execution", "text_editor_code_execution"]);
const PROGRAM = "programmatic-tool-call";

/** Whether the input of a provider's call is told otherwise, and so only whole. */
export function isProgram({ name, by }: { name: string; by: "client" | "provider" }): boolean {
  return by === "provider" && (name === CODE || PROGRAMS.has(name));
}

/** @param args JSON, which is told as it is where it is no object */
export function programInput(name: string, args: string): string {
  const input = parseJson(args);
  if (!isObject(input)) return args;
  const type = PROGRAMS.has(name) ? name : input.code !== undefined && input.type === undefined ? PROGRAM : undefined;
  return type === undefined ? args : JSON.stringify({ type, ...input });
}

/** The tool that was called, and what with, of an input that may say so. */
export function decodeProgram(input: JsonValue | undefined): [name: string, input: JsonValue | undefined] {
  const { type, ...rest } = objectAt(input) ?? {};
  if (typeof type === "string" && PROGRAMS.has(type)) return [type, rest];
  return [CODE, type === PROGRAM ? rest : input];
}
