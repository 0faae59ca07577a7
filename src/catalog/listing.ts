import { type JsonObject, jsonObject } from "../core/json.ts";
import type { Price, Rates } from "../core/money.ts";
import type { Meter } from "../core/usage.ts";
import type { Ability, Model, ModelType, Offer } from "./model.ts";

/** The hosted catalogue gives this to every model whose date it does not know (contract 8.1). */
const UNDATED = 1755815280;

/** One entry of `GET /v1/models` (contract 8.1). */
export function modelEntry(model: Model): JsonObject {
  return jsonObject({
    id: model.id,
    object: "model",
    created: model.released ?? UNDATED,
    released: model.released,
    owned_by: creatorOf(model),
    name: model.name,
    description: model.description ?? "",
    context_window: model.contextWindow,
    max_tokens: model.maxOutput,
    type: model.type,
    supported_specifications: ["v2", "v3", "v4"],
    modalities: { input: inputsOf(model), output: outputsOf(model) },
    tags: model.abilities.flatMap((ability) => TAGS[ability] ?? []),
    supported_parameters: parametersOf(model),
    pricing: pricingOf(model),
  });
}

/** The price of the first offer that has one, as the list writes it; nothing where there is none. */
export function pricingOf({ offers, type }: Model): JsonObject {
  const priced = offers.find(({ price }) => price !== undefined);
  return priced?.price === undefined ? {} : listPricing(priced.price, type);
}

/** From this many tokens of context on Claude Code takes a model for one with a long context if it is called so. */
const LONG_CONTEXT = 1_000_000;

/** Language models as Claude Code lists them: in Anthropic's shape, under ids that its door takes back (contract 2.1, 3.10). */
export function pickerList(models: readonly Model[]): JsonObject {
  const data = models
    .filter(({ type }) => type === "language")
    .map(({ id, name, contextWindow, released }) => ({
      type: "model",
      id: `claude-code/${id}${(contextWindow ?? 0) >= LONG_CONTEXT ? "[1m]" : ""}`,
      display_name: name,
      created_at: new Date((released ?? UNDATED) * 1000).toISOString(),
    }));
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/**
 * `GET /v1/models/{creator}/{model}/endpoints` (contract 8.2), for the offers given.
 * @param figuresOf what was measured of an offer here
 */
export function endpointsEntry(
  model: Model,
  offers: Model["offers"],
  figuresOf: (offer: Offer) => JsonObject = () => ({}),
): JsonObject {
  const [inputs, outputs] = [inputsOf(model), outputsOf(model)];
  return jsonObject({
    id: model.id,
    name: model.name,
    created: model.released ?? UNDATED,
    released: model.released,
    description: model.description ?? "",
    architecture: {
      tokenizer: null,
      instruct_type: null,
      modality: `${inputs.join("+")}→${outputs.join("+")}`,
      input_modalities: inputs,
      output_modalities: outputs,
    },
    endpoints: offers.map((offer) => {
      const { provider, upstream, price } = offer;
      return jsonObject({
        name: `${provider} | ${model.id}`,
        model_name: model.name,
        upstream_model: upstream,
        context_length: model.contextWindow,
        pricing: price === undefined ? {} : endpointPricing(price, model.type),
        provider_name: provider,
        tags: model.abilities.flatMap((ability) => TAGS[ability] ?? []),
        quantization: null,
        max_completion_tokens: model.maxOutput,
        max_prompt_tokens: null,
        supported_parameters: parametersOf(model),
        status: 0,
        ...figuresOf(offer),
        supports_implicit_caching: price?.rates.cache_read !== undefined && model.abilities.includes("caching"),
      });
    }),
  });
}

/** The hosted catalogue's words for what a model can do. */
const TAGS: Partial<Record<Ability, string>> = {
  tools: "tool-use",
  vision: "vision",
  files: "file-input",
  reasoning: "reasoning",
  caching: "implicit-caching",
  "explicit-caching": "explicit-caching",
  "image-output": "image-generation",
};

function creatorOf({ id }: Model): string {
  return id.slice(0, id.indexOf("/"));
}

const OUTPUTS: Readonly<Record<ModelType, string>> = {
  language: "text",
  embedding: "embedding",
  image: "image",
  reranking: "text",
  speech: "audio",
  transcription: "text",
  moderation: "text",
};

function outputsOf({ type, abilities }: Model): string[] {
  return abilities.includes("image-output") && type !== "image" ? [OUTPUTS[type], "image"] : [OUTPUTS[type]];
}

function inputsOf({ type, abilities }: Model): string[] {
  const inputs = [type === "transcription" ? "audio" : "text"];
  if (abilities.includes("vision")) inputs.push("image");
  if (abilities.includes("files")) inputs.push("pdf");
  if (abilities.includes("audio-input")) inputs.push("audio");
  return inputs;
}

function parametersOf({ type, abilities, quirks }: Model): string[] {
  if (type === "embedding") return ["dimensions"];
  if (type !== "language") return [];
  const parameters = ["max_tokens", "stop"];
  if (!quirks?.includes("fixed-sampling")) parameters.push("temperature");
  if (abilities.includes("tools")) parameters.push("tools", "tool_choice");
  if (abilities.includes("reasoning")) parameters.push("reasoning", "include_reasoning");
  if (abilities.includes("structured-output")) parameters.push("response_format");
  return parameters;
}

/** USD per token as decimal strings, with tiers as the list writes them: `min` inclusive, `max` exclusive. */
function listPricing({ rates, tiers, images }: Price, type: ModelType): JsonObject {
  return jsonObject({
    ...members(withPictures(rates, type), {
      input: "input",
      output: "output",
      cache_read: "input_cache_read",
      cache_write_5m: "input_cache_write",
      image_input: "image_input",
      image_output: "image_output",
      audio_input: "audio_input_token_cost",
      ...UNIT_PRICES,
    }),
    image_dimension_quality_pricing: images === undefined ? undefined : imagePricing(images),
    input_tiers: tierList("input", rates, tiers),
    output_tiers: tierList("output", rates, tiers),
    input_cache_read_tiers: tierList("cache_read", rates, tiers),
    input_cache_write_tiers: tierList("cache_write_5m", rates, tiers),
  });
}

/** USD for one of each (contract 8.4). */
const UNIT_PRICES = {
  images: "image",
  seconds: "transcription_duration_cost_per_second",
  characters: "speech_input_character_cost",
  search_units: "search_unit",
} as const satisfies Partial<Record<Meter, string>>;

function imagePricing(images: NonNullable<Price["images"]>): JsonObject[] {
  return Object.entries(images).map(([kind, rate]) => {
    const words = kind.split("/");
    const size = words.find((word) => /^\d+x\d+$/.test(word));
    return jsonObject({ quality: words.find((word) => word !== size), size, cost: usdPerToken(rate) });
  });
}

/** Tokens of a model that only draws are of pictures. */
function withPictures(rates: Rates, type: ModelType): Rates {
  const { output, image_output = output } = rates;
  return type === "image" && image_output !== undefined ? { ...rates, image_output } : rates;
}

function endpointPricing({ rates: told }: Price, type: ModelType): JsonObject {
  const rates = withPictures(told, type);
  return jsonObject({
    ...members(rates, {
      input: "prompt",
      output: "completion",
      cache_read: "input_cache_read",
      cache_write_5m: "input_cache_write",
      ...UNIT_PRICES,
    }),
    request: "0",
    image: rates.images === undefined ? "0" : usdPerToken(rates.images),
    image_output: rates.image_output === undefined ? "0" : usdPerToken(rates.image_output),
    web_search: "0",
    internal_reasoning: "0",
    discount: 0,
  });
}

function members(rates: Rates, names: Partial<Record<keyof Rates, string>>): JsonObject {
  const told: JsonObject = {};
  for (const [meter, name] of Object.entries(names) as [keyof Rates, string][]) {
    const rate = rates[meter];
    if (rate !== undefined) told[name] = usdPerToken(rate);
  }
  return told;
}

function tierList(meter: keyof Rates, rates: Rates, tiers: Price["tiers"]): JsonObject[] | undefined {
  const base = rates[meter];
  if (base === undefined || tiers === undefined || tiers.every((tier) => tier.rates[meter] === undefined))
    return undefined;
  const steps = [{ above: -1, rate: base }];
  // As costs are reckoned: what a tier does not speak of stays as it was below it.
  for (const { above, rates: own } of tiers) steps.push({ above, rate: own[meter] ?? steps.at(-1)!.rate });
  return steps.map(({ above, rate }, i) =>
    jsonObject({
      cost: usdPerToken(rate),
      min: above + 1,
      max: i + 1 < steps.length ? steps[i + 1]!.above + 1 : undefined,
    }),
  );
}

/** Picodollars as a decimal string of dollars: `"0.00000125"`. */
function usdPerToken(pico: number): string {
  const digits = String(pico).padStart(13, "0");
  const fraction = digits.slice(-12).replace(/(?<!0)0+$/, "");
  return digits.slice(0, -12) + (fraction === "" ? "" : `.${fraction}`);
}
