/** How long a prompt is, before it is sent. */
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const { input_tokens } = await client.messages.countTokens({
  model: "anthropic/claude-sonnet-4",
  messages: [{ role: "user", content: "Hello, how are you?" }],
});

console.log(`Tokens: ${input_tokens}`);
