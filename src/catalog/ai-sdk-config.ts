import { type JsonObject, jsonObject, stringAt } from "../core/json.ts";
import { pricingOf } from "./listing.ts";
import type { Model } from "./model.ts";

/** The AI SDK's versions of what a model is. Its clients take a list only in their own. */
export type AiSdkVersion = "v2" | "v3" | "v4";

/** `GET /v{1,3,4}/ai/config` (contract 4.4): the models as `getAvailableModels()` of this version wants them. */
export function aiSdkConfig(models: readonly Model[], specificationVersion: AiSdkVersion): JsonObject {
  return {
    models: models.map((model) =>
      jsonObject({
        id: model.id,
        name: model.name,
        description: model.description,
        pricing: tokenPricing(model),
        specification: { specificationVersion, provider: model.offers[0]?.provider ?? "", modelId: model.id },
        modelType: model.type,
      }),
    ),
  };
}

/** The client takes a price only whole, input and output. An embedding has no output; what else has only one is not priced by tokens. */
function tokenPricing(model: Model): JsonObject | undefined {
  const pricing = pricingOf(model);
  const input = stringAt(pricing.input);
  const output = stringAt(pricing.output) ?? (model.type === "embedding" ? "0" : undefined);
  if (input === undefined || output === undefined) return undefined;
  return jsonObject({
    input,
    output,
    input_cache_read: pricing.input_cache_read,
    input_cache_write: pricing.input_cache_write,
  });
}
