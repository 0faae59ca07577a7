import type { GeoRegion } from "./regions.ts";

/**
 * Where a model runs, by the first of these that its name begins with: `there` is the region that is asked, `anywhere` all of them, else a
 * part of the world. Of a name that begins otherwise nobody knows.
 */
export type Routes = readonly (readonly [beginning: RegExp, where: GeoRegion | "there" | "anywhere"])[];

/** Of those who name models by where they run. */
export const ROUTES = {
  // A profile's name says where it routes to, and a model's own begins with its maker. That of an application's profile, an ARN, does not say.
  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
  bedrock: [
    [/^eu\./, "eu"],
    [/^us\./, "us"],
    [/^global\./, "anywhere"],
    [/^(ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax)\./, "there"],
    [/^(mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|writer|zai)\./, "there"],
  ],
} as const satisfies Record<string, Routes>;
