/** What a refusal looks like. */
// "ai" in your project: here three majors of it are installed side by side.

import { createGateway, generateText } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

try {
  const { text } = await generateText({
    model: gateway(process.argv[2] ?? "anthropic/claude-sonnet-4"),
    prompt: "Hello",
    maxRetries: 0, // Whoever could serve it has been asked by then.
  });
  console.log(text);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  // These are the classes of "@ai-sdk/gateway", but for the first, which "ai" wraps with advice of its own.
  if (error.name === "GatewayAuthenticationError") console.log("Invalid API key");
  else if (error.name === "GatewayRateLimitError") console.log("Rate limited - Gateway auto-retries");
  else if (error.name === "GatewayModelNotFoundError") console.log(`No such model: ${error.message}`);
  else if ("statusCode" in error) console.log(`API error: ${error.statusCode} - ${error.message}`);
  else throw error;
}
