import { language, other, type Row } from "./row.ts";

/**
 * Models that make images. https://platform.openai.com/docs/guides/image-generation (DALL·E is gone since 2026-05:
 * https://platform.openai.com/docs/deprecations), https://docs.x.ai/docs/guides/image-generations. Google's make them as they talk;
 * Imagen is no longer served (https://github.com/vercel/ai/blob/main/packages/google/src/google-image-model.ts, 2026-10).
 */
export const IMAGES: readonly Row[] = [
  other("image", "openai/gpt-image-1", "GPT Image 1", { openai: "gpt-image-1" }, { quirks: ["base64-images"] }),
  other(
    "image",
    "openai/gpt-image-1-mini",
    "GPT Image 1 mini",
    { openai: "gpt-image-1-mini" },
    { quirks: ["base64-images"] },
  ),
  other("image", "openai/gpt-image-1.5", "GPT Image 1.5", { openai: "gpt-image-1.5" }, { quirks: ["base64-images"] }),
  other("image", "openai/gpt-image-2", "GPT Image 2", { openai: "gpt-image-2" }, { quirks: ["base64-images"] }),
  other("image", "xai/grok-imagine-image", "Grok Imagine Image", {
    // $0.02, as its answers tell (recordings `xai/*`: 200,000,000 ticks of 10⁻¹⁰ $).
    xai: {
      upstream: "grok-imagine-image",
      price: { images: 0.02 },
      from: "https://docs.crazyrouter.com/en/images/grok (2026-11-26)",
    },
  }),
  language(
    "google/gemini-2.5-flash-image",
    "Gemini 2.5 Flash Image",
    32_768,
    32_768,
    "2025-10-02",
    { vertex: "gemini-2.5-flash-image", google: "gemini-2.5-flash-image" },
    { abilities: ["vision", "image-output"] },
  ),
  language(
    "google/gemini-3-pro-image",
    "Gemini 3 Pro Image",
    65_536,
    32_768,
    "2025-11-20",
    { vertex: "gemini-3-pro-image-preview", google: "gemini-3-pro-image-preview" },
    { abilities: ["vision", "reasoning", "image-output"] },
  ),
  language(
    "google/gemini-3.1-flash-image",
    "Gemini 3.1 Flash Image",
    65_536,
    32_768,
    "2026-02-26",
    { vertex: "gemini-3.1-flash-image-preview", google: "gemini-3.1-flash-image-preview" },
    { abilities: ["vision", "reasoning", "image-output"] },
  ),
];
