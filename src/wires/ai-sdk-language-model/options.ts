import { isObject, type JsonObject, objectAt, present } from "../../core/json.ts";
import { EFFORTS, type Effort } from "../../core/request.ts";
import { snakedWithin } from "./hosted-tools.ts";

/**
 * `providerOptions.<provider>` in the AI SDK's words. Most are members of the provider's own body, and are laid over it; some say what
 * the SDK's provider shall make of the call, which is done here, or what needs no word.
 * https://github.com/vercel/ai/tree/main/packages (anthropic, openai, google: `…-options.ts`)
 */
export interface Options {
  /** What is left of them. */
  readonly rest: JsonObject;
  /** Whether a schema is to be kept to strictly. */
  readonly strict?: boolean;
  readonly parallelToolCalls?: boolean;
  readonly effort?: Effort;
  /** Thinking of the history is not to be sent back. */
  readonly forgets?: boolean;
}

/** What only the SDK's own providers would do otherwise for it: the gateway has its own way of each. */
const NEEDLESS = new Set([
  "structuredOutputMode",
  "structuredOutputs",
  "toolStreaming",
  "systemMessageMode",
  "forceReasoning",
  "passThroughUnsupportedFiles",
  "streamFunctionCallArguments",
]);

/** Taken out, and said in the words of a request. */
const SAID = new Set(["strictJsonSchema", "disableParallelToolUse", "effort", "sendReasoning", "anthropicBeta"]);

/** Names that the provider has another for. */
const RENAMED: Readonly<Record<string, string>> = { __proto__: null as never, textVerbosity: "verbosity" };

/** Lists of objects, whose members the provider has other names for as well. */
const DEEP = new Set(["mcpServers"]);

export function decodeOptions(told: JsonObject | undefined): Options {
  const { gateway: _, ...all } = told ?? {};
  const rest: JsonObject = {};
  let [strict, serial, effort, forgets]: [boolean?, boolean?, Effort?, boolean?] = [];
  for (const name in all) {
    const options = all[name];
    if (!isObject(options)) {
      rest[name] = options;
      continue;
    }
    if (typeof options.strictJsonSchema === "boolean") strict ??= options.strictJsonSchema;
    if (options.disableParallelToolUse === true) serial = true;
    effort ??= EFFORTS.find((word) => word === options.effort);
    if (options.sendReasoning === false) forgets = true;
    const kept = Object.entries(options).filter(([member]) => !NEEDLESS.has(member) && !SAID.has(member));
    rest[name] = Object.fromEntries(
      kept.map(([member, value]) => [RENAMED[member] ?? member, DEEP.has(member) ? snakedWithin(value) : value]),
    );
  }
  return present({ rest, strict, parallelToolCalls: serial === true ? false : undefined, effort, forgets });
}

/** Tokens that Claude may think for beside the words that were asked for: the SDK's provider adds the one to the other. */
export function thinkingBeside(told: JsonObject | undefined): number {
  const thinking = objectAt(objectAt(told?.anthropic)?.thinking);
  const budget = thinking?.budgetTokens ?? thinking?.budget_tokens;
  return thinking?.type === "enabled" && typeof budget === "number" && Number.isSafeInteger(budget) && budget > 0
    ? budget
    : 0;
}
