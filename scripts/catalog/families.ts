import type { Ability } from "../../src/catalog/model.ts";
import type { Quirk } from "../../src/wires/quirk.ts";

/** What the models of a family can do. The first rule that fits an id holds; `caching` is read off the prices. */
const ABILITIES: readonly (readonly [RegExp, readonly Ability[]])[] = [
  [/^anthropic\/claude-3-haiku$/, ["tools", "vision", "structured-output"]],
  [/^anthropic\/claude-3\.5-/, ["tools", "vision", "files", "structured-output"]],
  [/^anthropic\//, ["tools", "vision", "files", "reasoning", "structured-output"]],

  [/^openai\/gpt-oss-/, ["tools", "reasoning", "structured-output"]],
  [/^openai\/gpt-audio/, ["tools", "audio-input"]],
  [/^openai\/gpt-.*chat/, ["tools", "vision", "structured-output"]],
  [/^openai\/.*-search-preview$/, ["structured-output"]],
  [/^openai\/.*-deep-research$/, ["tools", "vision", "reasoning"]],
  [/^openai\/(gpt-[56]|o1|o3$|o3-pro|o4)/, ["tools", "vision", "files", "reasoning", "structured-output"]],
  [/^openai\/o3-mini$/, ["tools", "reasoning", "structured-output"]],
  [/^openai\/gpt-4(\.1|o)/, ["tools", "vision", "files", "structured-output"]],
  [/^openai\/gpt-4-turbo$/, ["tools", "vision"]],
  [/^openai\//, ["tools"]],

  [/^google\/gemini-2\.0-/, ["tools", "vision", "files", "audio-input", "structured-output"]],
  [/^google\/gemini-/, ["tools", "vision", "files", "audio-input", "reasoning", "structured-output"]],
  [/^google\/gemma-4-/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^google\//, ["vision", "structured-output"]],

  [/^xai\/.*-non-reasoning$/, ["tools", "vision", "structured-output"]],
  [/^xai\/grok-3$/, ["tools", "structured-output"]],
  [/^xai\/grok-(3-mini|code|build)/, ["tools", "reasoning", "structured-output"]],
  [/^xai\//, ["tools", "vision", "reasoning", "structured-output"]],

  [/^alibaba\/qwen3\.8-max$/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^alibaba\/qwen-?3\.\d-max/, ["tools", "reasoning", "structured-output"]],
  [/^alibaba\/(qwen3\.\d-|qwen3-vl-.*-thinking$)/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^alibaba\/qwen3-vl-/, ["tools", "vision", "structured-output"]],
  [/^alibaba\/(.*-thinking$|qwen-3-|qwen-plus|qwen-flash)/, ["tools", "reasoning", "structured-output"]],
  [/^alibaba\//, ["tools", "structured-output"]],

  [/^deepseek\/deepseek-(r1|v4|v3\.[12])/, ["tools", "reasoning"]],
  [/^deepseek\//, ["tools"]],
  [/^meta\/(llama-4|llama-3\.2-(11|90)b)/, ["tools", "vision", "structured-output"]],
  [/^meta\//, ["tools", "structured-output"]],
  [/^minimax\/minimax-m3$/, ["tools", "vision", "reasoning"]],
  [/^minimax\//, ["tools", "reasoning"]],
  [/^mistral\/(magistral|mistral-medium-3\.5$|mistral-small$)/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^mistral\/voxtral/, ["tools", "audio-input", "structured-output"]],
  [
    /^mistral\/(mistral-(large|medium|small)|ministral|pixtral|devstral-small-2)/,
    ["tools", "vision", "structured-output"],
  ],
  [/^mistral\//, ["tools", "structured-output"]],
  [/^moonshotai\/kimi-k(3|2\.[5-9])/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^moonshotai\/kimi-k2-thinking/, ["tools", "reasoning", "structured-output"]],
  [/^moonshotai\//, ["tools", "structured-output"]],
  [/^zai\/glm-.*v/, ["tools", "vision", "reasoning"]],
  [/^zai\/glm-5/, ["tools", "reasoning", "structured-output"]],
  [/^zai\//, ["tools", "reasoning"]],
  [/^nvidia\/.*-vl$/, ["tools", "vision", "reasoning"]],
  [/^nvidia\//, ["tools", "reasoning"]],
  [/^cohere\/command-a-plus/, ["tools", "vision", "reasoning", "structured-output"]],
  [/^cohere\//, ["tools", "structured-output"]],
  [/^perplexity\/sonar-(reasoning|deep)/, ["reasoning", "structured-output"]],
  [/^perplexity\//, ["vision", "structured-output"]],
];

/**
 * How the models of a family deviate, wherever they are served. Every rule that fits counts. Seen 2026-11-22.
 * Thinking: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking (a budget until 4.6, which takes both).
 * Sampling: https://platform.claude.com/docs/en/about-claude/models/migration-guide,
 * https://platform.openai.com/docs/guides/latest-model#gpt-5-1-parameter-compatibility (from 5.1 on it depends on the effort).
 * Schemas: https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
 */
const QUIRKS: readonly (readonly [RegExp, readonly Quirk[]])[] = [
  [/^anthropic\/claude-(3|(opus|sonnet)-4$)/, ["schema-by-tool"]],
  [/^anthropic\/claude-(opus-4\.[789]|[a-z]+-[5-9])/, ["adaptive-thinking", "fixed-sampling"]],
  // https://ai.google.dev/gemini-api/docs/thinking (levels from 3 on; Pro cannot stop), …/docs/thought-signatures (refused from 3 on),
  // …/docs/structured-output (beside tools from 3 on).
  [/^google\/gemini-[3-9]/, ["thinking-level", "signed-calls"]],
  [/^google\/gemini-(2\.5-pro|[3-9][.\d]*-pro)/, ["always-thinks"]],
  [/^google\/gemini-2/, ["schema-or-tools"]],
  // https://github.com/google-gemini/cookbook/issues/1290: only 2.0 takes them.
  [/^google\/gemini-(2\.5|[3-9])/, ["no-penalties"]],
  [/^openai\/(o\d|gpt-5(-mini|-nano|-pro)?$|gpt-6\.[12]-)/, ["fixed-sampling"]],
  // https://platform.openai.com/docs/guides/reasoning: "All models before gpt-5.1 … do not support none".
  [/^openai\/(o\d|gpt-5(-mini|-nano|-pro|-codex)?$)/, ["always-thinks"]],
  // https://developers.openai.com/api/docs/guides/reasoning: "xhigh is supported for all models after gpt-5.1-codex-max"; `max` since 5.6
  // (https://github.com/anomalyco/opencode/issues/36141); `minimal` by the first three of GPT-5 alone.
  [/^openai\/(o\d|gpt-5(-mini|-nano|-pro|-codex)?$|gpt-5\.1(-codex-mini)?$|gpt-oss)/, ["effort-to-high"]],
  [/^openai\/(gpt-5\.1-codex-max|gpt-5\.[2-5](-|$))/, ["effort-to-xhigh"]],
  [/^openai\/(o\d|gpt-5(-pro|-codex)$|gpt-5\.\d|gpt-[6-9]|gpt-oss)/, ["no-minimal-effort"]],
  // https://docs.x.ai/developers/model-capabilities/text/reasoning: none, low, medium and high; agents are counted up to xhigh.
  [/^xai\/grok-(?!.*multi-agent)/, ["effort-to-high", "no-minimal-effort"]],
  [/^xai\/grok-.*multi-agent/, ["effort-to-xhigh", "no-minimal-effort"]],
  // https://docs.x.ai/docs/models: "reasoning_effort is not supported by grok-3, grok-4 and grok-4-fast-reasoning".
  [/^xai\/grok-(3$|4$|4-fast|4\.1-fast|code-fast)/, ["no-reasoning-effort"]],
];

/**
 * Caches that are written only where the request marks it. OpenAI's, Google's and the others' fill by themselves.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching (2026-11-22)
 */
export function cachesByMarks(id: string): boolean {
  return id.startsWith("anthropic/");
}

export function abilitiesOf(id: string): readonly Ability[] {
  return ABILITIES.find(([family]) => family.test(id))?.[1] ?? [];
}

export function quirksOf(id: string): readonly Quirk[] {
  return QUIRKS.flatMap(([family, quirks]) => (family.test(id) ? quirks : []));
}
