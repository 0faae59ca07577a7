import { defineProvider, header } from "../provider.ts";

// The address holds the operator's resource name; its wires come with the next issue.
export default defineProvider({
  name: "azure",
  title: "Microsoft Foundry (Azure OpenAI)",
  docs: "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle",
  auth: header("api-key", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
  wires: {},
});
