import type { WireName } from "../core/event.ts";

/**
 * Every known way in which a provider deviates from the wire it speaks. Closed: a new deviation is a new row, with what it does.
 * `shape: true`: answers do not have the wire's own shape, so they are not relayed but go through events.
 */
export const QUIRKS = {
  "reasoning-content": { shape: true, means: "Thinking comes as `reasoning_content` beside `content`." },
  "content-list": { shape: true, means: "`content` may be an array of parts, thinking among them." },
  "loose-tool-calls": { shape: true, means: "Streamed tool calls may lack `index` or repeat their name." },
  "no-stream-options": { shape: false, means: "`stream_options` is refused; usage comes by itself." },
  "no-developer-role": { shape: false, means: "Role `developer` is refused; `system` says the same." },
  "completion-cap": {
    shape: false,
    means: "Reasoning models refuse `max_tokens`; `max_completion_tokens` says the same.",
  },
  "max-tokens-only": { shape: false, means: "Knows `max_tokens`, not `max_completion_tokens`." },
  "no-parallel-flag": { shape: false, means: "`parallel_tool_calls` is refused." },
  "no-user": { shape: false, means: "`user` is refused." },
  "required-is-any": { shape: false, means: "`tool_choice` says `any` for `required`." },
  "document-url": { shape: false, means: "Files are parts of type `document_url`, by address or as data." },
  "short-ids": { shape: false, means: "Ids of calls have 40 characters at most." },
  "nine-letter-ids": { shape: false, means: "Ids of calls have nine letters and digits." },
  "random-seed": { shape: false, means: "`seed` is called `random_seed`." },
  "text-input-only": { shape: false, means: "Embeds text, not token arrays." },
  "output-dimension": { shape: false, means: "`dimensions` is called `output_dimension`." },
  "no-dimensions": { shape: false, means: "The length of an embedding cannot be chosen." },
  "float-embeddings": { shape: false, means: "`encoding_format` is refused; embeddings are arrays of numbers." },
  "base64-images": { shape: false, means: "Images are always told in base64: `response_format` is refused." },
  "image-dimensions": {
    shape: false,
    means:
      "The size of an image is `width` and `height`, and base64 is called so; images to change are one `image_url`.",
  },
  "image-shapes": {
    shape: false,
    means:
      "Images have an `aspect_ratio`: `size`, `quality` and `style` are refused; one to change is an object with its `url`.",
  },
  "cache-marks": { shape: false, means: "Takes `cache_control` on messages and parts." },
  "reasoning-object": { shape: false, means: "Takes the `reasoning` object and `reasoning_details` as they stand." },
  "keeps-nothing": { shape: false, means: "Keeps no responses: nobody can go on from one by its id." },
  "text-tools": { shape: false, means: "Takes tools of type `custom`, whose input is free text." },
  "top-k": { shape: false, means: "Takes `top_k`, which OpenAI refuses." },
  "safety-identifier": { shape: false, means: "Takes `safety_identifier` for the end user; elsewhere `user` says it." },
  "no-reasoning-effort": { shape: false, means: "`reasoning_effort` is refused." },
  "effort-to-high": { shape: false, means: "`high` is the most effort that is taken." },
  "effort-to-xhigh": { shape: false, means: "`xhigh` is the most effort that is taken." },
  "no-minimal-effort": { shape: false, means: "`low` is the least effort that is taken." },
  "fixed-sampling": { shape: false, means: "`temperature`, `top_p` and `top_k` are refused." },
  "schema-by-tool": { shape: false, means: "No mode for a JSON schema: a tool asks for it." },
  "adaptive-thinking": { shape: false, means: "Thinking is `adaptive` with an effort; a budget is refused." },
  "thinking-level": { shape: false, means: "Thinking has a level, not a budget in tokens." },
  "always-thinks": { shape: false, means: "Thinking cannot be turned off; the least there is stands for that." },
  "never-thinks": { shape: false, means: "The model does not think: whatever is said of thinking is refused." },
  "signed-calls": { shape: false, means: "A tool call of the history without its thought signature is refused." },
  "schema-or-tools": { shape: false, means: "Takes a JSON schema for the answer or tools, not both." },
  "no-penalties": { shape: false, means: "`frequencyPenalty` and `presencePenalty` are refused, unless zero." },
  "no-service-tier": { shape: false, means: "`serviceTier` is refused." },
  "turns-not-calls": {
    shape: false,
    means:
      "How often tools of its own are used is bounded by `max_turns`, each with several calls, not by `max_tool_calls`.",
  },
  "counts-bare": { shape: false, means: "Counts the tokens of a request as it stands, and knows few of its members." },
  "raw-predict": {
    shape: false,
    means: "Serves Claude at `models/{model}:rawPredict`: the version stands in the body.",
  },
  "invoke-model": {
    shape: false,
    means: "Serves Claude at `/model/{model}/invoke`: version and betas stand in the body, streams are AWS's frames.",
  },
} as const satisfies Record<string, { shape: boolean; means: string }>;

export type Quirk = keyof typeof QUIRKS;

/** Whether answers under these quirks must go through events even to a client of the same wire. All such are quirks of chat completions. */
export function changesShape(quirks: ReadonlySet<Quirk>, wire: WireName): boolean {
  if (wire !== "openai-chat") return false;
  for (const quirk of quirks) if (QUIRKS[quirk].shape) return true;
  return false;
}
