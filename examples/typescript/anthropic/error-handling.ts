/** What a refusal looks like. */
import Anthropic, { APIError, AuthenticationError, RateLimitError } from "@anthropic-ai/sdk";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

try {
  const message = await client.messages.create({
    model: process.argv[2] ?? "anthropic/claude-sonnet-4",
    max_tokens: 1024,
    messages: [{ role: "user", content: "Hello" }],
  });
  console.log(message.stop_reason);
} catch (error) {
  if (error instanceof AuthenticationError) console.log("Invalid API key");
  else if (error instanceof RateLimitError) console.log("Rate limited - Gateway auto-retries");
  else if (error instanceof APIError) console.log(`API error: ${error.status} - ${error.message}`);
  else throw error;
}
