import { defineProvider, header } from "../provider.ts";

// Everyone has an address of their own, and names deployments as they like: mostly as the model. Without an api-version since
// 2025-08. https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle
export default defineProvider({
  name: "azure",
  title: "Microsoft Foundry (Azure OpenAI)",
  docs: "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/latest",
  addressVariables: ["AZURE_OPENAI_ENDPOINT"],
  resourceUrl: "https://{resourceName}.openai.azure.com",
  auth: header("api-key", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
  wires: {
    generate: ["openai-chat", "openai-responses"],
    image: ["openai-images", "openai-image-edits"],
    embed: ["openai-embeddings"],
    complete: ["openai-completions"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  below: "/openai/v1",
  completes: /^(gpt-3\.?5-turbo-instruct|davinci|babbage)/,
  quirks: ["completion-cap", "safety-identifier", "short-ids", "text-tools"],
  // https://learn.microsoft.com/en-us/azure/foundry/openai/concepts/priority-processing
  tiers: ["auto", "default", "priority"],
  // Opened by nobody else: https://github.com/openai/codex/issues/3573. The name: https://openrouter.ai/docs/sdks/go/api-reference/models/reasoningformat
  seals: "azure-openai-responses-v1",
});
