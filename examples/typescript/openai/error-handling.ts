/** What a refusal looks like. */
import OpenAI, { APIError, AuthenticationError, RateLimitError } from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

try {
  const response = await client.chat.completions.create({
    model: process.argv[2] ?? "anthropic/claude-sonnet-4",
    messages: [{ role: "user", content: "Hello" }],
  });
  console.log(response.choices[0]?.message.content);
} catch (error) {
  if (error instanceof AuthenticationError) console.log("Invalid API key");
  else if (error instanceof RateLimitError) console.log("Rate limited - Gateway auto-retries");
  else if (error instanceof APIError) console.log(`API error: ${error.status} - ${error.message}`);
  else throw error;
}
