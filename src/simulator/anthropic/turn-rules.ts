import { isObject, type Json, type JsonObject, objectOr, objectsOf, textOf } from "../json.ts";
import { isRedacted, isSignatureOf } from "./signature.ts";
import { invalid } from "./vendor.ts";

const CALL_ID = /^[a-zA-Z0-9_-]+$/;

/** Members of the blocks a client may send; other types are not looked into. */
const BLOCK_MEMBERS: Record<string, readonly string[]> = {
  text: ["type", "text", "cache_control", "citations"],
  image: ["type", "source", "cache_control"],
  tool_use: ["type", "id", "name", "input", "cache_control", "caller", "toolset_name"],
  tool_result: ["type", "tool_use_id", "content", "is_error", "cache_control"],
  thinking: ["type", "thinking", "signature"],
  redacted_thinking: ["type", "data"],
};

/** A message with its content as blocks, whatever it came as. */
interface Turn {
  role: string;
  blocks: JsonObject[];
  /** The content came as a string. */
  plain: boolean;
}

/**
 * What the API refuses of the turns of a conversation.
 *
 * @throws {Refusal}
 */
export function checkTurns(body: JsonObject): void {
  const messages = body.messages as Json[];
  if (messages.length === 0) throw invalid("messages: at least one message is required");
  const turns = messages.map((message, place) => turnOf(message, place, textOf(body.model)));
  if (turns[0]?.role !== "user") throw invalid('messages: first message must use the "user" role');
  for (const [place, turn] of turns.entries()) {
    const last = place === turns.length - 1;
    if (turn.blocks.length === 0 && !(last && turn.role === "assistant")) {
      throw invalid(
        `messages.${place}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    for (const [index, block] of turn.blocks.entries()) checkBlock(block, `messages.${place}.content.${index}`);
  }
  const final = turns.at(-1) as Turn;
  if (final.role === "assistant" && /\s$/.test(textOf(final.blocks.at(-1)?.text))) {
    throw invalid("messages: final assistant content cannot end with trailing whitespace");
  }
  checkCalls(joined(turns));
  if (objectOr(body.thinking, {}).type === "enabled") checkThoughtFirst(turns);
}

function turnOf(message: Json, place: number, model: string): Turn {
  if (!isObject(message)) throw invalid(`messages.${place}: Input should be a valid dictionary or object`);
  const { role, content } = message;
  // A system message after the first is known to models since claude-opus-4-8: recordings of 2026.
  const late = place > 0 && /claude-(opus-4-[89]|(opus|sonnet|haiku|fable)-[5-9])/.test(model);
  if (role === "system" && !late) {
    throw invalid(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  }
  if (role !== "user" && role !== "assistant" && role !== "system") {
    throw invalid(`messages.${place}.role: Input should be 'user' or 'assistant'`);
  }
  for (const name of Object.keys(message)) {
    if (name !== "role" && name !== "content")
      throw invalid(`messages.${place}.${name}: Extra inputs are not permitted`);
  }
  if (content === undefined) throw invalid(`messages.${place}.content: Field required`);
  if (typeof content === "string") {
    return { role, blocks: content === "" ? [] : [{ type: "text", text: content }], plain: true };
  }
  if (!Array.isArray(content)) throw invalid(`messages.${place}.content: Input should be a valid list`);
  return { role, blocks: content.map((block) => objectOr(block, {})), plain: false };
}

function checkBlock(block: JsonObject, at: string): void {
  const type = textOf(block.type);
  if (type === "") throw invalid(`${at}.type: Field required`);
  const unknown = Object.keys(block).find((name) => BLOCK_MEMBERS[type]?.includes(name) === false);
  if (unknown !== undefined) throw invalid(`${at}.${type}.${unknown}: Extra inputs are not permitted`);
  switch (type) {
    case "text":
      if (textOf(block.text) === "") throw invalid("messages: text content blocks must be non-empty");
      if (textOf(block.text).trim() === "")
        throw invalid("messages: text content blocks must contain non-whitespace text");
      return;
    case "tool_use":
      if (!CALL_ID.test(textOf(block.id)))
        throw invalid(`${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
      if (!isObject(block.input)) throw invalid(`${at}.tool_use.input: Input should be a valid dictionary`);
      return;
    case "tool_result":
      if (block.tool_use_id === undefined) throw invalid(`${at}.tool_result.tool_use_id: Field required`);
      return;
    case "thinking":
      if (typeof block.signature !== "string") throw invalid(`${at}.thinking.signature: Field required`);
      if (!isSignatureOf(block.signature, textOf(block.thinking))) {
        throw invalid(`${at}: Invalid \`signature\` in \`thinking\` block`);
      }
      return;
    case "redacted_thinking":
      if (!isRedacted(textOf(block.data))) throw invalid(`${at}: Invalid \`data\` in \`redacted_thinking\` block`);
      return;
    default:
  }
}

/** Turns of one role after another count as one. */
function joined(turns: readonly Turn[]): { turn: Turn; place: number }[] {
  const list: { turn: Turn; place: number }[] = [];
  for (const [place, turn] of turns.entries()) {
    const before = list.at(-1);
    if (before?.turn.role === turn.role) before.turn = { ...turn, blocks: [...before.turn.blocks, ...turn.blocks] };
    else if (turn.role !== "system") list.push({ turn, place });
  }
  return list;
}

/** Every call has its result in the next turn, and every result its call in the one before. */
function checkCalls(turns: readonly { turn: Turn; place: number }[]): void {
  const called = new Set<string>();
  for (const [at, { turn, place }] of turns.entries()) {
    const before = idsOf(turns[at - 1]?.turn, "tool_use", "id");
    for (const [index, block] of turn.blocks.entries()) {
      if (block.type !== "tool_result" || before.includes(textOf(block.tool_use_id))) continue;
      throw invalid(
        `messages.${place}.content.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${textOf(block.tool_use_id)}. ` +
          "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
      );
    }
    const calls = idsOf(turn, "tool_use", "id");
    if (calls.some((id, index) => called.has(id) || calls.indexOf(id) !== index)) {
      throw invalid("messages: `tool_use` ids must be unique");
    }
    for (const id of calls) called.add(id);
    const results = idsOf(turns[at + 1]?.turn, "tool_result", "tool_use_id");
    const open = calls.filter((id) => !results.includes(id));
    if (open.length === 0) continue;
    throw invalid(
      `messages.${place}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. ` +
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
    );
  }
}

function idsOf(turn: Turn | undefined, type: string, member: string): string[] {
  return objectsOf(turn?.blocks)
    .filter((block) => block.type === type)
    .map((block) => textOf(block[member]));
}

/** With a thinking budget, a turn that calls tools must begin with its thought when it is sent back. */
function checkThoughtFirst(turns: readonly Turn[]): void {
  const last = turns.findLastIndex((turn) => turn.role === "assistant");
  const turn = turns[last];
  const first = textOf(turn?.blocks[0]?.type);
  if (turn === undefined || !turn.blocks.some(({ type }) => type === "tool_use")) return;
  if (first === "thinking" || first === "redacted_thinking") return;
  throw invalid(
    `messages.${last}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, ` +
      "a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). " +
      "We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our " +
      "documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking",
  );
}
