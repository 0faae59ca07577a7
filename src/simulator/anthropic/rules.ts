import { isObject, type Json, type JsonObject, listOf, numberOf, objectOr, objectsOf, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { checkTurns } from "./turn-rules.ts";
import { invalid, threadUnsupported } from "./vendor.ts";

/** As in the types of @anthropic-ai/sdk 1.12.0. */
const MEMBERS = new Set(
  (
    "max_tokens messages model cache_control container diagnostics inference_geo metadata output_config service_tier" +
    " speed stop_sequences stream system thinking tool_choice tools temperature top_k top_p user_profile_id workspace_id"
  ).split(" "),
);
/** Known only with an `anthropic-beta` header. */
const BETA_MEMBERS = new Set(
  "billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers output_format thread".split(
    " ",
  ),
);
const TOOL_MEMBERS = new Set(
  (
    "name description input_schema type cache_control strict eager_input_streaming defer_loading allowed_callers" +
    " input_examples"
  ).split(" "),
);
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const HELP = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking";

/**
 * What the API refuses, so far as a gateway may get it wrong.
 *
 * @throws {Refusal}
 */
export function checkMessages(body: JsonObject, headers: Readonly<Record<string, string>>): void {
  if (headers["anthropic-version"] === undefined) throw invalid("anthropic-version: header is required");
  for (const name of ["model", "max_tokens", "messages"]) {
    if (body[name] === undefined) throw invalid(`${name}: Field required`);
  }
  const beta = headers["anthropic-beta"] !== undefined;
  for (const name of Object.keys(body)) {
    if (!MEMBERS.has(name) && !(beta && BETA_MEMBERS.has(name)))
      throw invalid(`${name}: Extra inputs are not permitted`);
  }
  if (isObject(body.thread)) throw threadUnsupported();
  checkNumbers(body);
  checkTools(body);
  checkThinking(body);
  checkFormat(body);
  checkSystem(body.system);
  if (!Array.isArray(body.messages)) throw invalid("messages: Input should be a valid list");
  checkTurns(body);
  checkCacheMarks(body);
}

/**
 * Turns that do not alternate, which the API joins today and refused until 2024.
 *
 * @throws {Refusal}
 */
export function checkAlternation(body: JsonObject, scenario: Scenario): void {
  if (!scenario["strict-roles"]) return;
  const roles = objectsOf(body.messages).map(({ role }) => textOf(role));
  const again = roles.find((role, place) => role === roles[place - 1]);
  if (again === undefined) return;
  throw invalid(
    `messages: roles must alternate between "user" and "assistant", but found multiple "${again}" roles in a row`,
  );
}

function checkNumbers(body: JsonObject): void {
  if (!Number.isInteger(body.max_tokens)) throw invalid("max_tokens: Input should be a valid integer");
  if (Number(body.max_tokens) < 1) throw invalid("max_tokens: Input should be greater than or equal to 1");
  for (const name of ["temperature", "top_p"]) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number") throw invalid(`${name}: Input should be a valid number`);
    if (value < 0) throw invalid(`${name}: Input should be greater than or equal to 0`);
    if (value > 1) throw invalid(`${name}: Input should be less than or equal to 1`);
  }
  for (const [place, stop] of listOf(body.stop_sequences).entries()) {
    if (typeof stop !== "string") throw invalid(`stop_sequences.${place}: Input should be a valid string`);
    if (stop.trim() === "") throw invalid("stop_sequences: each stop sequence must contain non-whitespace");
  }
}

function checkTools(body: JsonObject): void {
  const tools = objectsOf(body.tools);
  const choice = body.tool_choice;
  if (choice !== undefined && choice !== null) {
    const type = textOf(objectOr(choice, {}).type);
    if (!["auto", "any", "tool", "none"].includes(type)) {
      throw invalid(
        `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`,
      );
    }
    if (tools.length === 0) throw invalid("tool_choice: tool_choice may only be specified while providing tools");
    const name = objectOr(choice, {}).name;
    if (type === "tool" && !tools.some((tool) => tool.name === name)) {
      throw invalid(`Tool '${textOf(name)}' not found in provided tools`);
    }
  }
  const names = tools.map(({ name }) => textOf(name)).filter((name) => name !== "");
  if (new Set(names).size < names.length) throw invalid("tools: Tool names must be unique.");
  for (const [place, tool] of tools.entries()) {
    if (tool.type !== undefined && tool.type !== null && tool.type !== "custom") continue;
    const at = `tools.${place}.custom`;
    for (const name of ["name", "input_schema"]) {
      if (tool[name] === undefined) throw invalid(`${at}.${name}: Field required`);
    }
    if (!TOOL_NAME.test(textOf(tool.name)))
      throw invalid(`${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    if (objectOr(tool.input_schema, {}).type !== "object")
      throw invalid(`${at}.input_schema.type: Input should be 'object'`);
    const unknown = Object.keys(tool).find((name) => !TOOL_MEMBERS.has(name));
    if (unknown !== undefined) throw invalid(`${at}.${unknown}: Extra inputs are not permitted`);
  }
}

function checkThinking(body: JsonObject): void {
  const thinking = body.thinking;
  if (thinking === undefined || thinking === null) return;
  const { type, budget_tokens: budget } = objectOr(thinking, {});
  if (type !== "enabled" && type !== "disabled" && type !== "adaptive") {
    throw invalid(
      `thinking: Input tag '${textOf(type)}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'`,
    );
  }
  if (type === "disabled") return;
  if (type === "enabled") {
    if (budget === undefined) throw invalid("thinking.enabled.budget_tokens: Field required");
    if (!(Number(budget) >= 1024)) {
      throw invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
    }
    if (Number(budget) >= Number(body.max_tokens)) {
      throw invalid(
        `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. ${HELP}#max-tokens-and-context-window-size-with-extended-thinking`,
      );
    }
    const choice = objectOr(body.tool_choice, {}).type;
    if (choice === "any" || choice === "tool")
      throw invalid("Thinking may not be enabled when tool_choice forces tool use.");
  }
  const temperature = numberOf(body.temperature);
  if (temperature !== undefined && temperature !== 1) {
    throw invalid(
      `\`temperature\` may only be set to 1 when thinking is enabled. ${HELP}#important-considerations-when-using-extended-thinking`,
    );
  }
  const topP = numberOf(body.top_p);
  if (topP !== undefined && topP < 0.95) {
    throw invalid(`\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled. ${HELP}`);
  }
  if (numberOf(body.top_k) !== undefined) throw invalid(`\`top_k\` must be unset when thinking is enabled. ${HELP}`);
}

function checkFormat(body: JsonObject): void {
  const format = objectOr(body.output_config, {}).format;
  if (format === undefined || format === null) return;
  const { type, schema } = objectOr(format, {});
  if (type !== "json_schema") throw invalid("output_config.format.type: Input should be 'json_schema'");
  if (!isObject(schema)) throw invalid("output_config.format.schema: Field required");
  if (isOpen(schema)) {
    throw invalid(
      "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    );
  }
}

/** Whether any object in this schema takes members it does not name. */
function isOpen(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.some(isOpen);
  if (!isObject(schema)) return false;
  if (schema.type === "object" && schema.additionalProperties !== false) return true;
  const inner = [...Object.values(objectOr(schema.properties, {})), ...Object.values(objectOr(schema.$defs, {}))];
  return [...inner, schema.items, schema.anyOf, schema.allOf].some(isOpen);
}

function checkSystem(system: Json | undefined): void {
  if (system === undefined || typeof system === "string") return;
  if (!Array.isArray(system)) throw invalid("system: Input should be a valid list");
  for (const [place, block] of system.entries()) {
    if (!isObject(block) || block.type !== "text") throw invalid(`system.${place}: Input should be a valid text block`);
    if (textOf(block.text) === "") throw invalid("system: text content blocks must be non-empty");
  }
}

function checkCacheMarks(body: JsonObject): void {
  const contents = [body.tools, body.system, ...objectsOf(body.messages).map(({ content }) => content)];
  const blocks = contents.flatMap((content) => objectsOf(content));
  const marks = blocks.filter((block) => (block.cache_control ?? null) !== null).length;
  const found = marks + ((body.cache_control ?? null) === null ? 0 : 1);
  if (found > 4) throw invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${found}.`);
}
