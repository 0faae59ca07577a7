import type { Ask } from "../../core/ask.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { markMessages } from "../auto-caching.ts";
import { callIdFor, fitCap } from "../limits.ts";
import { addOptions } from "../provider-options.ts";
import { LEAST_EFFORT, takenEffort } from "../reasoning-model.ts";
import type { LegFacts, Quirks } from "../wire.ts";
import { soldTier, type Wishes, wishesOf } from "../wishes.ts";
import { editFile } from "./source.ts";

/** The gateway's own members of a chat completions body: they never reach a provider. */
const OWN = ["models", "provider", "providerOptions", "tags", "reasoning", "caching"] as const;

/** A client's body as this endpoint shall get it: what neither side of the edit names stays as the client wrote it. */
export function relayRequest(ask: Ask, leg: LegFacts): { body: JsonObject; dropped: Dropped[] } {
  const dropped = new Set<Dropped>();
  const body: JsonObject = { ...ask.body, model: leg.upstreamModel };
  fitCap(body, ask, leg);
  const wishes = wishesOf(ask);
  if (wishes !== undefined) grant(body, wishes, leg, dropped);
  const edited = editForProvider(body, objectAt(ask.body.providerOptions) ?? {}, leg);
  return dropped.size === 0 ? edited : { ...edited, dropped: [...new Set([...dropped, ...edited.dropped])] };
}

/** What the client asks of the gateway and this provider does. */
function grant(body: JsonObject, wishes: Wishes, leg: LegFacts, dropped: Set<Dropped>): void {
  const { caching, serviceTier, safetyIdentifier } = wishes;
  if (caching && leg.quirks.has("cache-marks")) markMessages(body, wishes);
  if (serviceTier !== undefined) {
    body.service_tier = soldTier(serviceTier, leg, dropped);
    if (body.service_tier === undefined) delete body.service_tier;
  }
  if (safetyIdentifier !== undefined) setSafety(body, safetyIdentifier, leg.quirks, dropped);
}

/** The end user as the provider shall know them, under the name that it has for that; one that the client gives itself stays. */
export function setSafety(body: JsonObject, id: JsonValue, quirks: Quirks, dropped: Set<Dropped>): void {
  if (quirks.has("safety-identifier")) body.safety_identifier ??= id;
  else if (quirks.has("no-user") || (body.user ?? id) !== id) dropped.add("safety_identifier");
  else body.user = id;
}

/** The declared edits to a body in this wire's form: own members out, usage asked for, quirks obeyed. */
export function editForProvider(
  written: JsonObject,
  providerOptions: JsonObject,
  leg: LegFacts,
): { body: JsonObject; dropped: Dropped[] } {
  const dropped = new Set<Dropped>();
  const { quirks } = leg;
  const body: JsonObject = { ...written };
  const reasoning = objectAt(body.reasoning);
  for (const name of OWN) delete body[name];
  if (reasoning !== undefined) setReasoning(body, reasoning, quirks, dropped);
  else if (quirks.has("no-reasoning-effort")) drop(body, "reasoning_effort", dropped);
  if (quirks.has("never-thinks")) leaveEffort(body, dropped);
  if (typeof body.reasoning_effort === "string")
    body.reasoning_effort = takenEffort(body.reasoning_effort, quirks, dropped);
  setStreamOptions(body, quirks);
  rename(body, "max_tokens", "max_completion_tokens", quirks.has("completion-cap"));
  rename(body, "max_completion_tokens", "max_tokens", quirks.has("max-tokens-only"));
  rename(body, "seed", "random_seed", quirks.has("random-seed"));
  if (quirks.has("no-parallel-flag")) drop(body, "parallel_tool_calls", dropped);
  if (quirks.has("no-user")) drop(body, "user", dropped);
  if (quirks.has("fixed-sampling")) leaveSampling(body, dropped);
  if (quirks.has("required-is-any") && body.tool_choice === "required") body.tool_choice = "any";
  const messages = arrayAt(body.messages);
  if (messages !== undefined) body.messages = messages.map((message) => editMessage(message, quirks, dropped));
  const tools = arrayAt(body.tools);
  if (tools !== undefined && !quirks.has("cache-marks")) body.tools = tools.map((tool) => unmarked(tool, dropped));
  addOptions(body, providerOptions, leg.provider, dropped);
  return { body, dropped: [...dropped] };
}

/** The `reasoning` object of contract 3.1.5 in the words of this wire, which has an effort and nothing else. */
function setReasoning(body: JsonObject, reasoning: JsonObject, quirks: Quirks, dropped: Set<Dropped>): void {
  if (quirks.has("reasoning-object")) {
    body.reasoning = reasoning;
    return;
  }
  const isOff = reasoning.enabled === false || reasoning.effort === "none";
  if (quirks.has("no-reasoning-effort") || quirks.has("never-thinks")) {
    if (!isOff || !quirks.has("never-thinks")) dropped.add("reasoning");
    return;
  }
  const { summary } = reasoning;
  if (summary !== undefined && summary !== null && summary !== "auto") dropped.add("reasoning.summary");
  if (isOff && quirks.has("always-thinks")) {
    dropped.add("reasoning");
    body.reasoning_effort = LEAST_EFFORT;
    return;
  }
  const effort = reasoning.effort ?? (isOff ? "none" : undefined);
  if (effort !== undefined && effort !== null) body.reasoning_effort = effort;
  if (reasoning.max_tokens !== undefined && reasoning.max_tokens !== null) dropped.add("reasoning.max_tokens");
}

/** Of a model that does not think any word of an effort is refused; to think nothing is what it does. */
function leaveEffort(body: JsonObject, dropped: Set<Dropped>): void {
  if (body.reasoning_effort === "none") delete body.reasoning_effort;
  else drop(body, "reasoning_effort", dropped);
}

/** Usage is asked for whether or not the client did: the ledger needs it. */
export function setStreamOptions(body: JsonObject, quirks: Quirks): void {
  if (body.stream !== true || quirks.has("no-stream-options")) delete body.stream_options;
  else body.stream_options = { ...objectAt(body.stream_options), include_usage: true };
}

/**
 * LlamaIndex sends 0.1 with every request unless it knows the model's name: refused here, it would answer from another wire and not
 * from this one. What is so without a word may be said. https://github.com/run-llama/llama_index/blob/main/llama-index-core/llama_index/core/constants.py
 */
function leaveSampling(body: JsonObject, dropped: Set<Dropped>): void {
  for (const name of ["temperature", "top_p"]) if (body[name] !== 1) drop(body, name, dropped);
}

function editMessage(value: JsonValue, quirks: Quirks, dropped: Set<Dropped>): JsonValue {
  if (!isObject(value)) return value;
  const message: JsonObject = { ...value };
  if (message.role === "developer" && quirks.has("no-developer-role")) message.role = "system";
  if (message.role === "assistant") editAssistant(message, quirks, dropped);
  if (typeof message.tool_call_id === "string") message.tool_call_id = callIdFor(message.tool_call_id, quirks);
  if (!quirks.has("cache-marks")) drop(message, "cache_control", dropped);
  const parts = arrayAt(message.content);
  if (parts !== undefined) message.content = parts.map((part) => editPart(part, quirks, dropped));
  return message;
}

function editAssistant(message: JsonObject, quirks: Quirks, dropped: Set<Dropped>): void {
  delete message.provider_metadata;
  const calls = arrayAt(message.tool_calls);
  if (calls !== undefined) {
    message.tool_calls = calls.map((call) =>
      renamed(quirks.has("cache-marks") ? call : unmarked(call, dropped), quirks),
    );
  }
  if (quirks.has("reasoning-object")) return;
  // https://api-docs.deepseek.com/guides/thinking_mode: thinking is sent back where the turn called tools.
  const thought = quirks.has("reasoning-content") ? (stringAt(message.reasoning) ?? wordsOf(message)) : undefined;
  if (thought !== undefined) {
    message.reasoning_content ??= thought;
    delete message.reasoning_details;
  }
  drop(message, "reasoning_details", dropped);
  delete message.reasoning;
}

/** What was thought, of a client that keeps the details alone. */
function wordsOf({ reasoning_details: details }: JsonObject): string | undefined {
  const words = (arrayAt(details) ?? []).map((detail) => stringAt(objectAt(detail)?.text) ?? "").join("");
  return words === "" ? undefined : words;
}

function editPart(value: JsonValue, quirks: Quirks, dropped: Set<Dropped>): JsonValue {
  if (!isObject(value)) return value;
  const part = quirks.has("cache-marks") ? value : drop({ ...value }, "cache_control", dropped);
  const file = objectAt(part.file);
  return part.type !== "file" || file === undefined ? part : editFile(part, file, quirks);
}

function renamed(call: JsonValue, quirks: Quirks): JsonValue {
  const id = isObject(call) ? stringAt(call.id) : undefined;
  if (id === undefined) return call;
  const taken = callIdFor(id, quirks);
  return taken === id ? call : { ...objectAt(call), id: taken };
}

function unmarked(value: JsonValue, dropped: Set<Dropped>): JsonValue {
  return isObject(value) ? drop({ ...value }, "cache_control", dropped) : value;
}

function rename(body: JsonObject, from: string, to: string, when: boolean): void {
  if (!when || body[from] === undefined) return;
  body[to] ??= body[from];
  delete body[from];
}

/** Takes a member out, and tells that it was taken unless it said nothing. */
function drop(object: JsonObject, name: string, dropped: Set<Dropped>): JsonObject {
  if (object[name] !== undefined && object[name] !== null) dropped.add(name);
  delete object[name];
  return object;
}
