/** Other models where the first one fails, who may serve them, and what it is filed under. Anthropic's types do not know these members; its client sends them. */
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const request = {
  model: "openai/gpt-5",
  max_tokens: 1024,
  messages: [{ role: "user" as const, content: "Hello" }],
  models: ["openai/gpt-5-mini", "anthropic/claude-sonnet-4"],
  providerOptions: { gateway: { user: "user-123", tags: ["examples", "typescript"] } },
};
const message = await client.messages.create(request);

console.log(`Model used: ${message.model}`);
console.log(`Generation: ${message.id}`);
