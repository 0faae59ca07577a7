/** Other models where the first one fails. OpenAI's types do not know `models`; its client sends what it is given. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const request = {
  model: "openai/gpt-5", // Primary
  messages: [{ role: "user" as const, content: "Hello" }],
  models: ["openai/gpt-5-mini", "anthropic/claude-sonnet-4"], // Fallbacks
};
const response = await client.chat.completions.create(request);

console.log(`Model used: ${response.model}`);
