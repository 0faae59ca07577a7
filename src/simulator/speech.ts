import type { JsonObject } from "./json.ts";
import { sampleJson } from "./json-sample.ts";
import type { Scenario } from "./scenario.ts";
import { countTokens } from "./tokens.ts";
import { Words } from "./words.ts";

/** The little of a request that decides what is said: the same for every wire. */
export interface Prompt {
  /** The text of the last user message that has any, without its directives. */
  text: string;
  /** What the tools said after it, if the request ends so. */
  results: readonly string[];
  /** How often tools have been called since that text. */
  rounds: number;
  tools: readonly Tool[];
  /** `any`: some tool must be called; `named`: only those offered here may be, and one must. */
  choice: "none" | "auto" | "any" | "named";
  /** Several calls may be made at once. */
  parallel: boolean;
  /** JSON is wanted: its schema, or an empty one where any object will do. */
  schema: JsonObject | null;
  /** Tokens of output, thought included. */
  limit: number;
  stops: readonly string[];
  /** Tokens of thought the request leads to; `undefined` where it asks for none. */
  thought: number | undefined;
}

export interface Tool {
  name: string;
  schema: JsonObject;
}

export interface Call {
  name: string;
  /** JSON, as text. */
  input: string;
}

/** Why speech ends, in the simulator's own words; a wire says it in its provider's. Others are passed as they stand. */
export type Finish = "stop" | "length" | "tools" | "sequence" | "refusal" | "filter" | "pause" | (string & {});

/** What is said in answer to one request, in no provider's accent. */
export interface Speech {
  thought: Words | null;
  /** Text and calls may stand side by side. */
  text: Words | null;
  /** The text is a refusal. */
  refusal: boolean;
  calls: readonly Call[];
  finish: Finish;
  /** The stop sequence that ended the text. */
  sequence: string | null;
}

const REFUSAL = "I'm sorry, but I can't help with that. (This refusal is simulated.)";
const THOUGHT = "The person writes to me, and I am a simulator: I think these words because I was asked to think.";
/** How much of what the person wrote is repeated. */
const ECHO = 80;

/** Decides what is said: the same request under the same scenario is answered with the same words. */
export function compose(prompt: Prompt, scenario: Scenario, offset = 0): Speech {
  const thought = think(prompt, scenario);
  const calls = scenario.refusal || scenario.empty ? [] : callsFor(prompt, scenario);
  const left = prompt.limit - (thought?.count ?? 0);
  const full = calls.length > 0 && scenario.say === undefined ? null : textFor(prompt, scenario, offset);
  const { text: stopped, sequence } = stopAt(full, prompt.stops);
  // What never ends is a broken provider: no limit stops it.
  const text = (stopped?.count === Number.POSITIVE_INFINITY ? stopped : stopped?.take(left)) ?? null;
  const cut = left <= 0 || (text !== null && stopped !== null && text.count < stopped.count);
  const natural = cut ? "length" : sequence !== null ? "sequence" : calls.length > 0 ? "tools" : "stop";
  return {
    thought: thought?.take(prompt.limit) ?? null,
    text,
    refusal: scenario.refusal === true,
    calls: left > 0 ? calls : [],
    finish: scenario.finish ?? (scenario.refusal ? "refusal" : natural),
    sequence: cut ? null : sequence,
  };
}

/** Tokens of one call, as the simulator counts them: its name, its JSON, and eight around them. */
export function callTokens(call: Call): number {
  return 8 + countTokens(call.name) + countTokens(call.input);
}

/** Tokens of everything that is said, thought included. */
export function outputTokens(speech: Speech): number {
  let count = (speech.thought?.count ?? 0) + (speech.text?.count ?? 0);
  for (const call of speech.calls) count += callTokens(call);
  return count;
}

function think(prompt: Prompt, scenario: Scenario): Words | null {
  const count = scenario.think ?? prompt.thought;
  if (count === undefined || count === 0) return null;
  const words = Words.of(THOUGHT);
  return count <= words.count ? words.take(count) : Words.some(count, 5);
}

function textFor(prompt: Prompt, scenario: Scenario, offset: number): Words | null {
  if (scenario.empty) return null;
  if (scenario.refusal) return Words.of(REFUSAL);
  if (scenario.say !== undefined) return Words.of(scenario.say);
  if (scenario.tokens !== undefined) {
    return scenario.mark === undefined
      ? Words.some(scenario.tokens, offset)
      : Words.numbered(scenario.tokens, offset === 0 ? scenario.mark : `${scenario.mark}-${offset}`);
  }
  if (prompt.schema !== null) return Words.of(JSON.stringify(sampleJson({ type: "object", ...prompt.schema })));
  return Words.of(numbered(answerTo(prompt), offset));
}

function numbered(text: string, offset: number): string {
  return offset === 0 ? text : `(${offset + 1}) ${text}`;
}

function answerTo(prompt: Prompt): string {
  if (prompt.results.length > 0) {
    const said = prompt.results.map((result) => `"${clip(result)}"`).join(" and ");
    return `The tool answered ${said}. That is all I know: this answer is simulated, no model was asked.`;
  }
  const said = clip(prompt.text);
  const echo = said === "" ? "You wrote nothing" : `You wrote: "${said}"`;
  return `${echo}. This answer is simulated: no model was asked. Give the gateway a provider's key, and the same request goes to a real one.`;
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= ECHO) return line;
  // Never between the two halves of a character.
  return `${line.slice(0, ECHO).replace(/[\ud800-\udbff]$/, "")}…`;
}

function callsFor(prompt: Prompt, scenario: Scenario): Call[] {
  const forced = prompt.choice === "any" || prompt.choice === "named";
  const due = prompt.rounds < (scenario.rounds ?? 1);
  if (due && scenario.tool !== undefined) {
    const offered = prompt.tools.find((tool) => tool.name === scenario.tool);
    return [callOf(offered ?? { name: scenario.tool, schema: {} }, scenario)];
  }
  if (prompt.tools.length === 0 || prompt.choice === "none") return [];
  if (due && scenario.tools !== undefined) {
    const { tools } = prompt;
    return Array.from({ length: scenario.tools }, (_, i) => callOf(tools[i % tools.length] as Tool, scenario));
  }
  const named = prompt.tools.filter((tool) => mentions(prompt.text, tool.name));
  if (named.length > 0 && (due || forced)) {
    return (prompt.parallel ? named : named.slice(0, 1)).map((tool) => callOf(tool, scenario));
  }
  return forced || (due && scenario.rounds !== undefined) ? [callOf(prompt.tools[0] as Tool, scenario)] : [];
}

function mentions(text: string, name: string): boolean {
  const at = text.indexOf(name);
  if (at < 0) return false;
  return !/\w/.test(text[at - 1] ?? " ") && !/\w/.test(text[at + name.length] ?? " ");
}

function callOf(tool: Tool, scenario: Scenario): Call {
  const input = scenario.args ?? JSON.stringify(sampleJson({ type: "object", ...tool.schema }));
  return { name: tool.name, input };
}

/** Ends the text before the first stop sequence in it, as providers do. */
function stopAt(words: Words | null, stops: readonly string[]): { text: Words | null; sequence: string | null } {
  if (words === null || stops.length === 0 || words.count === Number.POSITIVE_INFINITY) {
    return { text: words, sequence: null };
  }
  const text = words.toString();
  let first = text.length;
  let sequence: string | null = null;
  for (const stop of stops) {
    const at = stop === "" ? -1 : text.indexOf(stop);
    if (at >= 0 && at < first) {
      first = at;
      sequence = stop;
    }
  }
  return sequence === null ? { text: words, sequence } : { text: Words.of(text.slice(0, first)), sequence };
}
