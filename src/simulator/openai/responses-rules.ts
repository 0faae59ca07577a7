import { isObject, type JsonObject, objectsOf, textOf } from "../json.ts";
import { isThinker } from "../models.ts";
import { checkName, missing, refuseMembers, refuseUnknown, wrongType } from "./complaints.ts";
import { isSealed } from "./responses-seal.ts";
import { invalid } from "./vendor.ts";

/** As in the types of openai 7.57.0, and what Codex sends beside. */
const MEMBERS = new Set(
  // xAI's alone, which is asked here as well.
  (
    "max_turns " +
    "background client_metadata context_management conversation include input instructions max_output_tokens max_tool_calls metadata" +
    " model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options" +
    " prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text" +
    " tool_choice tools top_logprobs top_p truncation user"
  ).split(" "),
);
/** Of a request to count: what has no tokens is not known there. */
const COUNTED = new Set(
  "conversation input instructions model parallel_tool_calls personality previous_response_id reasoning text tool_choice tools truncation".split(
    " ",
  ),
);
const FUNCTION = new Set(["type", "name", "description", "parameters", "strict", "defer_loading"]);
const IDS: Record<string, string> = { message: "msg", function_call: "fc", reasoning: "rs" };

/** What the API refuses of a request for a response, so far as a gateway may get it wrong. @throws {Refusal} */
export function checkResponses(body: JsonObject): void {
  if (textOf(body.model) === "") throw missing("model");
  refuseUnknown(body, MEMBERS);
  if (body.input === undefined) throw missing("input");
  if (typeof body.input !== "string" && !Array.isArray(body.input))
    throw wrongType("input", "one of a string or an array of input items", body.input);
  if (isThinker(textOf(body.model)) && typeof body.temperature === "number" && body.temperature !== 1)
    throw invalid(
      "Unsupported parameter: 'temperature' is not supported with this model.",
      "temperature",
      "unsupported_parameter",
    );
  for (const [at, tool] of objectsOf(body.tools).entries()) {
    if (tool.type !== "function") continue;
    if (isObject(tool.function)) throw missing(`tools[${at}].name`);
    refuseMembers(tool, FUNCTION, `tools[${at}]`);
    checkName(textOf(tool.name), `tools[${at}].name`);
  }
  checkItems(objectsOf(body.input), textOf(body.previous_response_id) !== "");
}

/** @throws {Refusal} */
export function checkInputTokens(body: JsonObject): void {
  refuseUnknown(body, COUNTED);
  checkResponses(body);
}

/** @param goesOn calls may stand in a response that came before */
function checkItems(items: readonly JsonObject[], goesOn: boolean): void {
  const calls = new Set<string>();
  for (const [at, item] of items.entries()) {
    const type = textOf(item.type) || "message";
    const prefix = IDS[type];
    const id = textOf(item.id);
    if (prefix !== undefined && id !== "" && !id.startsWith(`${prefix}_`))
      throw invalid(
        `Invalid 'input[${at}].id': '${id}'. Expected an ID that begins with '${prefix}'.`,
        `input[${at}].id`,
        "invalid_value",
      );
    if (type === "function_call") calls.add(textOf(item.call_id));
    if (type === "function_call_output" && !calls.delete(textOf(item.call_id)) && !goesOn)
      throw invalid(`No tool call found for function call output with call_id ${textOf(item.call_id)}.`, "input");
    const sealed = textOf(item.encrypted_content);
    if (type === "reasoning" && sealed !== "" && !isSealed(sealed))
      throw invalid(
        `The encrypted content ${sealed.slice(0, 4)}...${sealed.slice(-4)} could not be verified.`,
        null,
        "invalid_encrypted_content",
      );
  }
  const [open] = calls;
  if (open !== undefined) throw invalid(`No tool output found for function call ${open}.`, "input");
}
