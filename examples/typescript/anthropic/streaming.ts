/** An answer as it is written. */
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const stream = client.messages
  .stream({
    model: "anthropic/claude-sonnet-4",
    max_tokens: 1024,
    messages: [{ role: "user", content: "Write a story" }],
  })
  .on("text", (text) => process.stdout.write(text));

const { stop_reason } = await stream.finalMessage();
console.log(`\n(${stop_reason})`);
