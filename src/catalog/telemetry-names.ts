/**
 * What OpenTelemetry calls the providers that it has another name for; the others by their own.
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/registry/attributes/gen-ai.md
 */
const NAMES: Readonly<Record<string, string>> = {
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  google: "gcp.gemini",
  mistral: "mistral_ai",
  moonshotai: "moonshot_ai",
  vertex: "gcp.vertex_ai",
  xai: "x_ai",
};

/** The value of `gen_ai.provider.name`. */
export function telemetryName(provider: string): string {
  return Object.hasOwn(NAMES, provider) ? NAMES[provider]! : provider;
}
