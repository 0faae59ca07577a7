/** OpenAI's newer API, with a model of another maker. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const stream = client.responses.stream({
  model: "anthropic/claude-sonnet-4.5",
  instructions: "You are terse.",
  input: "Hello",
});
for await (const event of stream) if (event.type === "response.output_text.delta") process.stdout.write(event.delta);

const { usage } = await stream.finalResponse();
console.log(`\nTokens: ${usage?.total_tokens}`);
