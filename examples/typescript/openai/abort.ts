/** Enough of it: what has come by then is kept, and nothing more is paid for. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const stream = await client.chat.completions.create({
  model: "anthropic/claude-sonnet-4",
  messages: [{ role: "user", content: process.argv[2] ?? "Write a story" }],
  stream: true,
});

let pieces = 0;
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  if (++pieces === 5) stream.controller.abort();
}
console.log("\nAborted");
