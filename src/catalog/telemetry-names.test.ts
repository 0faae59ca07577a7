import { expect, test } from "bun:test";
import { PROVIDERS } from "./providers/index.ts";
import { telemetryName } from "./telemetry-names.ts";

/** https://github.com/open-telemetry/semantic-conventions-genai: the well-known values that are of providers here. */
const WELL_KNOWN = {
  anthropic: "anthropic",
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  cohere: "cohere",
  deepseek: "deepseek",
  google: "gcp.gemini",
  groq: "groq",
  mistral: "mistral_ai",
  moonshotai: "moonshot_ai",
  openai: "openai",
  perplexity: "perplexity",
  vertex: "gcp.vertex_ai",
  xai: "x_ai",
};

test("providers that OpenTelemetry knows go by its names, the others by theirs", () => {
  const known: Record<string, string> = WELL_KNOWN;
  expect(Object.keys(known).filter((name) => !PROVIDERS.has(name))).toEqual([]);
  for (const name of PROVIDERS.keys()) expect(telemetryName(name)).toBe(known[name] ?? name);
  expect(telemetryName("constructor")).toBe("constructor");
});
