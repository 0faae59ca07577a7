/** One answer, of a model of another maker. */
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const message = await client.messages.create({
  model: "openai/gpt-5",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello, how are you?" }],
});

for (const block of message.content) if (block.type === "text") console.log(block.text);
console.log(`Tokens: ${message.usage.input_tokens} in, ${message.usage.output_tokens} out`);
