import type { Model } from "./model.ts";
import catalogue from "./models.generated.json" with { type: "json" };

/** The models that Headgate knows without being told, sorted by id. Written by `scripts/catalog.ts`; its shape is checked by a test. */
export const MODELS = catalogue.models as unknown as readonly Model[];

/** The day (UTC) whose prices the models have. */
export const PRICED_ON: string = catalogue.generated;
