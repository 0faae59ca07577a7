/** One answer. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const response = await client.chat.completions.create({
  model: "anthropic/claude-sonnet-4",
  messages: [{ role: "user", content: "Hello, how are you?" }],
});

console.log(response.choices[0]?.message.content);
console.log(`Tokens: ${response.usage?.total_tokens}`);
